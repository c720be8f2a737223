import { expect, test } from 'vitest'
import { oidcModule, signIn } from '../driver.ts'

// claims_locales must not be an error.
oidcModule('basic: claims-locales', (suite) => {
  test('succeeds', async () => {
    expect((await signIn(suite(), { claims_locales: 'se' })).claims.sub).toBeTruthy()
  })
})
