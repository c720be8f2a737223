import type { CreateUserPoolClientRequest, CreateUserPoolRequest, SetUserPoolMfaConfigRequest } from '@poolhouse/api'
import { Hono } from 'hono'
import { Secret, TOTP } from 'otpauth'
import { openDatabase } from '../../test/databases.ts'
import { assignPassword, inviteUser } from '../directory/accounts.ts'
import { makeClient } from '../settings/clients.ts'
import { changeMfa, makePool } from '../settings/pools.ts'
import { beginAuthenticator, confirmAuthenticator } from '../sign-in/factors/totp.ts'
import type { Db } from '../store/db.ts'
import { listMessages } from '../store/outbox.ts'
import type { Client } from '../store/setup/clients.ts'
import type { Pool } from '../store/setup/pools.ts'
import { type Attributes, findUser, type MfaFactor, type User, updateUser } from '../store/users.ts'
import type { DomainEnv, HostedDomain } from '../web/env.ts'
import { type TestWorld, type TestWorldOptions, testWorld } from '../world/test.ts'
import { pages } from './pages.ts'

/** What a test may set. */
export interface TestDomainOptions {
  readonly pool?: Partial<CreateUserPoolRequest>
  readonly client?: Partial<CreateUserPoolClientRequest>
  readonly domain?: Partial<HostedDomain>
  readonly world?: TestWorldOptions
  /** The MFA part of the pool's settings, which has an operation of its own. */
  readonly mfa?: Omit<SetUserPoolMfaConfigRequest, 'UserPoolId'>
  /** An empty database; without it one of SQLite's. */
  readonly db?: Db
  /** Another domain's database and world to share. */
  readonly beside?: Pick<TestDomain, 'db' | 'world'>
}

/** A hosted domain with the pages on it, and nothing else. */
export interface TestDomain {
  readonly db: Db
  readonly world: TestWorld
  readonly pool: Pool
  readonly client: Client
  readonly app: Hono<DomainEnv>
  readonly domain: HostedDomain
  /** An authorization request that is in order. */
  readonly query: string
  /** The last code that was sent to anybody. */
  lastCode(): Promise<string>
}

/** Where the test client's visitors return to. */
export const callback = 'http://localhost:3000/callback'

/** A new pool with one client, on a domain of its own. */
export async function openDomain(options: TestDomainOptions = {}): Promise<TestDomain> {
  const world = options.beside?.world ?? testWorld(options.world)
  const db = options.beside?.db ?? options.db ?? (await openDatabase('sqlite'))
  const made = await makePool(db, world, 'eu-west-1', {
    PoolName: 'Sunny Shop',
    AutoVerifiedAttributes: ['email'],
    ...options.pool,
  })
  const pool = options.mfa ? await changeMfa(db, world, made, options.mfa) : made
  const client = await makeClient(db, world, pool, {
    ClientName: 'shop-web',
    CallbackURLs: [callback],
    AllowedOAuthFlowsUserPoolClient: true,
    AllowedOAuthFlows: ['code'],
    AllowedOAuthScopes: ['openid'],
    SupportedIdentityProviders: ['COGNITO'],
    PreventUserExistenceErrors: 'ENABLED',
    ...options.client,
  })
  const domain = {
    name: 'shop',
    url: 'http://localhost:9500/domains/shop',
    path: '/domains/shop',
    secure: false,
    ...options.domain,
  }
  const app = new Hono<DomainEnv>()
  app.use(async (c, next) => {
    c.set('ground', { db, world })
    c.set('pool', pool)
    c.set('domain', domain)
    c.set('requestId', 'request-1')
    c.set('address', '127.0.0.1')
    await next()
  })
  app.route(domain.path || '/', pages)
  const [redirectUri = callback] = client.settings.CallbackURLs ?? []
  const query = new URLSearchParams({
    client_id: client.id,
    redirect_uri: redirectUri,
    response_type: 'code',
    state: 'state-1',
  })
  return {
    db,
    world,
    pool,
    client,
    app,
    domain,
    query: `?${query}`,
    async lastCode() {
      const [newest] = await listMessages(db, world, {}, 1)
      return newest?.code ?? 'no code was sent'
    },
  }
}

/** The password of users that `addUser` makes. */
export const password = 'Correct-horse-1'

/** A confirmed user of a domain with a password. */
export async function addUser(
  { db, world, pool }: TestDomain,
  username: string,
  { attributes = {}, enabled = [] }: { attributes?: Attributes; enabled?: readonly MfaFactor[] } = {},
): Promise<User> {
  const user = await inviteUser(db, world, pool, { username, attributes, action: 'SUPPRESS' })
  await assignPassword(db, world, pool, user, password, true)
  await updateUser(db, user, { mfa: { enabled } }, world.now())
  world.tick(1000)
  const made = await findUser(db, pool.id, user.id)
  if (!made) throw new Error('the user was not made')
  return made
}

/** Gives a user an authenticator app, and what it shows at the world's time. */
export async function addApp({ db, world }: TestDomain, user: User): Promise<() => string> {
  const secret = await beginAuthenticator(db, world, user)
  const show = () => codeOf(secret, world.now())
  await confirmAuthenticator(db, world, user, show())
  // The code that confirmed the app is burned.
  world.tick(60_000)
  return show
}

/** What an app shows for a secret at a time. */
export function codeOf(secret: string, timestamp: number): string {
  return TOTP.generate({ secret: Secret.fromBase32(secret.replaceAll(' ', '')), timestamp })
}

/** A page as a browser has it. */
export interface Page {
  readonly status: number
  readonly headers: Headers
  readonly html: string
  /** Where it sends the browser. */
  readonly location: string | undefined
}

/** A form on a page. */
export interface PageForm {
  readonly action: string
  readonly fields: Readonly<Record<string, string>>
}

/** A browser without script: it keeps cookies, and hands in forms with what is filled in. It does not follow redirects. */
export interface Browser {
  readonly cookies: Map<string, string>
  /** Opens a page of the domain within the authorization request; an address with a query is taken as it is. */
  open(page: string): Promise<Page>
  /** Opens wherever a page sends to. */
  follow(page: Page): Promise<Page>
  /** Hands in a page's form (the first one, or the one that posts to `to`). */
  submit(
    page: Page,
    fields: Record<string, string>,
    how?: { to?: string; headers?: Record<string, string> },
  ): Promise<Page>
  /** Sends anything. */
  send(address: string, init: RequestInit): Promise<Page>
}

/** A new browser at a domain. */
export function openBrowser({ app, domain, query }: TestDomain): Browser {
  const cookies = new Map<string, string>()
  const { origin } = new URL(domain.url)
  const send = async (address: string, init: RequestInit): Promise<Page> => {
    const headers = new Headers(init.headers)
    if (cookies.size > 0) headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '))
    const response = await app.request(new URL(address, domain.url), { ...init, headers })
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      if (/max-age=0/i.test(cookie)) cookies.delete(name)
      else cookies.set(name, value)
    }
    const location = response.headers.get('location') ?? undefined
    return { status: response.status, headers: response.headers, html: await response.text(), location }
  }
  return {
    cookies,
    send,
    open: (page) => send(`${domain.path}${page}${page.includes('?') ? '' : query}`, {}),
    follow: (page) => send(page.location ?? 'nowhere', {}),
    submit: (page, fields, { to, headers } = {}) => {
      const form = readForms(page.html).find(({ action }) => to === undefined || action.includes(to))
      if (!form) throw new Error(`The page has no form ${to ?? ''}: ${page.status} ${page.location ?? ''}`)
      return send(form.action, {
        method: 'POST',
        headers: { origin, 'sec-fetch-site': 'same-origin', ...headers },
        body: new URLSearchParams({ ...form.fields, ...fields }),
      })
    },
  }
}

/** The forms of a page with the values that are in them. */
export function readForms(html: string): PageForm[] {
  return [...html.matchAll(/<form method="post" action="([^"]*)"[\s\S]*?<\/form>/g)].map(([form, action = '']) => ({
    action: plain(action),
    fields: Object.fromEntries(
      [...form.matchAll(/<input [^>]*>/g)].map(([input]) => [attribute(input, 'name'), attribute(input, 'value')]),
    ),
  }))
}

function attribute(tag: string, name: string): string {
  return plain(new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1] ?? '')
}

function plain(text: string): string {
  const characters: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }
  return text.replaceAll(/&([a-z]+|#39);/g, (whole, name: string) => characters[name] ?? whole)
}
