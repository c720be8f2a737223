import * as oidc from 'openid-client'
import { expect, test } from 'vitest'
import { discover, oidcModule, signIn } from '../driver.ts'

// The client may send its secret in the form.
oidcModule('basic: client-secret-post', (suite) => {
  test('succeeds', async () => {
    const { house, client } = suite()
    const config = await discover(house, client, oidc.ClientSecretPost(client.secret))
    expect((await signIn({ ...suite(), config })).claims.aud).toBe(client.id)
  })
})
