import { expect, test } from 'vitest'
import { oidcModule } from '../driver.ts'

// The discovery document: issuer, endpoints, keys and what is supported.
oidcModule('config: discovery', (suite) => {
  test('the issuer is the address it was read at', () => {
    expect(suite().config.serverMetadata().issuer).toBe(suite().house.issuer)
  })

  test('every endpoint is absolute and as safe as the issuer', () => {
    const metadata = suite().config.serverMetadata()
    const endpoints = Object.entries(metadata).filter(([name]) => /_endpoint$|^jwks_uri$/.test(name))
    expect(endpoints.map(([name]) => name).sort()).toEqual([
      'authorization_endpoint',
      'end_session_endpoint',
      'jwks_uri',
      'revocation_endpoint',
      'token_endpoint',
      'userinfo_endpoint',
    ])
    for (const [, address] of endpoints) {
      const url = new URL(String(address))
      expect(url.protocol).toBe(new URL(metadata.issuer).protocol)
      expect(url.hash).toBe('')
    }
  })

  test('what must be supported is', () => {
    expect(suite().config.serverMetadata()).toMatchObject({
      response_types_supported: expect.arrayContaining(['code']),
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: expect.arrayContaining(['RS256']),
      scopes_supported: expect.arrayContaining(['openid']),
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
    })
  })

  test('the keys are public, of one use, and named once', async () => {
    const response = await fetch(suite().config.serverMetadata().jwks_uri ?? '')
    const { keys } = (await response.json()) as { keys: Record<string, string>[] }
    expect(new Set(keys.map(({ kid }) => kid)).size).toBe(keys.length)
    expect(keys.length).toBeGreaterThan(0)
    for (const key of keys) {
      expect(key).toMatchObject({ kty: 'RSA', use: 'sig', alg: 'RS256' })
      expect(Object.keys(key).filter((name) => ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'].includes(name))).toEqual([])
    }
  })
})
