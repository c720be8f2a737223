import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { request as requestSecurely } from 'node:https'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { createPostgresDatabase } from '../../test/databases.ts'

/** Starting a process takes a while on a machine that has much else to do. */
vi.setConfig({ testTimeout: 120_000 })

const command = join(import.meta.dirname, '../../bin/poolhouse.mjs')
const keys = {
  POOLHOUSE_MASTER_KEY: Buffer.alloc(32, 1).toString('base64'),
  POOLHOUSE_ACCESS_KEYS: 'admin:0123456789abcdef',
}

const cleanups: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'command-'))
  cleanups.push(() => rm(folder, { recursive: true, force: true }))
  return folder
}

interface Run {
  readonly child: ChildProcess
  /** What it has printed so far. */
  output(): string
  /** Waits until it has printed this. */
  printed(pattern: RegExp): Promise<RegExpExecArray>
  readonly exit: Promise<number | null>
}

/** Runs the command in an empty folder, with no environment but what is given. */
async function run(args: string[], environment: Record<string, string> = {}): Promise<Run> {
  const folder = await newFolder()
  const env = { PATH: process.env.PATH, HOME: folder, XDG_CACHE_HOME: join(tmpdir(), 'command-cache'), ...environment }
  const child = spawn(process.execPath, [command, ...args], { cwd: folder, env })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (part) => (text += part))
  const exit = once(child, 'close').then(() => child.exitCode)
  cleanups.push(async () => {
    child.kill('SIGKILL')
    await exit
  })
  const printed = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (const end = Date.now() + 60_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 20))) {
      const match = pattern.exec(text)
      if (match) return match
      if (child.exitCode !== null) break
    }
    throw new Error(`It did not print ${pattern}, but:\n${text}`)
  }
  return { child, output: () => text, printed, exit }
}

/** The public address in what a server printed. */
async function addressOf({ printed }: Run): Promise<string> {
  const [url] = await printed(/http:\/\/localhost:\d+(?=\S*\n)/)
  return url
}

function signUp(url: string, username: string): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AWSCognitoIdentityProviderService.SignUp',
    },
    body: JSON.stringify({ ClientId: 'web', Username: username, Password: 'Correct-horse-1' }),
  })
}

test('dev says where to go, shows the codes it sends, and ends in order', async () => {
  const server = await run(['dev', '--listen', 'localhost:0'])
  const url = await addressOf(server)
  const [page = ''] = /http:\S+\/login\?\S+/.exec(server.output()) ?? []
  for (const part of [
    /Inbox +\S+\/inbox/,
    /AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER=http/,
    /ada@example.com \/ Correct/,
  ])
    expect(server.output()).toMatch(part)
  const login = await fetch(page)
  expect(login.status).toBe(200)
  expect(await login.text()).toContain('<form')
  expect((await fetch(`${url}/health/ready`)).status).toBe(200)
  expect((await fetch(`${url}/local_dev/.well-known/openid-configuration`)).status).toBe(200)

  expect((await signUp(url, 'new@example.com')).status).toBe(200)
  const [, code] = await server.printed(/SignUp new@example.com · code (\d{6}) → inbox/)
  const messages = await (await fetch(`${url}/inbox/messages?to=new%40example.com&wait=5s`)).json()
  expect(messages).toMatchObject([{ kind: 'SignUp', code }])

  server.child.kill('SIGTERM')
  expect(await server.exit).toBe(0)
})

test('dev with a folder keeps users and keys, for its owner alone', async () => {
  const data = join(await newFolder(), 'data')
  const first = await run(['dev', '--listen', 'localhost:0', '--data', data])
  const url = await addressOf(first)
  const jwks = await (await fetch(`${url}/local_dev/.well-known/jwks.json`)).text()
  expect((await signUp(url, 'new@example.com')).status).toBe(200)
  first.child.kill('SIGINT')
  expect(await first.exit).toBe(0)
  for (const file of await readdir(data))
    if (file.endsWith('.key')) expect((await stat(join(data, file))).mode & 0o777).toBe(0o600)
  expect((await stat(data)).mode & 0o777).toBe(0o700)

  const second = await run(['dev', '--listen', 'localhost:0', '--data', data])
  const again = await addressOf(second)
  expect(await (await fetch(`${again}/local_dev/.well-known/jwks.json`)).text()).toBe(jwks)
  expect(await (await signUp(again, 'new@example.com')).json()).toMatchObject({ __type: 'UsernameExistsException' })
})

test('dev with TLS is trusted by who trusts its authority', async () => {
  const server = await run(['dev', '--https', '--listen', 'localhost:0'])
  const [, secure = '', file = ''] = await server.printed(/TLS +(\S+) .*NODE_EXTRA_CA_CERTS=(\S+)/)
  const ca = await readFile(file)
  const issuer = await new Promise((resolve, reject) => {
    requestSecurely(`${secure}/local_dev/.well-known/openid-configuration`, { ca }, (response) => {
      response.setEncoding('utf8').on('data', (body) => resolve(JSON.parse(body).issuer))
    })
      .on('error', reject)
      .end()
  })
  expect(issuer).toMatch(/\/local_dev$/)
  await expect(fetch(`${secure}/health/live`)).rejects.toThrow()
})

test('dev takes the next port and says so', async () => {
  const blocker = createServer().listen(0, '127.0.0.1')
  await once(blocker, 'listening')
  const address = blocker.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const server = await run(['dev', '--listen', `localhost:${port}`])
  await server.printed(new RegExp(`Port ${port} is in use by another program: this is on \\d+`))
  blocker.close()
})

test('start is ready on PostgreSQL with one line, answers health, refuses another master key', async () => {
  const database = await createPostgresDatabase()
  const config = join(await newFolder(), 'pools.json')
  await writeFile(config, JSON.stringify({ pools: [{ Id: 'local_dev', PoolName: 'dev' }] }))
  const args = ['start', '--listen', 'localhost:0', '--database-url', database, '--config', config]
  const server = await run(args, keys)
  const [, port] = await server.printed(/^Poolhouse \S+ ready on http:\/\/localhost:(\d+)\n/m)
  expect((await fetch(`http://localhost:${port}/inbox`)).status).toBe(404)
  const listen = ['--listen', `localhost:${port}`]
  expect(await (await run(['health', '--ready', ...listen])).exit).toBe(0)
  server.child.kill('SIGTERM')
  expect(await server.exit).toBe(0)
  expect(await (await run(['health', ...listen])).exit).toBe(1)

  const other = { ...keys, POOLHOUSE_MASTER_KEY: Buffer.alloc(32, 2).toString('base64') }
  const refused = await run(args, other)
  expect(await refused.exit).toBe(2)
  expect(refused.output()).toMatch(/another master key/)
})

test('a stop fails nobody', async () => {
  const data = join(await newFolder(), 'data')
  const server = await run(['start', '--listen', 'localhost:0', '--data', data], keys)
  const url = await addressOf(server)
  const failures: unknown[] = []
  let stopping = false
  let answered = 0
  const client = async () => {
    while (!stopping)
      await fetch(`${url}/health/live`).then(
        () => answered++,
        (error) => stopping || failures.push(error),
      )
  }
  const clients = Array.from({ length: 8 }, client)
  await new Promise((resolve) => setTimeout(resolve, 200))
  server.child.kill('SIGTERM')
  // New connections are taken for a second; whoever asks sees that it is time to go elsewhere.
  await expect.poll(async () => (await fetch(`${url}/health/ready`)).status, { interval: 10, timeout: 800 }).toBe(503)
  stopping = true
  await Promise.all(clients)
  expect(failures).toEqual([])
  expect(answered).toBeGreaterThan(8)
  expect(await server.exit).toBe(0)
})

test('a port that is taken ends start with what to do', async () => {
  const blocker = createServer().listen(0, '127.0.0.1')
  await once(blocker, 'listening')
  const address = blocker.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const server = await run(['start', '--listen', `127.0.0.1:${port}`, '--data', await newFolder()], keys)
  expect(await server.exit).toBe(2)
  expect(server.output()).toMatch(new RegExp(`Port ${port} .* is in use .*--listen`))
  blocker.close()
})

test('dev says what is wrong with templates, by file and slot', async () => {
  const templates = await newFolder()
  await writeFile(join(templates, 'login.html'), '{{head}}\n{{header}}\n{{nope}}')
  const refused = await run(['dev', '--listen', 'localhost:0', '--templates', templates])
  expect(await refused.exit).toBe(2)
  expect(refused.output()).toMatch(/login\.html, line 3: \{\{nope\}\} is no slot/)
  expect(refused.output()).toMatch(/login\.html: the slot \{\{content\}\} is missing/)
  expect(refused.output()).not.toMatch(/\n {4}at /)
})

// biome-ignore format: a table
const wrong: [args: string[], environment: Record<string, string>, patterns: RegExp[]][] = [
  [['start'],                                {},   [/--data/, /openssl rand -base64 32/, /POOLHOUSE_ACCESS_KEYS="admin:/]],
  [['start', '--data', 'data'],              { ...keys, POOLHOUSE_ACCESS_KEYS: 'local:local' }, [/too short/]],
  [['start', '--data', 'data', '--config', 'none.json'], keys, [/cannot be read: none.json/]],
  [['dev', '--listen', '0.0.0.0:0'],         {},   [/--i-know/]],
  [['dev'],                                  { POOLHOUSE_LISTEN: '[::]:0' }, [/--i-know/]],
  [['dev', '--listen', 'here'],              {},   [/an address such as localhost:9500/]],
  [['dev', '--database-url', 'postgres://a/b'], {}, [/unknown option/]],
  [['strat'],                                {},   [/Did you mean start\?/]],
]

for (const [args, environment, patterns] of wrong)
  test(`poolhouse ${args.join(' ')} ${Object.keys(environment)} says what to do`, async () => {
    const refused = await run(args, environment)
    expect(await refused.exit).toBe(2)
    for (const pattern of patterns) expect(refused.output()).toMatch(pattern)
    expect(refused.output()).not.toMatch(/\n {4}at /)
  })
