import * as oidc from 'openid-client'
import { expect, test } from 'vitest'
import { locationOf, newVisitor } from '../../hosted.ts'
import { isSignedIn, oidcModule, rpInitiatedLogout, signIn } from '../driver.ts'

// With an ID token alone the visitor is signed out, and sees a page that says so.
oidcModule(
  'logout: no-redirect-uri',
  (suite) => {
    test('signed out', async () => {
      const visitor = newVisitor()
      const { tokens } = await signIn(suite(), {}, visitor)
      const address = oidc.buildEndSessionUrl(suite().config, { id_token_hint: tokens.id_token ?? '', state: 'kept' })
      const left = locationOf(await visitor.get(address))
      expect(left).toBe(`${suite().house.domain}/signedout`)
      expect((await visitor.get(left)).status).toBe(200)
      expect(await isSignedIn(suite(), visitor)).toBe(false)
    })
  },
  { tags: rpInitiatedLogout },
)
