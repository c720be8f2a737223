// Refresh token rotation through the AWS SDK and the token endpoint.
import {
  AdminUserGlobalSignOutCommand,
  type AuthenticationResultType,
  DescribeUserPoolClientCommand,
  GetTokensFromRefreshTokenCommand,
  type GetTokensFromRefreshTokenCommandInput,
  GetUserCommand,
  InitiateAuthCommand,
  RevokeTokenCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { JwtVerifier } from 'aws-jwt-verify'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  type AppClient,
  addClient,
  addUser,
  authorizeUrl,
  buildHouse,
  callback,
  type House,
  pkce,
  postForm,
  signInAt,
} from './hosted.ts'
import { secretHash } from './secret-hash.ts'
import { eachServer, sdkClient } from './server.ts'

const seconds = 20

eachServer('rotation', (server) => {
  let house: House
  let client: AppClient
  const anonymous = () => sdkClient(server().url, undefined)

  beforeAll(async () => {
    house = await buildHouse(server())
    client = await addClient(house, {
      RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: seconds },
    })
  })

  async function signIn(app = client, username = house.username): Promise<AuthenticationResultType> {
    const SECRET_HASH = secretHash(app, username)
    const { AuthenticationResult } = await anonymous().send(
      new InitiateAuthCommand({
        ClientId: app.id,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: username, PASSWORD: house.password, ...(SECRET_HASH && { SECRET_HASH }) },
      }),
    )
    return AuthenticationResult ?? {}
  }

  async function refresh(
    RefreshToken: string | undefined,
    input: Partial<GetTokensFromRefreshTokenCommandInput> = {},
  ): Promise<AuthenticationResultType> {
    const { AuthenticationResult } = await anonymous().send(
      new GetTokensFromRefreshTokenCommand({ ClientId: client.id, RefreshToken, ...input }),
    )
    return AuthenticationResult ?? {}
  }

  test('each refresh gives a new refresh token, and tokens that verify', async () => {
    const first = await signIn()
    const second = await refresh(first.RefreshToken)
    const third = await refresh(second.RefreshToken)
    expect(new Set([first.RefreshToken, second.RefreshToken, third.RefreshToken]).size).toBe(3)
    expect(third).toMatchObject({ TokenType: 'Bearer', ExpiresIn: 3600 })
    const verifier = JwtVerifier.create({ issuer: house.issuer, audience: null, jwksUri: '' })
    const keys = await fetch(`${house.issuer}/.well-known/jwks.json`)
    verifier.cacheJwks((await keys.json()) as Parameters<typeof verifier.cacheJwks>[0])
    const access = verifier.verifySync(third.AccessToken ?? '')
    expect(access).toMatchObject({ token_use: 'access', client_id: client.id, username: house.username })
    const id = verifier.verifySync(third.IdToken ?? '')
    expect(id).toMatchObject({ token_use: 'id', aud: client.id, origin_jti: access.origin_jti })
    expect(verifier.verifySync(first.AccessToken ?? '').origin_jti).toBe(access.origin_jti)
    const user = await anonymous().send(new GetUserCommand({ AccessToken: third.AccessToken }))
    expect(user.Username).toBe(house.username)
  })

  test('within the grace period the token of before gets the same new one, after it the family ends', async () => {
    const first = await signIn()
    const second = await refresh(first.RefreshToken)
    const again = await refresh(first.RefreshToken)
    expect(again.RefreshToken).toBe(second.RefreshToken)
    expect(again.AccessToken).not.toBe(second.AccessToken)
    server().tick(seconds * 1000 + 1)
    await expect(refresh(first.RefreshToken)).rejects.toMatchObject({ name: 'RefreshTokenReuseException' })
    await expect(refresh(second.RefreshToken)).rejects.toMatchObject({ name: 'NotAuthorizedException' })
    const dead = anonymous().send(new GetUserCommand({ AccessToken: second.AccessToken }))
    await expect(dead).rejects.toMatchObject({ name: 'NotAuthorizedException' })
  })

  test('of many at once all get the same token', async () => {
    const { RefreshToken } = await signIn()
    const all = await Promise.all(Array.from({ length: 12 }, () => refresh(RefreshToken)))
    expect(new Set(all.map((one) => one.RefreshToken)).size).toBe(1)
  })

  test('the flow REFRESH_TOKEN_AUTH is refused', async () => {
    const { RefreshToken = '' } = await signIn()
    const flow = anonymous().send(
      new InitiateAuthCommand({
        ClientId: client.id,
        AuthFlow: 'REFRESH_TOKEN_AUTH',
        AuthParameters: { REFRESH_TOKEN: RefreshToken },
      }),
    )
    await expect(flow).rejects.toMatchObject({ name: 'InvalidParameterException' })
    expect((await refresh(RefreshToken)).RefreshToken).toBeDefined()
  })

  test('without rotation the token stays, and both ways work', async () => {
    const plain = await addClient(house)
    const { RefreshToken = '' } = await signIn(plain)
    const tokens = await refresh(RefreshToken, { ClientId: plain.id })
    expect(tokens.AccessToken).toBeDefined()
    expect(tokens.RefreshToken).toBeUndefined()
    const flow = await anonymous().send(
      new InitiateAuthCommand({
        ClientId: plain.id,
        AuthFlow: 'REFRESH_TOKEN_AUTH',
        AuthParameters: { REFRESH_TOKEN: RefreshToken },
      }),
    )
    expect(flow.AuthenticationResult?.AccessToken).toBeDefined()
    expect(flow.AuthenticationResult?.RefreshToken).toBeUndefined()
  })

  test('the settings are shown as they were set', async () => {
    const { UserPoolClient } = await server().api.send(
      new DescribeUserPoolClientCommand({ UserPoolId: house.poolId, ClientId: client.id }),
    )
    expect(UserPoolClient?.RefreshTokenRotation).toEqual({ Feature: 'ENABLED', RetryGracePeriodSeconds: seconds })
    const tooLong = addClient(house, { RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 61 } })
    await expect(tooLong).rejects.toMatchObject({ name: 'InvalidParameterException' })
  })

  describe('refuses', () => {
    test('what is no refresh token of the client', async () => {
      const { RefreshToken = '', AccessToken } = await signIn()
      const other = await addClient(house)
      for (const [token, input] of [
        [AccessToken, {}],
        ['nothing', {}],
        [`${RefreshToken.slice(0, -4)}AAAA`, {}],
        [RefreshToken, { ClientId: other.id }],
      ] as const)
        await expect(refresh(token, input)).rejects.toMatchObject({
          name: 'NotAuthorizedException',
          message: 'Invalid Refresh Token',
        })
      await expect(refresh(RefreshToken, { ClientId: 'nobody' })).rejects.toMatchObject({
        name: 'ResourceNotFoundException',
      })
      await expect(refresh('not a token!')).rejects.toMatchObject({ name: 'InvalidParameterException' })
    })

    test('a client that does not prove its secret', async () => {
      const secret = await addClient(house, { GenerateSecret: true, RefreshTokenRotation: { Feature: 'ENABLED' } })
      const { RefreshToken } = await signIn(secret)
      const key = { ClientId: secret.id }
      for (const ClientSecret of [undefined, 'x'.repeat(51)])
        await expect(refresh(RefreshToken, { ...key, ClientSecret })).rejects.toMatchObject({
          name: 'NotAuthorizedException',
        })
      expect((await refresh(RefreshToken, { ...key, ClientSecret: secret.secret })).RefreshToken).toBeDefined()
      const { RefreshToken: open } = await signIn()
      const needless = refresh(open, { ClientSecret: 'x'.repeat(51) })
      await expect(needless).rejects.toMatchObject({ name: 'NotAuthorizedException' })
    })

    test('users who signed out everywhere, and tokens that were revoked', async () => {
      await addUser(house, 'bob', house.password, 'bob@example.com')
      const signedOut = await signIn(client, 'bob')
      const key = { UserPoolId: house.poolId, Username: 'bob' }
      await server().api.send(new AdminUserGlobalSignOutCommand(key))
      await expect(refresh(signedOut.RefreshToken)).rejects.toMatchObject({ name: 'NotAuthorizedException' })
      const revoked = await signIn(client, 'bob')
      const next = await refresh(revoked.RefreshToken)
      // A token that was rotated out still ends what came of it.
      await anonymous().send(new RevokeTokenCommand({ ClientId: client.id, Token: revoked.RefreshToken }))
      await expect(refresh(next.RefreshToken)).rejects.toMatchObject({ name: 'NotAuthorizedException' })
    })
  })

  describe('at the token endpoint', () => {
    async function signInByPages(): Promise<string> {
      const { verifier, challenge } = pkce()
      const asked = authorizeUrl(house, client, { code_challenge: challenge, code_challenge_method: 'S256' })
      const back = await signInAt(asked, house)
      const response = await postForm(house, '/oauth2/token', {
        grant_type: 'authorization_code',
        client_id: client.id,
        code: back.searchParams.get('code') ?? '',
        redirect_uri: callback,
        code_verifier: verifier,
      })
      return ((await response.json()) as { refresh_token: string }).refresh_token
    }
    async function post(refresh_token: string): Promise<Record<string, unknown>> {
      const fields = { grant_type: 'refresh_token', client_id: client.id, refresh_token }
      return (await (await postForm(house, '/oauth2/token', fields)).json()) as Record<string, unknown>
    }

    test('the token rotates too; a reuse is invalid_grant and ends the family', async () => {
      const first = await signInByPages()
      const second = await post(first)
      expect(second).toMatchObject({ token_type: 'Bearer', refresh_token: expect.stringMatching(/^[\w-]{70}$/) })
      expect((await post(first)).refresh_token).toBe(second.refresh_token)
      server().tick(seconds * 1000 + 1)
      expect(await post(first)).toEqual({ error: 'invalid_grant' })
      expect(await post(String(second.refresh_token))).toEqual({ error: 'invalid_grant' })
    })

    test('either door takes up what the other began', async () => {
      const byPages = await refresh(await signInByPages())
      expect((await post(byPages.RefreshToken ?? '')).refresh_token).toBeDefined()
    })
  })
})
