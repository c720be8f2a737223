import * as oidc from 'openid-client'
import { expect, test } from 'vitest'
import { oidcModule, signIn } from '../driver.ts'

// The happy flow: a code, tokens that hold, and what they open.
oidcModule('basic: server', (suite) => {
  test('a whole sign-in', async () => {
    const { tokens, claims } = await signIn(suite())
    expect(tokens).toMatchObject({ token_type: 'bearer', access_token: expect.any(String), expires_in: 3600 })
    expect(claims).toMatchObject({ iss: suite().house.issuer, aud: suite().client.id, auth_time: expect.any(Number) })
    expect(claims.exp).toBeGreaterThan(claims.iat)
    const info = await oidc.fetchUserInfo(suite().config, tokens.access_token, claims.sub)
    expect(info.sub).toBe(claims.sub)
  })
})
