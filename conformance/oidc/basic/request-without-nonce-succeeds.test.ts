import { expect, test } from 'vitest'
import { oidcModule, signIn } from '../driver.ts'

// The code flow works without a nonce, and the ID token has none then.
oidcModule('basic: request-without-nonce-succeeds', (suite) => {
  test('there is no nonce', async () => {
    const { claims } = await signIn(suite(), { nonce: undefined })
    expect(claims.nonce).toBeUndefined()
  })
})
