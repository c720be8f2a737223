import { expect, test } from 'vitest'
import { oidcModule, signIn } from '../driver.ts'

// display=page is a wish; the request must succeed.
oidcModule('basic: display-page', (suite) => {
  test('succeeds', async () => {
    expect((await signIn(suite(), { display: 'page' })).claims.sub).toBeTruthy()
  })
})
