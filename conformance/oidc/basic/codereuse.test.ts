import * as oidc from 'openid-client'
import { expect, test } from 'vitest'
import { ask, oidcModule } from '../driver.ts'

// A code is good once.
oidcModule('basic: codereuse', (suite) => {
  test('its second use is an error', async () => {
    const { back, checks } = await ask(suite())
    await oidc.authorizationCodeGrant(suite().config, back, checks)
    const again = oidc.authorizationCodeGrant(suite().config, back, checks)
    await expect(again).rejects.toMatchObject({ error: 'invalid_grant', status: 400 })
  })
})
