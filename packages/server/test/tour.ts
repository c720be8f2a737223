import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import type { Page } from 'playwright-core'
import { inviteUser } from '../src/directory/accounts.ts'
import { addApp, addUser, openDomain, password, type TestDomain, type TestDomainOptions } from '../src/pages/test.ts'
import { changeCustomization } from '../src/settings/branding/classic.ts'
import { makeStyle } from '../src/settings/branding/styles.ts'
import { makeDomain } from '../src/settings/domains.ts'
import { makeTerms } from '../src/settings/terms.ts'
import { confirmDevice, newDeviceKeys } from '../src/sign-in/factors/devices.ts'
import { openBrowserSession } from '../src/sign-in/session.ts'
import { createPasskey } from '../src/store/factors/passkeys.ts'
import type { User } from '../src/store/users.ts'
import { brandAssets, brandSettings, classicCss, png } from './brand.ts'

/** The hosted domains of a tour: between them they have every page. */
export type ShopName = 'shop' | 'factors' | 'strict' | 'choice' | 'brand' | 'classic' | 'account'

/** Hosted domains behind one listener, and where their visitors are sent. */
export interface Tour {
  readonly shops: Readonly<Record<ShopName, TestDomain>>
  /** What a user's authenticator app shows now. */
  app(username: string): string
  stop(): Promise<void>
}

/** A page of the tour. */
export interface Stop {
  readonly title: string
  readonly shop: ShopName
  /** Without a query that of an authorization request is added, as it is after a final `&`; CLIENT is the client's id. */
  readonly address: string
  /** Its `h1`. */
  readonly heading: string
  /** What is done on the page of the address to get there. */
  readonly reach?: (page: Page, tour: Tour) => Promise<void>
}

const email = { email: 'ada@example.com', email_verified: 'true' }
const phone = { phone_number: '+442071838750', phone_number_verified: 'true' }
const everyFirst: TestDomainOptions['pool'] = {
  Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP', 'SMS_OTP', 'WEB_AUTHN'] } },
}
const everySecond = {
  MfaConfiguration: 'OPTIONAL',
  EmailMfaConfiguration: {},
  SmsMfaConfiguration: {},
  SoftwareTokenMfaConfiguration: { Enabled: true },
} as const

/** A listener on a free port of this machine. */
export async function listen(fetch: (request: Request) => Response | Promise<Response>) {
  const server = serve({ fetch, port: 0, hostname: '127.0.0.1' })
  await new Promise<void>((resolve) => server.on('listening', resolve))
  const { port } = server.address() as AddressInfo
  return { port, stop: () => new Promise<void>((resolve) => void server.close(() => resolve())) }
}

/** Opens every domain of the tour, with people in them. */
export async function openTour(): Promise<Tour> {
  const app = await listen((request) => {
    const name = new URL(request.url).pathname.split('/')[2] as ShopName
    return shops[name].app.fetch(request)
  })
  const home = await listen(() => new Response('<title>Home</title>', { headers: { 'content-type': 'text/html' } }))
  const homeUrl = `http://localhost:${home.port}/`
  // A callback as back ends have it: it takes the code and sends the visitor on, to another origin.
  const callback = await listen(() => Response.redirect(homeUrl, 302))
  const open = (name: ShopName, { pool, client, ...rest }: TestDomainOptions = {}) =>
    openDomain({
      ...rest,
      pool,
      domain: { name, path: `/domains/${name}`, url: `http://localhost:${app.port}/domains/${name}` },
      client: {
        CallbackURLs: [`http://localhost:${callback.port}/callback`],
        LogoutURLs: [homeUrl],
        ...client,
      },
    })
  const shop = await open('shop', { pool: { Schema: [{ Name: 'email', Required: true, Mutable: true }] } })
  const shops: Tour['shops'] = {
    shop,
    factors: await open('factors', { beside: shop, mfa: everySecond }),
    strict: await open('strict', {
      beside: shop,
      mfa: { MfaConfiguration: 'ON', SoftwareTokenMfaConfiguration: { Enabled: true } },
    }),
    choice: await open('choice', {
      beside: shop,
      pool: everyFirst,
      client: { ExplicitAuthFlows: ['ALLOW_USER_AUTH'] },
    }),
    brand: await open('brand', {
      beside: shop,
      pool: { ...everyFirst, PoolName: 'Solstice' },
      client: { ExplicitAuthFlows: ['ALLOW_USER_AUTH'] },
    }),
    classic: await open('classic', { beside: shop }),
    account: await open('account', {
      beside: shop,
      pool: {
        Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'WEB_AUTHN'] } },
        DeviceConfiguration: { ChallengeRequiredOnNewDevice: true },
        LambdaConfig: {
          DefineAuthChallenge: arn('define'),
          CreateAuthChallenge: arn('create'),
          VerifyAuthChallengeResponse: arn('verify'),
        },
      },
      mfa: everySecond,
      client: {
        AllowedOAuthScopes: ['openid', 'aws.cognito.signin.user.admin'],
        ExplicitAuthFlows: ['ALLOW_CUSTOM_AUTH', 'ALLOW_USER_PASSWORD_AUTH'],
        WriteAttributes: ['email', 'phone_number', 'name', 'nickname'],
      },
    }),
  }
  const { factors, strict, choice, brand, classic, account } = shops
  await makeDomain(brand.db, brand.world, brand.pool, 'brand', { ManagedLoginVersion: 2 })
  await makeStyle(brand.db, brand.world, brand.pool, brand.client, { settings: brandSettings, assets: brandAssets })
  await makeDomain(classic.db, classic.world, classic.pool, 'classic', {})
  const look = { css: classicCss, logo: png(180, 48, '663399') }
  await changeCustomization(classic.db, classic.world, classic.pool, classic.client.id, look)
  Object.assign(shop.world.triggers, challenges)
  const documents = { source: 'LINK', enforcement: 'NONE', links: { 'cognito:default': homeUrl } } as const
  for (const name of ['terms-of-use', 'privacy-policy'])
    await makeTerms(shop.db, shop.world, account.pool, account.client, { name, ...documents })
  await addAccounts(account)
  const both = { ...email, ...phone }
  await addUser(factors, 'mail', { attributes: both, enabled: ['EMAIL_OTP'] })
  await addUser(factors, 'text', { attributes: both, enabled: ['SMS_MFA'] })
  const apps = new Map([
    ['app', await addApp(factors, await addUser(factors, 'app', { enabled: ['SOFTWARE_TOKEN_MFA'] }))],
    [
      'all',
      await addApp(
        factors,
        await addUser(factors, 'all', {
          attributes: both,
          enabled: ['SMS_MFA', 'EMAIL_OTP', 'SOFTWARE_TOKEN_MFA'],
        }),
      ),
    ],
  ])
  await addUser(strict, 'ada')
  await addUser(strict, 'bob')
  await addUser(choice, 'plain', { attributes: both })
  await addUser(choice, 'grace', { attributes: both })
  await addSomePasskey(brand, await addUser(brand, 'ada', { attributes: both }))
  await addSomePasskey(choice, await addUser(choice, 'ada', { attributes: both }))
  return {
    shops,
    app: (username) => apps.get(username)?.() ?? 'no app',
    stop: async () => {
      for (const server of [app, home, callback]) await server.stop()
      await shop.db.destroy()
    },
  }
}

const arn = (name: string) => `arn:aws:lambda:eu-west-1:000000000000:function:${name}`

/** The functions of a pool that asks what is in a picture. */
const challenges = {
  define: (event: { request: { session: { challengeResult: boolean }[] } }) => ({
    ...event,
    response: event.request.session.at(-1)?.challengeResult
      ? { issueTokens: true }
      : { challengeName: 'CUSTOM_CHALLENGE' },
  }),
  create: (event: object) => ({
    ...event,
    response: {
      publicChallengeParameters: {
        question: 'Which word is in the picture?',
        image: drawn,
        imageAlt: 'A word, drawn crookedly',
      },
      privateChallengeParameters: { answer: 'horse' },
    },
  }),
  verify: (event: { request: { challengeAnswer: string } }) => ({
    ...event,
    response: { answerCorrect: event.request.challengeAnswer === 'horse' },
  }),
}

const drawn = `data:image/svg+xml;base64,${Buffer.from(
  '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="60"><text x="30" y="40" font-size="30" transform="rotate(-4)">horse</text></svg>',
).toString('base64')}`

/** People who have something on every page of the account. */
async function addAccounts(account: TestDomain): Promise<void> {
  const { db, world, pool } = account
  const attributes = { ...email, ...phone, name: 'Ada Lovelace' }
  for (const username of ['ada', 'bob', 'grace']) {
    const user = await addUser(account, username, { attributes, enabled: [] })
    await addSomePasskey(account, user, `key-${username}`)
    const { deviceKey: key } = newDeviceKeys(world, pool, user)
    const secret = { salt: Buffer.alloc(16, 1).toString('base64'), verifier: Buffer.alloc(384, 2).toString('base64') }
    await confirmDevice(db, world, pool, user, { key, name: 'Laptop in the kitchen', ...secret })
    await openBrowserSession(db, world, pool, { user, authTime: world.now(), address: '192.0.2.7' })
  }
}

/** A passkey that no device has. */
function addSomePasskey({ db, world, pool }: TestDomain, user: User, id = 'c29tZSBwYXNza2V5'): Promise<unknown> {
  const passkey = {
    poolId: pool.id,
    userId: user.id,
    id,
    publicKey: '',
    counter: 0,
    name: 'Passkey',
    relyingParty: 'localhost',
    attachment: 'platform' as const,
    transports: ['internal'],
    createdAt: world.now(),
  }
  return createPasskey(db, passkey, 20)
}

/** The address of a page of the tour. */
export function addressOf({ domain, client, query }: TestDomain, address: string): string {
  const whole = address.endsWith('&')
    ? `${address}${query.slice(1)}`
    : address.includes('?')
      ? address
      : `${address}${query}`
  return `${domain.url}${whole.replace('CLIENT', client.id)}`
}

const submit = (page: Page) => page.click('.primary')

/** Signs in on the page of name and password. */
export async function signIn(page: Page, username: string): Promise<void> {
  await page.fill('#username', username)
  await page.fill('#password', password)
  await submit(page)
}

let people = 0

/** Signs a new visitor up. */
export async function signUp(page: Page, { shops: { shop } }: Tour): Promise<void> {
  // Codes are found by their time.
  shop.world.tick(1000)
  await page.fill('#username', `visitor${people++}`)
  await page.fill('#email', 'visitor@example.com')
  await page.fill('#password', password)
  await submit(page)
}

async function invited(page: Page, { shops: { shop } }: Tour): Promise<void> {
  const username = `invited${people++}`
  const invitation = { username, attributes: {}, temporaryPassword: 'Temporary-1', action: 'SUPPRESS' } as const
  await inviteUser(shop.db, shop.world, shop.pool, invitation)
  await page.fill('#username', username)
  await page.fill('#password', 'Temporary-1')
  await submit(page)
}

/** Says a name where that is all that is asked first. */
export async function sayName(page: Page, username: string): Promise<void> {
  await page.fill('#username', username)
  await submit(page)
}

/** Chooses one of several ways. */
export async function choose(page: Page, way: string): Promise<void> {
  await page.click(`[name=way][value=${way}]`)
}

/** Opens a page of the account as somebody who has just signed in. */
async function enter(page: Page, { shops: { account } }: Tour, below: string): Promise<void> {
  await signIn(page, 'ada')
  await page.waitForSelector('.sections')
  await page.goto(`${account.domain.url}/account${below}?client_id=${account.client.id}`)
}

/** Signs in as two people, one after the other, in one browser. */
async function signInTwice(page: Page, { shops: { account } }: Tour): Promise<void> {
  const { domain, query } = account
  for (const username of ['ada', 'bob']) {
    await page.goto(`${domain.url}/login${query}&prompt=select_account&another=1`)
    await signIn(page, username)
    await page.waitForURL(/^http:\/\/localhost:\d+\/$/)
  }
  await page.goto(`${domain.url}/login${query}&prompt=select_account`)
}

async function wrongCode(page: Page): Promise<void> {
  await page.fill('#code', '000000')
  await submit(page)
}

/** Every page, in the order in which people meet them. */
// biome-ignore format: a table
export const stops: readonly Stop[] = [
  { title: 'sign in',                  shop: 'shop',    address: '/login',          heading: 'Sign in' },
  { title: 'sign in, with faults',     shop: 'shop',    address: '/login',          heading: 'Sign in', reach: submit },
  { title: 'sign up',                  shop: 'shop',    address: '/signup',         heading: 'Create an account' },
  { title: 'sign up, with faults',     shop: 'shop',    address: '/signup',         heading: 'Create an account', reach: submit },
  { title: 'confirm',                  shop: 'shop',    address: '/signup',         heading: 'Confirm your account', reach: signUp },
  { title: 'confirm, a new code sent', shop: 'shop',    address: '/signup',         heading: 'Confirm your account', reach: async (page, tour) => { await signUp(page, tour); await page.click('.link') } },
  { title: 'forgot password',          shop: 'shop',    address: '/forgotPassword', heading: 'Forgot your password?' },
  { title: 'reset password',           shop: 'shop',    address: '/forgotPassword', heading: 'Choose a new password', reach: (page) => sayName(page, 'ada') },
  { title: 'invited',                  shop: 'shop',    address: '/login',          heading: 'Choose a new password', reach: invited },
  { title: 'code by email',            shop: 'factors', address: '/login',          heading: 'Enter your code', reach: (page) => signIn(page, 'mail') },
  { title: 'code by email, resent',    shop: 'factors', address: '/login',          heading: 'Enter your code', reach: async (page) => { await signIn(page, 'mail'); await page.click('.link') } },
  { title: 'code by text message',     shop: 'factors', address: '/login',          heading: 'Enter your code', reach: (page) => signIn(page, 'text') },
  { title: 'code of an app',           shop: 'factors', address: '/login',          heading: 'Enter your code', reach: (page) => signIn(page, 'app') },
  { title: 'code, with faults',        shop: 'factors', address: '/login',          heading: 'Enter your code', reach: async (page) => { await signIn(page, 'app'); await wrongCode(page) } },
  { title: 'choose a second factor',   shop: 'factors', address: '/login',          heading: 'Confirm that it is you', reach: (page) => signIn(page, 'all') },
  { title: 'code, with another way',   shop: 'factors', address: '/login',          heading: 'Enter your code', reach: async (page) => { await signIn(page, 'all'); await choose(page, 'SOFTWARE_TOKEN_MFA') } },
  { title: 'set up an app',            shop: 'strict',  address: '/login',          heading: 'Set up an authenticator app', reach: (page) => signIn(page, 'ada') },
  { title: 'set up an app, by hand',   shop: 'strict',  address: '/login',          heading: 'Set up an authenticator app', reach: async (page) => { await signIn(page, 'ada'); await page.click('details summary') } },
  { title: 'set up, with faults',      shop: 'strict',  address: '/login',          heading: 'Set up an authenticator app', reach: async (page) => { await signIn(page, 'ada'); await submit(page) } },
  { title: 'name first',               shop: 'choice',  address: '/login',          heading: 'Sign in' },
  { title: 'name first, with faults',  shop: 'choice',  address: '/login',          heading: 'Sign in', reach: submit },
  { title: 'choose how to sign in',    shop: 'choice',  address: '/login',          heading: 'Choose how to sign in', reach: (page) => sayName(page, 'ada') },
  { title: 'password after the name',  shop: 'choice',  address: '/login',          heading: 'Enter your password', reach: async (page) => { await sayName(page, 'ada'); await choose(page, 'PASSWORD') } },
  { title: 'code as the first factor', shop: 'choice',  address: '/login',          heading: 'Enter your code', reach: async (page) => { await sayName(page, 'ada'); await choose(page, 'EMAIL_OTP') } },
  { title: 'passkey',                  shop: 'choice',  address: '/login',          heading: 'Use your passkey', reach: async (page) => { await sayName(page, 'ada'); await choose(page, 'WEB_AUTHN') } },
  { title: 'add a passkey',            shop: 'choice',  address: '/passkeys/add',   heading: 'Sign in faster next time', reach: async (page) => { await sayName(page, 'plain'); await choose(page, 'PASSWORD'); await page.fill('#password', password); await submit(page) } },
  { title: 'passkeys not here',        shop: 'shop',    address: '/signup',         heading: 'Passkeys are not available here', reach: async (page, { shops: { shop } }) => {
    const username = `visitor${people++}`
    await addUser(shop, username, { attributes: email })
    await page.goto(`${shop.domain.url}/passkeys/add${shop.query}`)
    await signIn(page, username)
  } },
  { title: 'sign up, with terms',      shop: 'account', address: '/signup',         heading: 'Create an account' },
  { title: 'account',                  shop: 'account', address: '/account?client_id=CLIENT', heading: 'Your account', reach: (page) => signIn(page, 'ada') },
  { title: 'account, again',           shop: 'account', address: '/account?client_id=CLIENT', heading: 'Sign in', reach: async (page, tour) => { await enter(page, tour, ''); tour.shops.account.world.tick(300_000); await page.click('a[href*="/account/email"]') } },
  { title: 'account, profile',         shop: 'account', address: '/account?client_id=CLIENT', heading: 'Profile', reach: (page, tour) => enter(page, tour, '/profile') },
  { title: 'account, email',           shop: 'account', address: '/account?client_id=CLIENT', heading: 'Email', reach: (page, tour) => enter(page, tour, '/email') },
  { title: 'account, email, faults',   shop: 'account', address: '/account?client_id=CLIENT', heading: 'Email', reach: async (page, tour) => { await enter(page, tour, '/email'); await page.fill('#email', 'x'); await submit(page) } },
  { title: 'account, phone',           shop: 'account', address: '/account?client_id=CLIENT', heading: 'Phone number', reach: (page, tour) => enter(page, tour, '/phone') },
  { title: 'account, code',            shop: 'account', address: '/account?client_id=CLIENT', heading: 'Enter your code', reach: (page, tour) => enter(page, tour, '/email/code') },
  { title: 'account, password',        shop: 'account', address: '/account?client_id=CLIENT', heading: 'Password', reach: (page, tour) => enter(page, tour, '/password') },
  { title: 'account, password, faults', shop: 'account', address: '/account?client_id=CLIENT', heading: 'Password', reach: async (page, tour) => { await enter(page, tour, '/password'); await submit(page) } },
  { title: 'account, factors',         shop: 'account', address: '/account?client_id=CLIENT', heading: 'Second step at sign-in', reach: (page, tour) => enter(page, tour, '/factors') },
  { title: 'account, app',             shop: 'account', address: '/account?client_id=CLIENT', heading: 'Set up an authenticator app', reach: async (page, tour) => { await enter(page, tour, '/factors'); await page.click('button[value=begin]') } },
  { title: 'account, passkeys',        shop: 'account', address: '/account?client_id=CLIENT', heading: 'Passkeys', reach: async (page, tour) => { await enter(page, tour, '/passkeys'); await page.click('details summary') } },
  { title: 'account, add a passkey',   shop: 'account', address: '/account?client_id=CLIENT', heading: 'Add a passkey', reach: (page, tour) => enter(page, tour, '/passkeys/add') },
  { title: 'account, devices',         shop: 'account', address: '/account?client_id=CLIENT', heading: 'Remembered devices', reach: (page, tour) => enter(page, tour, '/devices') },
  { title: 'account, sessions',        shop: 'account', address: '/account?client_id=CLIENT', heading: 'Where you are signed in', reach: (page, tour) => enter(page, tour, '/sessions') },
  { title: 'account, not here',        shop: 'shop',    address: '/account?client_id=CLIENT', heading: 'Your account cannot be changed here' },
  { title: 'choose an account',        shop: 'account', address: '/login',          heading: 'Choose an account', reach: signInTwice },
  { title: 'a challenge',              shop: 'account', address: '/login?auth_flow=CUSTOM_AUTH&', heading: 'One more question', reach: (page) => sayName(page, 'ada') },
  { title: 'a challenge, wrong',       shop: 'account', address: '/login?auth_flow=CUSTOM_AUTH&', heading: 'One more question', reach: async (page) => { await sayName(page, 'ada'); await page.fill('#answer', 'cow'); await submit(page); await page.waitForSelector('.summary') } },
  { title: 'signed out',               shop: 'shop',    address: '/signedout',      heading: 'You are signed out' },
  { title: 'error',                    shop: 'shop',    address: '/error',          heading: 'Something went wrong' },
  { title: 'a brand',                  shop: 'brand',   address: '/login',          heading: 'Sign in' },
  { title: 'a brand, with faults',     shop: 'brand',   address: '/login',          heading: 'Sign in', reach: submit },
  { title: 'a brand, several ways',    shop: 'brand',   address: '/login',          heading: 'Choose how to sign in', reach: (page) => sayName(page, 'ada') },
  { title: 'a brand, sign up',         shop: 'brand',   address: '/signup',         heading: 'Create an account' },
  { title: 'a classic look',           shop: 'classic', address: '/login',          heading: 'Sign in' },
  { title: 'a classic look, with faults', shop: 'classic', address: '/login',       heading: 'Sign in', reach: submit },
  { title: 'a link that does not work', shop: 'shop',   address: '/login?client_id=x', heading: 'This link does not work' },
]
