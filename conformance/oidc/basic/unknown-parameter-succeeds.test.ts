import { expect, test } from 'vitest'
import { oidcModule, signIn } from '../driver.ts'

// Parameters that nobody knows are ignored (RFC 6749 section 3.1).
oidcModule('basic: unknown-parameter-succeeds', (suite) => {
  test('succeeds', async () => {
    expect((await signIn(suite(), { extra: 'foobar' })).claims.sub).toBeTruthy()
  })
})
