import * as oidc from 'openid-client'
import { expect, test } from 'vitest'
import { oidcModule, signIn, strict, tagPool } from '../driver.ts'

// All scopes that are advertised. Strict, since AWS writes booleans as text in userInfo.
oidcModule(
  'basic: scope-all',
  (suite) => {
    test('the claims of the scope are there, in their types', async () => {
      const { tokens, claims } = await signIn(suite(), { scope: 'openid email phone profile' })
      const info = await oidc.fetchUserInfo(suite().config, tokens.access_token, claims.sub)
      expect(info).toMatchObject({
        name: 'Ada Lovelace',
        email: 'ada@example.com',
        email_verified: true,
        phone_number_verified: true,
      })
    })

    test('AWS writes all of them as text', async () => {
      await tagPool(suite().server, suite().house, { 'poolhouse:strict': 'nobody' })
      const { tokens, claims } = await signIn(suite(), { scope: 'openid email phone profile' })
      const info = await oidc.fetchUserInfo(suite().config, tokens.access_token, claims.sub)
      for (const value of Object.values(info)) expect(typeof value).toBe('string')
    })
  },
  { tags: strict },
)
