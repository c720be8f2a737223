import { expect, test } from 'vitest'
import { newVisitor, signedOut } from '../../hosted.ts'
import { isSignedIn, oidcModule, rpInitiatedLogout, signIn } from '../driver.ts'

// An ID token whose signature does not hold says nothing.
oidcModule(
  'logout: modified-hint',
  (suite) => {
    test('an error page', async () => {
      const visitor = newVisitor()
      const { tokens } = await signIn(suite(), {}, visitor)
      const [header, payload, signature = ''] = (tokens.id_token ?? '').split('.')
      const flipped = (signature.startsWith('A') ? 'B' : 'A') + signature.slice(1)
      const other = Buffer.from(JSON.stringify({ iss: suite().house.issuer, sub: 'x', token_use: 'id' })).toString(
        'base64url',
      )
      for (const hint of [
        `${header}.${payload}.${flipped}`,
        `${header}.${other}.${signature}`,
        `${header}.${payload}.`,
      ]) {
        const query = new URLSearchParams({ id_token_hint: hint, post_logout_redirect_uri: signedOut })
        const response = await visitor.get(`${suite().house.domain}/logout?${query}`)
        expect([response.status, response.headers.get('location')]).toEqual([400, null])
      }
      expect(await isSignedIn(suite(), visitor)).toBe(true)
    })
  },
  { tags: rpInitiatedLogout },
)
