import * as oidc from 'openid-client'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  type AppClient,
  addClient,
  buildHouse,
  callback,
  type House,
  newVisitor,
  signedOut,
  signInAt,
} from './hosted.ts'
import { eachServer } from './server.ts'

/** The three ways in which a client may say who it is. */
const ways = [
  ['a public client', undefined],
  ['client_secret_basic', oidc.ClientSecretBasic],
  ['client_secret_post', oidc.ClientSecretPost],
] as const

eachServer('openid-client', (server) => {
  let house: House
  let clients: Record<'public' | 'confidential', AppClient>
  beforeAll(async () => {
    house = await buildHouse(server())
    clients = { public: await addClient(house), confidential: await addClient(house, { GenerateSecret: true }) }
  })

  function discover({ id, secret }: AppClient, authentication?: oidc.ClientAuth): Promise<oidc.Configuration> {
    return oidc.discovery(new URL(house.issuer), id, secret, authentication ?? oidc.None(), {
      execute: [oidc.allowInsecureRequests],
    })
  }

  test('reads the discovery document', async () => {
    const metadata = (await discover(clients.public)).serverMetadata()
    expect(metadata).toMatchObject({
      issuer: house.issuer,
      authorization_endpoint: `${house.domain}/oauth2/authorize`,
      token_endpoint: `${house.domain}/oauth2/token`,
      userinfo_endpoint: `${house.domain}/oauth2/userInfo`,
      revocation_endpoint: `${house.domain}/oauth2/revoke`,
      end_session_endpoint: `${house.domain}/logout`,
      jwks_uri: `${house.issuer}/.well-known/jwks.json`,
      response_types_supported: ['code', 'token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
    })
    expect(metadata.supportsPKCE()).toBe(true)
  })

  describe.each(ways)('as %s', (_, method) => {
    test('signs in, refreshes, asks who it is, revokes and signs out', async () => {
      const client = method ? clients.confidential : clients.public
      const config = await discover(client, method?.(client.secret))
      // Every ID token's signature is checked against the keys, not trusted because of where it came from.
      oidc.enableNonRepudiationChecks(config)
      const visitor = newVisitor()

      const verifier = oidc.randomPKCECodeVerifier()
      const expected = { expectedState: oidc.randomState(), expectedNonce: oidc.randomNonce() }
      const authorization = oidc.buildAuthorizationUrl(config, {
        redirect_uri: callback,
        scope: 'openid email',
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state: expected.expectedState,
        nonce: expected.expectedNonce,
      })
      const back = await signInAt(authorization, house, visitor)
      const tokens = await oidc.authorizationCodeGrant(config, back, {
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
        ...expected,
      })
      expect(tokens).toMatchObject({ token_type: 'bearer', expires_in: 3600, refresh_token: expect.any(String) })
      const claims = tokens.claims()
      expect(claims).toMatchObject({ aud: client.id, email: house.email, nonce: expected.expectedNonce })
      const sub = claims?.sub ?? ''

      const info = await oidc.fetchUserInfo(config, tokens.access_token, sub)
      expect(info).toEqual({ sub, username: house.username, email: house.email, email_verified: 'true' })

      const refreshed = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '')
      expect(refreshed.refresh_token).toBeUndefined()
      expect(refreshed.access_token).not.toBe(tokens.access_token)
      expect(refreshed.claims()).toMatchObject({ sub, aud: client.id, auth_time: claims?.auth_time })
      expect(await oidc.fetchUserInfo(config, refreshed.access_token, sub)).toEqual(info)

      // The browser is still signed in: a second sign-in asks for nothing, and prompt=none is answered with a code.
      const again = new URL(authorization)
      again.searchParams.set('prompt', 'none')
      expect((await visitor.get(again)).headers.get('location')).toContain('code=')

      await oidc.tokenRevocation(config, tokens.refresh_token ?? '')
      await expect(oidc.refreshTokenGrant(config, tokens.refresh_token ?? '')).rejects.toMatchObject({
        error: 'invalid_grant',
        status: 400,
      })
      for (const token of [tokens.access_token, refreshed.access_token])
        await expect(oidc.fetchUserInfo(config, token, sub)).rejects.toMatchObject({ status: 401 })

      const end = oidc.buildEndSessionUrl(config, { logout_uri: signedOut })
      expect((await visitor.get(end)).headers.get('location')).toBe(signedOut)
      const after = await visitor.get(again)
      expect(after.headers.get('location')).toContain('error=login_required')
    })
  })

  test('says what the server refuses: a second use of a code, a wrong verifier, a wrong secret', async () => {
    const config = await discover(clients.public)
    const attempt = async (change: { verifier?: string }) => {
      const verifier = oidc.randomPKCECodeVerifier()
      const authorization = oidc.buildAuthorizationUrl(config, {
        redirect_uri: callback,
        scope: 'openid',
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      })
      const back = await signInAt(authorization, house)
      const checks = { pkceCodeVerifier: change.verifier ?? verifier }
      return { redeem: () => oidc.authorizationCodeGrant(config, back, checks) }
    }
    const good = await attempt({})
    await good.redeem()
    await expect(good.redeem()).rejects.toMatchObject({ error: 'invalid_grant', status: 400 })
    const wrong = await attempt({ verifier: oidc.randomPKCECodeVerifier() })
    await expect(wrong.redeem()).rejects.toMatchObject({ error: 'invalid_grant', status: 400 })
    const stranger = await discover(clients.confidential, oidc.ClientSecretPost('wrong'))
    await expect(oidc.refreshTokenGrant(stranger, 'any')).rejects.toMatchObject({
      error: 'invalid_client',
      status: 400,
    })
  })
})
