import { expect, test } from 'vitest'
import { oidcModule, signIn } from '../driver.ts'

// display=popup is a wish; the request must succeed.
oidcModule('basic: display-popup', (suite) => {
  test('succeeds', async () => {
    expect((await signIn(suite(), { display: 'popup' })).claims.sub).toBeTruthy()
  })
})
