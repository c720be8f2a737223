import { expect, test } from 'vitest'
import { newVisitor } from '../../hosted.ts'
import { oidcModule, signIn } from '../driver.ts'

// prompt=none gives a code to whoever is signed in.
oidcModule('basic: prompt-none-logged-in', (suite) => {
  test('the same person, the same sign-in', async () => {
    const visitor = newVisitor()
    const first = await signIn(suite(), {}, visitor)
    const second = await signIn(suite(), { prompt: 'none' }, visitor)
    expect(second.asked).toBe(false)
    expect(second.claims).toMatchObject({ sub: first.claims.sub, auth_time: first.claims.auth_time })
  })
})
