import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { chromiumPath, launchChromium } from './chromium.ts'
import { pkce } from './hosted.ts'
import { type Demo, startDemo } from './website-demo.ts'

const eventually = <T>(read: () => Promise<T>) => expect.poll(read, { timeout: 30_000 })
const password = 'Correct-horse-1'

describe.skipIf(!chromiumPath)('the website, as its visitors meet it', { timeout: 180_000 }, () => {
  let demo: Demo
  let browser: Browser
  let people = 0

  beforeAll(async () => {
    demo = await startDemo()
    browser = await launchChromium()
  }, 60_000)
  afterAll(async () => {
    await browser?.close()
    await demo?.stop()
  })

  /** A new visitor at an address; what Chromium complains of (CSP, Trusted Types, script) is an error of the test. */
  async function visit(address = `${demo.website}/`, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
    onTestFinished(() => context.close())
    context.setDefaultTimeout(60_000)
    context.on('weberror', (error) => expect.fail(error.error().message))
    context.on('console', (message) => {
      // Chromium says of every 401 that it "failed to load".
      if (message.type() === 'error' && !message.text().startsWith('Failed to load')) expect.fail(message.text())
    })
    const page = await context.newPage()
    await page.goto(address)
    return page
  }

  const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()
  const heading = (page: Page, text: string) =>
    page.getByRole('heading', { level: 1, name: text, exact: true }).waitFor()
  const greeted = (page: Page, name: string) => heading(page, `Hello, ${name}.`)
  const tokenId = (page: Page) => page.locator('#token-id').textContent()
  const storage = (page: Page, area: string) => page.evaluate<string>(`JSON.stringify({ ...${area} })`)
  const secondsLeft = async (page: Page) => {
    const [minutes, seconds] = ((await page.locator('#life').textContent()) ?? '').split(':')
    return Number(minutes) * 60 + Number(seconds)
  }
  const newestAnswer = (page: Page) => page.locator('#answers li').first().textContent()

  async function fillSignIn(page: Page, username: string, secret = password): Promise<void> {
    await heading(page, 'Sign in')
    await page.fill('#username', username)
    await page.fill('#password', secret)
    await press(page, 'Sign in')
  }

  /** From the form of a new account to the sign-in page that greets it. */
  async function fillSignUp(page: Page): Promise<string> {
    const name = `visitor${++people}`
    await heading(page, 'Create an account')
    await page.fill('#username', name)
    await page.fill('#email', `${name}@example.com`)
    await page.fill('#password', password)
    await press(page, 'Create account')
    await heading(page, 'Confirm your account')
    await page.fill('#code', await demo.code(`${name}@example.com`, 'SignUp'))
    await page.locator('button.primary').click()
    await heading(page, 'Sign in')
    return name
  }

  /** From the sign-in page to a new password; ends on the sign-in page again. */
  async function fillForgotten(page: Page, name: string, next: string): Promise<void> {
    await page.getByRole('link', { name: 'Forgot your password?' }).click()
    await heading(page, 'Forgot your password?')
    await page.fill('#username', name)
    await page.locator('button.primary').click()
    await heading(page, 'Choose a new password')
    await page.fill('#code', await demo.code(`${name}@example.com`, 'ForgotPassword'))
    await page.fill('#password', next)
    await page.locator('button.primary').click()
    await heading(page, 'Sign in')
  }

  async function signedInAsAda(): Promise<Page> {
    const page = await visit()
    await press(page, 'Sign in')
    await fillSignIn(page, 'ada')
    await greeted(page, 'ada')
    return page
  }

  test('sign-up, the code from the inbox, sign-in: the API greets the visitor', async () => {
    const page = await visit()
    await press(page, 'Create an account')
    const name = await fillSignUp(page)
    await fillSignIn(page, name)
    await greeted(page, name)
    expect(page.url()).toBe(`${demo.website}/`)
    expect(await page.locator('#email').textContent()).toBe(`${name}@example.com`)
    expect(await page.locator('#groups').textContent()).toBe('none yet')
    expect(await page.locator('#scopes .chip').allTextContents()).toEqual(['openid', 'email', 'profile'])
    expect(await page.locator('#log .log-title').allTextContents()).toEqual([
      'API call',
      'Code for tokens',
      'Back with a code',
      'Left for the sign-up page',
    ])
  })

  test('the e-mail address signs in as the name does; groups are shown, and no storage holds a secret', async () => {
    const page = await visit()
    await press(page, 'Sign in')
    const exchange = page.waitForRequest(/\/oauth2\/token$/)
    await fillSignIn(page, 'ada@example.com')
    await greeted(page, 'ada')
    expect(await page.locator('#groups .chip').allTextContents()).toEqual(['members'])

    const sent = new URLSearchParams((await exchange).postData() ?? '')
    const [local, session] = [await storage(page, 'localStorage'), await storage(page, 'sessionStorage')]
    expect(local).toBe('{}')
    expect(session).toContain('Code for tokens')
    for (const secret of ['eyJ', sent.get('code') ?? '?', sent.get('code_verifier') ?? '?'])
      expect(session).not.toContain(secret)
    expect(await page.evaluate('indexedDB.databases()')).toEqual([])
    expect(await page.evaluate('document.cookie')).toBe('')
  })

  test('a wrong password is refused on the page, and nobody is signed in', async () => {
    const page = await visit()
    await press(page, 'Sign in')
    await fillSignIn(page, 'ada', 'Wrong-horse-1')
    await page.getByRole('alert').getByText('Incorrect user name or password').waitFor()
    await page.goto(demo.website)
    await page.getByRole('button', { name: 'Create an account' }).waitFor()
  })

  test('the life of the token is counted down, and refreshing begins it anew', async () => {
    const page = await signedInAsAda()
    const before = await tokenId(page)
    await eventually(() => secondsLeft(page)).toBeLessThan(295)
    const left = await secondsLeft(page)
    await press(page, 'Refresh now')
    await eventually(() => tokenId(page)).not.toBe(before)
    expect(await secondsLeft(page)).toBeGreaterThan(left)
    expect((await page.locator('#log .log-title').allTextContents()).slice(0, 3)).toEqual([
      'API call',
      'Token renewal',
      'API call',
    ])
    expect((await page.locator('#log .outcome').allTextContents()).slice(0, 3)).toEqual(['200', '200', '401'])
  })

  test('a revoked session is refused by the address that asks the pool, and by it alone', async () => {
    const page = await signedInAsAda()
    await press(page, 'Call with revocation check')
    await eventually(() => newestAnswer(page)).toMatch(/^200GET \/api\/checked-userHello, ada/)
    await press(page, 'Revoke this session')
    await eventually(() => newestAnswer(page)).toMatch(/^200POST \/oauth2\/revoke/)
    await press(page, 'Call the API')
    await eventually(() => newestAnswer(page)).toMatch(/^200GET \/api\/userHello, ada/)
    await press(page, 'Call with revocation check')
    await eventually(() => newestAnswer(page)).toBe('401GET /api/checked-userThe token has been revoked.')
    expect(await page.getByRole('alert').locator('p').textContent()).toBe('Your session has ended. Sign in again.')

    // The session of the sign-in page is another one: it still knows the visitor.
    await press(page, 'Sign in')
    await greeted(page, 'ada')
  })

  test('sign-out ends the session of the sign-in page too, and that of other tabs', async () => {
    const page = await signedInAsAda()
    const other = await page.context().newPage()
    await other.goto(demo.website)
    await press(other, 'Sign in')
    await greeted(other, 'ada')
    await press(page, 'Sign out')
    await heading(page, 'The water is fine. Come on in.')
    expect(page.url()).toBe(`${demo.website}/`)
    await other.getByRole('button', { name: 'Create an account' }).waitFor()
    await press(page, 'Sign in')
    await heading(page, 'Sign in')
  })

  test('forgot password: the code from the inbox, a new password; the old one is of no use any more', async () => {
    const page = await visit()
    await press(page, 'Create an account')
    const name = await fillSignUp(page)
    await fillForgotten(page, name, 'Different-horse-2')
    await fillSignIn(page, name, password)
    await page.getByRole('alert').getByText('Incorrect user name or password').waitFor()
    await fillSignIn(page, name, 'Different-horse-2')
    await greeted(page, name)
  })

  test('an answer that nobody in this tab asked for signs nobody in, and says so', async () => {
    const page = await visit(`${demo.website}/?code=11111111-1111-4111-8111-111111111111&state=foreign&page=2`)
    await page.getByRole('alert').getByText('That sign-in could not be completed').waitFor()
    expect(page.url()).toBe(`${demo.website}/?page=2`)
    await page.getByRole('button', { name: 'Create an account' }).waitFor()
  })

  test('without JavaScript on the login pages: sign-up, forgotten password, sign-in, tokens the API takes', async () => {
    const { verifier, challenge } = pkce()
    const asked = new URLSearchParams({
      response_type: 'code',
      client_id: 'website',
      redirect_uri: `${demo.website}/`,
      scope: 'openid email profile',
      state: 'some state',
      code_challenge_method: 'S256',
      code_challenge: challenge,
    })
    const page = await visit(`${demo.domain}/oauth2/authorize?${asked}`, { javaScriptEnabled: false })
    await page.getByRole('link', { name: 'Create an account' }).click()
    const name = await fillSignUp(page)
    await fillForgotten(page, name, 'Different-horse-2')
    await fillSignIn(page, name, 'Different-horse-2')
    await page.waitForURL(`${demo.website}/?*`)
    const answer = new URL(page.url()).searchParams
    expect([...answer.keys()].sort()).toEqual(['code', 'iss', 'state'])
    expect(answer.get('state')).toBe('some state')

    const exchange = () =>
      fetch(`${demo.domain}/oauth2/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'authorization_code',
          client_id: 'website',
          redirect_uri: `${demo.website}/`,
          code: answer.get('code') ?? '',
          code_verifier: verifier,
        }),
      })
    const { access_token } = (await (await exchange()).json()) as { access_token: string }
    const headers = { authorization: `Bearer ${access_token}` }
    const user = await fetch(`${demo.website}/api/checked-user`, { headers })
    expect([user.status, await user.json()]).toMatchObject([200, { greeting: `Hello, ${name}` }])
    const again = await exchange()
    expect([again.status, await again.json()]).toMatchObject([400, { error: 'invalid_grant' }])
  })

  test('everybody can use it: signed out and signed in, light and dark, on a narrow phone', async () => {
    const page = await visit()
    const signIn = async () => {
      await press(page, 'Sign in')
      await fillSignIn(page, 'ada')
      await greeted(page, 'ada')
    }
    for (const reach of [() => page.getByRole('button', { name: 'Create an account' }).waitFor(), signIn]) {
      await reach()
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
        const { violations } = await new AxeBuilder({ page })
          .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
          .analyze()
        expect(violations.map(({ id, nodes }) => [id, colorScheme, nodes.map(({ html }) => html)])).toEqual([])
      }
      // WCAG 1.4.10: nothing scrolls sideways at 320 px.
      await page.setViewportSize({ width: 320, height: 640 })
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320)
      await page.setViewportSize({ width: 1280, height: 900 })
    }
  })
})
