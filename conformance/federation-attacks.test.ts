import { setTimeout as sleep } from 'node:timers/promises'
import {
  AdminCreateUserCommand,
  AdminDeleteUserCommand,
  AdminGetUserCommand,
  AdminLinkProviderForUserCommand,
  AdminUpdateUserAttributesCommand,
  DeleteIdentityProviderCommand,
  ListUsersCommand,
  SignUpCommand,
  UpdateIdentityProviderCommand,
  UpdateUserPoolClientCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { beforeEach, describe, expect, test } from 'vitest'
import { type AtUpstream, addProvider, buildFederatedHouse, type FederatedHouse, isAtApp, leave } from './federation.ts'
import { addClient, callback, locationOf, newVisitor } from './hosted.ts'
import { eachServer } from './server.ts'
import { newSubject, type OwnUpstream, ownUpstream, type Plan, upstreamClient } from './upstream.ts'

eachServer('attacks on sign-in at other providers', (server) => {
  let upstream: OwnUpstream
  let subject: string
  let federated: FederatedHouse
  beforeEach(async () => {
    subject = newSubject()
    upstream = await ownUpstream(subject)
    federated = await buildFederatedHouse(server(), upstream)
    return () => upstream.close()
  })

  /** Goes to the upstream, which knows what it was asked. */
  async function go(extra?: Readonly<Record<string, string | undefined>>): Promise<AtUpstream> {
    const there = await leave(federated, { extra })
    upstream.nonce = there.sent.get('nonce') ?? undefined
    return there
  }

  async function users(): Promise<(string | undefined)[]> {
    const { Users = [] } = await server().api.send(new ListUsersCommand({ UserPoolId: federated.house.poolId }))
    return Users.map(({ Username }) => Username).sort()
  }

  /** The app hears of an error and of no code, nobody is made, and the browser is nobody. */
  async function refusedAtApp(there: AtUpstream, response: Response): Promise<URL> {
    const url = new URL(locationOf(response))
    expect(isAtApp(url)).toBe(true)
    expect(url.searchParams.get('code')).toBeNull()
    expect(url.searchParams.get('error')).toMatch(/^(invalid_request|access_denied)$/)
    expect(there.visitor.cookie('cognito')).toBeUndefined()
    expect(await users()).toEqual(['ada'])
    return url
  }

  /** A page of ours says so, and nothing was changed. */
  async function refusedHere(response: Response, visitor = newVisitor()): Promise<void> {
    expect(response.status).toBe(400)
    expect(await response.text()).toContain('This sign-in is over already')
    expect(visitor.cookie('cognito')).toBeUndefined()
    expect(await users()).toEqual(['ada'])
  }

  test('the upstream of these tests is believed when it does nothing wrong', async () => {
    const there = await go()
    expect(new URL(locationOf(await there.back())).searchParams.get('code')).toBeTruthy()
    expect(await users()).toEqual(['ada', `upstream_${subject}`])
  })

  describe('OF1', () => {
    test('an answer that names another issuer is refused (mix-up)', async () => {
      const there = await go()
      await refusedAtApp(there, await there.back({ iss: 'https://honest.example' }))
      expect(upstream.requests.map(({ path }) => path)).not.toContain('/token')
    })

    test('an answer without issuer is refused where the provider says that it names itself', async () => {
      upstream.plan = { discovery: { authorization_response_iss_parameter_supported: true } }
      const there = await go()
      await refusedAtApp(there, await there.back())
      const again = await go()
      expect(locationOf(await again.back({ iss: upstream.issuer }))).toContain('code=')
    })

    test('an answer goes to the provider that its state belongs to, and to no other', async () => {
      const other = await ownUpstream('somebody-else')
      await addProvider(federated.house, other, 'Other')
      const there = await go()
      await there.back()
      expect(other.requests).toEqual([])
      await other.close()
    })
  })

  describe('OF2', () => {
    test('a state is worth one answer', async () => {
      const there = await go()
      await there.back()
      const { visitor } = there
      const before = visitor.cookie('cognito')
      const again = await there.back()
      expect(again.status).toBe(400)
      expect(visitor.cookie('cognito')).toBe(before)
    })

    test('a state of another browser signs nobody in, and stays good for its own', async () => {
      const attacker = await go()
      const victim = newVisitor()
      const answer = new URLSearchParams({ code: 'upstream-code', state: attacker.sent.get('state') ?? '' })
      await refusedHere(await victim.get(`${federated.returnUrl}?${answer}`), victim)
      // Also in a browser that has begun a trip of its own.
      await leave(federated, { visitor: victim })
      await refusedHere(await victim.get(`${federated.returnUrl}?${answer}`), victim)
      expect(locationOf(await attacker.back())).toContain('code=')
    })

    test.each([undefined, '', 'x', 'x'.repeat(43)])('the state %j is nobody', async (state) => {
      const there = await go()
      await refusedHere(await there.back({ state }), there.visitor)
    })

    test('a state twice is refused', async () => {
      const there = await go()
      const state = there.sent.get('state') ?? ''
      const answer = `code=c&state=${state}&state=${state}`
      const response = await there.visitor.get(`${federated.returnUrl}?${answer}`)
      expect(response.status).toBe(400)
      expect(await users()).toEqual(['ada'])
    })

    test('two answers at once: one signs in', async () => {
      const there = await go()
      const responses = await Promise.all(Array.from({ length: 8 }, () => there.back()))
      expect(responses.map(({ status }) => status).sort()).toEqual([303, ...Array(7).fill(400)])
    })
  })

  const now = () => Math.floor(Date.now() / 1000)
  // biome-ignore format: a table
  const tokens: [id: string, title: string, plan: () => Plan][] = [
    ['OF1', 'another issuer',              () => ({ claims: { iss: 'https://honest.example' } })],
    ['OF1', 'no issuer',                   () => ({ claims: { iss: undefined } })],
    ['OF3', 'another audience',            () => ({ claims: { aud: 'somebody-else' } })],
    ['OF3', 'no audience',                 () => ({ claims: { aud: undefined } })],
    ['OF3', 'us among others',             () => ({ claims: { aud: [upstreamClient.client_id, 'somebody-else'] } })],
    ['OF3', 'another party',               () => ({ claims: { azp: 'somebody-else' } })],
    ['OF3', 'another party, us among',     () => ({ claims: { aud: [upstreamClient.client_id, 'x'], azp: 'x' } })],
    ['OF4', 'no end',                      () => ({ claims: { exp: undefined } })],
    ['OF4', 'an end that was',             () => ({ claims: { exp: now() - 120 } })],
    ['OF4', 'an end that is text',         () => ({ claims: { exp: String(now() + 300) } })],
    ['OF4', 'no time',                     () => ({ claims: { iat: undefined } })],
    ['OF4', 'a time to come',              () => ({ claims: { iat: now() + 3600, exp: now() + 7200 } })],
    ['OF4', 'not before later',            () => ({ claims: { nbf: now() + 3600 } })],
    ['OF5', 'no nonce',                    () => ({ claims: { nonce: undefined } })],
    ['OF5', 'another nonce',               () => ({ claims: { nonce: 'of-another-trip' } })],
    ['OF6', 'no signature',                () => ({ signature: 'none' })],
    ['OF6', 'no signature, in capitals',   () => ({ signature: 'none', header: { alg: 'NONE' } })],
    ['OF6', 'a signature by our secret',   () => ({ signature: 'secret' })],
    ['OF6', 'a key that is not published', () => ({ signature: 'other' })],
    ['OF6', 'an unknown key id',           () => ({ header: { kid: 'two' } })],
    ['OF6', 'an unknown critical header',  () => ({ header: { crit: ['x'], x: 1 } })],
    ['OF6', 'no subject',                  () => ({ claims: { sub: undefined }, userInfo: { sub: undefined } })],
    ['OF11', 'user info of somebody else', () => ({ userInfo: { sub: 'somebody-else' } })],
    ['OF11', 'user info of nobody',        () => ({ userInfo: { sub: undefined } })],
    ['OF9', 'a subject with a line break', () => ({ claims: { sub: 'a\nb' }, userInfo: { sub: 'a\nb' } })],
    ['OF9', 'a subject that looks linked', () => ({ claims: { sub: 'email\u001fada@example.com' }, userInfo: { sub: 'email\u001fada@example.com' } })],
    ['OF9', 'a subject of 200 letters',    () => ({ claims: { sub: 'x'.repeat(200) }, userInfo: { sub: 'x'.repeat(200) } })],
  ]
  test.each(tokens)('%s: an ID token is refused that has %s', async (_, __, plan) => {
    const there = await go()
    upstream.plan = plan()
    await refusedAtApp(there, await there.back())
  })

  test('OF5: the nonce of another trip is no nonce', async () => {
    const first = await go()
    const second = await leave(federated)
    // The upstream still answers the first one.
    expect(first.sent.get('nonce')).not.toBe(second.sent.get('nonce'))
    await refusedAtApp(second, await second.back())
  })

  test('OF7: an answer is refused that was redeemed', async () => {
    const there = await go()
    const done = await there.back()
    expect(locationOf(done)).toContain('code=')
    await there.back()
    expect(upstream.requests.filter(({ path }) => path === '/token')).toHaveLength(1)
  })

  test('OF8: one subject of two providers is two people', async () => {
    const other = await ownUpstream(subject)
    await addProvider(federated.house, other, 'Other')
    const client = await addClient(federated.house, { SupportedIdentityProviders: ['Upstream', 'Other'] })
    for (const [provider, at] of [
      ['Upstream', upstream],
      ['Other', other],
    ] as const) {
      const there = await leave({ ...federated, client, provider })
      at.nonce = there.sent.get('nonce') ?? undefined
      expect(locationOf(await there.back())).toContain('code=')
    }
    expect(await users()).toEqual(['ada', `other_${subject}`, `upstream_${subject}`])
    await other.close()
  })

  describe.each([true, false])('OF9: an address of a user of the pool (verified: %s)', (verified) => {
    test('makes another user and links nobody', async () => {
      const { house } = federated
      const claims = { email: house.email, email_verified: verified }
      const there = await go()
      upstream.plan = { claims, userInfo: claims }
      expect(locationOf(await there.back())).toContain('code=')
      expect(await users()).toEqual(['ada', `upstream_${subject}`])
      const ada = await server().api.send(
        new AdminGetUserCommand({ UserPoolId: house.poolId, Username: house.username }),
      )
      expect(ada.UserAttributes?.some(({ Name }) => Name === 'identities')).toBe(false)
    })
  })

  test('OF9: whoever takes the name of a person in advance gets nobody else in', async () => {
    const { house, client } = federated
    await server()
      .api.send(
        new SignUpCommand({
          ClientId: client.id,
          Username: `Upstream_${subject}`,
          Password: house.password,
          UserAttributes: [{ Name: 'email', Value: 'squatter@example.com' }],
        }),
      )
      .catch(() => undefined)
    await server()
      .api.send(
        new AdminCreateUserCommand({
          UserPoolId: house.poolId,
          Username: `Upstream_${subject}`,
          MessageAction: 'SUPPRESS',
        }),
      )
      .catch(() => undefined)
    const there = await go()
    const url = new URL(locationOf(await there.back()))
    expect(url.searchParams.get('code')).toBeNull()
    expect(url.searchParams.get('error_description')).toBe(`Already found an entry for username upstream_${subject}`)
  })

  describe('OF10: an address that changes upstream', () => {
    test('does not become that of another user', async () => {
      await (await go()).back()
      const claims = { email: federated.house.email, email_verified: true }
      upstream.plan = { claims, userInfo: claims }
      const there = await go()
      expect(locationOf(await there.back())).toContain('code=')
      // The pool's own user is found by the address as before.
      expect(await users()).toEqual(['ada', `upstream_${subject}`])
    })

    test('is not verified unless the provider says so of the new one', async () => {
      const { house, provider } = federated
      await server().api.send(
        new UpdateIdentityProviderCommand({
          UserPoolId: house.poolId,
          ProviderName: provider,
          AttributeMapping: { email: 'email' },
        }),
      )
      await (await go()).back()
      const key = { UserPoolId: house.poolId, Username: `upstream_${subject}` }
      const verified = [{ Name: 'email_verified', Value: 'true' }]
      await server().api.send(new AdminUpdateUserAttributesCommand({ ...key, UserAttributes: verified }))
      const claims = { email: 'new@upstream.example', email_verified: true }
      upstream.plan = { claims, userInfo: claims }
      await (await go()).back()
      const { UserAttributes } = await server().api.send(new AdminGetUserCommand(key))
      expect(UserAttributes).toContainEqual({ Name: 'email', Value: 'new@upstream.example' })
      expect(UserAttributes).toContainEqual({ Name: 'email_verified', Value: 'false' })
    })
  })

  describe('OF12: a provider that was taken away', () => {
    async function remove() {
      const key = { UserPoolId: federated.house.poolId, ProviderName: federated.provider }
      await server().api.send(new DeleteIdentityProviderCommand(key))
    }

    test('ends the trips under way', async () => {
      const there = await go()
      await remove()
      await refusedAtApp(there, await there.back())
    })

    test('ends old links', async () => {
      const { house, provider, client } = federated
      await server().api.send(
        new AdminLinkProviderForUserCommand({
          UserPoolId: house.poolId,
          DestinationUser: { ProviderName: 'Cognito', ProviderAttributeValue: house.username },
          SourceUser: {
            ProviderName: provider,
            ProviderAttributeName: 'Cognito_Subject',
            ProviderAttributeValue: subject,
          },
        }),
      )
      await remove()
      const refused = new URL(
        locationOf(
          await newVisitor().get(
            `${house.domain}/oauth2/authorize?${new URLSearchParams({
              response_type: 'code',
              client_id: client.id,
              redirect_uri: callback,
              identity_provider: provider,
            })}`,
          ),
        ),
      )
      expect(refused.searchParams.get('error')).toBe('invalid_request')
    })

    test('from the client alone does the same', async () => {
      const { house, client } = federated
      const there = await go()
      await server().api.send(
        new UpdateUserPoolClientCommand({
          UserPoolId: house.poolId,
          ClientId: client.id,
          AllowedOAuthFlowsUserPoolClient: true,
          AllowedOAuthFlows: ['code'],
          AllowedOAuthScopes: ['openid', 'email'],
          CallbackURLs: [callback],
          SupportedIdentityProviders: ['COGNITO'],
        }),
      )
      await refusedAtApp(there, await there.back())
    })

    test('and set up anew, or changed, does not end the trips of before', async () => {
      const { house, provider } = federated
      const there = await go()
      const evil = await ownUpstream(subject)
      await server().api.send(
        new UpdateIdentityProviderCommand({
          UserPoolId: house.poolId,
          ProviderName: provider,
          ProviderDetails: {
            ...upstreamClient,
            oidc_issuer: evil.issuer,
            authorize_scopes: 'openid',
            attributes_request_method: 'GET',
          },
        }),
      )
      await refusedAtApp(there, await there.back())
      expect(evil.requests).toEqual([])
      await evil.close()
    })
  })

  // biome-ignore format: a table
  const discoveries: [title: string, discovery: object][] = [
    ['another issuer',                       { issuer: 'https://honest.example' }],
    ['no token endpoint',                    { token_endpoint: undefined }],
    ['a sign-in page that is a script',      { authorization_endpoint: 'javascript:alert(1)' }],
    ['a token endpoint in a cloud',          { token_endpoint: 'http://169.254.169.254/latest/api/token' }],
    ['a token endpoint of another scheme',   { token_endpoint: 'ftp://127.0.0.1/token' }],
  ]
  test.each(discoveries)('OF13: a provider is not gone to that describes itself with %s', async (_, discovery) => {
    upstream.plan = { discovery: { ...discovery } }
    const there = newVisitor()
    const { house, client, provider } = federated
    const query = { response_type: 'code', client_id: client.id, redirect_uri: callback, identity_provider: provider }
    const url = new URL(locationOf(await there.get(`${house.domain}/oauth2/authorize?${new URLSearchParams(query)}`)))
    expect(isAtApp(url)).toBe(true)
    expect(url.searchParams.get('error')).toBe('invalid_request')
    expect(there.cookie('cognito')).toBeUndefined()
  })

  test.each(['jwks_uri', 'userinfo_endpoint'])('OF13: %s in a cloud is not asked', async (name) => {
    upstream.plan = { discovery: { [name]: 'http://169.254.169.254/latest/meta-data' } }
    const there = await go()
    await refusedAtApp(there, await there.back())
  })

  describe('OF14: a provider that answers', () => {
    const html = '<script>alert(1)</script>'
    // biome-ignore format: a table
    const answers: [title: string, plan: NonNullable<Plan['endpoints']>[string]][] = [
      ['with ten megabytes',   (_, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end(`{"x":"${'x'.repeat(10 << 20)}"}`)],
      ['with HTML',            (_, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end(html)],
      ['with nothing',         (_, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end()],
      ['with a list',          (_, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('[]')],
      ['with deep nesting',    (_, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('['.repeat(30_000))],
      ['with a failure',       (_, response) => void response.writeHead(500).end()],
      ['by hanging up',        (request) => void request.socket.destroy()],
      ['with a redirect',      (_, response) => void response.writeHead(302, { location: 'http://169.254.169.254/' }).end()],
      ['with a redirect to us', (_, response) => void response.writeHead(307, { location: federated.house.domain }).end()],
    ]
    for (const path of ['/token', '/userinfo', '/keys'])
      test.each(answers)(`${path} %s signs nobody in`, async (_, answer) => {
        const there = await go()
        upstream.plan = { endpoints: { [path]: answer } }
        const url = await refusedAtApp(there, await there.back())
        expect(url.href).not.toContain('alert')
      })

    test('a token endpoint that fails is told as on AWS', async () => {
      const there = await go()
      const body = JSON.stringify({ error: 'invalid_client' })
      upstream.plan = {
        endpoints: {
          '/token': (_, response) => void response.writeHead(401, { 'content-type': 'application/json' }).end(body),
        },
      }
      const url = await refusedAtApp(there, await there.back())
      expect(url.searchParams.get('error_description')).toBe('Upstream Error - 401 error getting token')
    })

    test('a byte a second is not waited for', { timeout: 20_000 }, async () => {
      const there = await go()
      upstream.plan = {
        endpoints: {
          async '/token'(_, response) {
            response.writeHead(200, { 'content-type': 'application/json' })
            for (let i = 0; i < 15 && !response.destroyed; i++) {
              response.write(' ')
              await sleep(1000)
            }
            response.end()
          },
        },
      }
      const began = Date.now()
      const url = await refusedAtApp(there, await there.back())
      expect(Date.now() - began).toBeLessThan(9_000)
      expect(url.searchParams.get('error_description')).toBe('Timeout occurred in calling IdP token endpoint')
    })

    test('with an error tells the app, in plain characters', async () => {
      const there = await go({ state: 'of-the-app' })
      const error = { error: 'access_denied', error_description: `No <script>"'\\\r\n entry`, code: undefined }
      const url = await refusedAtApp(there, await there.back(error))
      expect(url.searchParams.get('error')).toBe('access_denied')
      expect(url.searchParams.get('error_description')).toBe('Upstream Error - access_denied: No script entry')
      expect(url.searchParams.get('state')).toBe('of-the-app')
    })
  })

  test('OF16: whom the provider lets in no more is let in here no more', async () => {
    const there = await go()
    await there.back()
    const again = await go()
    await expect(again.back({ error: 'access_denied', code: undefined }).then(locationOf)).resolves.toContain('error=')
    // Nor is there another way in: no password, no code, no reset.
    const { house, client } = federated
    const page = await again.visitor.get(
      `${house.domain}/login?${new URLSearchParams({
        response_type: 'code',
        client_id: client.id,
        redirect_uri: callback,
        prompt: 'login',
      })}`,
    )
    expect(page.status).toBe(200)
    const tried = await again.visitor.submit({ username: `upstream_${subject}`, password: house.password })
    expect(tried.status).toBe(400)
  })

  test('OF16: whoever was deleted here is a new user at the next visit', async () => {
    await (await go()).back()
    const key = { UserPoolId: federated.house.poolId, Username: `upstream_${subject}` }
    const before = await server().api.send(new AdminGetUserCommand(key))
    await server().api.send(new AdminDeleteUserCommand(key))
    await (await go()).back()
    const after = await server().api.send(new AdminGetUserCommand(key))
    const sub = (user: typeof before) => user.UserAttributes?.find(({ Name }) => Name === 'sub')?.Value
    expect(sub(after)).not.toBe(sub(before))
  })
})
