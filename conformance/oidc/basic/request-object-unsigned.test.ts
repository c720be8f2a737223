import { expect, test } from 'vitest'
import { callback } from '../../hosted.ts'
import { oidcModule, refusal } from '../driver.ts'

// Request objects are not supported, which is said rather than half obeyed.
oidcModule('basic: request-object-unsigned', (suite) => {
  test('request_not_supported', async () => {
    expect(suite().config.serverMetadata().request_parameter_supported).toBe(false)
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const request = `${encode({ alg: 'none' })}.${encode({ client_id: suite().client.id, nonce: 'inside' })}.`
    const answer = await refusal(suite(), { request })
    expect(answer).toMatchObject({ back: callback, error: 'request_not_supported', state: true })
  })
})
