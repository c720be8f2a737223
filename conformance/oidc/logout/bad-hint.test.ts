import { expect, test } from 'vitest'
import { addClient, newVisitor, signedOut } from '../../hosted.ts'
import { isSignedIn, oidcModule, rpInitiatedLogout, signIn } from '../driver.ts'

// What is no ID token of this pool is no hint, another kind of token and another client’s included.
oidcModule(
  'logout: bad-hint',
  (suite) => {
    test('an error page', async () => {
      const visitor = newVisitor()
      const { tokens } = await signIn(suite(), {}, visitor)
      const other = await addClient(suite().house)
      const wrong: Record<string, string>[] = [
        { id_token_hint: 'not-a-token', post_logout_redirect_uri: signedOut },
        { id_token_hint: tokens.access_token, post_logout_redirect_uri: signedOut },
        { id_token_hint: tokens.refresh_token ?? '', post_logout_redirect_uri: signedOut },
        { id_token_hint: tokens.id_token ?? '', post_logout_redirect_uri: signedOut, client_id: other.id },
      ]
      for (const fields of wrong) {
        const response = await visitor.get(`${suite().house.domain}/logout?${new URLSearchParams(fields)}`)
        expect([response.status, response.headers.get('location')]).toEqual([400, null])
      }
      expect(await isSignedIn(suite(), visitor)).toBe(true)
    })
  },
  { tags: rpInitiatedLogout },
)
