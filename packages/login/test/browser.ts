import { existsSync } from 'node:fs'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, vi } from 'vitest'
import type * as client from '../src/index.ts'
import { type OAuthServer, startOAuthServer } from './oauth-server.ts'
import { type Site, startSite } from './site.ts'

/** What became of a call in the page. */
export interface Outcome<T = unknown> {
  value?: T
  name?: string
  code?: client.LoginErrorCode
  message?: string
  oauthError?: string
  retryable?: boolean
}

/** A login's state, as it comes out of the page. */
export interface Shown {
  status: string
  user?: client.IdTokenClaims
  expiresAt?: Date
  error?: Outcome | undefined
}

// The globals of the test page, see site.ts.
declare global {
  var login: client.Login
  var options: client.LoginOptions
  var createLogin: typeof client.createLogin
  var outcome: <T>(work: () => Promise<T>) => Promise<Outcome<T>>
  var started: Promise<client.LoginState>
  var ready: boolean | undefined
  var stale: boolean | undefined
  var clock: number
}

const found = [process.env.CHROMIUM, '/usr/bin/chromium', chromium.executablePath()].find(
  (path) => path && existsSync(path),
)
if (!found) console.warn('SKIPPED: no Chromium in CHROMIUM, /usr/bin/chromium or where Playwright keeps its own')

/** Everything one browser test works with. */
export interface House {
  readonly clientId: string
  readonly oauth: OAuthServer
  readonly site: Site
  /** One visitor's browser; its tabs share storage. */
  readonly context: () => BrowserContext
  readonly open: (path?: string) => Promise<Page>
}

/** Tests in a real browser: one per file, a fresh visitor per test; skipped aloud where there is no Chromium. */
export function describeInBrowser(name: string, tests: (house: House) => void): void {
  const clientId = '5a8xample3client'
  let start: Promise<{
    oauth: OAuthServer
    site: Site
    stop: () => Promise<void>
    newContext: () => Promise<BrowserContext>
  }>
  let context: BrowserContext
  const house = { clientId, context: () => context } as House & { oauth: OAuthServer; site: Site }

  // A browser on a busy machine takes its time.
  vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 })
  describe.skipIf(!found)(name, () => {
    beforeAll(async () => {
      start = begin(clientId)
      Object.assign(house, await start)
    })
    beforeEach(async () => {
      house.oauth.reset()
      house.site.calls.length = 0
      house.site.options = undefined
      house.site.script = ''
      context = await (await start).newContext()
    })
    afterEach(async () => {
      for (const page of context.pages())
        if (page.url().startsWith(house.site.origin)) expect(await page.evaluate(() => localStorage.length)).toBe(0)
      await context.close()
    })
    afterAll(async () => (await start).stop())
    tests(
      Object.assign(house, {
        open: async (path = '/') => {
          const page = await context.newPage()
          await page.goto(house.site.origin + path)
          await settle(page)
          return page
        },
      }),
    )
  })
}

async function begin(clientId: string) {
  const oauth = await startOAuthServer(clientId)
  const site = await startSite(oauth, clientId)
  const args = '--disable-gpu --disable-background-networking --disable-component-update --disable-sync --no-first-run'
  const browser = await chromium.launch({ executablePath: found, args: ['--no-sandbox', ...args.split(' ')] })
  return {
    oauth,
    site,
    newContext: async () => {
      const context = await browser.newContext()
      await context.addInitScript(() => {
        const now = Date.now.bind(Date)
        globalThis.clock = 0
        Date.now = () => now() + globalThis.clock
      })
      return context
    },
    stop: async () => {
      await browser.close()
      await site[Symbol.asyncDispose]()
      await oauth[Symbol.asyncDispose]()
    },
  }
}

/** Waits until the page that is there, or comes, has started its login. */
export async function settle(page: Page): Promise<Shown> {
  await page.waitForFunction(() => globalThis.ready && !globalThis.stale)
  return stateOf(page)
}

/** The state as the page sees it now. */
export function stateOf(page: Page): Promise<Shown> {
  return page.evaluate(async (): Promise<Shown> => {
    const state: { status: string; user?: client.IdTokenClaims; error?: client.LoginError } = globalThis.login.state
    const { error } = state
    return error ? { ...state, error: await globalThis.outcome(() => Promise.reject(error)) } : { ...state, error }
  })
}

/** Does something that leaves the page, and waits until the site is back. */
export async function leave(page: Page, act: () => unknown): Promise<Shown> {
  await page.evaluate(() => {
    globalThis.stale = true
  })
  await act()
  return settle(page)
}

/** Signs in through the authorization server and comes back. */
export function signIn(page: Page, options: client.SignInOptions = {}): Promise<Shown> {
  return leave(page, () => page.evaluate((given) => void globalThis.login.signIn(given), options))
}

/** Asks the page for an access token. */
export function accessToken(page: Page, minValidity?: number): Promise<Outcome<string>> {
  return page.evaluate(
    (given) => globalThis.outcome(() => globalThis.login.accessToken({ minValidity: given })),
    minValidity,
  )
}
