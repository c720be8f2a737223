import { expect, test } from 'vitest'
import { locationOf, newVisitor } from '../../hosted.ts'
import { isSignedIn, oidcModule, rpInitiatedLogout, signIn } from '../driver.ts'

// A bare request says nothing at all.
oidcModule(
  'logout: no-params',
  (suite) => {
    test('the visitor is asked, and led nowhere', async () => {
      const visitor = newVisitor()
      await signIn(suite(), {}, visitor)
      const sent = await visitor.get(`${suite().house.domain}/logout?${new URLSearchParams({})}`)
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
