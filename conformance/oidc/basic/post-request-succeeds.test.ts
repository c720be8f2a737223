import * as oidc from 'openid-client'
import { expect, test } from 'vitest'
import { locationOf, signInAt } from '../../hosted.ts'
import { oidcModule, requestOf } from '../driver.ts'

// The authorization request may come by POST (OpenID Connect Core 3.1.2.1), which AWS does not document.
oidcModule('basic: post-request-succeeds', (suite) => {
  test('succeeds', async () => {
    const { address, checks } = await requestOf(suite())
    const posted = await fetch(address.origin + address.pathname, {
      method: 'POST',
      body: address.searchParams,
      redirect: 'manual',
    })
    expect(posted.status).toBe(303)
    const back = await signInAt(locationOf(posted), suite().house)
    const tokens = await oidc.authorizationCodeGrant(suite().config, back, checks)
    expect(tokens.claims()?.sub).toBeTruthy()
  })
})
