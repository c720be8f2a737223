// The PreTokenGeneration trigger in its three versions: what it is asked, what it may change, what its refusal leaves.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CreateGroupCommand,
  CreateResourceServerCommand,
  CreateUserPoolCommand,
  CreateUserPoolDomainCommand,
  DescribeUserPoolCommand,
  GetTokensFromRefreshTokenCommand,
  GetUserCommand,
  InitiateAuthCommand,
  type LambdaConfigType,
  UpdateUserPoolCommand,
  type UserPoolTierType,
} from '@aws-sdk/client-cognito-identity-provider'
import { JwtVerifier } from 'aws-jwt-verify'
import { describe, expect, test } from 'vitest'
import { type AppClient, addClient, authorizeUrl, callback, type House, postForm, signInAt } from './hosted.ts'
import { eachServer } from './server.ts'

const functions = mkdtempSync(join(tmpdir(), 'poolhouse-token-functions-'))
const seen = join(functions, 'seen.json')
const record = `require('node:fs').writeFileSync(${JSON.stringify(seen)}, JSON.stringify(event))`
const sources: Readonly<Record<string, string>> = {
  'one.js': `exports.handler = async (event) => {
    ${record}
    event.response = { claimsOverrideDetails: {
      claimsToAddOrOverride: { team: 'red', sub: 'somebody else' },
      claimsToSuppress: ['email'],
    } }
    return event
  }`,
  'two.js': `exports.handler = async (event) => {
    ${record}
    event.response = { claimsAndScopeOverrideDetails: {
      idTokenGeneration: { claimsToAddOrOverride: { team: { name: 'red', size: 3 } } },
      accessTokenGeneration: {
        claimsToAddOrOverride: { tenant: (event.request.clientMetadata || {}).tenant || 'none', username: 'root' },
        scopesToAdd: ['extra'], scopesToSuppress: ['aws.cognito.signin.user.admin'],
      },
      groupOverrideDetails: { groupsToOverride: ['other'], iamRolesToOverride: [], preferredRole: null },
    } }
    return event
  }`,
  'silent.js': `exports.handler = async (event) => { ${record}; return event }`,
  'refuse.js': `exports.handler = async () => { throw new Error('Not today') }`,
  'garbage.js': `exports.handler = async (event) => ({ ...event, response: { claimsOverrideDetails: 'x' } })`,
  'refuse-refresh.js': `exports.handler = async (event) => {
    if (event.triggerSource === 'TokenGeneration_RefreshTokens') throw new Error('Not again')
    return event
  }`,
}
for (const [name, source] of Object.entries(sources)) writeFileSync(join(functions, name), source)

const arn = (name: string) => `arn:aws:lambda:eu-west-1:000000000000:function:${name}`
const password = 'Correct-Horse-1'
const role = (name: string) => `arn:aws:iam::000000000000:role/${name}`

eachServer(
  'PreTokenGeneration',
  (server) => {
    let pools = 0
    const createPool = (LambdaConfig: LambdaConfigType, UserPoolTier?: UserPoolTierType) =>
      server().api.send(new CreateUserPoolCommand({ PoolName: 'tokens', LambdaConfig, UserPoolTier }))

    /** A pool with such a trigger, a user in two groups, and a client that rotates. */
    async function build(LambdaConfig: LambdaConfigType): Promise<{ house: House; client: AppClient }> {
      const poolId = (await createPool(LambdaConfig)).UserPool?.Id ?? ''
      const Domain = `tokens-${++pools}`
      const { api, url } = server()
      await api.send(new CreateUserPoolDomainCommand({ Domain, UserPoolId: poolId }))
      const user = { UserPoolId: poolId, Username: 'ada' }
      const UserAttributes = [
        { Name: 'email', Value: 'ada@example.com' },
        { Name: 'email_verified', Value: 'true' },
      ]
      await api.send(new AdminCreateUserCommand({ ...user, UserAttributes, MessageAction: 'SUPPRESS' }))
      await api.send(new AdminSetUserPasswordCommand({ ...user, Password: password, Permanent: true }))
      for (const [GroupName, Precedence] of [
        ['admin', 1],
        ['staff', 2],
      ] as const) {
        const RoleArn = role(GroupName)
        await api.send(new CreateGroupCommand({ UserPoolId: poolId, GroupName, Precedence, RoleArn }))
        await api.send(new AdminAddUserToGroupCommand({ ...user, GroupName }))
      }
      const issuer = `${url}/${poolId}`
      const domain = `${url}/domains/${Domain}`
      const house = { server: server(), poolId, domain, issuer, username: 'ada', password, email: 'ada@example.com' }
      const client = await addClient(house, {
        RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 10 },
      })
      return { house, client }
    }

    const version = (name: string, LambdaVersion: 'V1_0' | 'V2_0' | 'V3_0'): LambdaConfigType => ({
      PreTokenGenerationConfig: { LambdaArn: arn(name), LambdaVersion },
    })
    const signIn = async (client: AppClient) =>
      (
        await server().api.send(
          new InitiateAuthCommand({
            ClientId: client.id,
            AuthFlow: 'USER_PASSWORD_AUTH',
            AuthParameters: { USERNAME: 'ada', PASSWORD: password },
            ClientMetadata: { tenant: 'not passed on' },
          }),
        )
      ).AuthenticationResult ?? {}
    const refresh = async (client: AppClient, RefreshToken: string | undefined, tenant = 'acme') =>
      (
        await server().api.send(
          new GetTokensFromRefreshTokenCommand({ ClientId: client.id, RefreshToken, ClientMetadata: { tenant } }),
        )
      ).AuthenticationResult ?? {}

    async function verify(house: House, token: string | undefined) {
      const verifier = JwtVerifier.create({ issuer: house.issuer, audience: null, jwksUri: '' })
      const keys = await fetch(`${house.issuer}/.well-known/jwks.json`)
      verifier.cacheJwks((await keys.json()) as Parameters<typeof verifier.cacheJwks>[0])
      return verifier.verifySync(token ?? '')
    }
    const event = () => JSON.parse(readFileSync(seen, 'utf8')) as Record<string, unknown>
    const groups = {
      groupsToOverride: ['admin', 'staff'],
      iamRolesToOverride: [role('admin'), role('staff')],
      preferredRole: role('admin'),
    }

    test('without a trigger: groups, roles and the preferred role', async () => {
      const { house, client } = await build({})
      const tokens = await signIn(client)
      expect(await verify(house, tokens.IdToken)).toMatchObject({
        'cognito:groups': ['admin', 'staff'],
        'cognito:roles': [role('admin'), role('staff')],
        'cognito:preferred_role': role('admin'),
      })
      const access = await verify(house, tokens.AccessToken)
      expect(access['cognito:groups']).toEqual(['admin', 'staff'])
      expect(access).not.toHaveProperty(['cognito:roles'])
    })

    test('version 1 is asked as documented and changes the ID token', async () => {
      const { house, client } = await build({ PreTokenGeneration: arn('one') })
      const tokens = await signIn(client)
      const id = await verify(house, tokens.IdToken)
      expect(event()).toEqual({
        version: '1',
        triggerSource: 'TokenGeneration_Authentication',
        region: 'eu-west-1',
        userPoolId: house.poolId,
        userName: 'ada',
        callerContext: { awsSdkVersion: expect.any(String), clientId: client.id },
        request: {
          userAttributes: {
            sub: id.sub,
            'cognito:user_status': 'CONFIRMED',
            email: 'ada@example.com',
            email_verified: 'true',
          },
          groupConfiguration: groups,
        },
        response: { claimsOverrideDetails: null },
      })
      expect(id).toMatchObject({ team: 'red', token_use: 'id' })
      expect(id).not.toHaveProperty('email')
      const access = await verify(house, tokens.AccessToken)
      expect(access).not.toHaveProperty('team')
      expect(access.sub).toBe(id.sub)
      expect(id.sub).not.toBe('somebody else')
    })

    test('version 2 changes both tokens, with the client metadata of a refresh', async () => {
      const { house, client } = await build(version('two', 'V2_0'))
      const first = await signIn(client)
      const scopes = ['aws.cognito.signin.user.admin']
      expect(event()).toMatchObject({ version: '2', request: { scopes, groupConfiguration: groups } })
      expect(event()).not.toHaveProperty('request.clientMetadata')
      expect(await verify(house, first.AccessToken)).toMatchObject({
        tenant: 'none',
        username: 'ada',
        scope: 'extra',
        'cognito:groups': ['other'],
      })
      const id = await verify(house, first.IdToken)
      expect(id).toMatchObject({ team: { name: 'red', size: 3 }, 'cognito:groups': ['other'] })
      expect(id).not.toHaveProperty(['cognito:preferred_role'])
      // A scope that was taken away opens nothing.
      const call = server().api.send(new GetUserCommand({ AccessToken: first.AccessToken }))
      await expect(call).rejects.toMatchObject({ name: 'NotAuthorizedException' })
      const next = await refresh(client, first.RefreshToken)
      expect(event()).toMatchObject({
        triggerSource: 'TokenGeneration_RefreshTokens',
        request: { clientMetadata: { tenant: 'acme' } },
      })
      expect((await verify(house, next.AccessToken)).tenant).toBe('acme')
    })

    test('hosted sign-in is HostedAuth, and its ID token still names the access token', async () => {
      const { house, client } = await build(version('two', 'V2_0'))
      const back = await signInAt(authorizeUrl(house, client), house)
      const answer = await postForm(house, '/oauth2/token', {
        grant_type: 'authorization_code',
        client_id: client.id,
        code: back.searchParams.get('code') ?? '',
        redirect_uri: callback,
      })
      const tokens = (await answer.json()) as Record<string, string>
      expect(event()).toMatchObject({
        triggerSource: 'TokenGeneration_HostedAuth',
        request: { scopes: ['openid', 'email'] },
      })
      expect(await verify(house, tokens.id_token)).toMatchObject({
        at_hash: expect.any(String),
        team: { name: 'red', size: 3 },
      })
      expect((await verify(house, tokens.access_token)).scope).toBe('openid email extra')
    })

    describe('machines', () => {
      async function token(house: House, expected = 200): Promise<string> {
        const key = { UserPoolId: house.poolId, Identifier: 'api', Name: 'API' }
        const Scopes = [{ ScopeName: 'read', ScopeDescription: 'Reads' }]
        await server().api.send(new CreateResourceServerCommand({ ...key, Scopes }))
        const machine = await addClient(house, {
          GenerateSecret: true,
          AllowedOAuthFlows: ['client_credentials'],
          AllowedOAuthScopes: ['api/read'],
          CallbackURLs: [],
          LogoutURLs: [],
        })
        const answer = await postForm(house, '/oauth2/token', {
          grant_type: 'client_credentials',
          client_id: machine.id,
          client_secret: machine.secret,
          aws_client_metadata: '{"tenant":"acme"}',
        })
        expect(answer.status).toBe(expected)
        return ((await answer.json()) as Record<string, string>).access_token ?? ''
      }

      test('are asked about in version 3', async () => {
        const { house } = await build(version('two', 'V3_0'))
        const claims = await verify(house, await token(house))
        expect(event()).toMatchObject({
          version: '3',
          triggerSource: 'TokenGeneration_ClientCredentials',
          callerContext: { clientId: claims.client_id },
          request: { userAttributes: {}, scopes: ['api/read'], clientMetadata: { tenant: 'acme' } },
        })
        expect(claims).toMatchObject({ sub: claims.client_id, scope: 'api/read extra', tenant: 'acme' })
        for (const claim of ['username', 'cognito:groups', 'origin_jti']) expect(claims).not.toHaveProperty([claim])
      })

      test('are not asked about in version 2', async () => {
        const { house } = await build(version('two', 'V2_0'))
        rmSync(seen, { force: true })
        expect(await verify(house, await token(house))).not.toHaveProperty('tenant')
        expect(event).toThrow()
      })

      test('get no token that the trigger refuses', async () => {
        const { house } = await build(version('refuse', 'V3_0'))
        await token(house, 400)
      })
    })

    test('a function that changes nothing changes nothing', async () => {
      for (const name of ['V1_0', 'V2_0', 'V3_0'] as const) {
        const { house, client } = await build(version('silent', name))
        const tokens = await signIn(client)
        expect(await verify(house, tokens.IdToken)).toMatchObject({
          email: 'ada@example.com',
          'cognito:groups': ['admin', 'staff'],
        })
        expect((await verify(house, tokens.AccessToken)).scope).toBe('aws.cognito.signin.user.admin')
      }
    })

    // biome-ignore format: a table
    const faults: [title: string, name: string, error: string, message: RegExp][] = [
      ['refuses',        'refuse',  'UserLambdaValidationException',  /^PreTokenGeneration failed with error Not today\.$/],
      ['answers badly',  'garbage', 'InvalidLambdaResponseException', /^Unrecognizable lambda output$/],
      ['is not there',   'missing', 'UnexpectedLambdaException',      /^PreTokenGeneration invocation failed/],
    ]
    test.each(faults)('a function that %s: AWS’s error, and no grant is left', async (_, name, error, message) => {
      const { house, client } = await build({ PreTokenGeneration: arn(name) })
      await expect(signIn(client)).rejects.toMatchObject({ name: error, message: expect.stringMatching(message) })
      expect((await server().rows()).grants?.filter((row) => row.includes(house.poolId))).toEqual([])
      // At the token endpoint the code is used up; the grant that it became is revoked.
      const back = await signInAt(authorizeUrl(house, client), house)
      const answer = await postForm(house, '/oauth2/token', {
        grant_type: 'authorization_code',
        client_id: client.id,
        code: back.searchParams.get('code') ?? '',
        redirect_uri: callback,
      })
      expect(answer.status).toBe(400)
      expect((await answer.json()) as unknown).toMatchObject({ error: 'invalid_request' })
      const grants = (await server().rows()).grants?.filter((row) => row.includes(house.poolId)) ?? []
      expect(grants.map((row) => JSON.parse(row).revoked_at !== null)).toEqual([true])
    })

    test('a refusal at a refresh uses no token up', async () => {
      const { house, client } = await build(version('refuse-refresh', 'V2_0'))
      const first = await signIn(client)
      await expect(refresh(client, first.RefreshToken)).rejects.toMatchObject({
        name: 'UserLambdaValidationException',
        message: 'PreTokenGeneration failed with error Not again.',
      })
      await server().api.send(new UpdateUserPoolCommand({ UserPoolId: house.poolId, LambdaConfig: {} }))
      expect((await refresh(client, first.RefreshToken)).RefreshToken).toBeDefined()
    })

    describe('the settings', () => {
      const describePool = async (UserPoolId = '') =>
        (await server().api.send(new DescribeUserPoolCommand({ UserPoolId }))).UserPool?.LambdaConfig

      test('name the function twice, alike', async () => {
        const both = { PreTokenGeneration: arn('one'), ...version('one', 'V1_0') }
        for (const config of [{ PreTokenGeneration: arn('one') }, version('one', 'V1_0'), both])
          expect(await describePool((await createPool(config)).UserPool?.Id)).toEqual(both)
        const differ = createPool({ ...version('one', 'V2_0'), PreTokenGeneration: arn('two') })
        await expect(differ).rejects.toMatchObject({ name: 'InvalidParameterException' })
      })

      test('versions 2 and 3 need more than the Lite tier', async () => {
        expect((await createPool(version('one', 'V1_0'), 'LITE')).UserPool?.Id).toBeDefined()
        for (const name of ['V2_0', 'V3_0'] as const)
          await expect(createPool(version('two', name), 'LITE')).rejects.toMatchObject({
            name: 'FeatureUnavailableInTierException',
          })
      })
    })
  },
  { config: { functions } },
)
