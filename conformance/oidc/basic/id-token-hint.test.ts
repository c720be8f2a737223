import { expect, test } from 'vitest'
import { addUser, newVisitor } from '../../hosted.ts'
import { oidcModule, refusal, signIn } from '../driver.ts'

// prompt=none with an ID token of whoever is signed in succeeds; with somebody else’s it does not.
oidcModule('basic: id-token-hint', (suite) => {
  test('the hint is heeded', async () => {
    const visitor = newVisitor()
    const { house } = suite()
    const first = await signIn(suite(), {}, visitor)
    const id_token_hint = first.tokens.id_token ?? ''
    const second = await signIn(suite(), { prompt: 'none', id_token_hint }, visitor)
    expect(second.claims.sub).toBe(first.claims.sub)
    await addUser(house, 'grace', house.password, 'grace@example.com')
    const other = newVisitor()
    await signIn({ ...suite(), house: { ...house, username: 'grace' } }, {}, other)
    expect(await refusal(suite(), { prompt: 'none', id_token_hint }, other)).toMatchObject({ error: 'login_required' })
  })
})
