import { expect, test } from 'vitest'
import { oidcModule, signIn } from '../driver.ts'

// acr_values is a wish; what was reached is in the ID token.
oidcModule('basic: acr-values', (suite) => {
  test('unknown values are ignored', async () => {
    const { claims } = await signIn(suite(), { acr_values: '1 2' })
    expect(claims).toMatchObject({ acr: 'urn:cognito:loa:1', amr: ['pwd'] })
  })

  test('an advertised value is answered with the level that was reached', async () => {
    const acr_values = (suite().config.serverMetadata().acr_values_supported ?? []).join(' ')
    expect(acr_values).toContain('urn:cognito:loa:4')
    expect((await signIn(suite(), { acr_values })).claims.acr).toBe('urn:cognito:loa:1')
  })
})
