import { afterAll, expect, test } from 'vitest'
import { openDatabase } from '../../test/databases.ts'
import type { Config } from '../config.ts'
import { makeClient } from '../settings/clients.ts'
import { makeDomain } from '../settings/domains.ts'
import { makePool } from '../settings/pools.ts'
import type { Db } from '../store/db.ts'
import { testWorld } from '../world/test.ts'
import { type App, createApp } from './app.ts'

const callback = 'http://localhost:1/callback'
const opened: Db[] = []
afterAll(async () => {
  for (const db of opened) await db.destroy().catch(() => {})
})

async function setUp(config: Partial<Config> = {}): Promise<{ app: App; db: Db; poolId: string; query: string }> {
  const db = await openDatabase('sqlite')
  opened.push(db)
  const world = testWorld({ config })
  const pool = await makePool(db, world, 'eu-west-1', { PoolName: 'shop' })
  const client = await makeClient(db, world, pool, {
    ClientName: 'web',
    CallbackURLs: [callback],
    AllowedOAuthFlows: ['code'],
    AllowedOAuthScopes: ['openid'],
    AllowedOAuthFlowsUserPoolClient: true,
  })
  await makeDomain(db, world, pool, 'shop', {})
  await makeDomain(db, world, pool, 'login.example.com', { CustomDomainConfig: { CertificateArn: 'arn:aws:acm:x' } })
  const query = `?${new URLSearchParams({ client_id: client.id, response_type: 'code', redirect_uri: callback })}`
  return { app: createApp({ db, world }), db, poolId: pool.id, query }
}

const ask = (app: App, url: string, init: RequestInit = {}) =>
  app.fetch(new Request(url, { ...init, headers: { host: new URL(url).host, ...init.headers } }))

// biome-ignore format: a table
const hosts: [title: string, url: string, formAction: string | undefined][] = [
  ['the path style',                    'http://localhost:9500/domains/shop/login',               '/domains/shop/login'],
  ['the host style',                    'http://shop.auth.eu-west-1.localhost:9500/login',        '/login'],
  ['the host style, another region',    'http://shop.auth.us-east-1.localhost:9500/login',        '/login'],
  ['a custom domain',                   'https://login.example.com/login',                        '/login'],
  ['an unknown prefix',                 'http://nobody.auth.eu-west-1.localhost:9500/login',      undefined],
  ['more than a prefix',                'http://a.shop.auth.eu-west-1.localhost:9500/login',      undefined],
  ['more than a region',                'http://shop.auth.eu.west.localhost:9500/login',          undefined],
  ['a host that nobody has',            'http://evil.example.com/login',                          undefined],
  ['a prefix as a whole host',          'http://shop/login',                                      undefined],
  ['a path style prefix nobody has',    'http://localhost:9500/domains/nobody/login',             undefined],
]
for (const [title, url, formAction] of hosts)
  test(`${title}: ${formAction ? 'the sign-in page' : 'not found'}`, async () => {
    const { app, query } = await setUp()
    const response = await ask(app, `${url}${query}`)
    expect(response.status).toBe(formAction ? 200 : 404)
    if (formAction) expect(await response.text()).toContain(`action="${formAction}?client_id=`)
  })

test('a forwarded host decides nothing', async () => {
  const { app, query } = await setUp()
  const headers = { 'x-forwarded-host': 'shop.auth.eu-west-1.localhost', forwarded: 'host=login.example.com' }
  expect((await ask(app, `http://evil.example.com/login${query}`, { headers })).status).toBe(404)
})

test('a page opened at 127.0.0.1 leads to localhost, a call stays', async () => {
  const { app, query } = await setUp()
  const page = `http://127.0.0.1:9500/domains/shop/login${query}`
  const response = await ask(app, page, { headers: { accept: 'text/html,*/*' } })
  expect(response.status).toBe(302)
  expect(response.headers.get('location')).toBe(`http://localhost:9500/domains/shop/login${query}`)
  const call = await ask(app, 'http://127.0.0.1:9500/domains/shop/oauth2/userInfo')
  expect(call.status).toBe(400)
})

test('health: live always, ready until it drains or the store is gone', async () => {
  const { app, db } = await setUp()
  expect((await ask(app, 'http://localhost:9500/health/live')).status).toBe(200)
  expect((await ask(app, 'http://localhost:9500/health/ready')).status).toBe(200)
  app.drain()
  expect((await ask(app, 'http://localhost:9500/health/ready')).status).toBe(503)
  const other = await setUp()
  await other.db.destroy()
  expect((await ask(other.app, 'http://localhost:9500/health/ready')).status).toBe(503)
  expect((await ask(other.app, 'http://localhost:9500/health/live')).status).toBe(200)
  await db.destroy()
})

test('keys and discovery: for any site, kept for minutes; a pool that is not there is a 404', async () => {
  const { app, poolId } = await setUp()
  for (const name of ['jwks.json', 'openid-configuration']) {
    const found = await ask(app, `http://localhost:9500/${poolId}/.well-known/${name}`, {
      headers: { origin: 'https://a.b' },
    })
    expect(found.status).toBe(200)
    expect(found.headers.get('access-control-allow-origin')).toBe('*')
    expect(found.headers.get('cache-control')).toBe('public, max-age=300')
    expect((await ask(app, `http://localhost:9500/eu-west-1_nobody/.well-known/${name}`)).status).toBe(404)
  }
  const { keys } = (await (await ask(app, `http://localhost:9500/${poolId}/.well-known/jwks.json`)).json()) as {
    keys: object[]
  }
  expect(keys).toHaveLength(2)
  for (const key of keys) expect(Object.keys(key).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use'])
})

test('a browser may call the JSON API and the token endpoint, and no other site the authorize endpoint', async () => {
  const { app, query } = await setUp()
  const preflight = (path: string, headers: string) =>
    ask(app, `http://localhost:9500${path}`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://app.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': headers,
      },
    })
  const api = await preflight('/', 'content-type,x-amz-target,x-amz-user-agent')
  expect(api.status).toBe(204)
  expect(api.headers.get('access-control-allow-headers')).toBe('content-type,x-amz-target,x-amz-user-agent')
  expect(
    (await preflight('/domains/shop/oauth2/token', 'authorization')).headers.get('access-control-allow-origin'),
  ).toBe('*')
  const authorize = await ask(app, `http://localhost:9500/domains/shop/oauth2/authorize${query}`, {
    headers: { origin: 'https://app.example' },
  })
  expect(authorize.headers.get('access-control-allow-origin')).toBeNull()
})

test('the inbox is there in development alone', async () => {
  for (const [mode, status] of [
    ['development', 200],
    ['production', 404],
  ] as const) {
    const { app } = await setUp({ mode })
    expect((await ask(app, 'http://localhost:9500/inbox/messages')).status).toBe(status)
  }
})

test('what is not there is a 404 without a word of the inside', async () => {
  const { app } = await setUp()
  const response = await ask(app, 'http://localhost:9500/admin/../../etc/passwd')
  expect(response.status).toBe(404)
  expect(await response.json()).toEqual({ message: 'Not found' })
})
