import {
  AdminDisableUserCommand,
  AdminGetUserCommand,
  AdminLinkProviderForUserCommand,
  AdminListGroupsForUserCommand,
  CreateUserPoolClientCommand,
  DeleteIdentityProviderCommand,
  DescribeIdentityProviderCommand,
  GetIdentityProviderByIdentifierCommand,
  GetUserCommand,
  ListIdentityProvidersCommand,
  SignUpCommand,
  UpdateIdentityProviderCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { AxeBuilder } from '@axe-core/playwright'
import { decodeJwt } from 'jose'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { chromiumPath, launchChromium } from './chromium.ts'
import { addProvider, buildFederatedHouse, type FederatedHouse, leave, tripTo } from './federation.ts'
import { addClient, authorizeUrl, callback, locationOf, newVisitor, pkce, postForm } from './hosted.ts'
import { eachServer } from './server.ts'
import { honestUpstream, newSubject, type OwnUpstream, ownUpstream, type Upstream, upstreamClient } from './upstream.ts'

eachServer('sign-in at other providers', (server) => {
  let upstream: OwnUpstream
  let subject: string
  let federated: FederatedHouse
  beforeEach(async () => {
    subject = newSubject()
    upstream = await ownUpstream(subject)
    federated = await buildFederatedHouse(server(), upstream)
    return () => upstream.close()
  })

  /** Signs in at the upstream and redeems the code. */
  async function signIn(at: FederatedHouse = federated, from: OwnUpstream = upstream) {
    const there = await leave(at)
    from.nonce = there.sent.get('nonce') ?? undefined
    const back = new URL(locationOf(await there.back()))
    expect(back.searchParams.get('error_description')).toBeNull()
    const answer = await postForm(at.house, '/oauth2/token', {
      grant_type: 'authorization_code',
      client_id: at.client.id,
      code: back.searchParams.get('code') ?? '',
      redirect_uri: callback,
      code_verifier: there.verifier,
    })
    expect(answer.status).toBe(200)
    const tokens = (await answer.json()) as Record<'id_token' | 'access_token' | 'refresh_token', string>
    return { tokens, claims: decodeJwt(tokens.id_token) }
  }

  test('a person who is new becomes a user of its provider, with the attributes that are mapped', async () => {
    const { claims, tokens } = await signIn()
    const { house, provider } = federated
    const username = `upstream_${subject}`
    expect(claims).toMatchObject({
      'cognito:username': username,
      'cognito:groups': [`${house.poolId}_${provider}`],
      email: `${subject}@upstream.example`,
      email_verified: true,
      identities: [
        {
          userId: subject,
          providerName: provider,
          providerType: 'OIDC',
          issuer: upstream.issuer,
          primary: 'true',
          dateCreated: expect.stringMatching(/^\d{13}$/),
        },
      ],
    })
    const user = await server().api.send(new AdminGetUserCommand({ UserPoolId: house.poolId, Username: username }))
    expect(user.UserStatus).toBe('EXTERNAL_PROVIDER')
    expect(user.Enabled).toBe(true)
    const refreshed = await postForm(house, '/oauth2/token', {
      grant_type: 'refresh_token',
      client_id: federated.client.id,
      refresh_token: tokens.refresh_token,
    })
    expect(refreshed.status).toBe(200)
    // Who is known comes back as the same user, with what the provider says now.
    upstream.plan = { userInfo: { name: 'Ada Renamed' } }
    const again = await signIn()
    expect(again.claims.sub).toBe(claims.sub)
    const renamed = await server().api.send(new AdminGetUserCommand({ UserPoolId: house.poolId, Username: username }))
    expect(renamed.UserAttributes).toContainEqual({ Name: 'name', Value: 'Ada Renamed' })
  })

  test('what is sent along is what an OpenID provider expects', async () => {
    const { sent } = await leave(federated, { extra: { login_hint: 'ada', prompt: 'login' } })
    expect(Object.fromEntries(sent)).toMatchObject({
      client_id: upstreamClient.client_id,
      redirect_uri: federated.returnUrl,
      response_type: 'code',
      scope: 'openid email profile',
      code_challenge_method: 'S256',
      login_hint: 'ada',
      prompt: 'login',
    })
    expect(sent.get('nonce')?.length).toBeGreaterThan(30)
    expect(sent.get('state')?.length).toBeGreaterThan(30)
  })

  test('the code is redeemed with the secret and the verifier', async () => {
    await signIn()
    const token = upstream.requests.find(({ path }) => path === '/token')
    expect(Object.fromEntries(new URLSearchParams(token?.body))).toMatchObject({
      ...upstreamClient,
      grant_type: 'authorization_code',
      code: 'upstream-code',
      redirect_uri: federated.returnUrl,
      code_verifier: expect.stringMatching(/^[\w-]{43}$/),
    })
  })

  test('an administrator links a person to a user before the first visit', async () => {
    const { house, provider } = federated
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
    const { claims } = await signIn()
    expect(claims['cognito:username']).toBe(house.username)
    expect(claims.identities).toMatchObject([{ userId: subject, primary: 'false' }])
  })

  test('a link by an e-mail address of a provider counts when the provider verified it', async () => {
    const { house, provider } = federated
    await server().api.send(
      new AdminLinkProviderForUserCommand({
        UserPoolId: house.poolId,
        DestinationUser: { ProviderName: 'Cognito', ProviderAttributeValue: house.username },
        SourceUser: {
          ProviderName: provider,
          ProviderAttributeName: 'email',
          ProviderAttributeValue: `${subject}@upstream.example`,
        },
      }),
    )
    upstream.plan = { claims: { email_verified: false }, userInfo: { email_verified: false } }
    expect((await signIn()).claims['cognito:username']).toBe(`upstream_${subject}`)
    await server().api.send(new AdminDisableUserCommand({ UserPoolId: house.poolId, Username: `upstream_${subject}` }))
    // The own identity stays first, also when the address is verified later.
    upstream.plan = {}
    const back = await tripTo(federated, upstream)
    expect(back.searchParams.get('error_description')).toBe('User is disabled.')
  })

  test('an access token of such a user opens GetUser', async () => {
    const { house, client } = federated
    const there = await leave(federated, { extra: { scope: 'openid aws.cognito.signin.user.admin' } })
    upstream.nonce = there.sent.get('nonce') ?? undefined
    const back = new URL(locationOf(await there.back()))
    const answer = await postForm(house, '/oauth2/token', {
      grant_type: 'authorization_code',
      client_id: client.id,
      code: back.searchParams.get('code') ?? '',
      redirect_uri: callback,
      code_verifier: there.verifier,
    })
    const { access_token: AccessToken } = (await answer.json()) as { access_token: string }
    const user = await server().api.send(new GetUserCommand({ AccessToken }))
    expect(user.Username).toBe(`upstream_${subject}`)
    const groups = await server().api.send(
      new AdminListGroupsForUserCommand({ UserPoolId: house.poolId, Username: user.Username }),
    )
    expect(groups.Groups).toHaveLength(1)
  })

  test('the only provider of a client is reached without a page', async () => {
    const { house, provider } = federated
    const client = await addClient(house, { SupportedIdentityProviders: [provider] })
    const first = await newVisitor().get(authorizeUrl(house, client))
    expect(locationOf(first)).toMatch(new RegExp(`^${upstream.issuer}/authorize\\?`))
    const login = await newVisitor().get(`${house.domain}/login?${authorizeUrl(house, client).searchParams}`)
    expect(locationOf(login)).toContain('/oauth2/authorize?identity_provider=Upstream&')
    // The pages of the pool's own people are not there.
    const signUp = await newVisitor().get(`${house.domain}/signup?${authorizeUrl(house, client).searchParams}`)
    expect(locationOf(signUp)).toContain('/login?')
  })

  test('a client signs nobody in through a provider that it does not use', async () => {
    const { house } = federated
    const client = await addClient(house, { SupportedIdentityProviders: ['COGNITO'] })
    const refused = new URL(
      locationOf(await newVisitor().get(authorizeUrl(house, client, { identity_provider: 'Upstream' }))),
    )
    expect(refused.searchParams.get('error')).toBe('invalid_request')
    const unknown = new URL(
      locationOf(await newVisitor().get(authorizeUrl(house, client, { identity_provider: 'Nobody' }))),
    )
    expect(unknown.searchParams.get('error_description')).toBe(refused.searchParams.get('error_description'))
    // Nor does the session of a browser that came through it.
    const there = await leave(federated)
    upstream.nonce = there.sent.get('nonce') ?? undefined
    await there.back()
    expect(locationOf(await there.visitor.get(authorizeUrl(house, federated.client)))).toContain('code=')
    expect(locationOf(await there.visitor.get(authorizeUrl(house, client)))).toContain('/login?')
  })

  test('an identifier leads to its provider', async () => {
    const { house } = federated
    await addProvider(house, upstream, 'Acme', { IdpIdentifiers: ['acme.example', 'Acme Inc'] })
    const client = await addClient(house, { SupportedIdentityProviders: ['COGNITO', 'Acme'] })
    const direct = await newVisitor().get(authorizeUrl(house, client, { idp_identifier: 'ACME.example' }))
    expect(locationOf(direct)).toMatch(new RegExp(`^${upstream.issuer}/authorize\\?`))
    const { IdentityProvider } = await server().api.send(
      new GetIdentityProviderByIdentifierCommand({ UserPoolId: house.poolId, IdpIdentifier: 'acme inc' }),
    )
    expect(IdentityProvider?.ProviderName).toBe('Acme')
    await expect(addProvider(house, upstream, 'Other', { IdpIdentifiers: ['acme.example'] })).rejects.toMatchObject({
      name: 'InvalidParameterException',
    })
  })

  test('providers are described, changed, listed and deleted', async () => {
    const { house, provider } = federated
    const { api } = server()
    const key = { UserPoolId: house.poolId, ProviderName: provider }
    const described = await api.send(new DescribeIdentityProviderCommand(key))
    expect(described.IdentityProvider).toMatchObject({
      ...key,
      ProviderType: 'OIDC',
      ProviderDetails: { ...upstreamClient, oidc_issuer: upstream.issuer },
      AttributeMapping: { email: 'email', username: 'sub' },
    })
    await api.send(new UpdateIdentityProviderCommand({ ...key, AttributeMapping: { email: 'mail' } }))
    const changed = await api.send(new DescribeIdentityProviderCommand(key))
    expect(changed.IdentityProvider?.AttributeMapping).toEqual({ email: 'mail', username: 'sub' })
    expect(changed.IdentityProvider?.ProviderDetails).toEqual(described.IdentityProvider?.ProviderDetails)
    await expect(addProvider(house, upstream, provider)).rejects.toMatchObject({ name: 'DuplicateProviderException' })
    const listed = await api.send(new ListIdentityProvidersCommand({ UserPoolId: house.poolId, MaxResults: 10 }))
    expect(listed.Providers?.map(({ ProviderName }) => ProviderName)).toEqual([provider])
    await api.send(new DeleteIdentityProviderCommand(key))
    const gone = { name: 'ResourceNotFoundException' }
    await expect(api.send(new DescribeIdentityProviderCommand(key))).rejects.toMatchObject(gone)
    await expect(api.send(new DeleteIdentityProviderCommand(key))).rejects.toMatchObject(gone)
    await expect(
      api.send(new GetIdentityProviderByIdentifierCommand({ UserPoolId: house.poolId, IdpIdentifier: 'nobody' })),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  })

  // biome-ignore format: a table
  const refused: [title: string, input: object][] = [
    ['an unknown detail',             { ProviderDetails: { client_secrets: 'x' } }],
    ['no issuer',                     { ProviderDetails: { oidc_issuer: '' } }],
    ['an issuer that is no address',  { ProviderDetails: { oidc_issuer: 'javascript:alert(1)' } }],
    ['credentials in an address',     { ProviderDetails: { token_url: 'https://user:password@upstream.example/token' } }],
    ['the metadata of a cloud',       { ProviderDetails: { jwks_uri: 'http://169.254.169.254/keys' } }],
    ['no openid scope',               { ProviderDetails: { authorize_scopes: 'email' } }],
    ['another method',                { ProviderDetails: { attributes_request_method: 'PUT' } }],
    ['a reserved attribute (OF15)',   { AttributeMapping: { 'cognito:groups': 'groups' } }],
    ['the subject as target (OF15)',  { AttributeMapping: { sub: 'sub' } }],
    ['identities as target (OF15)',   { AttributeMapping: { identities: 'identities' } }],
    ['an attribute there is not',     { AttributeMapping: { 'custom:none': 'none' } }],
    ['an address as the user name',   { AttributeMapping: { username: 'email' } }],
    ['the pool\'s own name',          { ProviderName: 'Cognito' }],
    ['a social provider\'s name',     { ProviderName: 'Google' }],
    ['an underscore',                 { ProviderName: 'a_b' }],
    ['Google by another name',        { ProviderType: 'Google' }],
  ]
  test.each(refused)('CreateIdentityProvider refuses %s', async (_, input) => {
    await expect(addProvider(federated.house, upstream, 'Another', input)).rejects.toMatchObject({
      name: 'InvalidParameterException',
    })
  })

  test('nobody signs up under the name of a person of a provider', async () => {
    const { client, house } = federated
    const signUp = (Username: string) => {
      const UserAttributes = [{ Name: 'email', Value: 'squatter@example.com' }]
      return server().api.send(
        new SignUpCommand({ ClientId: client.id, Username, Password: house.password, UserAttributes }),
      )
    }
    for (const name of ['Upstream_123', 'upstream_123', 'UPSTREAM_', 'Ｕpstream_123'])
      await expect(signUp(name)).rejects.toMatchObject({ name: 'UsernameExistsException' })
    await expect(signUp('elsewhere_123')).resolves.toBeDefined()
  })

  test('a client names providers that there are', async () => {
    const input = { UserPoolId: federated.house.poolId, ClientName: 'x', SupportedIdentityProviders: ['Nobody'] }
    await expect(server().api.send(new CreateUserPoolClientCommand(input))).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: `The provider Nobody does not exist for User Pool ${federated.house.poolId}.`,
    })
  })
})

eachServer(
  'the whole trip in Chromium',
  (server) => {
    let browser: Browser
    let upstream: Upstream
    let federated: FederatedHouse
    const returnUrls: string[] = []
    beforeAll(async () => {
      browser = await launchChromium()
      // The upstream knows where it sends people back to when it starts; so the house is built for an address first.
      const early = await ownUpstream()
      federated = await buildFederatedHouse(server(), early)
      await early.close()
      returnUrls.push(federated.returnUrl)
      upstream = await honestUpstream(() => returnUrls)
      await addProvider(federated.house, upstream, 'Honest')
      await addProvider(federated.house, upstream, 'Acme', { IdpIdentifiers: ['acme.example'] })
      const client = await addClient(federated.house, { SupportedIdentityProviders: ['COGNITO', 'Honest', 'Acme'] })
      federated = { ...federated, client, provider: 'Honest' }
    }, 60_000)
    afterAll(async () => {
      await browser?.close()
      await upstream?.close()
    })

    /** Opens the sign-in page in a browser of its own; the app's address answers. */
    async function open(verifierOf: { challenge: string }) {
      const context = await browser.newContext()
      const page = await context.newPage()
      const faults: string[] = []
      page.on('pageerror', (error) => faults.push(error.message))
      page.on('console', (message) => {
        if (message.type() === 'error' && /Content Security|Trusted/.test(message.text())) faults.push(message.text())
      })
      await page.route(`${callback}**`, (route) => route.fulfill({ body: 'the app' }))
      const { house, client } = federated
      const extra = { code_challenge: verifierOf.challenge, code_challenge_method: 'S256', state: 'of-the-app' }
      await page.goto(authorizeUrl(house, client, extra).href)
      return { context, page, faults }
    }

    async function signInThere(page: Awaited<ReturnType<typeof open>>['page'], name: string) {
      await page.fill('input[name=login]', name)
      await page.fill('input[name=password]', 'anything')
      await page.click('button[type=submit]')
      // The consent page of oidc-provider's development interactions.
      await page.click('button[type=submit]')
      await page.waitForURL(`${callback}**`)
      return new URL(page.url())
    }

    async function tokensOf(code: string, verifier: string) {
      const answer = await postForm(federated.house, '/oauth2/token', {
        grant_type: 'authorization_code',
        client_id: federated.client.id,
        code,
        redirect_uri: callback,
        code_verifier: verifier,
      })
      return (await answer.json()) as { id_token: string }
    }

    test('by a button of the sign-in page', { timeout: 60_000 }, async () => {
      const { verifier, challenge } = pkce()
      const { context, page, faults } = await open({ challenge })
      const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze()
      expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([])
      await page.click('text=Continue with Honest')
      const back = await signInThere(page, 'grace')
      expect(back.searchParams.get('state')).toBe('of-the-app')
      const { id_token } = await tokensOf(back.searchParams.get('code') ?? '', verifier)
      expect(decodeJwt(id_token)).toMatchObject({
        'cognito:username': 'honest_grace',
        email: 'grace@upstream.example',
        email_verified: true,
      })
      expect(faults).toEqual([])
      await context.close()
    })

    test('by an address of an organisation', { timeout: 60_000 }, async () => {
      const { verifier, challenge } = pkce()
      const { context, page, faults } = await open({ challenge })
      await page.fill('#work_email', 'nobody@elsewhere.example')
      await page.click('text=Continue with your organisation')
      expect(await page.textContent('.summary')).toContain('We do not know an organisation with this email address.')
      await page.fill('#work_email', 'alan@ACME.example')
      await page.click('text=Continue with your organisation')
      const back = await signInThere(page, 'alan')
      const { id_token } = await tokensOf(back.searchParams.get('code') ?? '', verifier)
      expect(decodeJwt(id_token)['cognito:username']).toBe('acme_alan')
      expect(faults).toEqual([])
      await context.close()
    })
  },
  { skip: !chromiumPath },
)
