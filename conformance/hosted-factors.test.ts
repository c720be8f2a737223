// The hosted pages of a running server with factors besides the password, in a browser, up to the app's address.
import {
  AdminGetUserAuthFactorsCommand,
  AdminGetUserCommand,
  SetUserPoolMfaConfigCommand,
  UpdateUserPoolCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { Secret, TOTP } from 'otpauth'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { chromiumPath, launchChromium } from './chromium.ts'
import { addClient, buildHouse, callback, type House } from './hosted.ts'
import { eachServer } from './server.ts'

eachServer(
  'factors on the hosted pages',
  (server) => {
    let browser: Browser
    beforeAll(async () => {
      browser = await launchChromium()
    })
    afterAll(() => browser?.close())

    /** A browser, and what it is sent to when it goes back to the app, where nothing listens. */
    async function visit(): Promise<{ context: BrowserContext; page: Page; arrived: () => Promise<string> }> {
      const context = await browser.newContext()
      const page = await context.newPage()
      page.setDefaultTimeout(20_000)
      const seen: string[] = []
      await page.route(`${callback}**`, (route) => {
        seen.push(route.request().url())
        return route.fulfill({ contentType: 'text/html', body: '<title>app</title>' })
      })
      const arrived = async () => {
        await page.waitForURL(`${callback}?code=*`)
        return new URL(page.url()).searchParams.get('code') ?? ''
      }
      return { context, page, arrived }
    }

    async function addressOf(house: House, page: string, flows: ('ALLOW_USER_AUTH' | 'ALLOW_USER_SRP_AUTH')[]) {
      const { id } = await addClient(house, { ExplicitAuthFlows: flows })
      const query = new URLSearchParams({ client_id: id, redirect_uri: callback, response_type: 'code' })
      return `${house.domain}${page}?${query}`
    }

    test('an authenticator app is set up on the way in, and asked for from then on', { timeout: 90_000 }, async () => {
      const house = await buildHouse(server())
      const { api } = server()
      const mfa = { MfaConfiguration: 'ON', SoftwareTokenMfaConfiguration: { Enabled: true } } as const
      await api.send(new SetUserPoolMfaConfigCommand({ UserPoolId: house.poolId, ...mfa }))
      const { page, context, arrived } = await visit()
      const address = await addressOf(house, '/login', ['ALLOW_USER_SRP_AUTH'])
      const signIn = async () => {
        await page.goto(address)
        await page.fill('#username', house.username)
        await page.fill('#password', house.password)
        await page.click('.primary')
      }
      await signIn()
      const uri = new URL((await page.getAttribute('a[href^="otpauth:"]', 'href')) ?? '')
      const totp = new TOTP({ secret: Secret.fromBase32(uri.searchParams.get('secret') ?? '') })
      let time = Date.now()
      await page.fill('#code', totp.generate({ timestamp: time }))
      await page.click('.primary')
      expect(await arrived()).toMatch(/^[0-9a-f-]{36}$/)
      const user = await api.send(new AdminGetUserCommand({ UserPoolId: house.poolId, Username: house.username }))
      expect(user.UserMFASettingList).toEqual(['SOFTWARE_TOKEN_MFA'])
      await context.clearCookies()
      await signIn()
      server().tick(60_000)
      time = Date.now() + 60_000
      await page.fill('#code', totp.generate({ timestamp: time }))
      await page.click('.primary')
      expect(await arrived()).toMatch(/^[0-9a-f-]{36}$/)
      await context.close()
    })

    test('a passkey is added at its own address, and signs in', { timeout: 90_000 }, async () => {
      const house = await buildHouse(server())
      const { api } = server()
      const Policies = { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD' as const, 'WEB_AUTHN' as const] } }
      await api.send(new UpdateUserPoolCommand({ UserPoolId: house.poolId, Policies }))
      const { page, context, arrived } = await visit()
      await page.addInitScript(
        'if (window.PublicKeyCredential) PublicKeyCredential.isConditionalMediationAvailable = async () => false',
      )
      const cdp = await context.newCDPSession(page)
      await cdp.send('WebAuthn.enable')
      const device = {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
      } as const
      const options = { ...device, isUserVerified: true, automaticPresenceSimulation: true }
      await cdp.send('WebAuthn.addVirtualAuthenticator', { options })
      await page.goto(await addressOf(house, '/passkeys/add', ['ALLOW_USER_AUTH']))
      await page.fill('#username', house.username)
      await page.click('.primary')
      await page.fill('#password', house.password)
      await page.click('.primary')
      await page.click('text=Create a passkey')
      expect(await arrived()).toMatch(/^[0-9a-f-]{36}$/)
      const asked = { UserPoolId: house.poolId, Username: house.username }
      const factors = await api.send(new AdminGetUserAuthFactorsCommand(asked))
      expect(factors.ConfiguredUserAuthFactors).toEqual(['PASSWORD', 'WEB_AUTHN'])
      await context.clearCookies()
      await page.goto(await addressOf(house, '/login', ['ALLOW_USER_AUTH']))
      await page.click('text=Sign in with a passkey')
      expect(await arrived()).toMatch(/^[0-9a-f-]{36}$/)
      await context.close()
    })
  },
  { skip: chromiumPath === undefined },
)
