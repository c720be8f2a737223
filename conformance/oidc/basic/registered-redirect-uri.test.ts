import { expect, test } from 'vitest'
import { oidcModule, requestOf } from '../driver.ts'

// An address that is not registered is never sent anything: the visitor sees an error.
oidcModule('basic: registered-redirect-uri', (suite) => {
  test('an error page', async () => {
    const { address } = await requestOf(suite(), { redirect_uri: 'http://localhost:9501/callback/elsewhere' })
    const response = await fetch(address, { redirect: 'manual' })
    expect([response.status, response.headers.get('location')]).toEqual([400, null])
    expect(response.headers.get('content-type')).toContain('text/html')
  })
})
