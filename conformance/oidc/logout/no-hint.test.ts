import { expect, test } from 'vitest'
import { locationOf, newVisitor, signedOut } from '../../hosted.ts'
import { isSignedIn, oidcModule, rpInitiatedLogout, signIn } from '../driver.ts'

// Any site could have sent a request without an ID token: the visitor decides.
oidcModule(
  'logout: no-hint',
  (suite) => {
    test('the visitor is asked, and led nowhere', async () => {
      const visitor = newVisitor()
      await signIn(suite(), {}, visitor)
      const sent = await visitor.get(
        `${suite().house.domain}/logout?${new URLSearchParams({ client_id: suite().client.id, post_logout_redirect_uri: signedOut })}`,
      )
      const page = await visitor.get(locationOf(sent))
      expect(page.status).toBe(200)
      expect(await page.text()).toContain('<form')
      expect(await isSignedIn(suite(), visitor)).toBe(true)
      await visitor.get(locationOf(sent))
      expect(locationOf(await visitor.submit({}))).toBe(`${suite().house.domain}/signedout`)
      expect(await isSignedIn(suite(), visitor)).toBe(false)
    })
  },
  { tags: rpInitiatedLogout },
)
