import * as oidc from 'openid-client'
import { expect, test } from 'vitest'
import { addClient } from '../../hosted.ts'
import { discover, oidcModule, signIn, strict, tagPool } from '../driver.ts'

// A refresh gives tokens of the same sign-in; strict clients get a new refresh token each time.
oidcModule('basic: refresh-token', (suite) => {
  test('the same person, client and sign-in', async () => {
    const { config, client } = suite()
    const { tokens, claims } = await signIn(suite())
    const refreshed = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '')
    expect(refreshed.claims()).toMatchObject({
      sub: claims.sub,
      aud: client.id,
      iss: claims.iss,
      auth_time: claims.auth_time,
    })
    expect(refreshed.refresh_token).toBeUndefined()
    const stranger = await addClient(suite().house, { GenerateSecret: true })
    const other = await discover(suite().house, stranger)
    await expect(oidc.refreshTokenGrant(other, tokens.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    })
  })

  test('with strict a refresh token is replaced', async () => {
    await tagPool(suite().server, suite().house, strict)
    const { tokens } = await signIn(suite())
    const refreshed = await oidc.refreshTokenGrant(suite().config, tokens.refresh_token ?? '')
    expect(refreshed.refresh_token).toMatch(/^[\w-]{70}$/)
    expect(refreshed.refresh_token).not.toBe(tokens.refresh_token)
  })
})
