import { expect, test } from 'vitest'
import { newVisitor } from '../../hosted.ts'
import { oidcModule, signIn } from '../driver.ts'

// prompt=login asks again whoever is signed in, and the second sign-in is the newer one.
oidcModule('basic: prompt-login', (suite) => {
  test('the visitor signs in twice', async () => {
    const visitor = newVisitor()
    const first = await signIn(suite(), {}, visitor)
    suite().server.tick(2000)
    const second = await signIn(suite(), { prompt: 'login' }, visitor)
    expect([first.asked, second.asked]).toEqual([true, true])
    expect(second.claims.sub).toBe(first.claims.sub)
    expect(Number(second.claims.auth_time)).toBeGreaterThan(Number(first.claims.auth_time))
    suite().server.tick(-2000)
  })
})
