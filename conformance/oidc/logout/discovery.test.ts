import { expect, test } from 'vitest'
import { oidcModule, rpInitiatedLogout } from '../driver.ts'

// The discovery document names where to sign out.
oidcModule(
  'logout: discovery',
  (suite) => {
    test('end_session_endpoint', () => {
      expect(suite().config.serverMetadata().end_session_endpoint).toBe(`${suite().house.domain}/logout`)
    })
  },
  { tags: rpInitiatedLogout },
)
