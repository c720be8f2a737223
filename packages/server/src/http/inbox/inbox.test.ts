import { expect, test } from 'vitest'
import { openDatabase } from '../../../test/databases.ts'
import { insertMessage } from '../../store/outbox.ts'
import { type TestWorldOptions, testWorld } from '../../world/test.ts'
import type { Message } from '../../world/world.ts'
import { createInbox } from './inbox.ts'

async function openInbox(options?: TestWorldOptions) {
  const db = await openDatabase('sqlite')
  const world = testWorld(options)
  const inbox = createInbox({ db, world })
  const get = (path: string, init?: RequestInit) =>
    inbox.request(`http://localhost:9500${path}`, { ...init, headers: { host: 'localhost:9500', ...init?.headers } })
  const put = (message: Partial<Message>) =>
    insertMessage(db, world, {
      id: Buffer.from(world.random(8)).toString('hex'),
      poolId: 'local_dev',
      channel: 'email',
      kind: 'SignUp',
      to: 'ada@example.com',
      subject: 'Your verification code',
      text: 'Your confirmation code is 493027',
      code: '493027',
      createdAt: world.now(),
      ...message,
    })
  return { world, get, put }
}

test('the page shows every message, newest first, and nothing in it is markup', async () => {
  const { get, put, world } = await openInbox()
  await put({ to: 'ada@example.com' })
  await put({ to: '<img src=x onerror=alert(1)>', text: '</pre><script>alert(1)</script>', createdAt: world.now() + 1 })
  const response = await get('/')
  const body = await response.text()
  expect(response.status).toBe(200)
  expect(body.indexOf('&lt;img')).toBeGreaterThan(0)
  expect(body.indexOf('&lt;img')).toBeLessThan(body.indexOf('ada@example.com'))
  expect(body).not.toContain('<script>alert')
  expect(body).toMatch(/class="code"[^>]*>493027</)
  expect(response.headers.get('content-security-policy')).toMatch(/default-src 'none'/)
  expect(response.headers.get('content-security-policy')).not.toMatch(/unsafe/)
  expect(response.headers.get('access-control-allow-origin')).toBeNull()
})

test('a search narrows the page', async () => {
  const { get, put } = await openInbox()
  await put({ to: 'ada@example.com' })
  await put({ to: 'sam@example.com', kind: 'ForgotPassword' })
  const body = await (await get('/?q=SAM+forgot')).text()
  expect(body).toContain('sam@example.com')
  expect(body).not.toContain('ada@example.com')
})

test('messages as JSON, by recipient, kind and time', async () => {
  const { get, put, world } = await openInbox()
  await put({ to: 'ada@example.com' })
  await put({ to: 'sam@example.com', kind: 'ForgotPassword', createdAt: world.now() + 5, link: 'http://localhost/x' })
  const list = async (query: string) => (await (await get(`/messages?${query}`)).json()) as Record<string, unknown>[]
  expect(await list('')).toHaveLength(2)
  expect(await list('to=ada%40example.com')).toMatchObject([{ to: 'ada@example.com', code: '493027' }])
  expect(await list('kind=ForgotPassword')).toMatchObject([{ link: 'http://localhost/x', createdAt: world.now() + 5 }])
  expect(await list(`after=${world.now()}`)).toMatchObject([{ to: 'sam@example.com' }])
  expect(await list('to=nobody%40example.com')).toEqual([])
  expect(Object.keys((await list(''))[0] ?? {})).not.toContain('tries')
})

test('a wait ends with the first match', async () => {
  const { get, put } = await openInbox()
  const started = performance.now()
  const waiting = get('/messages?to=ada%40example.com&wait=5s')
  setTimeout(() => void put({}), 200)
  expect(await (await waiting).json()).toHaveLength(1)
  expect(performance.now() - started).toBeLessThan(3_000)
})

test('a wait without a match ends empty', async () => {
  const { get } = await openInbox()
  const started = performance.now()
  expect(await (await get('/messages?wait=1')).json()).toEqual([])
  expect(performance.now() - started).toBeGreaterThan(900)
})

for (const query of ['after=soon', 'after=-1', 'wait=-1', 'wait=1m', 'after=99999999999999999999'])
  test(`${query} is refused`, async () => {
    const { get } = await openInbox()
    expect((await get(`/messages?${query}`)).status).toBe(400)
  })

test('clearing empties it', async () => {
  const { get, put } = await openInbox()
  await put({})
  expect((await get('/messages', { method: 'DELETE' })).status).toBe(204)
  expect(await (await get('/messages')).json()).toEqual([])
})

test('the HTML of a message is shown in a sandbox', async () => {
  const { get, put } = await openInbox()
  await put({ id: 'f00d', html: '<script>alert(1)</script><b>493027</b>' })
  const response = await get('/messages/f00d')
  expect(await response.text()).toContain('<b>493027</b>')
  expect(response.headers.get('content-security-policy')).toMatch(/^sandbox allow-popups [^;]*; default-src 'none'/)
  expect((await get('/messages/beef')).status).toBe(404)
  const page = await (await get('/')).text()
  expect(page).toMatch(/<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" [^>]*src="[^"]*\/messages\/f00d"/)
  expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&lt;b&gt;493027&lt;/b&gt;')
  expect(page).not.toContain('<b>493027</b>')
})

// biome-ignore format: a table
const hosts: [host: string, status: number][] = [
  ['localhost:9500',         200],
  ['127.0.0.1:9500',         200],
  ['[::1]:9500',             200],
  ['dev.auth.localhost',     200],
  ['pool.example.org',       200],
  ['evil.example.com',       403],
  ['evil.example.com:9500',  403],
  ['localhost.evil.example', 403],
  ['notlocalhost',           403],
  ['',                       403],
]

for (const [host, status] of hosts)
  test(`called as ${host || 'nothing'}: ${status}`, async () => {
    const { get } = await openInbox({ config: { publicUrl: 'https://pool.example.org' } })
    for (const path of ['/', '/messages']) expect((await get(path, { headers: { host } })).status).toBe(status)
  })

test('there is no inbox in production', async () => {
  const { get, put } = await openInbox({ config: { mode: 'production' } })
  await put({ id: 'f00d', html: '<b>493027</b>' })
  for (const path of ['/', '/messages', '/messages/f00d']) expect((await get(path)).status).toBe(404)
  expect((await get('/messages', { method: 'DELETE' })).status).toBe(404)
})
