import { expect, test } from 'vitest'
import { callback } from '../../hosted.ts'
import { oidcModule, refusal } from '../driver.ts'

// Cognito has no scope address (API reference, AllowedOAuthScopes). It is not advertised, which the suite takes for a skip.
oidcModule('basic: scope-address', (suite) => {
  test('is neither advertised nor given', async () => {
    expect(suite().config.serverMetadata().scopes_supported).not.toContain('address')
    expect(await refusal(suite(), { scope: 'openid address' })).toMatchObject({
      back: callback,
      error: 'invalid_scope',
    })
  })
})
