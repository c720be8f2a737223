import { expect, test } from 'vitest'
import { newVisitor } from '../../hosted.ts'
import { oidcModule, signIn } from '../driver.ts'

// max_age=10000 asks nobody again who has just signed in, and auth_time says when that was.
oidcModule('basic: max-age-10000', (suite) => {
  test('the sign-in stays', async () => {
    const visitor = newVisitor()
    const first = await signIn(suite(), {}, visitor)
    const second = await signIn(suite(), { max_age: '10000' }, visitor)
    expect(second.asked).toBe(false)
    expect(second.claims.auth_time).toBe(first.claims.auth_time)
  })
})
