import * as oidc from 'openid-client'
import { expect, test } from 'vitest'
import { oidcModule, signIn, strict, tagPool } from '../driver.ts'

// The scope profile. userInfo gives text alone, as on AWS, but to strict clients the types of OpenID Connect Core 5.1.
oidcModule(
  'basic: scope-profile',
  (suite) => {
    test('the claims of the scope are there, in their types', async () => {
      const { tokens, claims } = await signIn(suite(), { scope: 'openid profile' })
      const info = await oidc.fetchUserInfo(suite().config, tokens.access_token, claims.sub)
      expect(info).toMatchObject({ name: 'Ada Lovelace', given_name: 'Ada', family_name: 'Lovelace' })
    })

    test('AWS writes all of them as text', async () => {
      await tagPool(suite().server, suite().house, { 'poolhouse:strict': 'nobody' })
      const { tokens, claims } = await signIn(suite(), { scope: 'openid profile' })
      const info = await oidc.fetchUserInfo(suite().config, tokens.access_token, claims.sub)
      for (const value of Object.values(info)) expect(typeof value).toBe('string')
    })
  },
  { tags: strict },
)
