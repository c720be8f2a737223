import * as oidc from 'openid-client'
import { expect, test } from 'vitest'
import { oidcModule, signIn, strict, tagPool } from '../driver.ts'

// The scope email. AWS writes email_verified as text in userInfo; for strict clients it is the boolean of OpenID Connect Core 5.1.
oidcModule(
  'basic: scope-email',
  (suite) => {
    test('the claims of the scope are there, in their types', async () => {
      const { tokens, claims } = await signIn(suite(), { scope: 'openid email' })
      const info = await oidc.fetchUserInfo(suite().config, tokens.access_token, claims.sub)
      expect(info).toMatchObject({ email: 'ada@example.com', email_verified: true })
    })

    test('AWS writes all of them as text', async () => {
      await tagPool(suite().server, suite().house, { 'poolhouse:strict': 'nobody' })
      const { tokens, claims } = await signIn(suite(), { scope: 'openid email' })
      const info = await oidc.fetchUserInfo(suite().config, tokens.access_token, claims.sub)
      for (const value of Object.values(info)) expect(typeof value).toBe('string')
    })
  },
  { tags: strict },
)
