import { expect, test } from 'vitest'
import { callback } from '../../hosted.ts'
import { oidcModule, refusal } from '../driver.ts'

// request_uri is not supported: said so, advertised so, and nothing is fetched.
oidcModule('basic: request_uri-unsigned', (suite) => {
  test('request_uri_not_supported', async () => {
    expect(suite().config.serverMetadata().request_uri_parameter_supported).toBe(false)
    const answer = await refusal(suite(), { request_uri: 'https://example.com/request.jwt' })
    expect(answer).toMatchObject({ back: callback, error: 'request_uri_not_supported', state: true })
  })
})
