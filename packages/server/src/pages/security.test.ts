import { expect, test } from 'vitest'
import { inviteUser } from '../directory/accounts.ts'
import { register } from '../directory/register.ts'
import { findUserByAnyName } from '../directory/usernames.ts'
import { type Browser, callback, openBrowser, openDomain, type Page, type TestDomain } from './test.ts'

const password = 'Correct-horse-1'
const everyPage = ['/login', '/signup', '/forgotPassword', '/signedout', '/error', '/login?client_id=unknown']

async function openWithUser(options: Parameters<typeof openDomain>[0] = {}): Promise<TestDomain> {
  const shop = await openDomain({
    ...options,
    pool: { LambdaConfig: { PreSignUp: 'arn:aws:lambda:eu-west-1:000000000000:function:pre' }, ...options.pool },
  })
  shop.world.triggers.pre = (event: object) => ({ ...event, response: { autoConfirmUser: true } })
  await register(shop.db, shop.world, shop, { username: 'ada', password, attributes: {} })
  return shop
}

function token(page: Page): string {
  return /name="_csrf" value="([^"]+)"/.exec(page.html)?.[1] ?? ''
}

/** Posts a right name and password with whatever else a test changes. */
function post(
  browser: Browser,
  shop: TestDomain,
  { fields = {}, headers = {} }: { fields?: Record<string, string>; headers?: Record<string, string> },
): Promise<Page> {
  const body = new URLSearchParams({ username: 'ada', password, ...fields })
  return browser.send(`${shop.domain.path}/login${shop.query}`, { method: 'POST', headers, body })
}

// LG1-LG3: https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
// biome-ignore format: a table
const origins: [title: string, headers: Record<string, string>, status: number][] = [
  ['our origin',                          { origin: 'http://localhost:9500', 'sec-fetch-site': 'same-origin' }, 303],
  ['our origin, an older browser',        { origin: 'http://localhost:9500' },                                  303],
  ['a client that is no browser',         {},                                                                   303],
  ['an opaque origin',                    { origin: 'null' },                                                   403],
  ['another origin',                      { origin: 'https://evil.example' },                                   403],
  ['another port',                        { origin: 'http://localhost:9501' },                                  403],
  ['another scheme',                      { origin: 'https://localhost:9500' },                                 403],
  ['another site by Sec-Fetch-Site',      { 'sec-fetch-site': 'cross-site' },                                   403],
  ['a sibling by Sec-Fetch-Site',         { origin: 'http://localhost:9500', 'sec-fetch-site': 'same-site' },   403],
]

for (const [title, headers, status] of origins)
  test(`LG2, LG3: a form from ${title} is answered ${status}`, async () => {
    const shop = await openWithUser()
    const browser = openBrowser(shop)
    const _csrf = token(await browser.open('/login'))
    const page = await post(browser, shop, { headers, fields: { _csrf } })
    expect(page.status).toBe(status)
    expect(browser.cookies.has('cognito')).toBe(status === 303)
    if (status === 403) expect(page.html).toContain(`href="/domains/shop/login?client_id=${shop.client.id}&amp;`)
  })

test('LG1: a form without token, or with that of another browser or domain, does nothing', async () => {
  const shop = await openWithUser()
  const other = await openDomain({ beside: shop, domain: { name: 'other' } })
  const browser = openBrowser(shop)
  const mine = token(await browser.open('/login'))
  const strangers = token(await openBrowser(shop).open('/login'))
  const neighbours = openBrowser(other)
  neighbours.cookies.set('XSRF-TOKEN', browser.cookies.get('XSRF-TOKEN') ?? '')
  const elsewhere = token(await neighbours.open('/login'))
  expect(new Set([mine, strangers, elsewhere]).size).toBe(3)
  for (const _csrf of ['', strangers, elsewhere, `${mine}x`, mine.slice(1), mine.toUpperCase()])
    expect((await post(browser, shop, { fields: { _csrf } })).status).toBe(403)
  expect((await post(browser, shop, {})).status).toBe(403)
  expect((await post(openBrowser(shop), shop, { fields: { _csrf: mine } })).status).toBe(403)
  expect(browser.cookies.has('cognito')).toBe(false)
  expect((await post(browser, shop, { fields: { _csrf: mine } })).status).toBe(303)
})

// LG5 and the limits of a form.
// biome-ignore format: a table
const bodies: [title: string, type: string, body: (token: string) => string, status: number][] = [
  ['text/plain, as a form of another site can send', 'text/plain',                        (t) => `_csrf=${t}&username=ada&password=${password}`, 415],
  ['multipart/form-data',                            'multipart/form-data; boundary=x',   () => '--x--',                                         415],
  ['JSON',                                           'application/json',                  (t) => JSON.stringify({ _csrf: t }),                   415],
  ['a field twice',                                  'application/x-www-form-urlencoded', (t) => `_csrf=${t}&username=ada&username=eve`,         400],
  ['NUL in the name',                                'application/x-www-form-urlencoded', (t) => `_csrf=${t}&username=ada%00&password=x`,        400],
  ['a lone surrogate in the password',               'application/x-www-form-urlencoded', (t) => `_csrf=${t}&username=ada&password=%ED%A0%80`,   400],
  ['seventeen kilobytes',                            'application/x-www-form-urlencoded', (t) => `_csrf=${t}&username=${'a'.repeat(17_000)}`,    413],
]

for (const [title, type, body, status] of bodies)
  test(`LG5: a form is refused with ${status}: ${title}`, async () => {
    const shop = await openWithUser()
    const browser = openBrowser(shop)
    const text = body(token(await browser.open('/login')))
    const page = await browser.send(`/domains/shop/login${shop.query}`, {
      method: 'POST',
      headers: { 'content-type': type },
      body: text,
    })
    expect(page.status).toBe(status)
    expect(page.html).toContain('<h1>')
    expect(browser.cookies.has('cognito')).toBe(false)
  })

test('LG4: a form handed in twice, or from two tabs, leaves one session', async () => {
  const shop = await openWithUser()
  const browser = openBrowser(shop)
  const [first, second] = [await browser.open('/login'), await browser.open('/login')]
  expect((await browser.submit(first, { username: 'ada', password })).status).toBe(303)
  expect((await browser.submit(first, { username: 'ada', password })).status).toBe(303)
  expect((await browser.submit(second, { username: 'ada', password })).status).toBe(303)
  expect(await shop.db.selectFrom('sessions').selectAll().execute()).toHaveLength(1)
})

test('SE1: a session id that was there before the sign-in is not the one after it', async () => {
  const shop = await openWithUser()
  const browser = openBrowser(shop)
  const planted = 'A'.repeat(43)
  browser.cookies.set('cognito', planted)
  await browser.submit(await browser.open('/login'), { username: 'ada', password })
  expect(browser.cookies.get('cognito')).toMatch(/^[\w-]{43}$/)
  expect(browser.cookies.get('cognito')).not.toBe(planted)
})

// LG6: whatever is written anywhere stays text.
const payloads = [
  '"><script>alert(1)</script>',
  "'><img src=x onerror=alert(1)>",
  '{{7*7}}$' + '{7*7}',
  '&#x6a;avascript:alert(1)',
  '</title><svg/onload=alert(1)>',
  '\u2028alert(1)',
]

for (const payload of payloads)
  test(`LG6: ${JSON.stringify(payload)} is inert wherever it is shown`, async () => {
    const shop = await openWithUser({ pool: { PoolName: payload }, client: { ClientName: payload } })
    const browser = openBrowser(shop)
    const address = `${shop.query}&login_hint=${encodeURIComponent(payload)}&x=${encodeURIComponent(payload)}`
    const login = await browser.open(`/login${address}`)
    const pages = [
      login,
      await browser.submit(login, { username: payload, password }),
      await browser.follow(
        await browser.submit(await browser.open(`/forgotPassword${address}`), { username: payload }),
      ),
      await browser.open(
        `/error?error=${encodeURIComponent(payload)}&error_description=${encodeURIComponent(payload)}`,
      ),
    ]
    const trusted =
      /^(?!doctype)\/?(html|head|meta|title|link|script|body|aside|a|main|div|p|span|h1|h2|strong|form|input|label|button|ul|li|code)$/
    for (const { html } of pages) {
      expect(html.match(/<script[\s>]/g)).toHaveLength(1)
      // What stands between quotes is a value; the rest is markup and text.
      const bare = html.replaceAll(/"[^"]*"/g, '""')
      for (const [, name = ''] of bare.matchAll(/<(\/?[a-z0-9]+)/gi)) expect(name).toMatch(trusted)
      expect(bare).not.toMatch(/<[^>]* on[a-z]+=/i)
      expect(bare).not.toContain('49')
    }
  })

test('LG8: only the registered address is ever redirected to', async () => {
  const shop = await openWithUser()
  for (const extra of [
    'next=https://evil.example',
    'redirect=//evil.example',
    'redirect_url=/\\evil.example',
    'logout_uri=https:evil.example',
  ]) {
    const browser = openBrowser(shop)
    const answer = await browser.submit(await browser.open(`/login${shop.query}&${extra}`), {
      username: 'ada',
      password,
    })
    expect(new URL(answer.location ?? '').origin).toBe('http://localhost:3000')
  }
})

// biome-ignore format: a table
const targets: [title: string, change: (query: URLSearchParams) => void, sentence: string][] = [
  ['no parameters',               (query) => { for (const name of [...query.keys()]) query.delete(name) }, 'The parameter client_id is missing.'],
  ['an unknown client',           (query) => query.set('client_id', 'unknown'),                            'There is no such client.'],
  ['no address',                  (query) => query.delete('redirect_uri'),                                 'The parameter redirect_uri is missing.'],
  ['an address with a slash more', (query) => query.set('redirect_uri', `${callback}/`),                   'The redirect_uri is not registered for this client.'],
  ['a foreign address',           (query) => query.set('redirect_uri', 'https://evil.example'),            'The redirect_uri is not registered for this client.'],
  ['two addresses',               (query) => query.append('redirect_uri', 'https://evil.example'),         'The parameter redirect_uri is there more than once.'],
]

for (const [title, change, sentence] of targets)
  test(`every page refuses a request with ${title}, and redirects nowhere`, async () => {
    const shop = await openWithUser()
    const query = new URLSearchParams(shop.query)
    change(query)
    for (const page of [
      '/login',
      '/signup',
      '/confirm',
      '/forgotPassword',
      '/confirmforgotPassword',
      '/newPassword',
      '/resendcode',
    ])
      for (const method of ['GET', 'POST']) {
        const answer = await openBrowser(shop).send(`/domains/shop${page}?${query}`, { method })
        expect(answer).toMatchObject({ status: 400, location: undefined })
        expect(answer.html).toContain(sentence)
        expect(answer.html).toContain('<code>request-1</code>')
      }
  })

test('the client of another pool is unknown', async () => {
  const shop = await openWithUser()
  const other = await openDomain({ beside: shop, domain: { name: 'other' } })
  const answer = await openBrowser(shop).open(`/login${other.query}`)
  expect(answer.status).toBe(400)
  expect(answer.html).toContain('There is no such client.')
})

test('what is wrong with the rest of the request is for the client to hear', async () => {
  const shop = await openWithUser()
  for (const [extra, error] of [
    ['response_type=token', 'unauthorized_client'],
    ['scope=admin', 'invalid_scope'],
    ['code_challenge=x', 'invalid_request'],
  ]) {
    const query = new URLSearchParams(shop.query)
    const [name = '', value = ''] = extra?.split('=') ?? []
    query.set(name, value)
    const answer = await openBrowser(shop).open(`/login?${query}`)
    expect(answer.status).toBe(303)
    expect(answer.location).toMatch(new RegExp(`^${callback}[?#]error=${error}&.*state=state-1`))
  }
})

// LG18: no step is reached but by the one before it.
test('LG18: a last step that is handed in first leads to the beginning and changes nothing', async () => {
  const shop = await openDomain()
  await register(shop.db, shop.world, shop, { username: 'ada', password, attributes: { email: 'ada@example.com' } })
  const code = await shop.lastCode()
  const browser = openBrowser(shop)
  const _csrf = token(await browser.open('/login'))
  for (const page of ['/confirm', '/resendcode', '/confirmforgotPassword', '/newPassword'])
    for (const fields of [undefined, { username: 'ada', code, password: 'Battery-staple-2' }]) {
      const body = new URLSearchParams({ ...fields, _csrf })
      const answer = await browser.send(`/domains/shop${page}${shop.query}`, { method: 'POST', body })
      expect(answer).toMatchObject({ status: 303, location: `/domains/shop/login${shop.query}` })
    }
  expect(await findUserByAnyName(shop.db, shop.pool, 'ada')).toMatchObject({ status: 'UNCONFIRMED' })
  expect(await shop.lastCode()).toBe(code)
})

test('LG18: an empty form at any step is asked again and proves nothing', async () => {
  const shop = await openDomain()
  const browser = openBrowser(shop)
  const login = await browser.submit(await browser.open('/login'), {})
  expect(login.html).toContain('<a href="#username">Enter your user name.</a>')
  expect(login.html).toContain('<a href="#password">Enter your password.</a>')
  const confirm = await browser.follow(
    await browser.submit(await browser.open('/signup'), { username: 'ada', email: 'ada@example.com', password }),
  )
  const again = await browser.submit(confirm, {})
  expect(again.html).toContain('<a href="#code">Enter your code.</a>')
  const recover = await browser.follow(await browser.submit(await browser.open('/forgotPassword'), { username: 'ada' }))
  const empty = await browser.submit(recover, {})
  expect(empty.html).toContain('<a href="#code">Enter your code.</a>')
  expect([login.status, again.status, empty.status]).toEqual([400, 400, 400])
  expect(await findUserByAnyName(shop.db, shop.pool, 'ada')).toMatchObject({ status: 'UNCONFIRMED' })
})

test('LG18, SE2: a step cannot be edited, moved to another page, person, tab or pool', async () => {
  const shop = await openDomain()
  const other = await openDomain({ beside: shop })
  const browser = openBrowser(shop)
  const sent = await browser.submit(await browser.open('/signup'), {
    username: 'ada',
    email: 'ada@example.com',
    password,
  })
  const confirm = await browser.follow(sent)
  const code = await shop.lastCode()
  const step = browser.cookies.get('poolhouse-step') ?? ''
  expect(step).not.toContain('ada')
  const start = { status: 303, location: `/domains/shop/login${shop.query}` }

  // Another page of the same browser.
  expect(await browser.open('/confirmforgotPassword')).toMatchObject(start)
  browser.cookies.set('poolhouse-step', step)
  // Another person in the form.
  expect(await browser.submit(confirm, { username: 'eve', code })).toMatchObject(start)
  // Any other byte.
  for (const edited of [
    `${step.slice(0, -1)}A`,
    step.slice(0, 40),
    'v1.',
    '%00',
    'x'.repeat(5000),
    '{"step":"confirm","username":"eve"}',
  ]) {
    browser.cookies.set('poolhouse-step', edited)
    expect(await browser.open('/confirm')).toMatchObject(start)
  }
  // Another pool under the same name.
  const neighbour = openBrowser(other)
  neighbour.cookies.set('poolhouse-step', step)
  expect((await neighbour.open('/confirm')).status).toBe(303)
  // Too late.
  browser.cookies.set('poolhouse-step', step)
  shop.world.tick(3600_000)
  expect(await browser.open('/confirm')).toMatchObject(start)
  expect(await findUserByAnyName(shop.db, shop.pool, 'ada')).toMatchObject({ status: 'UNCONFIRMED' })
})

test('a session of the sign-in API is no step of the pages, and the cookie no session of the API', async () => {
  const shop = await openDomain()
  await inviteUser(shop.db, shop.world, shop.pool, {
    username: 'sam',
    attributes: {},
    temporaryPassword: 'Temporary-1',
    action: 'SUPPRESS',
  })
  const browser = openBrowser(shop)
  await browser.submit(await browser.open('/login'), { username: 'sam', password: 'Temporary-1' })
  const rows = await shop.db.selectFrom('sign_ins').select(['door', 'id_hash']).execute()
  expect(rows).toMatchObject([{ door: 'pages' }])
  await shop.db.updateTable('sign_ins').set({ door: 'api' }).execute()
  expect((await browser.open('/newPassword')).status).toBe(303)
})

test('SE10: a broken session cookie is nobody', async () => {
  const shop = await openWithUser()
  const other = await openDomain({ beside: shop, domain: { name: 'other' } })
  const browser = openBrowser(shop)
  await browser.submit(await browser.open('/login'), { username: 'ada', password })
  const id = browser.cookies.get('cognito') ?? ''
  for (const broken of [id.slice(1), id.toLowerCase(), `${id}A`, 'x'.repeat(8192), '%', "' or 1=1--"]) {
    browser.cookies.set('cognito', broken)
    expect((await browser.open('/login')).status).toBe(200)
  }
  const neighbour = openBrowser(other)
  neighbour.cookies.set('cognito', id)
  expect((await neighbour.open('/login')).status).toBe(200)
})

test('LG22: the error page says fixed sentences only', async () => {
  const shop = await openDomain()
  const browser = openBrowser(shop)
  const page = await browser.open(
    '/error?error=invalid_request&error_description=Call+0800-EVIL&message=Call+0800-EVIL',
  )
  expect(page.status).toBe(400)
  expect(page.html).toContain('The link that brought you here is incomplete or wrong.')
  expect(page.html).not.toContain('EVIL')
  for (const name of ['constructor', '__proto__', 'toString', ''])
    expect((await browser.open(`/error?error=${name}`)).html).toContain(
      'The page that you asked for could not be shown.',
    )
})

test('a fault of ours is a page without its inside; the log has it', async () => {
  const shop = await openDomain()
  const login = await openBrowser(shop).open('/login')
  await shop.db.schema.dropTable('clients').execute()
  const page = await openBrowser(shop).open('/login')
  expect(page.status).toBe(500)
  expect(page.html).toContain('Something went wrong')
  expect(page.html).toContain('<code>request-1</code>')
  expect(page.html).not.toMatch(/no such table|clients|\.ts/)
  expect(shop.world.lines).toMatchObject([{ level: 'error', event: 'page failed', fields: { requestId: 'request-1' } }])
  expect(login.status).toBe(200)
})

test('LG9, LG11, LG14, LG15: every page has the headers that guard it', async () => {
  const shop = await openDomain()
  for (const path of everyPage) {
    const { headers } = await openBrowser(shop).open(path)
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'text/html; charset=UTF-8',
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'permissions-policy': expect.stringContaining('camera=()'),
      'cache-control': 'no-store',
      'x-robots-tag': 'noindex',
    })
    expect(headers.has('strict-transport-security')).toBe(false)
    const policy = headers.get('content-security-policy') ?? ''
    for (const directive of [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
    ])
      expect(policy.split('; ')).toContain(directive)
    expect(policy).not.toContain('unsafe')
  }
})

// biome-ignore format: a table
const formActions: [title: string, urls: string[], sources: string][] = [
  ['a site',                                ['https://app.example.com/callback'],                    "'self' https://app.example.com"],
  ['a port',                                ['http://localhost:3000/'],                              "'self' http://localhost:3000"],
  ['an app of its own scheme',              ['myapp://callback'],                                    "'self' myapp:"],
  ['an address that CSP cannot name',       ['http://[::1]:3000/'],                                  "'self' http:"],
  ['a callback that redirects to the app',  ['https://api.example.com/cb', 'https://app.example.com/'], "'self' https://api.example.com https://app.example.com"],
]

for (const [title, urls, sources] of formActions)
  test(`a form may lead to ${title}`, async () => {
    const shop = await openDomain({ client: { CallbackURLs: urls } })
    const page = await openBrowser(shop).open('/login')
    expect(page.headers.get('content-security-policy')?.split('; ')).toContain(`form-action ${sources}`)
  })

test('LG16: on a host of its own every cookie is bound to it, and TLS is there to stay', async () => {
  const domain = { name: 'id', url: 'https://id.example.com', path: '', secure: true }
  const shop = await openWithUser({ domain })
  const browser = openBrowser(shop)
  const login = await browser.open('/login')
  expect(login.headers.get('strict-transport-security')).toBe('max-age=63072000; includeSubDomains')
  expect(login.headers.getSetCookie()).toEqual([
    expect.stringMatching(/^__Host-XSRF-TOKEN=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/),
  ])
  const answer = await browser.submit(login, { username: 'ada', password })
  expect(answer.status).toBe(303)
  expect([...browser.cookies.keys()].sort()).toEqual(['__Host-XSRF-TOKEN', '__Host-cognito'])
})

test('the files of a page are kept for ever under a name that changes with them', async () => {
  const shop = await openDomain()
  const browser = openBrowser(shop)
  const { html } = await browser.open('/login')
  const names = [...html.matchAll(/\/domains\/shop(\/assets\/[^"]+)"/g)].map(([, name = '']) => name)
  expect(names).toHaveLength(3)
  let weight = Buffer.byteLength(html)
  for (const name of names) {
    const asset = await browser.send(`/domains/shop${name}`, {})
    expect(asset).toMatchObject({ status: 200 })
    expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    weight += Buffer.byteLength(asset.html)
  }
  // Without compression, which is up to what stands in front.
  expect(weight).toBeLessThan(30_000)
  const stale = await browser.send(`/domains/shop${names[1]?.replace(/-\w+\./, '-0000000000.')}`, {})
  expect(stale).toMatchObject({ status: 200 })
  expect(stale.headers.get('cache-control')).toBe('no-cache')
  expect((await browser.send('/domains/shop/assets/constructor', {})).status).toBe(404)
})
