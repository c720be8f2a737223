import { expect, test } from 'vitest'
import { oidcModule, signIn } from '../driver.ts'

// userInfo by POST, with the token in the form (RFC 6750 section 2.2), which AWS does not document.
oidcModule('basic: userinfo-post-body', (suite) => {
  test('says who the token is about', async () => {
    const { tokens, claims } = await signIn(suite())
    const address = suite().config.serverMetadata().userinfo_endpoint ?? ''
    const token = tokens.access_token
    const response = await fetch(address, { method: 'POST', body: new URLSearchParams({ access_token: token }) })
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toContain('application/json')
    expect(await response.json()).toMatchObject({ sub: claims.sub })
  })
})
