// A real Poolhouse in production mode on SQLite with durable writes, and users in it to be signed in.
// Built as it is published, and started as a stranger starts it: by its command line.
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, openSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  CognitoIdentityProviderClient,
  CreateResourceServerCommand,
  type ExplicitAuthFlowsType,
  InitiateAuthCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { addClient, addUser, buildHouse, callback, type House, signInAt } from '../conformance/hosted.ts'
import { build } from '../tools/build.ts'

/** A started server. */
export interface Running {
  readonly url: string
  /** The folder of its database, when that is SQLite. */
  readonly data: string
  /** Milliseconds from the start of the process to the first answer of /health/ready. */
  readonly readyAfter: number
  /** Megabytes resident when idle, before any load. */
  readonly residentMegabytes: number
  readonly pid: number
  stop(): Promise<void>
}

/** A started server with a pool in it, and what the loads need. */
export interface Target extends Running {
  readonly poolId: string
  readonly clientId: string
  /** A client whose refresh tokens rotate. */
  readonly rotatingClientId: string
  /** A client of the grant client_credentials, and the scope it asks for. */
  readonly machine: { readonly id: string; readonly secret: string; readonly scope: string }
  readonly domain: string
  /** The pool with its hosted domain. */
  readonly house: House
  readonly users: readonly string[]
  readonly password: string
  readonly refreshTokens: readonly string[]
  /** An access token with the scope openid. */
  readonly hostedToken: string
}

/** The file in the data folder. */
export const databaseFile = (data: string) => join(data, 'poolhouse.db')

const built = fileURLToPath(new URL('../packages/server/dist', import.meta.url))
const main = join(built, 'bin', 'poolhouse.mjs')
let building: Promise<void> | undefined
const masterKey = randomBytes(32).toString('base64')

/** Starts a server on an empty database, waits until it is ready, and fills it. */
export async function startPoolhouse(users: number, databaseUrl?: string): Promise<Target> {
  building ??= build(built)
  await building
  const running = await launch({ data: mkdtempSync(join(tmpdir(), 'poolhouse-bench-')), databaseUrl })
  return { ...running, ...(await fill(running.url, users)) }
}

/** Starts a server on SQLite in a folder, or on PostgreSQL. BENCH_PROFILE names a folder for its CPU profile. */
export async function launch({
  data,
  databaseUrl,
}: {
  data: string
  databaseUrl?: string | undefined
}): Promise<Running> {
  const port = await freePort()
  const url = `http://localhost:${port}`
  const profile = process.env.BENCH_PROFILE
  const started = performance.now()
  const child = spawn(
    process.execPath,
    [
      ...(profile ? ['--cpu-prof', '--cpu-prof-interval=200', `--cpu-prof-dir=${profile}`] : []),
      main,
      'start',
      '--listen',
      `localhost:${port}`,
      ...(databaseUrl === undefined ? ['--data', data] : ['--database-url', databaseUrl]),
    ],
    {
      stdio: ['ignore', 'ignore', openSync(join(data, 'log'), 'a')],
      env: { ...process.env, POOLHOUSE_MASTER_KEY: masterKey, POOLHOUSE_ACCESS_KEYS: 'bench:bench-secret-of-no-worth' },
    },
  )
  await ready(url, child)
  const readyAfter = performance.now() - started
  await new Promise((resolve) => setTimeout(resolve, 1000))
  return {
    url,
    data,
    readyAfter,
    residentMegabytes: resident(child.pid ?? 0),
    pid: child.pid ?? 0,
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
  const ExplicitAuthFlows: ExplicitAuthFlowsType[] = [
    'ALLOW_USER_PASSWORD_AUTH',
    'ALLOW_USER_SRP_AUTH',
    'ALLOW_REFRESH_TOKEN_AUTH',
  ]
  const { id: clientId } = await addClient(house, { ExplicitAuthFlows })
  const { id: rotatingClientId } = await addClient(house, {
    ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
    RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 10 },
  })
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
    poolId: house.poolId,
    clientId,
    rotatingClientId,
    machine: await addMachine(house),
    domain: house.domain,
    house,
    users,
    password: house.password,
    refreshTokens,
    hostedToken: await hostedToken(house, clientId),
  }
}

async function addMachine(house: House): Promise<Target['machine']> {
  const Identifier = 'https://api.example.com/v1'
  const Scopes = [{ ScopeName: 'read', ScopeDescription: 'Reads' }]
  await house.server.api.send(
    new CreateResourceServerCommand({ UserPoolId: house.poolId, Identifier, Name: 'API', Scopes }),
  )
  const scope = `${Identifier}/read`
  const { id, secret = '' } = await addClient(house, {
    GenerateSecret: true,
    AllowedOAuthFlows: ['client_credentials'],
    AllowedOAuthScopes: [scope],
    CallbackURLs: [],
    LogoutURLs: [],
  })
  return { id, secret, scope }
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
export function resident(pid: number): number {
  const [, kilobytes] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Math.round(Number(kilobytes) / 1024)
}

/** Seconds that a process has spent on the processors, from Linux's own book: in hundredths, whatever the machine. */
export function processorSeconds(pid: number): number {
  const [, fields = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')
  const [user = 0, system = 0] = fields.split(' ').slice(11, 13).map(Number)
  return (user + system) / 100
}

/** A port that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
