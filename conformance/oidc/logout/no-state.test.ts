import * as oidc from 'openid-client'
import { expect, test } from 'vitest'
import { locationOf, newVisitor, signedOut } from '../../hosted.ts'
import { isSignedIn, oidcModule, rpInitiatedLogout, signIn } from '../driver.ts'

// Without state the address is followed as it is.
oidcModule(
  'logout: no-state',
  (suite) => {
    test('no state is made up', async () => {
      const visitor = newVisitor()
      const { tokens } = await signIn(suite(), {}, visitor)
      const hint = { id_token_hint: tokens.id_token ?? '', post_logout_redirect_uri: signedOut }
      expect(locationOf(await visitor.get(oidc.buildEndSessionUrl(suite().config, hint)))).toBe(signedOut)
      expect(await isSignedIn(suite(), visitor)).toBe(false)
    })
  },
  { tags: rpInitiatedLogout },
)
