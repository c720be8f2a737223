import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { eachStore } from '../../../test/databases.ts'
import { currentSession } from '../../sign-in/session.ts'
import { listMessages } from '../../store/outbox.ts'
import { findUserByName } from '../../store/users.ts'
import { addApp, addUser, codeOf, openBrowser, openDomain, type Page, password, type TestDomain } from '../test.ts'

const email = { email: 'ada@example.com', email_verified: 'true' }
const phone = { phone_number: '+442071838750', phone_number_verified: 'true' }
const mfa = {
  MfaConfiguration: 'OPTIONAL',
  EmailMfaConfiguration: {},
  SmsMfaConfiguration: {},
  SoftwareTokenMfaConfiguration: { Enabled: true },
} as const

const passwordless = {
  pool: { Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP', 'SMS_OTP'] } } },
  client: { ExplicitAuthFlows: ['ALLOW_USER_AUTH'] },
} as const satisfies Parameters<typeof openDomain>[0]

/** Signs in with the password, as far as that goes. */
async function begin(shop: TestDomain, username = 'ada') {
  const browser = openBrowser(shop)
  const sent = await browser.submit(await browser.open('/login'), { username, password })
  return { browser, sent, next: await browser.follow(sent) }
}

/** Where a page sends to, without the request that travels along. */
const target = ({ location = '' }: Page) => location.replace(/\?client_id=.*/, '').replace('/domains/shop', '')
const isDone = ({ location = '' }: Page) => /^http:\/\/localhost:3000\/callback\?code=/.test(location)
const faultAt = ({ html }: Page, field: string) => new RegExp(`id="${field}-fault">([^<]+)`).exec(html)?.[1]

eachStore('second factors', (open) => {
  test('a code by e-mail: a wrong one stays on the page, the right one is the end', async () => {
    const shop = await openDomain({ db: await open(), mfa })
    await addUser(shop, 'ada', { attributes: email, enabled: ['EMAIL_OTP'] })
    const { browser, sent, next } = await begin(shop)
    expect(sent.status).toBe(303)
    expect(target(sent)).toBe('/code')
    expect(browser.cookies.has('cognito')).toBe(false)
    expect(next.html).toContain('<strong>a***@e***</strong>')
    expect(next.html).not.toContain('ada@example.com')
    expect(next.html).toMatch(/<input class="code"[^>]* inputmode="numeric" autocomplete="one-time-code"/)
    expect(next.html).not.toContain('/otherWay')
    const empty = await browser.submit(next, {})
    expect([empty.status, faultAt(empty, 'code')]).toEqual([400, 'Enter your code.'])
    const wrong = await browser.submit(next, { code: '000000' })
    expect([wrong.status, faultAt(wrong, 'code')]).toEqual([400, 'This code is not right. Check it and try again.'])
    expect(wrong.html).toContain('<title>Error: Enter your code – Sunny Shop</title>')
    const code = await shop.lastCode()
    const done = await browser.submit(wrong, { code: ` ${code.slice(0, 3)} ${code.slice(3)}` })
    expect(isDone(done)).toBe(true)
    const session = await currentSession(shop.db, shop.world, shop.pool, shop.client, browser.cookies.get('cognito'))
    expect(session).toMatchObject({ user: { username: 'ada' } })
    // Back, reload, and the form handed in again.
    expect(target(await browser.open('/code'))).toBe('/login')
    expect(target(await browser.submit(wrong, { code }))).toBe('/login')
  })

  test('a new code makes the old one void, and the hour has five', async () => {
    const shop = await openDomain({ db: await open(), mfa })
    await addUser(shop, 'ada', { attributes: phone, enabled: ['SMS_MFA'] })
    const { browser, next } = await begin(shop)
    expect(next.html).toContain('in a text message to <strong>+********8750</strong>')
    const old = await shop.lastCode()
    let page = next
    for (const count of [1, 2, 3, 4, 5]) {
      shop.world.tick(1000)
      const sent = await browser.submit(page, {}, { to: '/code/resend' })
      expect(target(sent)).toBe('/code')
      page = await browser.follow(sent)
      expect(page.html).toContain('A new code is on its way.')
      expect(await listMessages(shop.db, shop.world, {}, 20)).toHaveLength(1 + count)
    }
    const sixth = await browser.submit(page, {}, { to: '/code/resend' })
    expect(sixth.status).toBe(400)
    expect(sixth.html).toContain('Too many attempts.')
    expect(await listMessages(shop.db, shop.world, {}, 20)).toHaveLength(6)
    expect((await browser.submit(sixth, { code: old })).status).toBe(400)
    // A reload of the page that answered the form.
    expect(target(await browser.open('/code/resend'))).toBe('/code')
    expect(isDone(await browser.submit(page, { code: await shop.lastCode() }))).toBe(true)
  })

  test('five wrong codes are the end, whatever is sent anew between them', async () => {
    const shop = await openDomain({ db: await open(), mfa })
    await addUser(shop, 'ada', { attributes: email, enabled: ['EMAIL_OTP'] })
    const { browser, next } = await begin(shop)
    for (const code of ['000001', '000002', '000003']) expect((await browser.submit(next, { code })).status).toBe(400)
    await browser.submit(next, {}, { to: '/code/resend' })
    for (const code of ['000004', '000005']) expect((await browser.submit(next, { code })).status).toBe(400)
    shop.world.tick(5000)
    const right = await browser.submit(next, { code: await shop.lastCode() })
    expect(target(right)).toBe('/login')
    const login = await browser.follow(right)
    expect(login.html).toContain('There were too many wrong codes')
    expect(login.html).toMatch(/<input id="username"[^>]* value="ada"/)
  })

  test('a session that is over leads back, with the name filled in', async () => {
    const shop = await openDomain({ db: await open(), mfa })
    await addUser(shop, 'ada', { attributes: email, enabled: ['EMAIL_OTP'] })
    const { browser, next } = await begin(shop)
    shop.world.tick(3 * 60_000)
    const late = await browser.submit(next, { code: await shop.lastCode() })
    expect(target(late)).toBe('/login')
    const login = await browser.follow(late)
    expect(login.html).toContain('That took a little long')
    expect(login.html).toMatch(/<input id="username"[^>]* value="ada"/)
  })

  test('a code of an app works once, over all sign-ins', async () => {
    const shop = await openDomain({ db: await open(), mfa })
    const user = await addUser(shop, 'ada', { enabled: ['SOFTWARE_TOKEN_MFA'] })
    const app = await addApp(shop, user)
    const [first, second] = [await begin(shop), await begin(shop)]
    expect(first.next.html).toContain('Open your authenticator app')
    expect(first.next.html).not.toContain('/code/resend')
    expect(isDone(await first.browser.submit(first.next, { code: app() }))).toBe(true)
    const again = await second.browser.submit(second.next, { code: app() })
    expect(faultAt(again, 'code')).toMatch(/^This code is not right. Wait for the next one/)
    shop.world.tick(30_000)
    expect(isDone(await second.browser.submit(again, { code: app() }))).toBe(true)
  })

  test('with several factors the visitor chooses, and may choose again', async () => {
    const shop = await openDomain({ db: await open(), mfa })
    const enabled = ['SMS_MFA', 'EMAIL_OTP', 'SOFTWARE_TOKEN_MFA'] as const
    const app = await addApp(shop, await addUser(shop, 'ada', { attributes: { ...email, ...phone }, enabled }))
    const { browser, sent, next } = await begin(shop)
    expect(target(sent)).toBe('/chooseFactor')
    expect(next.html).toContain('To +********8750')
    expect(next.html).toContain('To a***@e***')
    const none = await browser.submit(next, { way: 'PASSWORD' })
    expect([none.status, faultAt(none, 'way')]).toEqual([400, 'Choose one of these.'])
    const chosen = await browser.submit(next, { way: 'EMAIL_OTP' })
    expect(target(chosen)).toBe('/code')
    const code = await browser.follow(chosen)
    const other = await browser.submit(code, {}, { to: '/otherWay' })
    expect(target(other)).toBe('/chooseFactor')
    // The code of the factor that was left is no use for the other.
    const mailed = await shop.lastCode()
    const fromApp = await browser.follow(
      await browser.submit(await browser.follow(other), { way: 'SOFTWARE_TOKEN_MFA' }),
    )
    expect((await browser.submit(fromApp, { code: mailed })).status).toBe(400)
    expect(isDone(await browser.submit(fromApp, { code: app() }))).toBe(true)
  })

  test('whoever must have a second factor sets one up on the way', async () => {
    const shop = await openDomain({
      db: await open(),
      mfa: { MfaConfiguration: 'ON', SoftwareTokenMfaConfiguration: { Enabled: true } },
    })
    await addUser(shop, 'ada')
    const { browser, sent, next } = await begin(shop)
    expect(target(sent)).toBe('/setUp')
    const secret = secretOn(next)
    expect(secret).toMatch(/^([A-Z2-7]{4} ){12}[A-Z2-7]{4}$/)
    expect(next.html).toContain(
      `href="otpauth://totp/Sunny%20Shop:ada?issuer=Sunny%20Shop&amp;secret=${secret.replaceAll(' ', '')}&amp;algorithm=SHA1&amp;digits=6&amp;period=30"`,
    )
    expect(secretOn(await browser.open('/setUp'))).toBe(secret)
    // Finding an app takes longer than three minutes.
    shop.world.tick(10 * 60_000)
    const wrong = await browser.submit(next, { code: '000000', device: 'Phone' })
    expect([wrong.status, secretOn(wrong)]).toEqual([400, secret])
    expect(faultAt(wrong, 'code')).toMatch(/^This code is not right/)
    expect(wrong.html).toMatch(/<input id="device"[^>]* value="Phone"/)
    const long = await browser.submit(next, { code: '000000', device: 'x'.repeat(129) })
    expect(faultAt(long, 'device')).toBe('Use a name of up to 128 characters.')
    const code = codeOf(secret, shop.world.now())
    expect(isDone(await browser.submit(wrong, { code, device: 'Phone' }))).toBe(true)
    // From now on it is asked, and the code of the set-up is burned.
    const later = await begin(shop)
    expect(target(later.sent)).toBe('/code')
    expect((await later.browser.submit(later.next, { code })).status).toBe(400)
    shop.world.tick(30_000)
    expect(isDone(await later.browser.submit(later.next, { code: codeOf(secret, shop.world.now()) }))).toBe(true)
  })

  test('... an address instead of an app, which can be corrected until its code was right', async () => {
    const shop = await openDomain({ db: await open(), mfa: { ...mfa, MfaConfiguration: 'ON' } })
    await addUser(shop, 'ada')
    const { browser, next } = await begin(shop)
    expect(next.html).toContain('Get codes by email instead')
    expect(next.html).toContain('Get codes by text message instead')
    const page = await browser.open('/setUp/email')
    expect(page.html).toContain('Use an authenticator app instead')
    expect(faultAt(await browser.submit(page, {}), 'email')).toBe('Enter your email.')
    const unfit = await browser.submit(page, { email: 'nonsense' })
    expect([unfit.status, faultAt(unfit, 'email')]).toEqual([400, 'Enter an email address like name@example.com.'])
    const sent = await browser.submit(unfit, { email: 'mistyped@example.com' })
    expect(target(sent)).toBe('/code')
    const code = await browser.follow(sent)
    expect(code.html).toContain('<strong>m***@e***</strong>')
    // Back to the choice: the first address got a code and nothing else.
    const back = await browser.submit(code, {}, { to: '/otherWay' })
    expect(target(back)).toBe('/setUp')
    expect(secretOn(await browser.follow(back))).toMatch(/^[A-Z2-7 ]{64}$/)
    shop.world.tick(1000)
    const phoneCode = await browser.follow(
      await browser.submit(await browser.open('/setUp/phone'), { phone_number: '+44 20 7183 8750' }),
    )
    expect(phoneCode.html).toContain('<strong>+********8750</strong>')
    expect(isDone(await browser.submit(phoneCode, { code: await shop.lastCode() }))).toBe(true)
    const user = await findUserByName(shop.db, shop.pool.id, 'ada')
    expect(user).toMatchObject({ attributes: phone, mfa: { enabled: ['SMS_MFA'] } })
    expect(user?.attributes.email).toBeUndefined()
    const later = await begin(shop)
    expect(later.next.html).toContain('<strong>+********8750</strong>')
  })

  test('... and an address at once, where there is nothing else', async () => {
    const shop = await openDomain({ db: await open(), mfa: { MfaConfiguration: 'ON', EmailMfaConfiguration: {} } })
    await addUser(shop, 'ada')
    const { browser, sent, next } = await begin(shop)
    expect(target(sent)).toBe('/setUp')
    expect(target(next)).toBe('/setUp/email')
    const page = await browser.follow(next)
    expect(page.html).not.toContain('instead')
    expect(target(await browser.open('/setUp/phone'))).toBe('/setUp')
    const code = await browser.follow(await browser.submit(page, { email: 'ada@example.com' }))
    expect(isDone(await browser.submit(code, { code: await shop.lastCode() }))).toBe(true)
  })

  test('a secret is for the eyes of the sign-in that it was drawn for', async () => {
    const shop = await openDomain({
      db: await open(),
      mfa: { MfaConfiguration: 'ON', SoftwareTokenMfaConfiguration: { Enabled: true } },
    })
    await addUser(shop, 'ada')
    const [ada, thief] = [await begin(shop), await begin(shop)]
    expect(secretOn(await thief.browser.open('/setUp'))).not.toBe(secretOn(ada.next))
    // The newest secret is the one that waits; the older page's is dead.
    const dead = await ada.browser.submit(ada.next, { code: codeOf(secretOn(ada.next), shop.world.now()) })
    expect(dead.status).toBe(400)
  })
})

const secretOn = ({ html }: Page) => /<code class="key">([^<]*)</.exec(html)?.[1] ?? 'no secret'

eachStore('a choice of first factors', (open) => {
  test('name, choice, code by e-mail, and the session', async () => {
    const shop = await openDomain({ db: await open(), ...passwordless })
    await addUser(shop, 'ada', { attributes: { ...email, ...phone } })
    const browser = openBrowser(shop)
    const login = await browser.open('/login')
    expect(login.html).not.toContain('type="password"')
    const unnamed = await browser.submit(login, {})
    expect(faultAt(unnamed, 'username')).toBe('Enter your user name.')
    const named = await browser.submit(login, { username: 'ada' })
    expect(target(named)).toBe('/choose')
    const choose = await browser.follow(named)
    expect([...choose.html.matchAll(/name="way" value="(\w+)"/g)].map(([, way]) => way)).toEqual([
      'PASSWORD',
      'EMAIL_OTP',
      'SMS_OTP',
    ])
    // Where codes would go is not for whoever only knows a name.
    expect(choose.html).not.toMatch(/8750|a\*\*\*/)
    expect(await listMessages(shop.db, shop.world, {}, 5)).toHaveLength(0)
    const sent = await browser.submit(choose, { way: 'EMAIL_OTP' })
    expect(target(sent)).toBe('/code')
    const code = await browser.follow(sent)
    expect((await browser.submit(code, { code: '000000' })).status).toBe(400)
    // Another way, and back.
    const other = await browser.submit(code, {}, { to: '/otherWay' })
    expect(target(other)).toBe('/choose')
    shop.world.tick(1000)
    const again = await browser.follow(await browser.submit(await browser.follow(other), { way: 'EMAIL_OTP' }))
    expect(isDone(await browser.submit(again, { code: await shop.lastCode() }))).toBe(true)
    expect(browser.cookies.has('cognito')).toBe(true)
  })

  test('name, choice, password: a wrong one stays on its page', async () => {
    const shop = await openDomain({ db: await open(), ...passwordless })
    await addUser(shop, 'ada', { attributes: email })
    const browser = openBrowser(shop)
    const choose = await browser.follow(await browser.submit(await browser.open('/login'), { username: 'ada' }))
    const asked = await browser.submit(choose, { way: 'PASSWORD' })
    expect(target(asked)).toBe('/password')
    const page = await browser.follow(asked)
    // A password manager keeps the two together.
    expect(page.html).toMatch(/name="username" autocomplete="username" value="ada" readonly/)
    expect(faultAt(await browser.submit(page, {}), 'password')).toBe('Enter your password.')
    const wrong = await browser.submit(page, { password: 'Wrong-horse-1' })
    expect([wrong.status, faultAt(wrong, 'password')]).toEqual([400, 'Incorrect user name or password.'])
    expect(wrong.html).not.toContain('Wrong-horse-1')
    expect(isDone(await browser.submit(wrong, { password }))).toBe(true)
  })

  test('a password still asks for the second factor, and a code is no way around it', async () => {
    const shop = await openDomain({ db: await open(), ...passwordless, mfa })
    const app = await addApp(shop, await addUser(shop, 'ada', { attributes: email, enabled: ['SOFTWARE_TOKEN_MFA'] }))
    const browser = openBrowser(shop)
    // With MFA only the password is left (developer guide, "Passwordless sign-in"), so nothing is to be chosen.
    const named = await browser.submit(await browser.open('/login'), { username: 'ada' })
    expect(target(named)).toBe('/password')
    const page = await browser.follow(named)
    expect(page.html).not.toContain('/choose')
    const forced = await browser.submit(await browser.open('/choose'), { way: 'EMAIL_OTP' })
    expect(faultAt(forced, 'way')).toBe('Choose one of these.')
    const asked = await browser.submit(page, { password })
    expect(target(asked)).toBe('/code')
    expect(isDone(await browser.submit(await browser.follow(asked), { code: app() }))).toBe(true)
  })

  test('a name that nobody has looks like one that somebody has', async () => {
    const shop = await openDomain({ db: await open(), ...passwordless })
    await addUser(shop, 'ada', { attributes: email })
    const walk = async (username: string) => {
      const browser = openBrowser(shop)
      const named = await browser.submit(await browser.open('/login'), { username })
      const choose = await browser.follow(named)
      const sent = await browser.submit(choose, { way: 'EMAIL_OTP' })
      const code = await browser.follow(sent)
      const resent = await browser.submit(code, {}, { to: '/code/resend' })
      const wrong = await browser.submit(code, { code: '000000' })
      const pages = [named, choose, sent, code, resent, wrong]
      return pages.map(({ status, location, html }) => [
        status,
        location,
        html.replaceAll(/value="[^"]*"/g, '').replaceAll(/<strong>[^<]*/g, ''),
      ])
    }
    expect(await walk('eve')).toEqual(await walk('ada'))
    expect(await listMessages(shop.db, shop.world, {}, 20)).toHaveLength(2)
  })
})

test('a client without USER_AUTH has the one page of name and password', async () => {
  const shop = await openDomain({ pool: passwordless.pool })
  await addUser(shop, 'ada', { attributes: email })
  const { sent } = await begin(shop)
  expect(isDone(sent)).toBe(true)
})

test('whoever is elsewhere in a sign-in is sent there', async () => {
  const shop = await openDomain({ mfa })
  await addUser(shop, 'ada', { attributes: email, enabled: ['EMAIL_OTP'] })
  const { browser, next } = await begin(shop)
  for (const page of ['/newPassword', '/setUp', '/chooseFactor', '/otherWay'])
    expect(target(await browser.open(page))).toBe('/code')
  for (const page of ['/choose', '/password']) {
    const cookie = browser.cookies.get('poolhouse-step') ?? ''
    expect(target(await browser.open(page))).toBe('/login')
    browser.cookies.set('poolhouse-step', cookie)
  }
  // A form about somebody else, from another tab.
  const other = await browser.submit(next, { username: 'eve', code: await shop.lastCode() })
  expect(target(other)).toBe('/login')
  expect(browser.cookies.has('cognito')).toBe(false)
})

test('a second factor cannot be jumped over', async () => {
  const shop = await openDomain({ mfa })
  await addUser(shop, 'ada', { attributes: email, enabled: ['EMAIL_OTP'] })
  const { browser, next } = await begin(shop)
  const [, _csrf = ''] = /name="_csrf" value="([^"]*)"/.exec(next.html) ?? []
  const forms: Record<string, string>[] = [{}, { username: 'ada', password, way: 'EMAIL_OTP', code: '' }]
  for (const page of ['/newPassword', '/setUp', '/chooseFactor', '/password', '/choose', '/code', '/otherWay'])
    for (const fields of forms) {
      const body = new URLSearchParams({ ...fields, _csrf })
      const answer = await browser.send(`/domains/shop${page}${shop.query}`, { method: 'POST', body })
      expect(isDone(answer)).toBe(false)
      expect(browser.cookies.has('cognito')).toBe(false)
    }
})

test('what PostAuthentication refuses after the last step is said in its words', async () => {
  const arn = 'arn:aws:lambda:eu-west-1:000000000000:function:post'
  const shop = await openDomain({ mfa, pool: { LambdaConfig: { PostAuthentication: arn } } })
  shop.world.triggers.post = () => {
    throw new Error('Closed on Sundays')
  }
  await addUser(shop, 'ada', { attributes: email, enabled: ['EMAIL_OTP'] })
  const { browser, next } = await begin(shop)
  const refused = await browser.submit(next, { code: await shop.lastCode() })
  expect(refused.status).toBe(400)
  expect(refused.html).toContain('<title>Error: Sign in – Sunny Shop</title>')
  expect(refused.html).toContain('<li>Closed on Sundays.</li>')
  expect(browser.cookies.has('cognito')).toBe(false)
})

test('the heaviest pages are light, with all that they load', async () => {
  const strict = await openDomain({
    mfa: { MfaConfiguration: 'ON', SoftwareTokenMfaConfiguration: { Enabled: true } },
  })
  await addUser(strict, 'ada')
  const choice = await openDomain({
    pool: { Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'WEB_AUTHN'] } } },
    client: passwordless.client,
  })
  const weigh = async (shop: TestDomain, { html }: Page) => {
    const names = [...html.matchAll(/\/domains\/shop(\/assets\/[^"]+)"/g)].map(([, name = '']) => name)
    const files = await Promise.all(names.map((name) => openBrowser(shop).send(`/domains/shop${name}`, {})))
    const accepting = { headers: { 'accept-encoding': 'br, gzip' } }
    const encodings = names.map(async (name) =>
      (await openBrowser(shop).send(`/domains/shop${name}`, accepting)).headers.get('content-encoding'),
    )
    expect(new Set(await Promise.all(encodings))).toEqual(new Set(['gzip']))
    const scripts = files.filter((_, index) => names[index]?.endsWith('.js'))
    const weight = (pages: readonly Page[]) => pages.reduce((sum, file) => sum + gzipSync(file.html).byteLength, 0)
    return { script: weight(scripts), all: html.length + weight(files) }
  }
  const setUp = await weigh(strict, (await begin(strict)).next)
  const login = await weigh(choice, await openBrowser(choice).open('/login'))
  // The page itself without compression, which would tell of the secrets in it by its length (BREACH).
  expect(Math.max(setUp.all, login.all)).toBeLessThan(30_000)
  expect(Math.max(setUp.script, login.script)).toBeLessThan(6 * 1024)
})

test('whoever has no way in is asked for a password, as a name that nobody has is', async () => {
  const shop = await openDomain(passwordless)
  const user = await addUser(shop, 'ada', { attributes: email })
  await shop.db
    .updateTable('users')
    .set({ password_hash: null, attributes: JSON.stringify({ email: 'ada@example.com' }) })
    .where('id', '=', user.id)
    .execute()
  const browser = openBrowser(shop)
  const named = await browser.submit(await browser.open('/login'), { username: 'ada' })
  expect(target(named)).toBe('/password')
  const wrong = await browser.submit(await browser.follow(named), { password })
  expect(faultAt(wrong, 'password')).toBe('Incorrect user name or password.')
})
