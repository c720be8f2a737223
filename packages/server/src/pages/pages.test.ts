import { expect, test } from 'vitest'
import { inviteUser } from '../directory/accounts.ts'
import { register } from '../directory/register.ts'
import { findUserByAnyName } from '../directory/usernames.ts'
import { currentSession } from '../sign-in/session.ts'
import { callback, openBrowser, openDomain, type TestDomain } from './test.ts'

const password = 'Correct-horse-1'
const autoConfirm = { LambdaConfig: { PreSignUp: 'arn:aws:lambda:eu-west-1:000000000000:function:pre' } }

/** A confirmed user of a domain whose PreSignUp confirms everybody. */
async function openWithUser(username = 'ada', options: Parameters<typeof openDomain>[0] = {}): Promise<TestDomain> {
  const shop = await openDomain({ ...options, pool: { ...autoConfirm, ...options.pool } })
  shop.world.triggers.pre = (event: object) => ({
    ...event,
    response: { autoConfirmUser: true, autoVerifyEmail: true },
  })
  const attributes = { email: 'ada@example.com' }
  await register(shop.db, shop.world, shop, { username, password, attributes })
  shop.world.tick(1000)
  return shop
}

function sessionOf(shop: TestDomain, id: string | undefined) {
  return currentSession(shop.db, shop.world, shop.pool, shop.client, id)
}

test('a visitor signs in and returns to the app with a code and the state', async () => {
  const shop = await openWithUser()
  const browser = openBrowser(shop)
  const page = await browser.open('/login')
  expect(page.status).toBe(200)
  const answer = await browser.submit(page, { username: ' ada ', password })
  expect(answer.status).toBe(303)
  const location = new URL(answer.location ?? '')
  expect(location.origin + location.pathname).toBe(callback)
  expect(location.searchParams.get('state')).toBe('state-1')
  expect(location.searchParams.get('code')).toMatch(/^[0-9a-f-]{36}$/)
  expect(await sessionOf(shop, browser.cookies.get('cognito'))).toMatchObject({ user: { username: 'ada' } })
})

test('a browser that is signed in goes on at once, unless the app asks for a login', async () => {
  const shop = await openWithUser()
  const browser = openBrowser(shop)
  await browser.submit(await browser.open('/login'), { username: 'ada', password })
  const first = browser.cookies.get('cognito')
  expect((await browser.open('/login')).location).toMatch(/\?code=/)
  const asked = await browser.open(`/login${shop.query}&prompt=login`)
  expect(asked.status).toBe(200)
  await browser.submit(asked, { username: 'ada', password })
  expect(browser.cookies.get('cognito')).not.toBe(first)
  expect(await sessionOf(shop, first)).toBeUndefined()
  shop.world.tick(60 * 60_000)
  expect((await browser.open('/login')).status).toBe(200)
})

test('prompt=none is answered to the app, never by a page', async () => {
  const shop = await openWithUser()
  const browser = openBrowser(shop)
  const stranger = await browser.open(`/login${shop.query}&prompt=none`)
  expect(stranger.status).toBe(303)
  expect(stranger.location).toMatch(/^http:\/\/localhost:3000\/callback\?error=login_required&.*state=state-1/)
  await browser.submit(await browser.open('/login'), { username: 'ada', password })
  expect((await browser.open(`/login${shop.query}&prompt=none`)).location).toMatch(/\?code=/)
})

test('a wrong password is said at the field, the name is kept and the password is not', async () => {
  const shop = await openWithUser()
  const browser = openBrowser(shop)
  const again = await browser.submit(await browser.open('/login'), { username: 'ada', password: 'Wrong-horse-1' })
  expect(again.status).toBe(400)
  expect(again.html).toContain('<title>Error: Sign in – Sunny Shop</title>')
  expect(again.html).toContain('<a href="#password">Incorrect user name or password.</a>')
  expect(again.html).toMatch(/id="password-fault">Incorrect user name or password\./)
  expect(again.html).toMatch(/<input id="password"[^>]* aria-invalid="true" aria-describedby="password-fault"/)
  expect(again.html).toMatch(/<input id="username"[^>]* value="ada"/)
  expect(again.html).not.toContain('Wrong-horse-1')
  expect(browser.cookies.has('cognito')).toBe(false)
})

test('an unknown name and a wrong password are answered alike, byte for byte', async () => {
  const shop = await openWithUser()
  const answer = async (username: string) => {
    const browser = openBrowser(shop)
    const { status, html } = await browser.submit(await browser.open('/login'), { username, password: 'Wrong-horse-1' })
    return { status, html: html.replaceAll(/value="[^"]*"/g, '') }
  }
  expect(await answer('eve')).toEqual(await answer('ada'))
  // Cyrillic: looks like ada, and is somebody else.
  expect(await answer('аdа')).toEqual(await answer('ada'))
})

test('a visitor signs up, confirms by the code, and signs in', async () => {
  const shop = await openDomain()
  const browser = openBrowser(shop)
  const signUp = await browser.open('/signup')
  const sent = await browser.submit(signUp, { username: 'ada', email: 'ada@example.com', password })
  expect(sent).toMatchObject({ status: 303, location: `/domains/shop/confirm${shop.query}` })
  const confirm = await browser.follow(sent)
  expect(confirm.html).toContain('a***@e***')
  const wrong = await browser.submit(confirm, { code: '000000' })
  expect(wrong.status).toBe(400)
  expect(wrong.html).toContain('<a href="#code">This code is not right.')
  const code = await shop.lastCode()
  const done = await browser.submit(wrong, { code: ` ${code.slice(0, 3)} ${code.slice(3)} ` })
  expect(done).toMatchObject({ status: 303, location: `/domains/shop/login${shop.query}` })
  const login = await browser.follow(done)
  expect(login.html).toContain('Your account is confirmed.')
  expect(login.html).toMatch(/<input id="username"[^>]* value="ada"/)
  expect((await browser.submit(login, { username: 'ada', password })).location).toMatch(/\?code=/)
  // Back and reload lead to the beginning, not to an error.
  expect(await browser.open('/confirm')).toMatchObject({ status: 303, location: `/domains/shop/login${shop.query}` })
})

test('an account that PreSignUp confirms is signed in at once', async () => {
  const shop = await openWithUser()
  const browser = openBrowser(shop)
  const sent = await browser.submit(await browser.open('/signup'), {
    username: 'bob',
    email: 'bob@example.com',
    password,
  })
  expect(sent.location).toMatch(/^http:\/\/localhost:3000\/callback\?code=/)
  expect(await sessionOf(shop, browser.cookies.get('cognito'))).toMatchObject({ user: { username: 'bob' } })
})

test('what PreSignUp refuses is said in its words, and nobody is stored', async () => {
  const shop = await openDomain({ pool: autoConfirm })
  shop.world.triggers.pre = () => {
    throw new Error('<b>Staff</b> only')
  }
  const browser = openBrowser(shop)
  const page = await browser.submit(await browser.open('/signup'), {
    username: 'ada',
    email: 'a@example.com',
    password,
  })
  expect(page.status).toBe(400)
  expect(page.html).toContain('<li>&lt;b&gt;Staff&lt;/b&gt; only.</li>')
  expect(page.html).toMatch(/<input id="email"[^>]* value="a@example.com"/)
  expect(page.html).not.toContain(password)
  expect(await findUserByAnyName(shop.db, shop.pool, 'ada')).toBeUndefined()
})

// biome-ignore format: a table
const badSignUps: [title: string, fields: Record<string, string>, field: string, sentence: string][] = [
  ['nothing filled in',     { username: '', email: '', password: '' },                               'email',    'Enter your email.'],
  ['a weak password',       { password: 'correct' },                                                 'password', 'Password not long enough.'],
  ['257 characters',        { password: 'Aa1-'.repeat(65) },                                         'password', 'Password too long.'],
  ['a leading space',       { password: ` ${password}` },                                            'password', 'Password must not start or end with white space.'],
  ['no address',            { email: 'ada' },                                                        'email',    'Enter an email address like name@example.com.'],
  ['a taken name',          { username: 'ADA' },                                                     'username', 'This user name is taken. Sign in, or choose another one.'],
  ['a space in the name',   { username: 'ada lovelace' },                                            'username', 'This is too long or holds a space. Use up to 128 letters, digits and symbols.'],
]

for (const [title, fields, field, sentence] of badSignUps)
  test(`sign-up says what is wrong: ${title}`, async () => {
    const shop = await openWithUser()
    const browser = openBrowser(shop)
    const good = { username: 'bob', email: 'bob@example.com', password }
    const page = await browser.submit(await browser.open('/signup'), { ...good, ...fields })
    expect(page.status).toBe(400)
    expect(page.html).toContain(`<a href="#${field}">${sentence}</a>`)
    expect(page.html).toContain(`<p class="fault" id="${field}-fault">${sentence}</p>`)
    expect(await findUserByAnyName(shop.db, shop.pool, 'bob')).toBeUndefined()
  })

test('LG19: where only administrators make accounts, no page leads to sign-up and none accepts one', async () => {
  const open = await openDomain()
  const shop = await openDomain({
    pool: { AdminCreateUserConfig: { AllowAdminCreateUserOnly: true } },
    beside: open,
  })
  const browser = openBrowser(shop)
  const login = await browser.open('/login')
  expect(login.html).not.toContain('/signup')
  expect((await browser.open('/signup')).status).toBe(403)
  const posted = await browser.send(`/domains/shop/signup${shop.query}`, {
    method: 'POST',
    body: new URLSearchParams({ ...csrf(login.html), username: 'ada', email: 'a@example.com', password }),
  })
  expect(posted.status).toBe(403)
  expect(await findUserByAnyName(shop.db, shop.pool, 'ada')).toBeUndefined()
})

test('a user who has not confirmed is led to it, and a new code kills the old one', async () => {
  const shop = await openDomain()
  await register(shop.db, shop.world, shop, { username: 'ada', password, attributes: { email: 'ada@example.com' } })
  const old = await shop.lastCode()
  shop.world.tick(1000)
  const browser = openBrowser(shop)
  const sent = await browser.submit(await browser.open('/login'), { username: 'ada', password })
  expect(sent.location).toBe(`/domains/shop/confirm${shop.query}`)
  const resent = await browser.submit(await browser.follow(sent), {}, { to: '/resendcode' })
  expect(resent).toMatchObject({ status: 303, location: `/domains/shop/confirm${shop.query}` })
  const confirm = await browser.follow(resent)
  expect(confirm.html).toContain('A new code is on its way.')
  expect((await browser.submit(confirm, { code: old })).status).toBe(400)
  expect((await browser.submit(confirm, { code: await shop.lastCode() })).status).toBe(303)
  expect(await browser.open('/resendcode')).toMatchObject({ status: 303 })
})

test('a forgotten password is replaced by the code; sessions of before end', async () => {
  const shop = await openWithUser()
  const before = openBrowser(shop)
  await before.submit(await before.open('/login'), { username: 'ada', password })
  const browser = openBrowser(shop)
  const sent = await browser.submit(await browser.open('/forgotPassword'), { username: 'ada' })
  expect(sent.location).toBe(`/domains/shop/confirmforgotPassword${shop.query}`)
  const recover = await browser.follow(sent)
  const code = await shop.lastCode()
  const weak = await browser.submit(recover, { code, password: 'weak' })
  expect(weak.html).toContain('<a href="#password">Password not long enough.</a>')
  const done = await browser.submit(weak, { code, password: 'Battery-staple-2' })
  const login = await browser.follow(done)
  expect(login.html).toContain('Your password has been changed.')
  expect((await browser.submit(login, { username: 'ada', password })).status).toBe(400)
  expect((await browser.submit(login, { username: 'ada', password: 'Battery-staple-2' })).location).toMatch(/\?code=/)
  expect(await sessionOf(shop, before.cookies.get('cognito'))).toBeUndefined()
})

test('recovery looks the same for a name that nobody has', async () => {
  const shop = await openWithUser()
  const walk = async (username: string) => {
    const browser = openBrowser(shop)
    const sent = await browser.submit(await browser.open('/forgotPassword'), { username })
    const recover = await browser.follow(sent)
    const wrong = await browser.submit(recover, { code: '000000', password: 'Battery-staple-2' })
    const mask = (html: string) =>
      html.replaceAll(/value="[^"]*"|[a-z]\*\*\*@[a-z]\*\*\*/g, '').replaceAll(username, 'NAME')
    return [sent.status, sent.location, mask(recover.html), wrong.status, mask(wrong.html)]
  }
  expect(await walk('eve@example.com')).toEqual(await walk('ada'))
})

test('an invited user chooses a password, says what the pool must know, and is signed in', async () => {
  const shop = await openDomain({ pool: { Schema: [{ Name: 'name', Required: true, Mutable: true }] } })
  await inviteUser(shop.db, shop.world, shop.pool, {
    username: 'sam',
    attributes: {},
    temporaryPassword: 'Temporary-1',
    action: 'SUPPRESS',
  })
  const browser = openBrowser(shop)
  const sent = await browser.submit(await browser.open('/login'), { username: 'sam', password: 'Temporary-1' })
  expect(sent.location).toBe(`/domains/shop/newPassword${shop.query}`)
  expect(browser.cookies.has('cognito')).toBe(false)
  const page = await browser.follow(sent)
  const weak = await browser.submit(page, { name: 'Sam', password: 'weak' })
  expect(weak.html).toContain('<a href="#password">Password not long enough.</a>')
  const empty = await browser.submit(page, { name: '', password })
  expect(empty.html).toContain('<a href="#name">Enter your full name.</a>')
  const done = await browser.submit(weak, { name: 'Sam', password })
  expect(done.location).toMatch(/^http:\/\/localhost:3000\/callback\?code=/)
  expect(await findUserByAnyName(shop.db, shop.pool, 'sam')).toMatchObject({ attributes: { name: 'Sam' } })
  // The step is used up: a replay leads to the beginning.
  expect((await browser.submit(weak, { name: 'Sam', password })).location).toBe(`/domains/shop/login${shop.query}`)
})

test('an invitation that was left open too long leads back, with the name filled in', async () => {
  const shop = await openDomain()
  await inviteUser(shop.db, shop.world, shop.pool, {
    username: 'sam',
    attributes: {},
    temporaryPassword: 'Temporary-1',
    action: 'SUPPRESS',
  })
  const browser = openBrowser(shop)
  const page = await browser.follow(
    await browser.submit(await browser.open('/login'), { username: 'sam', password: 'Temporary-1' }),
  )
  shop.world.tick(3 * 60_000)
  const late = await browser.submit(page, { password })
  expect(late.location).toBe(`/domains/shop/login${shop.query}`)
  const login = await browser.follow(late)
  expect(login.html).toContain('That took a little long')
  expect(login.html).toMatch(/<input id="username"[^>]* value="sam"/)
})

test('a login hint fills in the name', async () => {
  const shop = await openDomain()
  const page = await openBrowser(shop).open(`/login${shop.query}&login_hint=ada%40example.com`)
  expect(page.html).toMatch(/<input id="username"[^>]* value="ada@example.com"/)
})

function csrf(html: string): { _csrf: string } {
  return { _csrf: /name="_csrf" value="([^"]+)"/.exec(html)?.[1] ?? '' }
}
