import { expect, test } from 'vitest'
import { locationOf, newVisitor } from '../../hosted.ts'
import { oidcModule, requestOf, signIn } from '../driver.ts'

// login_hint fills in the name.
oidcModule('basic: login-hint', (suite) => {
  test('the name is in its field', async () => {
    const { address } = await requestOf(suite(), { login_hint: 'ada@example.com' })
    const page = await newVisitor().get(locationOf(await fetch(address, { redirect: 'manual' })))
    expect(await page.text()).toMatch(/<input[^>]*name="username"[^>]*value="ada@example.com"/)
  })

  test('the sign-in succeeds', async () => {
    expect((await signIn(suite(), { login_hint: 'ada' })).claims.sub).toBeTruthy()
  })
})
