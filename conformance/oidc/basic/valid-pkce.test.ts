import * as oidc from 'openid-client'
import { expect, test } from 'vitest'
import { ask, oidcModule, refusal, signIn, strict, tagPool } from '../driver.ts'

// A code is bound to its challenge; strict clients cannot leave it out, as AWS lets them.
oidcModule('basic: valid-pkce', (suite) => {
  test('succeeds with the verifier', async () => {
    expect((await signIn(suite())).claims.sub).toBeTruthy()
  })

  test('fails with another', async () => {
    const { back, checks } = await ask(suite())
    const wrong = { ...checks, pkceCodeVerifier: oidc.randomPKCECodeVerifier() }
    await expect(oidc.authorizationCodeGrant(suite().config, back, wrong)).rejects.toMatchObject({
      error: 'invalid_grant',
    })
  })

  test('with strict there is no request without it', async () => {
    await tagPool(suite().server, suite().house, strict)
    const without = { code_challenge: undefined, code_challenge_method: undefined }
    expect(await refusal(suite(), without)).toMatchObject({ error: 'invalid_request', state: true })
    expect((await signIn(suite())).claims.sub).toBeTruthy()
  })
})
