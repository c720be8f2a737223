// Resource servers, and tokens for machines: the client_credentials grant and GetClientToken.
import {
  CreateResourceServerCommand,
  CreateUserPoolClientCommand,
  DeleteResourceServerCommand,
  DescribeResourceServerCommand,
  GetClientTokenCommand,
  type GetClientTokenCommandInput,
  GetUserCommand,
  paginateListResourceServers,
  UpdateResourceServerCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { JwtVerifier } from 'aws-jwt-verify'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  type AppClient,
  addClient,
  authorizeUrl,
  buildHouse,
  callback,
  type House,
  postForm,
  signInAt,
} from './hosted.ts'
import { eachServer, sdkClient } from './server.ts'

const identifier = 'https://api.example.com/v1'
const Scopes = [
  { ScopeName: 'read', ScopeDescription: 'Reads' },
  { ScopeName: 'write', ScopeDescription: 'Writes' },
]

eachServer('machine to machine', (server) => {
  let house: House
  let machine: AppClient

  const create = (Identifier: string, scopes = Scopes) =>
    server().api.send(
      new CreateResourceServerCommand({ UserPoolId: house.poolId, Identifier, Name: 'API', Scopes: scopes }),
    )

  const addMachine = (scopes: string[]) =>
    addClient(house, {
      GenerateSecret: true,
      AllowedOAuthFlows: ['client_credentials'],
      AllowedOAuthScopes: scopes,
      CallbackURLs: [],
      LogoutURLs: [],
    })

  beforeAll(async () => {
    house = await buildHouse(server())
    await create(identifier)
    machine = await addMachine([`${identifier}/read`, `${identifier}/write`])
  })

  async function ask(fields: Record<string, string>, client = machine) {
    const basic = Buffer.from(`${client.id}:${client.secret}`).toString('base64')
    const all = { grant_type: 'client_credentials', ...fields }
    const response = await postForm(house, '/oauth2/token', all, { authorization: `Basic ${basic}` })
    return { status: response.status, body: (await response.json()) as Record<string, string> }
  }

  async function verify(token: string | undefined) {
    const verifier = JwtVerifier.create({ issuer: house.issuer, audience: null, jwksUri: '' })
    const keys = await fetch(`${house.issuer}/.well-known/jwks.json`)
    verifier.cacheJwks((await keys.json()) as Parameters<typeof verifier.cacheJwks>[0])
    return verifier.verifySync(token ?? '')
  }

  describe('resource servers', () => {
    test('made, described, changed, listed, deleted', async () => {
      const key = { UserPoolId: house.poolId, Identifier: 'orders' }
      const { ResourceServer } = await create('orders')
      expect(ResourceServer).toEqual({ ...key, Name: 'API', Scopes })
      const described = await server().api.send(new DescribeResourceServerCommand(key))
      expect(described.ResourceServer).toEqual(ResourceServer)
      const changed = await server().api.send(new UpdateResourceServerCommand({ ...key, Name: 'Orders' }))
      expect(changed.ResourceServer).toEqual({ ...key, Name: 'Orders', Scopes: [] })
      const found: (string | undefined)[] = []
      const pages = paginateListResourceServers({ client: server().api, pageSize: 1 }, { UserPoolId: house.poolId })
      for await (const { ResourceServers = [] } of pages) {
        expect(ResourceServers.length).toBeLessThanOrEqual(1)
        found.push(...ResourceServers.map(({ Identifier }) => Identifier))
      }
      expect(found).toEqual([identifier, 'orders'])
      await server().api.send(new DeleteResourceServerCommand(key))
      const again = server().api.send(new DeleteResourceServerCommand(key))
      await expect(again).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
      const gone = server().api.send(new DescribeResourceServerCommand(key))
      await expect(gone).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
      const update = server().api.send(new UpdateResourceServerCommand({ ...key, Name: 'Orders' }))
      await expect(update).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
    })

    test('one of an identifier; scopes are told apart; a pool that is not there', async () => {
      await expect(create(identifier)).rejects.toMatchObject({ name: 'InvalidParameterException' })
      const [read = { ScopeName: '', ScopeDescription: '' }] = Scopes
      await expect(create('twice', [read, read])).rejects.toMatchObject({ name: 'InvalidParameterException' })
      await expect(create('slash', [{ ...read, ScopeName: 'a/b' }])).rejects.toMatchObject({
        name: 'InvalidParameterException',
      })
      const elsewhere = new CreateResourceServerCommand({ UserPoolId: 'eu-west-1_none', Identifier: 'a', Name: 'a' })
      await expect(server().api.send(elsewhere)).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
    })

    test('a pool has 300 at most', async () => {
      const full = await buildHouse(server())
      const make = (Identifier: string) =>
        server().api.send(new CreateResourceServerCommand({ UserPoolId: full.poolId, Identifier, Name: 'API' }))
      for (let index = 0; index < 300; index += 30)
        await Promise.all(Array.from({ length: 30 }, (_, of) => make(`api-${index + of}`)))
      await expect(make('one-more')).rejects.toMatchObject({ name: 'LimitExceededException' })
    })
  })

  describe('clients', () => {
    test('may ask for scopes that exist', async () => {
      for (const scope of [`${identifier}/fly`, 'other/read', identifier, '/read'])
        await expect(addMachine([scope])).rejects.toMatchObject({ name: 'ScopeDoesNotExistException' })
    })

    // biome-ignore format: a table
    const refused: [title: string, input: object, error: string][] = [
      ['client_credentials beside code', { GenerateSecret: true, AllowedOAuthFlows: ['client_credentials', 'code'] },                       'InvalidOAuthFlowException'],
      ['client_credentials, no secret',  { AllowedOAuthFlows: ['client_credentials'] },                                                     'InvalidOAuthFlowException'],
      ['GetClientToken beside a flow',   { GenerateSecret: true, ExplicitAuthFlows: ['ALLOW_CLIENT_TOKEN_AUTH', 'ALLOW_USER_SRP_AUTH'] },   'InvalidParameterException'],
      ['GetClientToken, no secret',      { ExplicitAuthFlows: ['ALLOW_CLIENT_TOKEN_AUTH'] },                                                'InvalidParameterException'],
    ]
    test.each(refused)('are refused: %s', async (_, input, error) => {
      await expect(addClient(house, { CallbackURLs: [callback], ...input })).rejects.toMatchObject({ name: error })
    })
  })

  describe('the client_credentials grant', () => {
    test('gives an access token alone, for all custom scopes or those asked for', async () => {
      const { status, body } = await ask({})
      expect(status).toBe(200)
      expect(Object.keys(body).sort()).toEqual(['access_token', 'expires_in', 'token_type'])
      const claims = await verify(body.access_token)
      expect(claims).toEqual({
        sub: machine.id,
        client_id: machine.id,
        token_use: 'access',
        scope: `${identifier}/read ${identifier}/write`,
        version: 2,
        iss: house.issuer,
        auth_time: claims.iat,
        iat: expect.any(Number),
        exp: Number(claims.iat) + 3600,
        jti: expect.any(String),
      })
      const one = await ask({ scope: `${identifier}/write` })
      expect((await verify(one.body.access_token)).scope).toBe(`${identifier}/write`)
    })

    test('stores nothing', async () => {
      const before = await server().rows()
      await ask({})
      expect(await server().rows()).toEqual(before)
    })

    test('refuses scopes that are not the client’s', async () => {
      for (const scope of [`${identifier}/fly`, 'openid', 'aws.cognito.signin.user.admin', `${identifier}/read openid`])
        expect(await ask({ scope })).toMatchObject({ status: 400, body: { error: 'invalid_scope' } })
    })

    test('refuses a client without the flow, a wrong secret, and metadata that is not a map of texts', async () => {
      const web = await addClient(house, { GenerateSecret: true })
      expect(await ask({}, web)).toMatchObject({ status: 400, body: { error: 'unauthorized_client' } })
      expect(await ask({}, { ...machine, secret: 'wrong' })).toMatchObject({ body: { error: 'invalid_client' } })
      for (const text of ['{', '[]', '{"a":1}', 'null', '"a"'])
        expect(await ask({ aws_client_metadata: text })).toMatchObject({ body: { error: 'invalid_request' } })
      expect((await ask({ aws_client_metadata: '{"a":"b"}' })).status).toBe(200)
    })

    test('its token opens nothing of a user', async () => {
      const { body } = await ask({})
      const call = sdkClient(server().url, undefined).send(new GetUserCommand({ AccessToken: body.access_token }))
      await expect(call).rejects.toMatchObject({ name: 'NotAuthorizedException' })
      const userInfo = await fetch(`${house.domain}/oauth2/userInfo`, {
        headers: { authorization: `Bearer ${body.access_token}` },
      })
      expect(userInfo.status).toBe(401)
    })
  })

  describe('GetClientToken', () => {
    let client: AppClient
    beforeAll(async () => {
      client = await addClient(house, {
        GenerateSecret: true,
        AllowedOAuthFlowsUserPoolClient: false,
        AllowedOAuthFlows: [],
        AllowedOAuthScopes: [`${identifier}/read`],
        CallbackURLs: [],
        LogoutURLs: [],
        ExplicitAuthFlows: ['ALLOW_CLIENT_TOKEN_AUTH' as never],
      })
    })
    const get = (input: Partial<GetClientTokenCommandInput> = {}, api = server().api) =>
      api.send(new GetClientTokenCommand({ ClientId: client.id, Secret: client.secret, ...input }))

    test('answers signed calls, calls under a foreign key, and calls without a signature', async () => {
      const foreign = sdkClient(server().url, { accessKeyId: 'nobody', secretAccessKey: 'x' } as never)
      for (const api of [server().api, foreign]) {
        const { ClientAuthenticationResult: result } = await get({}, api)
        expect(result).toMatchObject({ ExpiresIn: 3600, TokenType: 'Bearer' })
        expect(await verify(result?.AccessToken)).toMatchObject({ sub: client.id, scope: `${identifier}/read` })
      }
      const unsigned = await fetch(server().url, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-amz-json-1.1',
          'x-amz-target': 'AWSCognitoIdentityProviderService.GetClientToken',
        },
        body: JSON.stringify({ ClientId: client.id, Secret: client.secret, Scopes: [`${identifier}/read`] }),
      })
      expect(unsigned.status).toBe(200)
    })

    test('refuses a wrong secret, a foreign scope, a client of another kind, an unknown one', async () => {
      const wrong = get({ Secret: 'x'.repeat(51) })
      await expect(wrong).rejects.toMatchObject({ name: 'NotAuthorizedException' })
      const scope = get({ Scopes: [`${identifier}/write`] })
      await expect(scope).rejects.toMatchObject({ name: 'InvalidParameterException' })
      const kind = get({ ClientId: machine.id, Secret: machine.secret })
      await expect(kind).rejects.toMatchObject({ name: 'InvalidParameterException' })
      await expect(get({ ClientId: 'nobody' })).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
    })
  })

  test('custom scopes reach a user’s tokens, and end with their resource server', async () => {
    await create('shop')
    const web = await addClient(house, { AllowedOAuthScopes: ['openid', 'shop/read', 'shop/write'] })
    const back = await signInAt(authorizeUrl(house, web, { scope: 'openid shop/read' }), house)
    const exchanged = await postForm(house, '/oauth2/token', {
      grant_type: 'authorization_code',
      client_id: web.id,
      code: back.searchParams.get('code') ?? '',
      redirect_uri: callback,
    })
    const tokens = (await exchanged.json()) as Record<string, string>
    expect((await verify(tokens.access_token)).scope).toBe('openid shop/read')
    const shop = await addMachine(['shop/read'])
    const [, write = { ScopeName: '', ScopeDescription: '' }] = Scopes
    await server().api.send(
      new UpdateResourceServerCommand({ UserPoolId: house.poolId, Identifier: 'shop', Name: 'Shop', Scopes: [write] }),
    )
    expect(await ask({}, shop)).toMatchObject({ body: { error: 'invalid_scope' } })
    const fields = { grant_type: 'refresh_token', client_id: web.id, refresh_token: tokens.refresh_token }
    const refreshed = (await (await postForm(house, '/oauth2/token', fields)).json()) as Record<string, string>
    expect((await verify(refreshed.access_token)).scope).toBe('openid')
    const gone = new CreateUserPoolClientCommand({
      UserPoolId: house.poolId,
      ClientName: 'late',
      AllowedOAuthScopes: ['shop/read'],
    })
    await expect(server().api.send(gone)).rejects.toMatchObject({ name: 'ScopeDoesNotExistException' })
  })
})
