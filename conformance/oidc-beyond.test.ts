// What the OAuth door takes besides the plain code flow: audiences, levels of authentication, strict clients, apps that
// register themselves, and an issuer in every answer.
import {
  AssociateSoftwareTokenCommand,
  CreateUserPoolClientCommand,
  DescribeUserPoolClientCommand,
  InitiateAuthCommand,
  ListUserPoolClientsCommand,
  type ListUserPoolClientsCommandInput,
  SetUserMFAPreferenceCommand,
  SetUserPoolMfaConfigCommand,
  TagResourceCommand,
  UpdateUserPoolCommand,
  type UpdateUserPoolCommandInput,
  VerifySoftwareTokenCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  type AppClient,
  addClient,
  authorizeUrl,
  buildHouse,
  callback,
  type House,
  locationOf,
  newVisitor,
  pkce,
  postForm,
  signInAt,
} from './hosted.ts'
import { authenticatorCode } from './pool.ts'
import { eachServer, region } from './server.ts'

type Claims = Record<string, unknown>

interface Tokens {
  readonly access_token: string
  readonly id_token: string
  readonly refresh_token?: string
}

eachServer('beyond the plain code flow', (server) => {
  let house: House
  let client: AppClient
  beforeAll(async () => {
    house = await buildHouse(server())
    client = await addClient(house)
  })

  const claimsOf = (token: string) =>
    JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Claims

  const tag = (Tags: Record<string, string>, of = house) => {
    const ResourceArn = `arn:aws:cognito-idp:${region}:000000000000:userpool/${of.poolId}`
    return server().api.send(new TagResourceCommand({ ResourceArn, Tags }))
  }

  const exchange = (back: URL, fields: Record<string, string> = {}, party = client, of = house) =>
    postForm(of, '/oauth2/token', {
      grant_type: 'authorization_code',
      client_id: party.id,
      client_secret: party.secret,
      redirect_uri: callback,
      code: back.searchParams.get('code') ?? '',
      ...fields,
    })

  async function tokensOf(response: Response): Promise<Tokens> {
    expect(response.status).toBe(200)
    return (await response.json()) as Tokens
  }

  describe('a resource', () => {
    const resource = 'https://api.example.com/v1'

    test('is the audience of access tokens, also after a refresh, and of no ID token', async () => {
      const back = await signInAt(authorizeUrl(house, client, { resource }), house)
      const tokens = await tokensOf(await exchange(back, { resource }))
      expect(claimsOf(tokens.access_token)).toMatchObject({ aud: resource, client_id: client.id })
      expect(claimsOf(tokens.id_token).aud).toBe(client.id)
      const fields = { grant_type: 'refresh_token', client_id: client.id, refresh_token: tokens.refresh_token }
      const refreshed = await tokensOf(await postForm(house, '/oauth2/token', fields))
      expect(claimsOf(refreshed.access_token).aud).toBe(resource)
      const other = await postForm(house, '/oauth2/token', { ...fields, resource: 'https://other.example.com/' })
      expect([other.status, await other.json()]).toMatchObject([400, { error: 'invalid_request' }])
      const info = await fetch(`${house.domain}/oauth2/userInfo`, {
        headers: { authorization: `Bearer ${tokens.access_token}` },
      })
      expect(info.status).toBe(200)
    })

    test('is not there unless it was asked for, and a code is for its own alone', async () => {
      const plain = await tokensOf(await exchange(await signInAt(authorizeUrl(house, client), house)))
      expect(claimsOf(plain.access_token)).not.toHaveProperty('aud')
      const back = await signInAt(authorizeUrl(house, client, { resource }), house)
      const other = await exchange(back, { resource: 'https://other.example.com/' })
      expect([other.status, await other.json()]).toMatchObject([400, { error: 'invalid_request' }])
    })

    const taken = ['http://localhost:3000/api', 'myapp:/resource', 'urn:example:api']
    test.each(taken)('%s is one', async (address) => {
      const back = await signInAt(authorizeUrl(house, client, { resource: address }), house)
      expect(claimsOf((await tokensOf(await exchange(back))).access_token).aud).toBe(address)
    })

    const refused = [
      'api',
      'https://',
      'http://api.example.com/',
      'https://api.example.com/#f',
      '//api',
      'https://a b/',
    ]
    test.each(refused)('%s is none', async (address) => {
      const response = await fetch(authorizeUrl(house, client, { resource: address }), { redirect: 'manual' })
      expect(new URL(locationOf(response)).searchParams.get('error')).toBe('invalid_request')
    })
  })

  test('every answer names its issuer (RFC 9207)', async () => {
    expect((await signInAt(authorizeUrl(house, client), house)).searchParams.get('iss')).toBe(house.issuer)
    const refused = await fetch(authorizeUrl(house, client, { scope: 'nothing' }), { redirect: 'manual' })
    expect(new URL(locationOf(refused)).searchParams.get('iss')).toBe(house.issuer)
    const implicit = await addClient(house, { AllowedOAuthFlows: ['implicit'] })
    const back = await signInAt(authorizeUrl(house, implicit, { response_type: 'token' }), house)
    expect(new URLSearchParams(back.hash.slice(1)).get('iss')).toBe(house.issuer)
  })

  describe('levels of authentication', () => {
    let secured: House
    let app: AppClient
    let secret: string
    let step = 0
    beforeAll(async () => {
      secured = await buildHouse(server())
      app = await addClient(secured)
      const { api } = server()
      await api.send(
        new SetUserPoolMfaConfigCommand({
          UserPoolId: secured.poolId,
          MfaConfiguration: 'OPTIONAL',
          SoftwareTokenMfaConfiguration: { Enabled: true },
        }),
      )
      const AuthParameters = { USERNAME: secured.username, PASSWORD: secured.password }
      const begun = await api.send(
        new InitiateAuthCommand({ ClientId: app.id, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters }),
      )
      const AccessToken = begun.AuthenticationResult?.AccessToken ?? ''
      secret = (await api.send(new AssociateSoftwareTokenCommand({ AccessToken }))).SecretCode ?? ''
      await api.send(new VerifySoftwareTokenCommand({ AccessToken, UserCode: authenticatorCode(secret, Date.now()) }))
    })

    /** A code of the authenticator that was not shown before. */
    const nextCode = () => {
      step += 30_000
      return authenticatorCode(secret, Date.now() + step)
    }

    const enable = (Enabled: boolean, AccessToken: string) =>
      server().api.send(
        new SetUserMFAPreferenceCommand({ AccessToken, SoftwareTokenMfaSettings: { Enabled, PreferredMfa: false } }),
      )

    test('are said where they are asked for, and stay with the sign-in', async () => {
      const visitor = newVisitor()
      const plain = await signInAt(authorizeUrl(secured, app), secured, visitor)
      expect(claimsOf((await tokensOf(await exchange(plain, {}, app, secured))).id_token)).not.toHaveProperty('acr')
      const back = await signInAt(authorizeUrl(secured, app, { max_age: '600' }), secured, visitor)
      const tokens = await tokensOf(await exchange(back, {}, app, secured))
      const said = { acr: 'urn:cognito:loa:1', amr: ['pwd'] }
      expect(claimsOf(tokens.id_token)).toMatchObject(said)
      expect(claimsOf(tokens.access_token)).toMatchObject(said)
      const fields = { grant_type: 'refresh_token', client_id: app.id, refresh_token: tokens.refresh_token }
      const refreshed = await tokensOf(await postForm(secured, '/oauth2/token', fields))
      expect(claimsOf(refreshed.access_token)).toMatchObject(said)
    })

    test('step up whoever can, in a pool that asks nobody', async () => {
      const visitor = newVisitor()
      const first = await signInAt(
        authorizeUrl(secured, app, { scope: 'openid aws.cognito.signin.user.admin' }),
        secured,
        visitor,
      )
      const { access_token } = await tokensOf(await exchange(first, {}, app, secured))
      const target = authorizeUrl(secured, app, { acr_values: 'urn:cognito:loa:4 urn:cognito:loa:1' })
      // Without a factor the level cannot be reached: the next one of the list counts, and it is there.
      expect((await signInAt(target, secured, visitor)).searchParams.get('code')).toBeTruthy()
      await enable(true, access_token)
      const asked = await visitor.get(target)
      expect(locationOf(asked)).toContain('/login')
      const silent = new URL(target)
      silent.searchParams.set('prompt', 'none')
      expect(locationOf(await visitor.get(silent))).toContain('error=login_required')
      await visitor.get(locationOf(asked))
      const code = await visitor.submit({ username: secured.username, password: secured.password })
      expect(locationOf(code)).toContain('/code')
      await visitor.get(locationOf(code))
      server().tick(30_000)
      const done = await visitor.submit({ username: secured.username, code: nextCode() })
      const back = new URL(locationOf(done))
      const tokens = await tokensOf(await exchange(back, {}, app, secured))
      expect(claimsOf(tokens.id_token)).toMatchObject({ acr: 'urn:cognito:loa:4', amr: ['pwd', 'otp', 'mfa'] })
      // The session is of that level now, and nobody is asked again.
      expect((await signInAt(silent, secured, visitor)).searchParams.get('code')).toBeTruthy()
      server().tick(-30_000)
    })

    test('have names of the pool', async () => {
      const { api } = server()
      const named = await buildHouse(server())
      const other = await addClient(named)
      const update = (AcrConfiguration: object) =>
        api.send(
          new UpdateUserPoolCommand({ UserPoolId: named.poolId, AcrConfiguration } as UpdateUserPoolCommandInput),
        )
      await update({ Level1: { AcrValue: 'https://example.com/bronze' } })
      const back = await signInAt(authorizeUrl(named, other, { acr_values: 'https://example.com/bronze' }), named)
      const { id_token } = await tokensOf(await exchange(back, {}, other, named))
      expect(claimsOf(id_token).acr).toBe('https://example.com/bronze')
      for (const wrong of [
        { Level5: { AcrValue: 'x' } },
        { Level1: { AcrValue: 'a b' } },
        { Level1: { AcrValue: 'urn:cognito:loa:2' } },
      ])
        await expect(update(wrong)).rejects.toMatchObject({ name: 'InvalidParameterException' })
    })
  })

  describe('a strict client', () => {
    let guarded: House
    let app: AppClient
    beforeAll(async () => {
      guarded = await buildHouse(server())
      app = await addClient(guarded, { AllowedOAuthFlows: ['code', 'implicit'] })
      await tag({ 'poolhouse:strict': `other ${app.id}` }, guarded)
    })

    const errorOf = async (address: URL) => {
      const back = new URL(locationOf(await fetch(address, { redirect: 'manual' })))
      return back.searchParams.get('error') ?? new URLSearchParams(back.hash.slice(1)).get('error')
    }

    test('must use PKCE, and has no implicit flow; others of the pool go on as before', async () => {
      const { challenge } = pkce()
      const proof = { code_challenge: challenge, code_challenge_method: 'S256' }
      expect(await errorOf(authorizeUrl(guarded, app))).toBe('invalid_request')
      expect(await errorOf(authorizeUrl(guarded, app, { ...proof, response_type: 'token' }))).toBe(
        'unauthorized_client',
      )
      const other = await addClient(guarded)
      expect((await signInAt(authorizeUrl(guarded, other), guarded)).searchParams.get('code')).toBeTruthy()
    })

    test('has codes of a minute, and refresh tokens that rotate', async () => {
      const enter = async () => {
        const { verifier, challenge } = pkce()
        const proof = { code_challenge: challenge, code_challenge_method: 'S256' }
        const back = await signInAt(authorizeUrl(guarded, app, proof), guarded)
        return () => exchange(back, { code_verifier: verifier }, app, guarded)
      }
      const late = await enter()
      server().tick(61_000)
      expect((await late()).status).toBe(400)
      server().tick(-61_000)
      const tokens = await tokensOf(await (await enter())())
      const fields = { grant_type: 'refresh_token', client_id: app.id, refresh_token: tokens.refresh_token }
      const next = await tokensOf(await postForm(guarded, '/oauth2/token', fields))
      expect(next.refresh_token).toMatch(/^[\w-]{70}$/)
      // A retry within ten seconds is one; later it is a theft, and all of it ends.
      expect((await tokensOf(await postForm(guarded, '/oauth2/token', fields))).refresh_token).toBe(next.refresh_token)
      server().tick(11_000)
      expect((await postForm(guarded, '/oauth2/token', fields)).status).toBe(400)
      const last = { ...fields, refresh_token: next.refresh_token }
      expect((await postForm(guarded, '/oauth2/token', last)).status).toBe(400)
      server().tick(-11_000)
    })

    test('keeps its own settings as they were', async () => {
      const described = await server().api.send(
        new DescribeUserPoolClientCommand({ UserPoolId: guarded.poolId, ClientId: app.id }),
      )
      expect(described.UserPoolClient?.AllowedOAuthFlows).toEqual(['code', 'implicit'])
      expect(described.UserPoolClient?.RefreshTokenRotation).toBeUndefined()
    })

    test('a tag in our name that means nothing is refused', async () => {
      const tags = [
        ['poolhouse:strickt', '*'],
        ['poolhouse:strict', ''],
        ['poolhouse:strict', 'a,b'],
      ] as const
      for (const [name, value] of tags)
        await expect(tag({ [name]: value })).rejects.toMatchObject({ name: 'InvalidParameterException' })
    })
  })

  describe('an app that registers itself', () => {
    let open: House
    beforeAll(async () => {
      open = await buildHouse(server())
    })

    const allow = (DcrConfiguration: object) =>
      server().api.send(
        new UpdateUserPoolCommand({ UserPoolId: open.poolId, DcrConfiguration } as UpdateUserPoolCommandInput),
      )

    async function register(metadata: unknown, headers: Record<string, string> = {}) {
      const response = await fetch(`${open.domain}/oauth2/register`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof metadata === 'string' ? metadata : JSON.stringify(metadata),
      })
      return { status: response.status, body: (await response.json()) as Record<string, string> }
    }

    const discovered = async () =>
      (await (await fetch(`${open.issuer}/.well-known/openid-configuration`)).json()) as Record<string, string>

    test('is refused, and not invited, until the pool allows it', async () => {
      expect(await register({ redirect_uris: [callback] })).toMatchObject({
        status: 400,
        body: { error: 'access_denied' },
      })
      expect(await discovered()).not.toHaveProperty('registration_endpoint')
    })

    test('signs people in afterwards', async () => {
      await allow({ EnableStatus: 'Enabled', OpenDcrEnabled: true })
      expect((await discovered()).registration_endpoint).toBe(`${open.domain}/oauth2/register`)
      const { status, body } = await register({
        client_name: 'Agent',
        redirect_uris: [callback],
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        software_id: 'ignored',
      })
      expect(status).toBe(201)
      expect(body).toEqual({
        client_id: expect.stringMatching(/^[a-z0-9]{26}$/),
        client_id_issued_at: expect.any(Number),
        client_name: 'Agent',
        redirect_uris: [callback],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        scope: 'openid email phone profile',
        token_endpoint_auth_method: 'none',
      })
      const app = { id: body.client_id ?? '', secret: undefined }
      const back = await signInAt(authorizeUrl(open, app), open)
      await tokensOf(await exchange(back, {}, app, open))
      const secretive = await register({ redirect_uris: [callback] })
      expect(secretive.body).toMatchObject({ client_secret: expect.any(String), client_secret_expires_at: 0 })
      const AuthParameters = { USERNAME: open.username, PASSWORD: open.password }
      const direct = new InitiateAuthCommand({ ClientId: app.id, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters })
      await expect(server().api.send(direct)).rejects.toMatchObject({ name: 'InvalidParameterException' })
      const list = async (ClientType: string) => {
        const input = { UserPoolId: open.poolId, ClientType } as ListUserPoolClientsCommandInput
        const { UserPoolClients = [] } = await server().api.send(new ListUserPoolClientsCommand(input))
        return UserPoolClients.map(({ ClientId }) => ClientId)
      }
      expect(await list('DCR')).toContain(app.id)
      expect(await list('REGULAR')).not.toContain(app.id)
    })

    // biome-ignore format: a table
    const wrong: [title: string, error: string, metadata: unknown][] = [
      ['no address',                 'invalid_client_metadata', {}],
      ['an address that runs',       'invalid_redirect_uri',    { redirect_uris: ['javascript:alert(1)'] }],
      ['an address without TLS',     'invalid_redirect_uri',    { redirect_uris: ['http://app.example.com/'] }],
      ['an address with a fragment', 'invalid_redirect_uri',    { redirect_uris: ['https://app.example.com/#f'] }],
      ['a scope of nobody’s leave',  'invalid_client_metadata', { redirect_uris: [callback], scope: 'openid aws.cognito.signin.user.admin' }],
      ['the scope to register',      'invalid_client_metadata', { redirect_uris: [callback], scope: 'aws.cognito/dcr/register' }],
      ['the implicit flow',          'invalid_client_metadata', { redirect_uris: [callback], grant_types: ['implicit'] }],
      ['a machine’s flow',           'invalid_client_metadata', { grant_types: ['client_credentials'] }],
      ['an unknown flow',            'invalid_client_metadata', { redirect_uris: [callback], grant_types: ['password'] }],
      ['types that do not fit',      'invalid_client_metadata', { redirect_uris: [callback], response_types: ['token'] }],
      ['a private key',              'invalid_client_metadata', { redirect_uris: [callback], token_endpoint_auth_method: 'private_key_jwt' }],
      ['pairwise subjects',          'invalid_client_metadata', { redirect_uris: [callback], subject_type: 'pairwise' }],
      ['a statement',                'invalid_client_metadata', { redirect_uris: [callback], software_statement: 'x.y.z' }],
      ['a name with markup',         'invalid_client_metadata', { redirect_uris: [callback], client_name: '<b>bank</b>' }],
      ['a list that is a text',      'invalid_client_metadata', { redirect_uris: callback }],
      ['no JSON',                    'invalid_client_metadata', 'redirect_uris=x'],
      ['a list',                     'invalid_client_metadata', []],
    ]
    test.each(wrong)('%s is %s', async (_, error, metadata) => {
      await allow({ EnableStatus: 'Enabled', OpenDcrEnabled: true })
      const before = await server().rows()
      expect(await register(metadata)).toMatchObject({ status: 400, body: { error } })
      const after = await server().rows()
      expect(after.clients).toEqual(before.clients)
    })

    test('by a token alone, of a machine that has the scope', async () => {
      await allow({ EnableStatus: 'Enabled', OpenDcrEnabled: false, AuthenticatedGrantTypes: ['code'] })
      expect(await register({ redirect_uris: [callback] })).toMatchObject({
        status: 401,
        body: { error: 'invalid_token' },
      })
      const registrar = await server().api.send(
        new CreateUserPoolClientCommand({
          UserPoolId: open.poolId,
          ClientName: 'registrar',
          GenerateSecret: true,
          AllowedOAuthFlowsUserPoolClient: true,
          AllowedOAuthFlows: ['client_credentials'],
          AllowedOAuthScopes: ['aws.cognito/dcr/register'],
        }),
      )
      const { ClientId = '', ClientSecret = '' } = registrar.UserPoolClient ?? {}
      const machine = await postForm(open, '/oauth2/token', {
        grant_type: 'client_credentials',
        client_id: ClientId,
        client_secret: ClientSecret,
      })
      const { access_token } = (await machine.json()) as Tokens
      const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
      expect((await register({ redirect_uris: [callback] }, bearer(access_token))).status).toBe(201)
      const app = await addClient(open)
      const person = await tokensOf(await exchange(await signInAt(authorizeUrl(open, app), open), {}, app, open))
      for (const token of [person.access_token, person.id_token, `${access_token}x`, 'x'])
        expect((await register({ redirect_uris: [callback] }, bearer(token))).status).toBe(401)
      server().tick(2 * 60 * 60_000)
      expect((await register({ redirect_uris: [callback] }, bearer(access_token))).status).toBe(401)
      server().tick(-2 * 60 * 60_000)
    })

    test('so many an hour from one address', async () => {
      await allow({ EnableStatus: 'Enabled', OpenDcrEnabled: true })
      const statuses: number[] = []
      for (let at = 0; at < 25; at++) statuses.push((await register({ redirect_uris: [callback] })).status)
      expect(statuses.at(-1)).toBe(429)
      expect(statuses.filter((status) => status === 201).length).toBeLessThanOrEqual(20)
    })
  })
})
