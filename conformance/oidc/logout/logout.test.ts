import * as oidc from 'openid-client'
import { expect, test } from 'vitest'
import { locationOf, newVisitor, signedOut } from '../../hosted.ts'
import { isSignedIn, oidcModule, rpInitiatedLogout, signIn, tagPool } from '../driver.ts'

// An ID token of whoever is signed in signs out at once, and leads back with the state. OpenID Connect RP-Initiated Logout is not AWS’s: it is switched on by the tag poolhouse:rp-initiated-logout.
oidcModule(
  'logout: logout',
  (suite) => {
    test('signs out and leads back', async () => {
      const visitor = newVisitor()
      const { tokens } = await signIn(suite(), {}, visitor)
      const state = oidc.randomState()
      const address = oidc.buildEndSessionUrl(suite().config, {
        id_token_hint: tokens.id_token ?? '',
        post_logout_redirect_uri: signedOut,
        state,
      })
      expect(locationOf(await visitor.get(address))).toBe(`${signedOut}?state=${state}`)
      expect(await isSignedIn(suite(), visitor)).toBe(false)
    })

    test('by POST too', async () => {
      const visitor = newVisitor()
      const { tokens } = await signIn(suite(), {}, visitor)
      const body = new URLSearchParams({ id_token_hint: tokens.id_token ?? '', post_logout_redirect_uri: signedOut })
      const posted = await fetch(`${suite().house.domain}/logout`, { method: 'POST', body, redirect: 'manual' })
      expect(posted.status).toBe(303)
      expect(locationOf(await visitor.get(locationOf(posted)))).toBe(signedOut)
      expect(await isSignedIn(suite(), visitor)).toBe(false)
    })

    test('an ID token that is old is good enough', async () => {
      const visitor = newVisitor()
      const { tokens } = await signIn(suite(), {}, visitor)
      suite().server.tick(25 * 60 * 60 * 1000)
      const hint = { id_token_hint: tokens.id_token ?? '', post_logout_redirect_uri: signedOut }
      expect(locationOf(await visitor.get(oidc.buildEndSessionUrl(suite().config, hint)))).toBe(signedOut)
      suite().server.tick(-25 * 60 * 60 * 1000)
    })

    test('without the tag it is what AWS says: a page', async () => {
      const visitor = newVisitor()
      const { tokens } = await signIn(suite(), {}, visitor)
      await tagPool(suite().server, suite().house, { 'poolhouse:rp-initiated-logout': 'nobody' })
      const hint = { id_token_hint: tokens.id_token ?? '', post_logout_redirect_uri: signedOut }
      expect((await visitor.get(oidc.buildEndSessionUrl(suite().config, hint))).status).toBe(400)
      expect(await isSignedIn(suite(), visitor)).toBe(true)
    })
  },
  { tags: rpInitiatedLogout },
)
