import { CognitoJwtVerifier } from 'aws-jwt-verify'
import fc from 'fast-check'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { expect, test } from 'vitest'
import { createVerifier, VerifyError } from '../src/index.ts'
import { access, client, id, issuer, key, poolId, segment, signed } from './pool.ts'

// Two libraries that did not learn from each other judge the same token: what is accepted here, both must accept. Headers and
// payloads are changed and signed again with the pool's own key, so that it is not always the signature that decides.

const keys = [key.jwk]
// AWS's two names of the pool.
const issuers = [issuer, issuer.replace('cognito-idp', 'issuer-cognito-idp')]
const ours = { access: verifier('access'), id: verifier('id') }
const theirs = { access: cognito('access'), id: cognito('id') }
const jwks = createLocalJWKSet({ keys: keys.map((jwk) => ({ kty: 'RSA', ...jwk })) })

function verifier<U extends 'access' | 'id'>(tokenUse: U) {
  return createVerifier({ userPoolId: poolId, clientId: client, tokenUse, clockTolerance: 5, jwks: { keys } })
}

function cognito(tokenUse: 'access' | 'id') {
  const made = CognitoJwtVerifier.create({ userPoolId: poolId, clientId: client, tokenUse, graceSeconds: 5 })
  made.cacheJwks({ keys: keys.map((jwk) => ({ kty: 'RSA', ...jwk })) })
  return made
}

async function accepts(run: () => Promise<unknown>): Promise<boolean> {
  try {
    await run()
    return true
  } catch {
    return false
  }
}

/** Who accepts the token; ours may fail in no way but its own. */
async function judge(token: string, use: 'access' | 'id') {
  const jose = await accepts(() =>
    jwtVerify(token, jwks, {
      algorithms: ['RS256'],
      issuer: issuers,
      ...(use === 'id' ? { audience: client } : {}),
      clockTolerance: 5,
    }),
  )
  const aws = await accepts(async () => theirs[use].verifySync(token))
  try {
    await ours[use].verify(token)
    return { jose, aws, ours: true }
  } catch (thrown) {
    if (!(thrown instanceof VerifyError)) throw thrown
    return { jose, aws, ours: false }
  }
}

const seconds = Math.floor(Date.now() / 1000)
// biome-ignore format: a table
const names = ['alg', 'kid', 'typ', 'crit', 'b64', 'jwk', 'cty', 'sub', 'iss', 'aud', 'exp', 'iat', 'nbf', 'auth_time', 'token_use', 'client_id', 'scope', 'jti', 'username', 'cognito:groups', 'cognito:username', 'email', 'constructor', '__proto__']
// biome-ignore format: a table
const values = ['RS256', 'none', 'HS256', key.kid, 'JWT', 'at+jwt', ['b64'], ['exp'], [], issuer, `${issuer}/`, ...issuers, client, [client], 'access', 'id', 'openid', ['admins'], seconds + 60, seconds - 60, seconds - 7, seconds + 30, seconds + 90_000, 0, -1, 1.5, '1e12', true, null, {}, '']

const change = fc.record({
  where: fc.constantFrom('header', 'payload'),
  name: fc.constantFrom(...names),
  how: fc.constantFrom('set', 'set', 'drop', 'double'),
  value: fc.oneof(fc.constantFrom(...values), fc.constantFrom(...values), fc.jsonValue({ maxDepth: 1 })),
})

/** Changes in the text of the JSON: what a writer of JSON might do wrong or an attacker on purpose. */
// biome-ignore format: a table
const slips = [
  (text: string) => text,
  (text: string) => text,
  (text: string) => text,
  (text: string) => text,
  (text: string) => ` ${text}\n`,
  (text: string) => `\ufeff${text}`,
  (text: string) => `${text}\u0000`,
  (text: string) => text.replace(/"exp":\d+/, '"exp":1e400'),
  (text: string) => text.replace(/"exp":(\d+)/, '"exp":$1.0'),
  (text: string) => text.replace('"exp"', '"\\u0065xp"'),
  (text: string) => text.slice(0, -1),
  (text: string) => `[${text}]`,
]

/** Changes in the token itself, after it was signed. */
// biome-ignore format: a table
const edits = [
  (text: string) => text,
  (text: string) => text,
  (text: string) => text,
  (text: string) => text,
  (text: string, at: number, char: string) => text.slice(0, at) + char + text.slice(at),
  (text: string, at: number, char: string) => text.slice(0, at) + char + text.slice(at + 1),
  (text: string, at: number) => text.slice(0, at) + text.slice(at + 1),
  (text: string, _: number, char: string) => text + char,
  (text: string, _: number, char: string) => char + text,
]

const mutation = fc.record({
  use: fc.constantFrom('access' as const, 'id' as const),
  changes: fc.array(change, { maxLength: 3 }),
  slip: fc.constantFrom(...slips),
  slipIn: fc.constantFrom('header', 'payload'),
  edit: fc.constantFrom(...edits),
  at: fc.nat({ max: 1200 }),
  char: fc.constantFrom('=', '.', ' ', '\n', '+', '/', '-', '_', 'A', 'B', '?', '\u0000', 'é'),
})

type Mutation = typeof mutation extends fc.Arbitrary<infer M> ? M : never

function build({ use, changes, slip, slipIn, edit, at, char }: Mutation): string {
  const text = (where: string, object: Record<string, unknown>) => {
    const doubles: string[] = []
    const record = { ...object }
    for (const { name, how, value } of changes.filter((one) => one.where === where)) {
      if (how === 'drop') Reflect.deleteProperty(record, name)
      else if (how === 'double' || name === '__proto__')
        doubles.push(`,${JSON.stringify(name)}:${JSON.stringify(value)}`)
      else record[name] = value
    }
    const json = JSON.stringify(record).replace(/}$/, `${doubles.join('')}}`)
    return segment(slipIn === where ? slip(json) : json)
  }
  const header = text('header', { kid: key.kid, alg: 'RS256' })
  return edit(signed(header, text('payload', use === 'access' ? access() : id())), at, char)
}

test('whatever is accepted here, jose and aws-jwt-verify both accept', async () => {
  const count = { runs: 0, ours: 0, jose: 0, aws: 0, oneOfThem: 0, both: 0 }
  await fc.assert(
    fc.asyncProperty(mutation, async (made) => {
      const verdict = await judge(build(made), made.use)
      count.runs++
      if (verdict.ours) count.ours++
      if (verdict.jose) count.jose++
      if (verdict.aws) count.aws++
      if (verdict.jose !== verdict.aws) count.oneOfThem++
      if (verdict.jose && verdict.aws) count.both++
      expect(verdict.ours && !(verdict.jose && verdict.aws)).toBe(false)
    }),
    { numRuns: 3000 },
  )
  // The test says something only while all three accept and refuse some.
  expect(count.ours).toBeGreaterThan(count.runs / 20)
  expect(count.oneOfThem).toBeGreaterThan(count.runs / 50)
  expect(count.both).toBeGreaterThan(count.ours)
})

test('random text is malformed or missing, and nothing else happens', async () => {
  const piece = fc.string({ unit: 'binary', maxLength: 60 })
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        piece,
        fc.array(piece, { maxLength: 5 }).map((parts) => parts.join('.')),
      ),
      async (text) => {
        const code = await ours.access.verify(text).catch((thrown) => thrown.code)
        expect(['malformed', 'missing', 'alg_not_allowed']).toContain(code)
      },
    ),
    { numRuns: 2000 },
  )
})
