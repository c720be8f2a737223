import { expect, test } from 'vitest'
import { callback } from '../../hosted.ts'
import { oidcModule, refusal } from '../driver.ts'

// Without response_type the request is an error, told to the client since its address is right.
oidcModule('basic: response-type-missing', (suite) => {
  test('the client hears of it', async () => {
    const answer = await refusal(suite(), { response_type: '' })
    expect(answer).toEqual({ back: callback, error: 'invalid_request', state: true, iss: suite().house.issuer })
  })
})
