import * as oidc from 'openid-client'
import { expect, test } from 'vitest'
import { ask, oidcModule } from '../driver.ts'

// A code used again half a minute later is an error, and ends what the first use gave (RFC 6749 section 4.1.2).
oidcModule('basic: codereuse-30seconds', (suite) => {
  test('its second use ends the first one’s tokens', async () => {
    const { config, server } = suite()
    const { back, checks } = await ask(suite())
    const tokens = await oidc.authorizationCodeGrant(config, back, checks)
    const sub = tokens.claims()?.sub ?? ''
    expect((await oidc.fetchUserInfo(config, tokens.access_token, sub)).sub).toBe(sub)
    server.tick(30_000)
    const again = oidc.authorizationCodeGrant(config, back, checks)
    await expect(again).rejects.toMatchObject({ error: 'invalid_grant', status: 400 })
    await expect(oidc.fetchUserInfo(config, tokens.access_token, sub)).rejects.toMatchObject({ status: 401 })
  })
})
