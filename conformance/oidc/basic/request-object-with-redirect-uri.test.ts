import { expect, test } from 'vitest'
import { callback } from '../../hosted.ts'
import { oidcModule, refusal } from '../driver.ts'

// An address in a request object is followed as little as the rest of it.
oidcModule('basic: request-object-with-redirect-uri', (suite) => {
  test('request_not_supported', async () => {
    expect(suite().config.serverMetadata().request_parameter_supported).toBe(false)
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const request = `${encode({ alg: 'none' })}.${encode({ redirect_uri: 'https://evil.example/' })}.`
    const answer = await refusal(suite(), { request })
    expect(answer).toMatchObject({ back: callback, error: 'request_not_supported', state: true })
  })
})
