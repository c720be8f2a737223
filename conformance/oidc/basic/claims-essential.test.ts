import * as oidc from 'openid-client'
import { expect, test } from 'vitest'
import { oidcModule, signIn } from '../driver.ts'

// claims is not supported and may be ignored; `name` is there all the same, since openid opens every readable attribute.
oidcModule('basic: claims-essential', (suite) => {
  test('succeeds', async () => {
    expect(suite().config.serverMetadata().claims_parameter_supported).toBe(false)
    const request = JSON.stringify({ userinfo: { name: { essential: true } } })
    const { tokens, claims } = await signIn(suite(), { claims: request })
    const info = await oidc.fetchUserInfo(suite().config, tokens.access_token, claims.sub)
    expect(info.name).toBe('Ada Lovelace')
  })
})
