import { expect, test } from 'vitest'
import { newVisitor } from '../../hosted.ts'
import { oidcModule, signIn } from '../driver.ts'

// max_age=1 asks again whoever has signed in longer than a second ago.
oidcModule('basic: max-age-1', (suite) => {
  test('the second sign-in is a new one', async () => {
    const visitor = newVisitor()
    const first = await signIn(suite(), {}, visitor)
    suite().server.tick(2000)
    const second = await signIn(suite(), { max_age: '1' }, visitor)
    expect(second.asked).toBe(true)
    expect(Number(second.claims.auth_time)).toBeGreaterThan(Number(first.claims.auth_time))
    suite().server.tick(-2000)
  })
})
