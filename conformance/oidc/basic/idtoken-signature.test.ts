import { expect, test } from 'vitest'
import { oidcModule, signIn } from '../driver.ts'

// ID tokens are signed with RS256, by a key that the key set names.
oidcModule('basic: idtoken-signature', (suite) => {
  test('the header names a key of the set', async () => {
    // openid-client has checked the signature.
    const { tokens } = await signIn(suite())
    const [head = ''] = (tokens.id_token ?? '').split('.')
    const header = JSON.parse(Buffer.from(head, 'base64url').toString()) as { alg: string; kid: string }
    const set = await fetch(suite().config.serverMetadata().jwks_uri ?? '')
    const { keys } = (await set.json()) as { keys: { kid: string; alg: string }[] }
    expect(header.alg).toBe('RS256')
    expect(keys.map(({ kid }) => kid)).toContain(header.kid)
  })
})
