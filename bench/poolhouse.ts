// A real Poolhouse in production mode on SQLite with durable writes, and users in it to be signed in.
// Started as a stranger starts it: by its command line.
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, openSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CognitoIdentityProviderClient, InitiateAuthCommand } from '@aws-sdk/client-cognito-identity-provider'
import { addClient, addUser, buildHouse, callback, type House, signInAt } from '../conformance/hosted.ts'

/** A started server and what the loads need. */
export interface Target {
  readonly url: string
  readonly clientId: string
  readonly domain: string
  readonly users: readonly string[]
  readonly password: string
  readonly refreshTokens: readonly string[]
  /** An access token with the scope openid. */
  readonly hostedToken: string
  /** Milliseconds from the start of the process to the first answer of /health/ready. */
  readonly readyAfter: number
  /** Megabytes resident when idle, before any load. */
  readonly residentMegabytes: number
  readonly pid: number
  stop(): Promise<void>
}

const main = new URL('../packages/server/bin/poolhouse.mjs', import.meta.url).pathname

/** Starts a server, waits until it is ready, and fills it. */
export async function startPoolhouse(users: number): Promise<Target> {
  const port = await freePort()
  const url = `http://localhost:${port}`
  const data = mkdtempSync(join(tmpdir(), 'poolhouse-bench-'))
  const started = performance.now()
  const child = spawn(
    process.execPath,
    [
      ...(process.env.BENCH_PROFILE ? ['--cpu-prof', '--cpu-prof-dir=/tmp/prof', '--cpu-prof-interval=200'] : []),
      main,
      'start',
      '--listen',
      `localhost:${port}`,
      '--data',
      data,
    ],
    {
      stdio: ['ignore', 'ignore', openSync(join(data, 'log'), 'a')],
      env: {
        ...process.env,
        POOLHOUSE_MASTER_KEY: randomBytes(32).toString('base64'),
        POOLHOUSE_ACCESS_KEYS: 'bench:bench-secret-of-no-worth',
      },
    },
  )
  await ready(url, child)
  const readyAfter = performance.now() - started
  await new Promise((resolve) => setTimeout(resolve, 1000))
  const residentMegabytes = resident(child.pid ?? 0)
  const filled = await fill(url, users)
  return {
    url,
    ...filled,
    pid: child.pid ?? 0,
    readyAfter,
    residentMegabytes,
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve())
        child.kill('SIGTERM')
      }),
  }
}

async function fill(url: string, count: number) {
  const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench-secret-of-no-worth' }
  const api = new CognitoIdentityProviderClient({ endpoint: url, region: 'eu-west-1', credentials })
  const house = await buildHouse({ url, api })
  const { id: clientId } = await addClient(house)
  const users = Array.from({ length: count }, (_, index) => `user-${index}`)
  const refreshTokens: string[] = []
  for (const USERNAME of users) {
    await addUser(house, USERNAME, house.password, `${USERNAME}@example.com`)
    const AuthParameters = { USERNAME, PASSWORD: house.password }
    const { AuthenticationResult } = await api.send(
      new InitiateAuthCommand({ ClientId: clientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters }),
    )
    refreshTokens.push(AuthenticationResult?.RefreshToken ?? '')
  }
  return {
    clientId,
    domain: house.domain,
    users,
    password: house.password,
    refreshTokens,
    hostedToken: await hostedToken(house, clientId),
  }
}

/** An access token of the hosted pages: userInfo wants the scope openid. */
async function hostedToken(house: House, clientId: string): Promise<string> {
  const query = new URLSearchParams({
    client_id: clientId,
    response_type: 'code',
    scope: 'openid',
    redirect_uri: callback,
  })
  const back = await signInAt(`${house.domain}/oauth2/authorize?${query}`, house)
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    client_id: clientId,
    redirect_uri: callback,
    code: back.searchParams.get('code') ?? '',
  })
  const answer = await fetch(`${house.domain}/oauth2/token`, { method: 'POST', body })
  return ((await answer.json()) as { access_token: string }).access_token
}

async function ready(url: string, child: ChildProcess): Promise<void> {
  for (let waited = 0; ; waited += 5) {
    if (child.exitCode !== null || waited > 30_000) throw new Error('The server did not start')
    const answer = await fetch(`${url}/health/ready`).catch(() => undefined)
    if (answer?.ok) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** Resident memory of a process in megabytes, from Linux's own book. */
function resident(pid: number): number {
  const [, kilobytes] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Math.round(Number(kilobytes) / 1024)
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
