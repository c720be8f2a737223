// The account page and the choice of accounts of a running server, in a browser: without script but for the passkey.
import {
  AdminGetUserCommand,
  SetUserPoolMfaConfigCommand,
  UpdateUserPoolCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { Secret, TOTP } from 'otpauth'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { chromiumPath, launchChromium } from './chromium.ts'
import { addClient, addUser, authorizeUrl, buildHouse, callback, type House, signedOut } from './hosted.ts'
import { eachServer } from './server.ts'

eachServer(
  'the account page',
  (server) => {
    let browser: Browser
    beforeAll(async () => {
      browser = await launchChromium()
    })
    afterAll(() => browser?.close())

    async function visit(javaScriptEnabled: boolean): Promise<{ context: BrowserContext; page: Page }> {
      const context = await browser.newContext({ javaScriptEnabled })
      const page = await context.newPage()
      page.setDefaultTimeout(30_000)
      // The app, where nothing listens.
      await page.route(`${signedOut}**`, (route) =>
        route.fulfill({ contentType: 'text/html', body: '<title>app</title>' }),
      )
      return { context, page }
    }

    async function open(page: Page, house: House, below = ''): Promise<void> {
      const { id } = await addClient(house, { WriteAttributes: ['email', 'name'] })
      const query = new URLSearchParams({ client_id: id, redirect_uri: signedOut })
      await page.goto(`${house.domain}/account${below}?${query}`)
    }

    async function signIn(page: Page, { username, password }: Pick<House, 'username' | 'password'>): Promise<void> {
      await page.fill('#username', username)
      await page.fill('#password', password)
      await page.click('.primary')
    }

    const notice = (page: Page) => page.textContent('.notice')
    const read = async (house: House) => {
      const key = { UserPoolId: house.poolId, Username: house.username }
      const { UserAttributes = [], UserMFASettingList } = await server().api.send(new AdminGetUserCommand(key))
      return {
        attributes: Object.fromEntries(UserAttributes.map(({ Name, Value }) => [Name, Value])),
        UserMFASettingList,
      }
    }

    test('without script: profile, e-mail, password and an app, and back to the website', {
      timeout: 180_000,
    }, async () => {
      const house = await buildHouse(server())
      const { api } = server()
      const AttributesRequireVerificationBeforeUpdate = ['email' as const]
      const pool = { UserPoolId: house.poolId, AutoVerifiedAttributes: ['email' as const] }
      const UserAttributeUpdateSettings = { AttributesRequireVerificationBeforeUpdate }
      await api.send(new UpdateUserPoolCommand({ ...pool, UserAttributeUpdateSettings }))
      const mfa = { MfaConfiguration: 'OPTIONAL', SoftwareTokenMfaConfiguration: { Enabled: true } } as const
      await api.send(new SetUserPoolMfaConfigCommand({ UserPoolId: house.poolId, ...mfa }))
      const { page, context } = await visit(false)
      await open(page, house)
      await signIn(page, house)
      await page.click('a[href*="/account/profile"]')
      await page.fill('#name', 'Ada Lovelace')
      await page.click('.primary')
      expect(await notice(page)).toBe('Your changes are saved.')
      await page.click('a[href*="/account/email"]')
      const email = `new-${house.poolId}@example.com`
      await page.fill('#email', email)
      await page.click('.primary')
      await page.fill('#code', await server().code(email, 'UpdateUserAttribute'))
      await page.click('.primary')
      expect(await notice(page)).toBe('Your address is verified.')
      expect((await read(house)).attributes).toMatchObject({ name: 'Ada Lovelace', email, email_verified: 'true' })
      await page.click('a[href*="/account/password"]')
      await page.fill('#current', house.password)
      await page.fill('#password', 'Another-Horse-2')
      await page.click('.primary')
      expect(await notice(page)).toMatch(/^Your password is changed\./)
      await page.click('a[href*="/account/factors"]')
      await page.click('text=Set up')
      const uri = new URL((await page.getAttribute('a[href^="otpauth:"]', 'href')) ?? '')
      const totp = new TOTP({ secret: Secret.fromBase32(uri.searchParams.get('secret') ?? '') })
      await page.fill('#code', totp.generate())
      await page.click('.primary')
      expect(await notice(page)).toMatch(/^Your second step is changed\./)
      expect((await read(house)).UserMFASettingList).toEqual(['SOFTWARE_TOKEN_MFA'])
      await page.click('text=Back to your account')
      await page.click('text=Back to app')
      await page.waitForURL(signedOut)
      await open(page, house, '/sessions')
      expect(await page.textContent('.things')).toContain('This browser')
      await page.click('text=Back to your account')
      await page.click('button:has-text("Sign out")')
      await page.waitForURL(signedOut)
      await open(page, house)
      await signIn(page, { ...house, password: 'Another-Horse-2' })
      expect(await page.textContent('h1')).toBe('Enter your code')
      await context.close()
    })

    test('a passkey is added, renamed and deleted', { timeout: 120_000 }, async () => {
      const house = await buildHouse(server())
      const Policies = { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD' as const, 'WEB_AUTHN' as const] } }
      await server().api.send(new UpdateUserPoolCommand({ UserPoolId: house.poolId, Policies }))
      const { page, context } = await visit(true)
      const cdp = await context.newCDPSession(page)
      await cdp.send('WebAuthn.enable')
      const device = { protocol: 'ctap2', transport: 'internal', hasResidentKey: true } as const
      const options = { ...device, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true }
      await cdp.send('WebAuthn.addVirtualAuthenticator', { options })
      await open(page, house, '/passkeys')
      await signIn(page, house)
      await page.click('text=Add a passkey')
      await page.click('text=Create a passkey')
      expect(await notice(page)).toBe('You can sign in with your passkey now.')
      await page.click('details summary')
      await page.fill('#name-0', 'Kitchen laptop')
      await page.click('details button')
      expect(await page.textContent('.things .title')).toBe('Kitchen laptop')
      await page.click('button[value=delete]')
      expect(await notice(page)).toMatch(/^The passkey is deleted\./)
      await context.close()
    })

    test('without script: two people in one browser, a choice, and one signed out', { timeout: 120_000 }, async () => {
      const house = await buildHouse(server())
      await addUser(house, 'bob', house.password, 'bob@example.com')
      const client = await addClient(house)
      const { page, context } = await visit(false)
      const choose = () => page.goto(authorizeUrl(house, client, { prompt: 'select_account' }).href)
      const arrived = () => page.waitForURL(`${callback}?code=*`)
      await choose()
      await signIn(page, house)
      await arrived()
      await choose()
      await page.click('text=Use another account')
      await signIn(page, { ...house, username: 'bob' })
      await arrived()
      await choose()
      expect(await page.locator('.accounts .title').allTextContents()).toEqual(['bob', house.username])
      await page.click(`.accounts .option:has-text("${house.username}")`)
      await arrived()
      await choose()
      expect(await page.locator('.accounts .title').allTextContents()).toEqual([house.username, 'bob'])
      await page.locator('.accounts li', { hasText: 'bob' }).locator('.link').click()
      expect(await page.locator('.accounts .title').allTextContents()).toEqual([house.username])
      await context.close()
    })
  },
  { skip: chromiumPath === undefined },
)
