import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumPath } from '../../../../../conformance/chromium.ts'
import { listen } from '../../../test/tour.ts'
import { listPasskeys } from '../../sign-in/factors/passkeys.ts'
import { updateUser } from '../../store/users.ts'
import { addUser, openDomain, password, type TestDomain } from '../test.ts'

const lastPassword = 'input[name=password]'

describe.skipIf(!chromiumPath)('passkeys in Chromium', { timeout: 90_000 }, () => {
  let shop: TestDomain
  let browser: Browser
  const closers: (() => Promise<unknown>)[] = []

  beforeAll(async () => {
    const app = await listen((request) => shop.app.fetch(request))
    const home = await listen(() => new Response('<title>Home</title>', { headers: { 'content-type': 'text/html' } }))
    shop = await openDomain({
      pool: { Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'WEB_AUTHN'] } } },
      client: {
        ExplicitAuthFlows: ['ALLOW_USER_AUTH'],
        CallbackURLs: [`http://localhost:${home.port}/callback`],
      },
      domain: { url: `http://localhost:${app.port}/domains/shop` },
    })
    browser = await chromium.launch({ executablePath: chromiumPath ?? '', args: ['--no-sandbox', '--disable-gpu'] })
    closers.push(() => browser.close(), app.stop, home.stop)
  }, 90_000)
  afterAll(async () => {
    for (const close of closers) await close()
  })

  let people = 0
  const newName = () => `visitor${people++}`
  const at = (address: string) => `${shop.domain.url}${address}${shop.query}`
  const heading = (page: Page, text: string) =>
    page.waitForFunction(`document.querySelector('h1')?.textContent === ${JSON.stringify(text)}`)
  const atApp = (page: Page) => page.waitForURL(/\/callback\?code=[0-9a-f-]{36}&state=state-1&iss=http[^&]*$/)

  /** A browser with a device that keeps passkeys and whose owner is there. */
  async function openDevice(): Promise<{ context: BrowserContext; page: Page; offerInField(): void }> {
    const context = await browser.newContext()
    const page = await context.newPage()
    page.setDefaultTimeout(20_000)
    // An owner who says yes to everything would choose the passkey in the name field before a test can do anything else.
    let offers = false
    await page.exposeFunction('offersInField', () => offers)
    await page.addInitScript(
      'if (window.PublicKeyCredential) PublicKeyCredential.isConditionalMediationAvailable = () => offersInField()',
    )
    page.on('pageerror', (error) => expect.fail(error.message))
    const cdp = await context.newCDPSession(page)
    await cdp.send('WebAuthn.enable')
    await cdp.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    })
    return {
      context,
      page,
      offerInField: () => {
        offers = true
      },
    }
  }

  /** A device with a passkey of a new user, made on the page for it. */
  async function openWithPasskey() {
    const username = newName()
    const user = await addUser(shop, username)
    const device = await openDevice()
    const { page } = device
    await page.goto(at('/passkeys/add'))
    await heading(page, 'Sign in')
    await page.fill('#username', username)
    await page.click('.primary')
    await page.fill(lastPassword, password)
    await page.click('.primary')
    await heading(page, 'Sign in faster next time')
    expect(page.url()).not.toContain('then=')
    await page.click('.primary')
    await atApp(page)
    await device.context.clearCookies()
    return { ...device, username, user }
  }

  /** What a browser would have handed in, caught on its way. */
  async function caught(page: Page, address: string, act: () => Promise<unknown>): Promise<Record<string, string>> {
    const matches = (url: URL) => url.href.includes(address)
    const sent = Promise.withResolvers<string>()
    await page.route(matches, async (route) => {
      if (route.request().method() !== 'POST') return route.continue()
      await route.abort()
      sent.resolve(route.request().postData() ?? '')
    })
    await act()
    const body = await sent.promise
    await page.unroute(matches)
    return Object.fromEntries(new URLSearchParams(body))
  }

  async function handIn(context: BrowserContext, address: string, form: Record<string, string>) {
    const answer = await context.request.post(at(address), { form, maxRedirects: 0 })
    return { status: answer.status(), location: answer.headers().location ?? '', html: await answer.text() }
  }

  /** A form token of a browser that was never here. */
  async function newToken(context: BrowserContext): Promise<string> {
    const html = await (await context.request.get(at('/login'))).text()
    return /name="_csrf" value="([^"]*)"/.exec(html)?.[1] ?? ''
  }

  test('a passkey is made after the sign-in, and signs in by name and without one', async () => {
    const { page, context, username, user, offerInField } = await openWithPasskey()
    expect(await listPasskeys(shop.db, user)).toMatchObject([{ relyingParty: 'localhost', attachment: 'platform' }])
    await page.goto(at('/login'))
    await page.fill('#username', username)
    await page.click('.primary')
    await heading(page, 'Choose how to sign in')
    await page.click('[value=WEB_AUTHN]')
    await atApp(page)
    await context.clearCookies()
    await page.goto(at('/login'))
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await atApp(page)
    await context.clearCookies()
    // Chosen among the names of the field (conditional mediation).
    offerInField()
    await page.goto(at('/login'))
    await atApp(page)
    await context.close()
  })

  test('one passkey a device; who does not want one goes on', async () => {
    const { page, context, username, user } = await openWithPasskey()
    await page.goto(at('/passkeys/add'))
    await page.fill('#username', username)
    await page.click('.primary')
    await page.click('[value=PASSWORD]')
    await page.fill(lastPassword, password)
    await page.click('.primary')
    await heading(page, 'Sign in faster next time')
    await page.click('.primary')
    await page.getByRole('alert').filter({ hasText: 'This device has a passkey for this account already.' }).waitFor()
    await page.getByRole('button', { name: 'Not now' }).click()
    await atApp(page)
    expect(await listPasskeys(shop.db, user)).toHaveLength(1)
    await context.close()
  })

  test('whoever finds a browser open cannot add a passkey to its account', async () => {
    const { page, context } = await openDevice()
    const username = newName()
    await addUser(shop, username)
    await page.goto(at('/login'))
    await page.fill('#username', username)
    await page.click('.primary')
    await page.fill(lastPassword, password)
    await page.click('.primary')
    await atApp(page)
    await page.goto(at('/passkeys/add'))
    await heading(page, 'Sign in faster next time')
    shop.world.tick(60 * 60_000)
    await page.reload()
    await heading(page, 'Sign in')
    await context.close()
  })

  // WA1, WA2, WA3: an answer is good for one browser, for five minutes, once.
  test('what a passkey signed works in its browser, once', async () => {
    const { page, context } = await openWithPasskey()
    await page.goto(at('/login'))
    const form = await caught(page, '/passkey/offered', () =>
      page.getByRole('button', { name: 'Sign in with a passkey' }).click(),
    )
    const thief = await browser.newContext()
    const stolen = await handIn(thief, '/passkey/offered', { ...form, _csrf: await newToken(thief) })
    expect(stolen).toMatchObject({ status: 400, location: '' })
    expect(stolen.html).toContain('That took a little long. Please try again.')
    expect((await handIn(thief, '/passkey/offered', form)).status).toBe(403)
    const malformed = await handIn(context, '/passkey/offered', { ...form, credential: '{"id":1}' })
    expect(malformed.html).toContain('This passkey did not work.')
    expect((await handIn(context, '/passkey/offered', form)).location).toMatch(/callback\?code=/)
    const replayed = await handIn(context, '/passkey/offered', form)
    expect(replayed.html).toContain('That took a little long. Please try again.')
    await thief.close()
    await context.close()
  })

  test('what a passkey signed is void after five minutes, and for an account that is disabled or gone', async () => {
    const { page, context, user } = await openWithPasskey()
    const sign = async () => {
      await page.goto(at('/login'))
      return caught(page, '/passkey/offered', () =>
        page.getByRole('button', { name: 'Sign in with a passkey' }).click(),
      )
    }
    const late = await sign()
    shop.world.tick(5 * 60_000)
    expect((await handIn(context, '/passkey/offered', late)).html).toContain('That took a little long.')
    await updateUser(shop.db, user, { enabled: false }, shop.world.now())
    const disabled = await handIn(context, '/passkey/offered', await sign())
    expect([disabled.status, disabled.location]).toEqual([400, ''])
    expect(disabled.html).toContain('This account is disabled.')
    await shop.db.deleteFrom('users').where('id', '=', user.id).execute()
    const gone = await handIn(context, '/passkey/offered', await sign())
    expect(gone.html).toContain('This passkey did not work.')
    await context.close()
  })

  test('the passkey of somebody else is no answer for a name, and burns the question', async () => {
    const mine = await openWithPasskey()
    const theirs = await openWithPasskey()
    const ask = async ({ page }: typeof mine, username: string) => {
      await page.goto(at('/login'))
      await page.fill('#username', username)
      await page.click('.primary')
      return caught(page, '/passkey?', () => page.click('[value=WEB_AUTHN]'))
    }
    const answer = await ask(mine, mine.username)
    const question = await ask(theirs, theirs.username)
    const wrong = await handIn(theirs.context, '/passkey', { ...question, credential: answer.credential ?? '' })
    expect([wrong.status, wrong.location]).toEqual([400, ''])
    expect(wrong.html).toContain('This passkey did not work. Try again, or use another way.')
    const late = await handIn(theirs.context, '/passkey', question)
    expect(late.location).toContain('/login?')
    expect((await handIn(mine.context, '/passkey', answer)).location).toMatch(/callback\?code=/)
    for (const { context } of [mine, theirs]) await context.close()
  })

  test('who gives up is told so, and may try again', async () => {
    const { page, context } = await openWithPasskey()
    await page.goto(at('/login'))
    await page.evaluate(`navigator.credentials.get = () => Promise.reject(new DOMException('no', 'NotAllowedError'))`)
    const button = page.getByRole('button', { name: 'Sign in with a passkey' })
    await button.click()
    await page.getByRole('alert').filter({ hasText: 'Nothing was chosen, or it took too long.' }).waitFor()
    await page.reload()
    await button.click()
    await atApp(page)
    await context.close()
  })

  test('without script there is no button that could not work, and the page of a passkey says why', async () => {
    const { username, context: first } = await openWithPasskey()
    await first.close()
    const context = await browser.newContext({ javaScriptEnabled: false })
    const page = await context.newPage()
    await page.goto(at('/login'))
    expect(await page.isVisible('.secondary')).toBe(false)
    await page.fill('#username', username)
    await page.click('.primary')
    await page.click('[value=WEB_AUTHN]')
    await page.click('.primary')
    expect(await page.textContent('.summary li')).toMatch(/^Passkeys need JavaScript/)
    await page.click('.link')
    await page.click('[value=PASSWORD]')
    await page.fill(lastPassword, password)
    await page.click('.primary')
    await atApp(page)
    await context.close()
  })
})
