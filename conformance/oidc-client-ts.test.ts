import { readFileSync } from 'node:fs'
import { createServer, type Server as HttpServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { chromiumPath, launchChromium } from './chromium.ts'
import { addClient, buildHouse, type House } from './hosted.ts'
import { eachServer } from './server.ts'

// The client that AWS's own console recommends for browsers, unchanged, in a real one.
const bundle = readFileSync(
  join(
    dirname(createRequire(import.meta.url).resolve('oidc-client-ts/package.json')),
    'dist/browser/oidc-client-ts.min.js',
  ),
)

eachServer(
  'oidc-client-ts',
  (server) => {
    let house: House
    let site: HttpServer
    let origin: string
    let browser: Browser
    let clientId: string

    beforeAll(async () => {
      site = createServer((request, response) => {
        const script = request.url === '/oidc.js'
        response.setHeader('content-type', script ? 'text/javascript' : 'text/html')
        response.end(script ? bundle : '<!doctype html><title>app</title><script src="/oidc.js"></script>')
      })
      await new Promise<void>((resolve) => site.listen(0, 'localhost', () => resolve()))
      origin = `http://localhost:${(site.address() as AddressInfo).port}`
      house = await buildHouse(server())
      clientId = (await addClient(house, { CallbackURLs: [`${origin}/callback`], LogoutURLs: [`${origin}/`] })).id
      browser = await launchChromium()
    })
    afterAll(async () => {
      await browser?.close()
      site?.close()
    })

    /** Runs an expression in the page with `manager`, a UserManager, and gives its JSON value. */
    const run = (page: Page, expression: string): Promise<unknown> =>
      page.evaluate(`(async () => {
        const manager = new oidc.UserManager(${JSON.stringify({
          authority: house.issuer,
          client_id: clientId,
          redirect_uri: `${origin}/callback`,
          scope: 'openid email profile',
          loadUserInfo: true,
          revokeTokenTypes: ['refresh_token'],
        })})
        return ${expression}
      })()`)

    test('signs in, loads the user, renews silently, revokes', async () => {
      const page = await browser.newPage()
      await page.goto(`${origin}/`)
      await run(page, 'void manager.signinRedirect({ state: "basket" })')
      await page.waitForURL(`${house.domain}/**`)
      await page.fill('input[name=username]', house.username)
      await page.fill('input[name=password]', house.password)
      await page.keyboard.press('Enter')
      await page.waitForURL(`${origin}/callback**`)
      const user = (await run(page, 'await manager.signinCallback()')) as {
        access_token: string
        refresh_token: string
        state: string
        profile: Record<string, unknown>
      }
      expect(user.state).toBe('basket')
      expect(user.profile).toMatchObject({ username: house.username, email: house.email })

      // The callback is used up: the library finds no such state, and the code would redeem nothing.
      await expect(run(page, 'await manager.signinCallback()')).rejects.toThrow(/state/i)

      const renewed = (await run(page, 'await manager.signinSilent()')) as { access_token: string }
      expect(renewed.access_token).not.toBe(user.access_token)

      await run(page, 'await manager.revokeTokens(["refresh_token"])')
      const refused = await fetch(`${house.domain}/oauth2/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'refresh_token',
          client_id: clientId,
          refresh_token: user.refresh_token,
        }),
      })
      expect(refused.status).toBe(400)
      expect(await refused.json()).toEqual({ error: 'invalid_grant' })
      const info = await fetch(`${house.domain}/oauth2/userInfo`, {
        headers: { authorization: `Bearer ${renewed.access_token}` },
      })
      expect(info.status).toBe(401)
      await page.close()
    })
  },
  { skip: chromiumPath === undefined },
)
