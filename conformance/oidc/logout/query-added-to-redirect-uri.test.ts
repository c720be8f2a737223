import { expect, test } from 'vitest'
import { newVisitor, signedOut } from '../../hosted.ts'
import { isSignedIn, oidcModule, rpInitiatedLogout, signIn } from '../driver.ts'

// A registered address with a query added is another address.
oidcModule(
  'logout: query-added-to-redirect-uri',
  (suite) => {
    test('an error page', async () => {
      const visitor = newVisitor()
      const { tokens } = await signIn(suite(), {}, visitor)
      const hint = tokens.id_token ?? ''
      const address = new URL(
        `${suite().house.domain}/logout?${new URLSearchParams({ id_token_hint: hint, post_logout_redirect_uri: `${signedOut}?foo=bar` })}`,
      )
      const response = await visitor.get(address)
      expect([response.status, response.headers.get('location')]).toEqual([400, null])
      expect(await isSignedIn(suite(), visitor)).toBe(true)
    })
  },
  { tags: rpInitiatedLogout },
)
