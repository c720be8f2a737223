import { existsSync } from 'node:fs'
import { AxeBuilder } from '@axe-core/playwright'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addressOf, choose, listen, openTour, signIn, signUp, stops, type Tour } from '../../test/tour.ts'
import { register } from '../directory/register.ts'
import { codeOf, password, type TestDomain } from './test.ts'

const found = [process.env.CHROMIUM, '/usr/bin/chromium', chromium.executablePath()].find(
  (path) => path && existsSync(path),
)
if (!found) console.warn('SKIPPED: no Chromium in CHROMIUM, /usr/bin/chromium or where Playwright keeps its own')

const quiet = '--disable-gpu --disable-background-networking --disable-component-update --disable-sync --no-first-run'

const standards = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** What axe finds: the rule and the elements. */
async function faultsOf(axe: AxeBuilder): Promise<[rule: string, elements: string[]][]> {
  // Without the legacy mode it opens a second page for every look; there are no frames that would need one.
  const { violations } = await axe.setLegacyMode().analyze()
  return violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])
}

describe.skipIf(!found)('in Chromium', { timeout: 90_000 }, () => {
  let tour: Tour
  let shop: TestDomain
  let browser: Browser
  let base: string
  const closers: (() => Promise<unknown>)[] = []

  beforeAll(async () => {
    tour = await openTour()
    shop = tour.shops.shop
    base = shop.domain.url
    browser = await chromium.launch({ executablePath: found, args: ['--no-sandbox', ...quiet.split(' ')] })
    closers.push(() => browser.close(), tour.stop)
  }, 90_000)
  afterAll(async () => {
    for (const close of closers) await close()
  })

  /** Opens a page of the domain; what Chromium complains of (CSP, Trusted Types, script) is an error of the test. */
  async function open(address: string, options: BrowserContextOptions = {}, at: TestDomain = shop): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 800, height: 800 }, ...options })
    const page = await context.newPage()
    page.on('pageerror', (error) => expect.fail(error.message))
    page.on('console', (message) => {
      // Chromium says of every 400 that it "failed to load".
      if (message.type() === 'error' && !message.text().startsWith('Failed to load')) expect.fail(message.text())
    })
    await page.goto(addressOf(at, address))
    return page
  }

  for (const { title, shop: name, address, heading, reach } of stops)
    test(`everybody can use: ${title}`, async () => {
      const page = await open(address, {}, tour.shops[name])
      await reach?.(page, tour)
      await page.waitForFunction(`document.querySelector('h1')?.textContent === ${JSON.stringify(heading)}`)
      await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
      expect(await faultsOf(new AxeBuilder({ page }).withTags(standards))).toEqual([])
      await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' })
      expect(await faultsOf(new AxeBuilder({ page }).withRules('color-contrast'))).toEqual([])
      // WCAG 1.4.10: at 320 px, which is also 1280 px at four times the size, nothing scrolls sideways.
      await page.setViewportSize({ width: 320, height: 640 })
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320)
      await page.context().close()
    })

  test('without script: sign up, confirm, sign in, and on to the app through its callback', async () => {
    const page = await open('/signup', { javaScriptEnabled: false })
    await signUp(page, tour)
    await page.waitForURL(/\/confirm\?/)
    await page.fill('#code', await shop.lastCode())
    await page.click('.primary')
    await page.waitForURL(/\/login\?/)
    expect(await page.textContent('.notice')).toBe('Your account is confirmed. You can sign in now.')
    await page.fill('#password', password)
    await page.click('.primary')
    await page.waitForURL(/^http:\/\/localhost:\d+\/$/)
    expect(await page.title()).toBe('Home')
    await page.context().close()
  })

  test('without script: another way, a new code, a wrong one, and on to the app', async () => {
    const { factors } = tour.shops
    const page = await open('/login', { javaScriptEnabled: false }, factors)
    await signIn(page, 'all')
    await choose(page, 'SOFTWARE_TOKEN_MFA')
    await page.click('text=Use another way')
    await choose(page, 'SMS_MFA')
    factors.world.tick(1000)
    await page.click('text=Send a new one')
    expect(await page.textContent('.notice')).toMatch(/^A new code is on its way/)
    await page.fill('#code', '000000')
    await page.click('.primary')
    expect(await page.textContent('#code-fault')).toBe('This code is not right. Check it and try again.')
    await page.fill('#code', await factors.lastCode())
    await page.click('.primary')
    await page.waitForURL(/^http:\/\/localhost:\d+\/$/)
    await page.context().close()
  })

  test('without script: an authenticator app is set up by the typed key', async () => {
    const { strict } = tour.shops
    const page = await open('/login', { javaScriptEnabled: false }, strict)
    await signIn(page, 'bob')
    await page.click('details summary')
    const secret = (await page.textContent('.key')) ?? ''
    await page.fill('#code', codeOf(secret, strict.world.now()))
    await page.click('.primary')
    await page.waitForURL(/^http:\/\/localhost:\d+\/$/)
    await page.context().close()
  })

  test('by keyboard: a way is chosen, a code is typed with spaces, and Enter hands in', async () => {
    const page = await open('/login', {}, tour.shops.factors)
    await signIn(page, 'all')
    await page.waitForSelector('.option')
    for (let tabs = 0; tabs < 20; tabs++) {
      await page.keyboard.press('Tab')
      if ((await page.evaluate('document.activeElement?.value')) === 'SOFTWARE_TOKEN_MFA') break
    }
    await page.keyboard.press('Enter')
    await page.waitForSelector('#code')
    const code = tour.app('all')
    await page.keyboard.type(`${code.slice(0, 3)} ${code.slice(3)}`)
    await page.keyboard.press('Enter')
    await page.waitForURL(/^http:\/\/localhost:\d+\/$/)
    await page.context().close()
  })

  test('by keyboard: the fault has the focus, leads to its field, and Enter hands in', async () => {
    const page = await open('/login')
    const focus = () => page.evaluate('document.activeElement?.id || document.activeElement?.className')
    expect(await focus()).toBe('username')
    await page.keyboard.type('ada')
    await page.keyboard.press('Tab')
    expect(await focus()).toBe('password')
    await page.keyboard.type('Wrong-horse-1')
    await page.keyboard.press('Enter')
    await page.waitForSelector('.summary')
    expect(await page.title()).toBe('Error: Sign in – Sunny Shop')
    expect(await focus()).toBe('summary')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await expect.poll(focus).toBe('password')
    await page.context().close()
  })

  test('a password can be looked at, its rules follow it, and it is hidden again when handed in', async () => {
    const page = await open('/signup')
    const met = () => page.$$eval('.rules .met', (items) => items.map((item) => item.textContent))
    expect(await met()).toEqual([])
    await page.fill('#password', 'Correct1')
    expect(await met()).toEqual([
      '8+ characters (done)',
      'a capital letter (done)',
      'a small letter (done)',
      'a digit (done)',
    ])
    const reveal = page.getByRole('button', { name: 'Show password' })
    await reveal.click()
    expect(await page.getAttribute('#password', 'type')).toBe('text')
    expect(await reveal.getAttribute('aria-pressed')).toBe('true')
    expect(await page.textContent('[role=status]')).toBe('Your password is shown')
    await page.evaluate(`document.forms[0].addEventListener('submit', (event) => event.preventDefault())`)
    await page.click('.primary')
    expect(await page.getAttribute('#password', 'type')).toBe('password')
    await page.context().close()
  })

  test('a second click does not hand a form in twice', async () => {
    const page = await open('/login')
    const sent: string[] = []
    page.on('request', (request) => {
      if (request.method() === 'POST') sent.push(request.url())
    })
    await page.fill('#username', 'ada')
    await page.fill('#password', 'Wrong-horse-1')
    await page.evaluate(`for (const click of [1, 2]) document.querySelector('.primary').click(click)`)
    await page.waitForSelector('.summary')
    expect(sent).toHaveLength(1)
    await page.context().close()
  })

  test('what is hostile in an address does nothing', async () => {
    const payload = encodeURIComponent('"><script>window.hit=1</script><img src=x onerror="window.hit=1">')
    const page = await open(`/login${shop.query}&login_hint=${payload}&x=${payload}#${payload}`)
    await page.click('.primary')
    await page.waitForSelector('.summary')
    expect(await page.evaluate(`'hit' in window`)).toBe(false)
    expect(await page.$('img')).toBeNull()
    await page.context().close()
  })

  test('a page in a frame stays blank, and a form of another site is not taken', async () => {
    const attributes = { email: 'ada@example.com' }
    await register(shop.db, shop.world, shop, { username: 'ada', password, attributes })
    const evil = await listen(
      () =>
        new Response(
          `<iframe src="${base}/login${shop.query}"></iframe>
<form method="post" action="${base}/login${shop.query}"><input name="username" value="ada"><input name="password" value="${password}"><button>Win</button></form>`,
          { headers: { 'content-type': 'text/html' } },
        ),
    )
    closers.push(evil.stop)
    const context = await browser.newContext()
    const page = await context.newPage()
    await page.goto(`http://127.0.0.1:${evil.port}/`)
    await expect.poll(() => page.frames()[1]?.url()).toBe('chrome-error://chromewebdata/')
    await page.click('button')
    await page.waitForURL(/\/login\?/)
    expect(await page.textContent('.lead')).toBe('This form was sent from another site, so we have ignored it.')
    expect((await context.cookies()).map(({ name }) => name)).not.toContain('cognito')
    await context.close()
  })
})
