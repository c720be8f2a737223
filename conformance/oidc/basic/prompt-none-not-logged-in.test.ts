import { expect, test } from 'vitest'
import { callback } from '../../hosted.ts'
import { oidcModule, refusal } from '../driver.ts'

// prompt=none shows no page: who is not signed in is an error.
oidcModule('basic: prompt-none-not-logged-in', (suite) => {
  test('login_required', async () => {
    const answer = await refusal(suite(), { prompt: 'none' })
    expect(answer).toEqual({ back: callback, error: 'login_required', state: true, iss: suite().house.issuer })
  })
})
