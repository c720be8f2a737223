import { expect, test } from 'vitest'
import { oidcModule, signIn } from '../driver.ts'

// userInfo by POST, with the token in the header.
oidcModule('basic: userinfo-post-header', (suite) => {
  test('says who the token is about', async () => {
    const { tokens, claims } = await signIn(suite())
    const address = suite().config.serverMetadata().userinfo_endpoint ?? ''
    const token = tokens.access_token
    const response = await fetch(address, { method: 'POST', headers: { authorization: `Bearer ${token}` } })
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toContain('application/json')
    expect(await response.json()).toMatchObject({ sub: claims.sub })
  })
})
