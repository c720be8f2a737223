import { expect, test } from 'vitest'
import { oidcModule, signIn } from '../driver.ts'

// ui_locales with a language that the pages have not must not be an error.
oidcModule('basic: ui-locales', (suite) => {
  test('succeeds', async () => {
    expect((await signIn(suite(), { ui_locales: 'se' })).claims.sub).toBeTruthy()
  })
})
