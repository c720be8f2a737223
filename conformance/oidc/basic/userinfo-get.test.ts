import { expect, test } from 'vitest'
import { oidcModule, signIn } from '../driver.ts'

// userInfo by GET, with the token in the header.
oidcModule('basic: userinfo-get', (suite) => {
  test('says who the token is about', async () => {
    const { tokens, claims } = await signIn(suite())
    const address = suite().config.serverMetadata().userinfo_endpoint ?? ''
    const token = tokens.access_token
    const response = await fetch(address, { headers: { authorization: `Bearer ${token}` } })
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toContain('application/json')
    expect(await response.json()).toMatchObject({ sub: claims.sub })
  })
})
