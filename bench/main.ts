// Measures Poolhouse beside its bare limit in the same run, and prints ratios: absolute times say little about another
// machine. `npm run bench`; seconds a round and rounds by BENCH_SECONDS and BENCH_ROUNDS.
import { fork } from 'node:child_process'
import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto'
import { createVerifier } from '@poolhouse/verifier'
import autocannon, { type LoadRequest } from 'autocannon'
import { JwtVerifier } from 'aws-jwt-verify'
import { startPoolhouse, type Target } from './poolhouse.ts'

const seconds = Number(process.env.BENCH_SECONDS ?? 4)
const rounds = Number(process.env.BENCH_ROUNDS ?? 3)
const connections = 16

interface Row {
  readonly what: string
  readonly bare: number
  readonly ours: number
  readonly goal: number
  readonly p99?: number
}

const json = (target: string, body: unknown): LoadRequest => ({
  method: 'POST',
  path: '/',
  headers: {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': `AWSCognitoIdentityProviderService.${target}`,
  },
  body: JSON.stringify(body),
})

async function main(): Promise<void> {
  process.stderr.write('Starting the bare server and Poolhouse …\n')
  const bare = fork(new URL('bare.ts', import.meta.url))
  const port = await new Promise<number>((resolve) =>
    bare.once('message', (message) => resolve((message as { port: number }).port)),
  )
  const target = await startPoolhouse(connections * 4)
  try {
    const rows = [...(await loads(`http://127.0.0.1:${port}`, target)), ...(await verification(target))]
    print(rows, target)
  } finally {
    bare.kill()
    await target.stop()
  }
}

/** One load after the other, bare and ours in turn, the median of the rounds. */
async function loads(bareUrl: string, target: Target): Promise<Row[]> {
  const tokens = await accessTokens(target)
  const bareLoad = (path: string, body: string): LoadRequest[] => [
    { method: 'POST', path, headers: { 'content-type': 'application/json' }, body },
  ]
  const all: { what: string; goal: number; bare: LoadRequest[]; ours: LoadRequest[] }[] = [
    {
      what: 'refresh (2 signatures)',
      goal: 0.6,
      bare: bareLoad('/refresh', '{"token":"x"}'),
      ours: target.refreshTokens.map((token) =>
        json('InitiateAuth', {
          ClientId: target.clientId,
          AuthFlow: 'REFRESH_TOKEN_AUTH',
          AuthParameters: { REFRESH_TOKEN: token },
        }),
      ),
    },
    {
      what: 'sign-in (1 argon2id, 2 signatures, 1 durable insert)',
      goal: 0.8,
      bare: bareLoad('/sign-in', '{"token":"x"}'),
      ours: target.users.map((USERNAME) =>
        json('InitiateAuth', {
          ClientId: target.clientId,
          AuthFlow: 'USER_PASSWORD_AUTH',
          AuthParameters: { USERNAME, PASSWORD: target.password },
        }),
      ),
    },
    {
      what: 'GetUser (1 verification)',
      goal: 0.4,
      bare: bareLoad('/verify', JSON.stringify({ AccessToken: tokens.api[0] })),
      ours: tokens.api.map((AccessToken) => json('GetUser', { AccessToken })),
    },
    {
      what: 'userInfo (1 verification)',
      goal: 0.4,
      bare: [{ method: 'GET', path: '/verify', headers: {} }],
      ours: tokens.hosted.map((token) => ({
        method: 'GET',
        path: `${new URL(target.domain).pathname}/oauth2/userInfo`,
        headers: { authorization: `Bearer ${token}` },
      })),
    },
  ]
  const rows: Row[] = []
  for (const { what, goal, bare, ours } of all) {
    process.stderr.write(`${what} …\n`)
    const bareRates: number[] = []
    const ourRates: number[] = []
    const latencies: number[] = []
    for (let round = 0; round < rounds; round++) {
      bareRates.push((await measure(bareUrl, bare)).rate)
      const { rate, p99 } = await measure(target.url, ours)
      ourRates.push(rate)
      latencies.push(p99)
    }
    rows.push({ what, goal, bare: median(bareRates), ours: median(ourRates), p99: median(latencies) })
  }
  return rows
}

async function measure(url: string, requests: LoadRequest[]): Promise<{ rate: number; p99: number }> {
  const result = await autocannon({ url, connections, duration: seconds, requests })
  // A refused request is cheap: a rate with one in it says nothing.
  if (result.non2xx + result.errors + result.timeouts > 0)
    throw new Error(`${result.non2xx} refused, ${result.errors} failed, ${result.timeouts} timed out at ${url}`)
  return { rate: result.requests.total / result.duration, p99: result.latency.p99 }
}

/** Access tokens of the JSON API, and one of a hosted sign-in for userInfo, which wants the scope openid. */
async function accessTokens(target: Target): Promise<{ api: string[]; hosted: string[] }> {
  const api: string[] = []
  for (const token of target.refreshTokens.slice(0, connections)) {
    const request = json('InitiateAuth', {
      ClientId: target.clientId,
      AuthFlow: 'REFRESH_TOKEN_AUTH',
      AuthParameters: { REFRESH_TOKEN: token },
    })
    const answer = await fetch(target.url, { ...request })
    const { AuthenticationResult } = (await answer.json()) as { AuthenticationResult: { AccessToken: string } }
    api.push(AuthenticationResult.AccessToken)
  }
  return { api, hosted: [target.hostedToken] }
}

/** The verifier library against crypto.verify, in this process, on one token. */
async function verification(target: Target): Promise<Row[]> {
  process.stderr.write('verification …\n')
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const issuer = `${target.url}/bench`
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'RS256', use: 'sig' }
  const now = Math.floor(Date.now() / 1000)
  const make = (jti: number) => {
    const claims = {
      sub: 's',
      iss: issuer,
      client_id: 'c',
      token_use: 'access',
      scope: 'openid',
      username: 'u',
      iat: now,
      exp: now + 3600,
      jti: String(jti),
    }
    const input = [{ kid: 'k', alg: 'RS256' }, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.')
    return `${input}.${sign('RSA-SHA256', Buffer.from(input), privateKey).toString('base64url')}`
  }
  const tokens = Array.from({ length: 4000 }, (_, index) => make(index))
  const [first = ''] = tokens
  const cut = first.lastIndexOf('.')
  const signed = Buffer.from(first.slice(0, cut))
  const signature = Buffer.from(first.slice(cut + 1), 'base64url')
  const key = createPublicKey(publicKey.export({ type: 'spki', format: 'pem' }))
  const verifier = createVerifier({ issuer, clientId: 'c', tokenUse: 'access', jwks: { keys: [jwk] } })
  const peer = JwtVerifier.create({ issuer, audience: null, jwksUri: `${issuer}/jwks.json` })
  peer.cacheJwks({ keys: [jwk as never] })
  const bare = await rateOf(() => verify('RSA-SHA256', signed, key, signature))
  let next = 0
  const fresh = await rateOf(() => verifier.verify(tokens[next++ % tokens.length] ?? ''), tokens.length)
  const seen = await rateOf(() => verifier.verify(first))
  const theirs = await rateOf(() => peer.verify(first))
  return [
    { what: 'verify, token never seen (beside crypto.verify)', bare, ours: fresh, goal: 0.95 },
    { what: 'verify, token seen before (beside aws-jwt-verify)', bare: theirs, ours: seen, goal: 10 },
  ]
}

/** Calls a second, for a second or at most `limit` calls. */
async function rateOf(call: () => unknown, limit = Number.POSITIVE_INFINITY): Promise<number> {
  for (let warm = 0; warm < Math.min(200, limit / 10); warm++) await call()
  const start = performance.now()
  let calls = 0
  while (performance.now() - start < 1000 && calls < limit) {
    for (let batch = 0; batch < 20; batch++) await call()
    calls += 20
  }
  return (calls / (performance.now() - start)) * 1000
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

function print(rows: readonly Row[], target: Target): void {
  const cells = rows.map(({ what, bare, ours, goal, p99 }) => {
    const ratio = ours / bare
    return [
      what,
      `${bare.toFixed(0)}/s`,
      `${ours.toFixed(0)}/s`,
      ratio.toFixed(2),
      `>= ${goal}`,
      ratio >= goal ? 'yes' : 'NO',
      p99 === undefined ? '' : `${p99} ms`,
    ]
  })
  const head = ['measure', 'bare', 'poolhouse', 'ratio', 'goal', 'met', 'p99']
  const widths = head.map((title, column) => Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)))
  for (const row of [head, ...cells])
    console.log(row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
  console.log(
    `\nready after ${target.readyAfter.toFixed(0)} ms (goal 500), ${target.residentMegabytes} MB resident when idle (goal 120)`,
  )
  console.log(
    `${connections} connections, ${rounds} rounds of ${seconds} s each, medians; load, bare server and Poolhouse share this machine.`,
  )
}

await main()
