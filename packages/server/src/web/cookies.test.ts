import { Hono } from 'hono'
import { expect, test } from 'vitest'
import { clearSessionCookie, readSessionCookie, setSessionCookie } from './cookies.ts'
import type { DomainEnv, HostedDomain } from './env.ts'

function appAt(domain: HostedDomain): Hono<DomainEnv> {
  const app = new Hono<DomainEnv>()
  app.use(async (c, next) => {
    c.set('domain', domain)
    await next()
  })
  app.get('/set', (c) => {
    setSessionCookie(c, 'id-1', 3_600_500, 500)
    return c.body(null)
  })
  app.get('/clear', (c) => {
    clearSessionCookie(c)
    return c.body(null)
  })
  app.get('/read', (c) => c.text(readSessionCookie(c) ?? 'none'))
  return app
}

const own = { name: 'id.example.com', url: 'https://id.example.com', path: '', secure: true }
const plain = { name: 'shop', url: 'http://localhost:9500/domains/shop', path: '/domains/shop', secure: false }
const shared = { ...plain, url: 'https://example.com/domains/shop', secure: true }

// biome-ignore format: a table
const cases: [title: string, domain: HostedDomain, cookie: string][] = [
  ['a host of its own',          own,    '__Host-cognito=id-1; Max-Age=3600; Path=/; HttpOnly; Secure; SameSite=Lax'],
  ['a path, in development',     plain,  'cognito=id-1; Max-Age=3600; Path=/domains/shop; HttpOnly; SameSite=Lax'],
  ['a path, over TLS',           shared, 'cognito=id-1; Max-Age=3600; Path=/domains/shop; HttpOnly; Secure; SameSite=Lax'],
]

for (const [title, domain, cookie] of cases)
  test(`the session cookie is fit for ${title}`, async () => {
    const app = appAt(domain)
    expect((await app.request('/set')).headers.get('set-cookie')).toBe(cookie)
    const [name = '', value = ''] = cookie.split(';')[0]?.split('=') ?? []
    expect(await (await app.request('/read', { headers: { cookie: `${name}=${value}` } })).text()).toBe('id-1')
    expect((await app.request('/clear')).headers.get('set-cookie')).toContain(
      `${name}=; Max-Age=0; Path=${domain.path || '/'}`,
    )
  })

test('LG16: a cookie without the prefix, which a sibling host could plant, is not read', async () => {
  expect(await (await appAt(own).request('/read', { headers: { cookie: 'cognito=id-1' } })).text()).toBe('none')
})

test('SE10: a cookie of eight kilobytes is nobody', async () => {
  const cookie = `cognito=${'x'.repeat(8192)}`
  expect(await (await appAt(plain).request('/read', { headers: { cookie } })).text()).toBe('none')
})
