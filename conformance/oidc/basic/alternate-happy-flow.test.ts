import { expect, test } from 'vitest'
import { addClient, newVisitor } from '../../hosted.ts'
import { discover, oidcModule, signIn } from '../driver.ts'

// The happy flow once more, for another client at another address.
oidcModule('basic: alternate-happy-flow', (suite) => {
  test('clients do not disturb each other', async () => {
    const { house } = suite()
    const visitor = newVisitor()
    const first = await signIn(suite(), {}, visitor)
    const redirect_uri = 'http://localhost:9501/other'
    const client = await addClient(house, { GenerateSecret: true, CallbackURLs: [redirect_uri] })
    const other = { ...suite(), client, config: await discover(house, client) }
    const second = await signIn(other, { redirect_uri }, visitor)
    expect(second.asked).toBe(false)
    expect(second.claims).toMatchObject({ sub: first.claims.sub, aud: client.id, auth_time: first.claims.auth_time })
  })
})
