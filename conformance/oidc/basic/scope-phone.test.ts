import * as oidc from 'openid-client'
import { expect, test } from 'vitest'
import { oidcModule, signIn, strict, tagPool } from '../driver.ts'

// The scope phone. AWS writes phone_number_verified as text in userInfo; for strict clients it is a boolean.
oidcModule(
  'basic: scope-phone',
  (suite) => {
    test('the claims of the scope are there, in their types', async () => {
      const { tokens, claims } = await signIn(suite(), { scope: 'openid phone' })
      const info = await oidc.fetchUserInfo(suite().config, tokens.access_token, claims.sub)
      expect(info).toMatchObject({ phone_number: '+491701234567', phone_number_verified: true })
    })

    test('AWS writes all of them as text', async () => {
      await tagPool(suite().server, suite().house, { 'poolhouse:strict': 'nobody' })
      const { tokens, claims } = await signIn(suite(), { scope: 'openid phone' })
      const info = await oidc.fetchUserInfo(suite().config, tokens.access_token, claims.sub)
      for (const value of Object.values(info)) expect(typeof value).toBe('string')
    })
  },
  { tags: strict },
)
