import { beforeEach, describe, expect, test } from 'vitest'
import { eachStore } from '../../../test/databases.ts'
import { findUserByAnyName } from '../../directory/usernames.ts'
import { confirmDevice, listDevices, newDeviceKeys } from '../../sign-in/factors/devices.ts'
import { listPasskeys } from '../../sign-in/factors/passkeys.ts'
import { createPasskey } from '../../store/factors/passkeys.ts'
import { listMessages } from '../../store/outbox.ts'
import type { User } from '../../store/users.ts'
import { everySession } from '../../tokens/grants/sessions.ts'
import {
  addUser,
  type Browser,
  codeOf,
  openBrowser,
  openDomain,
  type Page,
  password,
  type TestDomain,
  type TestDomainOptions,
} from '../test.ts'

const home = 'http://localhost:3000/'
const selfService: TestDomainOptions['client'] = {
  AllowedOAuthScopes: ['openid', 'email', 'aws.cognito.signin.user.admin'],
  LogoutURLs: [home],
  WriteAttributes: ['email', 'phone_number', 'name', 'nickname'],
}
const email = { email: 'ada@example.com', email_verified: 'true' }
const verifyFirst = { UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ['email' as const] } }
const everyFactor = {
  MfaConfiguration: 'OPTIONAL',
  EmailMfaConfiguration: {},
  SmsMfaConfiguration: {},
  SoftwareTokenMfaConfiguration: { Enabled: true },
} as const
const minutes = 60_000

/** What a page says, without its markup. */
const textOf = ({ html }: Page) => html.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ')

eachStore('the account page', (open) => {
  let shop: TestDomain
  let browser: Browser
  let ada: User

  async function begin(options: TestDomainOptions = {}, attributes: Record<string, string> = email): Promise<void> {
    const client = { ...selfService, ...options.client }
    shop = await openDomain({ ...options, db: await open(), client, domain: { name: 'shop', path: '/domains/shop' } })
    ada = await addUser(shop, 'ada', { attributes })
    browser = openBrowser(shop)
  }

  const account = (page = '') =>
    browser.open(`/account${page}?client_id=${shop.client.id}&redirect_uri=${encodeURIComponent(home)}`)

  /** Follows what leads from page to page, and signs in where that is asked. */
  async function arrive(page: Page, username = 'ada'): Promise<Page> {
    let now = page
    for (let hops = 0; hops < 8; hops++) {
      if (now.location?.startsWith('/')) now = await browser.follow(now)
      else if (now.html.includes('id="username"')) now = await browser.submit(now, { username, password })
      else return now
    }
    throw new Error('no end')
  }

  async function enter(page = ''): Promise<Page> {
    return arrive(await account(page))
  }

  const now = async () => (await findUserByAnyName(shop.db, shop.pool, 'ada')) ?? expect.fail('ada is gone')
  const mails = async () => (await listMessages(shop.db, shop.world, {}, 50)).map(({ to, subject }) => [to, subject])

  /** Hands in a form and follows to the page that it leads to. */
  const hand = async (page: Page, fields: Record<string, string>, to?: string) =>
    arrive(await browser.submit(page, fields, to === undefined ? {} : { to }))

  describe('reached', () => {
    beforeEach(() => begin())

    test('by signing in first; it says who that is, and leads back to the app', async () => {
      const login = await account()
      expect(login.location).toMatch(/^\/domains\/shop\/login\?.*&then=account$/)
      const page = await enter()
      expect(textOf(page)).toContain('You are signed in as ada')
      expect(page.html).toContain(`<a href="${home}">Back to shop-web</a>`)
      expect(textOf(await account())).toContain('You are signed in as ada')
    })

    test('by a visitor whose browser is signed in already, without a client named', async () => {
      await enter()
      expect(textOf(await browser.open('/account?'))).toContain('You are signed in as ada')
    })

    test('from where password managers look for it', async () => {
      const page = await browser.open('/.well-known/change-password')
      expect(page.location).toBe('/domains/shop/account/password')
    })

    // biome-ignore format: a table
    const strangers: [title: string, query: string, status: number][] = [
      ['no client, and nobody signed in',    '',                                              400],
      ['a client that there is not',         'client_id=unknown',                             400],
      ['an address that is not registered',  'client_id=CLIENT&redirect_uri=https://evil.example/', 400],
      ['a registered address with more',     `client_id=CLIENT&redirect_uri=${home}x`,        400],
      ['a script for an address',            'client_id=CLIENT&redirect_uri=javascript:1',    400],
      ['two clients',                        'client_id=CLIENT&client_id=CLIENT',             400],
    ]
    for (const [title, query, status] of strangers)
      test(`is refused: ${title}`, async () => {
        const page = await browser.open(`/account?${query.replaceAll('CLIENT', shop.client.id)}`)
        expect([page.status, page.location]).toEqual([status, undefined])
      })

    test('is refused where the client does not let its users change their account', async () => {
      await begin({ client: { AllowedOAuthScopes: ['openid', 'email'] } })
      const page = await account()
      expect(page.status).toBe(403)
      expect(textOf(page)).toContain('Your account cannot be changed here')
    })

    test('ends where the visitor signs out: the app; the cookie of before is nobody', async () => {
      const page = await enter()
      const old = new Map(browser.cookies)
      expect((await browser.submit(page, {}, { to: '/account/signout' })).location).toBe(home)
      expect(browser.cookies.has('cognito')).toBe(false)
      browser.cookies.set('cognito', old.get('cognito') ?? '')
      expect((await account()).location).toContain('/login?')
    })
  })

  describe('guards', () => {
    beforeEach(() => begin({ pool: verifyFirst, mfa: everyFactor }))

    for (const page of ['/email', '/phone', '/factors', '/passkeys', '/passkeys/add', '/factors/app'])
      test(`${page} wants a sign-in that was in the last five minutes, and comes back to it`, async () => {
        await enter()
        shop.world.tick(5 * minutes - 1)
        expect((await account(page)).location ?? '').not.toContain('/login?')
        shop.world.tick(1)
        const login = await account(page)
        expect(login.location).toMatch(/\/login\?.*prompt=login.*&then=account$/)
        const asked = await browser.follow(login)
        expect(textOf(asked)).toContain('To go on, please sign in once more.')
        const session = browser.cookies.get('cognito')
        await arrive(asked)
        expect(browser.cookies.get('cognito')).not.toBe(session)
        expect((await account(page)).location ?? '').not.toContain('/login?')
      })

    // biome-ignore format: a table
    const forms: [page: string, to: string, fields: Record<string, string>][] = [
      ['/email',    '/account/email',            { email: 'eve@example.com' }],
      ['/phone',    '/account/phone',            { phone_number: '+442071838750' }],
      ['/factors',  '/account/factors',          { factor: 'EMAIL_OTP', action: 'on' }],
      ['/sessions', '/account/sessions/others',  {}],
    ]
    for (const [page, to, fields] of forms)
      test(`what is handed in to ${to} after five minutes changes nothing`, async () => {
        const other = openBrowser(shop)
        await other.submit(await other.open('/login'), { username: 'ada', password })
        const form = await enter(page)
        const before = await now()
        shop.world.tick(5 * minutes)
        const answer = await browser.submit(form, fields, { to })
        expect(answer.location).toContain('prompt=login')
        expect(await now()).toEqual(before)
        expect(await everySession(shop.db, shop.world, shop.pool, ada)).toHaveLength(2)
      })

    test('a form without the token of this browser, from elsewhere, or about somebody else does nothing', async () => {
      const form = await enter('/profile')
      const before = await now()
      const send = (fields: Record<string, string>, headers = {}) =>
        browser.submit(form, { name: 'Eve', ...fields }, { to: '/account/profile', headers })
      expect((await send({ _csrf: 'x' })).status).toBe(403)
      expect((await send({}, { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' })).status).toBe(403)
      expect((await send({ username: 'eve' })).location).toContain('/account/profile')
      expect(await now()).toEqual(before)
    })
  })

  describe('changes', () => {
    test('the profile, as far as the client writes it', async () => {
      await begin()
      const page = await enter('/profile')
      expect([...page.html.matchAll(/<input id="([^"]+)"/g)].map(([, id]) => id)).toEqual(['name', 'nickname'])
      await hand(page, { name: 'Ada Lovelace', nickname: 'Al', 'custom:role': 'admin', email_verified: 'true' })
      expect((await now()).attributes).toEqual({ ...ada.attributes, name: 'Ada Lovelace', nickname: 'Al' })
      const home = await hand(await account('/profile'), { nickname: '' })
      expect(textOf(home)).toContain('Your changes are saved.')
      expect((await now()).attributes.nickname).toBeUndefined()
    })

    test('the profile says what is wrong, and keeps what was typed', async () => {
      await begin()
      const page = await browser.submit(await enter('/profile'), { name: 'x'.repeat(2049) })
      expect(page.status).toBe(400)
      expect(textOf(page)).toContain('Use at most 2,048 characters.')
    })

    test('the e-mail address: by the code alone; the old one is told', async () => {
      await begin({ pool: verifyFirst })
      const asked = await hand(await enter('/email'), { email: 'new@example.com' }, '/account/email')
      expect(textOf(asked)).toContain('Enter the code that we sent to n***@e***')
      expect((await now()).attributes.email).toBe('ada@example.com')
      const wrong = await browser.submit(asked, { code: '000000' }, { to: '/email/code' })
      expect([wrong.status, textOf(wrong)]).toEqual([400, expect.stringContaining('This code is not right')])
      const done = await hand(wrong, { code: await shop.lastCode() }, '/email/code')
      expect(textOf(done)).toContain('Your address is verified.')
      expect((await now()).attributes).toMatchObject({ email: 'new@example.com', email_verified: 'true' })
      expect(await mails()).toContainEqual(['ada@example.com', 'Your email address was changed'])
    })

    test('the e-mail address at once, where the pool says so; a new code can be sent', async () => {
      await begin()
      const asked = await hand(await enter('/email'), { email: 'new@example.com' }, '/account/email')
      expect((await now()).attributes).toMatchObject({ email: 'new@example.com', email_verified: 'false' })
      expect(await mails()).toContainEqual(['ada@example.com', 'Your email address was changed'])
      const first = await shop.lastCode()
      shop.world.tick(1000)
      const again = await hand(asked, {}, '/email/resend')
      expect(await shop.lastCode()).not.toBe(first)
      await hand(again, { code: await shop.lastCode() }, '/email/code')
      expect((await now()).attributes.email_verified).toBe('true')
    })

    test('an address that another user has is refused on the page', async () => {
      await begin({ pool: { ...verifyFirst, AliasAttributes: ['email'] } })
      await addUser(shop, 'bob', { attributes: { email: 'bob@example.com', email_verified: 'true' } })
      const page = await browser.submit(await enter('/email'), { email: 'bob@example.com' }, { to: '/account/email' })
      expect([page.status, textOf(page)]).toEqual([400, expect.stringContaining('exists already')])
    })

    test('the password: everybody else is signed out, this browser stays, and the user is told', async () => {
      await begin()
      const other = openBrowser(shop)
      await other.submit(await other.open('/login'), { username: 'ada', password })
      const page = await enter('/password')
      const session = browser.cookies.get('cognito')
      const wrong = await browser.submit(page, { current: 'Wrong-horse-1', password: 'New-horse-22' })
      expect([wrong.status, textOf(wrong)]).toEqual([
        400,
        expect.stringContaining('This is not your current password.'),
      ])
      const weak = await browser.submit(page, { current: password, password: 'short' })
      expect(weak.status).toBe(400)
      const done = await hand(page, { current: password, password: 'New-horse-22' })
      expect(textOf(done)).toContain('Your password is changed.')
      expect(browser.cookies.get('cognito')).not.toBe(session)
      expect(await everySession(shop.db, shop.world, shop.pool, ada)).toHaveLength(1)
      expect((await other.open('/login')).status).toBe(200)
      expect(await mails()).toContainEqual(['ada@example.com', 'Your password was changed'])
      expect((await now()).passwordHash).not.toBe(ada.passwordHash)
    })

    test('wrong current passwords lock the account as wrong sign-ins do', async () => {
      await begin()
      const page = await enter('/password')
      for (let tries = 0; tries < 5; tries++)
        await browser.submit(page, { current: `Wrong-${tries}-x`, password: 'New-horse-22' })
      const late = await browser.submit(page, { current: password, password: 'New-horse-22' })
      expect([late.status, textOf(late)]).toEqual([400, expect.stringContaining('Too many attempts')])
      expect((await now()).passwordHash).toBe(ada.passwordHash)
    })
  })

  describe('second factors', () => {
    const both = { ...email, phone_number: '+442071838750', phone_number_verified: 'true' }
    beforeEach(() => begin({ mfa: everyFactor }, both))
    const choose = async (page: Page, factor: string, action: string) => {
      const fields = {
        username: 'ada',
        _csrf: /name="_csrf" value="([^"]+)"/.exec(page.html)?.[1] ?? '',
        factor,
        action,
      }
      const address = `${shop.domain.path}/account/factors?client_id=${shop.client.id}`
      const origin = new URL(shop.domain.url).origin
      return arrive(
        await browser.send(address, { method: 'POST', headers: { origin }, body: new URLSearchParams(fields) }),
      )
    }

    test('are switched on and off and put first; others are signed out, and the user is told', async () => {
      const other = openBrowser(shop)
      await other.submit(await other.open('/login'), { username: 'ada', password })
      let page = await choose(await enter('/factors'), 'EMAIL_OTP', 'on')
      expect(textOf(page)).toContain('Your second step is changed.')
      expect(await everySession(shop.db, shop.world, shop.pool, ada)).toHaveLength(1)
      page = await choose(page, 'SMS_MFA', 'prefer')
      expect((await now()).mfa).toEqual({ enabled: ['EMAIL_OTP', 'SMS_MFA'], preferred: 'SMS_MFA' })
      await choose(page, 'SMS_MFA', 'off')
      expect((await now()).mfa).toEqual({ enabled: ['EMAIL_OTP'], preferred: undefined })
      const subjects = (await mails()).map(([, subject]) => subject)
      expect(subjects.filter((subject) => subject === 'A second step was switched on')).toHaveLength(2)
      expect(subjects).toContain('A second step was switched off')
    })

    test('an app: by its secret and a code, and it is asked at the next sign-in', async () => {
      const page = await hand(await enter('/factors'), {}, '/factors/begin')
      const secret = /class="key">([^<]+)</.exec(page.html)?.[1] ?? ''
      expect(page.html).toContain('role="img"')
      const wrong = await browser.submit(page, { code: '000000' }, { to: '/factors/app' })
      expect([wrong.status, textOf(wrong)]).toEqual([400, expect.stringContaining('This code is not right')])
      expect((await now()).mfa.enabled).toEqual([])
      await hand(wrong, { code: codeOf(secret, shop.world.now()) }, '/factors/app')
      expect((await now()).mfa.enabled).toEqual(['SOFTWARE_TOKEN_MFA'])
      shop.world.tick(5 * minutes)
      const login = await browser.follow(await account('/factors'))
      const code = await browser.follow(await browser.submit(login, { username: 'ada', password }))
      expect(textOf(code)).toContain('Open your authenticator app')
      const shown = await arrive(await browser.submit(code, { code: codeOf(secret, shop.world.now()) }))
      expect(textOf(shown)).toContain('Set up another app')
    })

    test('the secret of an app is shown to nobody who did not begin it here', async () => {
      await hand(await enter('/factors'), {}, '/factors/begin')
      const other = openBrowser(shop)
      let page = await other.open(`/account/factors/app?client_id=${shop.client.id}`)
      for (let hops = 0; hops < 4; hops++)
        page = page.location ? await other.follow(page) : await other.submit(page, { username: 'ada', password })
      expect(page.html).not.toContain('class="key"')
    })

    // biome-ignore format: a table
    const refused: [title: string, attributes: Record<string, string>, factor: string, action: string][] = [
      ['a number that is not verified',  { ...email, phone_number: '+442071838750' }, 'SMS_MFA',            'on'],
      ['an app that is not set up',      email,                                       'SOFTWARE_TOKEN_MFA', 'on'],
      ['a factor that there is not',     email,                                       'WEB_AUTHN',          'on'],
      ['an action that there is not',    email,                                       'EMAIL_OTP',          'x'],
    ]
    for (const [title, attributes, factor, action] of refused)
      test(`${title} is refused`, async () => {
        await begin({ mfa: everyFactor }, attributes)
        expect((await choose(await enter('/factors'), factor, action)).status).toBe(400)
        expect((await now()).mfa.enabled).toEqual([])
      })

    test('the last one stays where the pool demands one', async () => {
      await begin({ mfa: { MfaConfiguration: 'ON', SoftwareTokenMfaConfiguration: { Enabled: true } } })
      let page = await enter('/factors')
      const secret = /class="key">([^<]+)</.exec(page.html)?.[1] ?? ''
      page = await arrive(await browser.submit(page, { code: codeOf(secret, shop.world.now()) }))
      const answer = await choose(page, 'SOFTWARE_TOKEN_MFA', 'off')
      expect([answer.status, textOf(answer)]).toEqual([400, expect.stringContaining('You need a second step here.')])
      expect((await now()).mfa.enabled).toEqual(['SOFTWARE_TOKEN_MFA'])
    })
  })

  test('passkeys are renamed and deleted, those of others are not', async () => {
    await begin({ pool: { Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'WEB_AUTHN'] } } } })
    const bob = await addUser(shop, 'bob')
    const key = (user: User, id: string) =>
      createPasskey(
        shop.db,
        {
          poolId: shop.pool.id,
          userId: user.id,
          id,
          publicKey: '',
          counter: 0,
          name: 'Passkey',
          relyingParty: 'localhost',
          attachment: 'platform',
          transports: [],
          createdAt: shop.world.now(),
        },
        20,
      )
    await key(ada, 'YWRh')
    await key(bob, 'Ym9i')
    let page = await enter('/passkeys')
    page = await hand(page, { name: 'My phone' })
    expect((await listPasskeys(shop.db, ada)).map(({ name }) => name)).toEqual(['My phone'])
    for (const name of ['', ' ', 'x'.repeat(129), 'a\u202eb'])
      expect((await browser.submit(page, { name })).status).toBe(400)
    await hand(page, { name: 'Mine now', passkey: 'Ym9i' })
    await hand(page, { action: 'delete', passkey: 'Ym9i' })
    expect((await listPasskeys(shop.db, bob)).map(({ name }) => name)).toEqual(['Passkey'])
    page = await hand(page, { action: 'delete' })
    expect(textOf(page)).toContain('The passkey is deleted.')
    expect(await listPasskeys(shop.db, ada)).toEqual([])
    expect(await mails()).toContainEqual(['ada@example.com', 'A passkey was deleted'])
  })

  test('devices are listed and forgotten', async () => {
    await begin({ pool: { DeviceConfiguration: { ChallengeRequiredOnNewDevice: true } } })
    const { deviceKey } = newDeviceKeys(shop.world, shop.pool, ada)
    const secret = { salt: Buffer.alloc(16, 1).toString('base64'), verifier: Buffer.alloc(384, 2).toString('base64') }
    await confirmDevice(shop.db, shop.world, shop.pool, ada, { key: deviceKey, name: 'Old laptop', ...secret })
    const page = await enter('/devices')
    expect(textOf(page)).toContain('Old laptop')
    expect(textOf(await hand(page, {}))).toContain('The device is forgotten.')
    expect(await listDevices(shop.db, ada, { after: '', limit: 10 })).toEqual([])
  })

  test('sessions are listed and ended, one or all others; this one stays', async () => {
    await begin()
    const others = [openBrowser(shop), openBrowser(shop), openBrowser(shop)]
    for (const other of others) {
      shop.world.tick(1000)
      await other.submit(await other.open('/login'), { username: 'ada', password })
    }
    shop.world.tick(1000)
    let page = await enter('/sessions')
    expect(textOf(page)).toContain('This browser')
    expect(await everySession(shop.db, shop.world, shop.pool, ada)).toHaveLength(4)
    page = await hand(page, {}, '/account/sessions')
    expect(await everySession(shop.db, shop.world, shop.pool, ada)).toHaveLength(3)
    page = await hand(page, {}, '/account/sessions/others')
    expect(await everySession(shop.db, shop.world, shop.pool, ada)).toHaveLength(1)
    for (const other of others) expect((await other.open('/login')).status).toBe(200)
    expect(textOf(await account())).toContain('You are signed in as ada')
  })
})
