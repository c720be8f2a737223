import { expect, test } from 'vitest'
import { newVisitor } from '../../hosted.ts'
import { isSignedIn, oidcModule, rpInitiatedLogout, signIn } from '../driver.ts'

// An address that is not registered is not followed, and nobody is signed out.
oidcModule(
  'logout: bad-redirect-uri',
  (suite) => {
    test('an error page', async () => {
      const visitor = newVisitor()
      const { tokens } = await signIn(suite(), {}, visitor)
      const hint = tokens.id_token ?? ''
      const address = new URL(
        `${suite().house.domain}/logout?${new URLSearchParams({ id_token_hint: hint, post_logout_redirect_uri: 'https://evil.example/' })}`,
      )
      const response = await visitor.get(address)
      expect([response.status, response.headers.get('location')]).toEqual([400, null])
      expect(await isSignedIn(suite(), visitor)).toBe(true)
    })
  },
  { tags: rpInitiatedLogout },
)
