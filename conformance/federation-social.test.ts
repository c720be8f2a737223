import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  AdminGetUserCommand,
  AdminLinkProviderForUserCommand,
  type CreateIdentityProviderCommandInput,
  ListUsersCommand,
  UpdateUserPoolCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { jwtVerify } from 'jose'
import { beforeEach, describe, expect, test } from 'vitest'
import { chromiumPath, launchChromium } from './chromium.ts'
import { type AtUpstream, addProvider, buildFederatedHouse, type FederatedHouse, leave, tripTo } from './federation.ts'
import { addClient, authorizeUrl, callback, locationOf, newVisitor } from './hosted.ts'
import { functionArn, functionsFolder } from './pool.ts'
import { eachServer } from './server.ts'
import { newSubject, type OwnUpstream, ownUpstream } from './upstream.ts'

const appleKey = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const applePem = appleKey.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

/** The function that PreSignUp runs: it refuses, verifies, or links as the name of the person says. */
const preSignUp = `export const handler = async (event) => {
  const { name } = event.request.userAttributes
  if (name === 'Refused') throw new Error('Not on the list')
  event.response.autoVerifyEmail = name === 'Trusted'
  return event
}`
/** The function of InboundFederation. */
const inbound = `export const handler = async (event) => {
  const { providerName, providerType, attributes } = event.request
  const { idToken, userInfo, tokenResponse } = attributes
  if (userInfo.name === 'Unchanged') return event
  if (userInfo.name === 'Broken') return { response: { userAttributesToMap: 'x' } }
  event.response.userAttributesToMap = {
    email: userInfo.email.toUpperCase(),
    sub: 'somebody-else',
    name: [providerName, providerType, idToken.sub === userInfo.sub, tokenResponse.token_type, event.userName].join(' '),
  }
  return event
}`
const failing = `export const handler = async () => { throw new Error('Closed today') }`

eachServer(
  'social providers and triggers',
  (server) => {
    let upstream: OwnUpstream
    let subject: string
    let federated: FederatedHouse
    beforeEach(async () => {
      subject = newSubject()
      upstream = await ownUpstream(subject)
      federated = await buildFederatedHouse(server(), upstream)
      return () => upstream.close()
    })

    /** Sets a social provider up with our upstream's addresses in the stead of its own. */
    async function addSocial(
      type: NonNullable<CreateIdentityProviderCommandInput['ProviderType']>,
      details: Readonly<Record<string, string>>,
      AttributeMapping: Record<string, string> = { email: 'email', name: 'name' },
    ): Promise<FederatedHouse> {
      const { issuer } = upstream
      await addProvider(federated.house, upstream, type, {
        ProviderType: type,
        AttributeMapping,
        ProviderDetails: {
          client_id: 'poolhouse',
          ...(type !== 'SignInWithApple' && { client_secret: 'upstream-secret-of-poolhouse' }),
          authorize_url: `${issuer}/authorize`,
          token_url: `${issuer}/token`,
          ...details,
        },
      })
      const client = await addClient(federated.house, { SupportedIdentityProviders: ['COGNITO', type] })
      return { ...federated, client, provider: type }
    }

    async function attributesOf(username: string): Promise<Record<string, string | undefined>> {
      const { UserAttributes = [] } = await server().api.send(
        new AdminGetUserCommand({ UserPoolId: federated.house.poolId, Username: username }),
      )
      return Object.fromEntries(UserAttributes.map(({ Name, Value }) => [Name, Value]))
    }

    const plainToken = (_: IncomingMessage, response: ServerResponse) =>
      void response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ access_token: 'upstream-access-token', token_type: 'bearer', expires_in: 300 }))

    test('Google says who somebody is by its ID token', async () => {
      const at = await addSocial('Google', {
        authorize_scopes: 'openid email profile',
        jwks_uri: `${upstream.issuer}/keys`,
        oidc_issuer: upstream.issuer,
        // What AWS shows of Google, and Terraform writes down.
        attributes_url: 'https://people.googleapis.com/v1/people/me?personFields=',
        attributes_url_add_attributes: 'true',
        token_request_method: 'POST',
      })
      expect((await tripTo(at, upstream)).searchParams.get('code')).toBeTruthy()
      expect(upstream.requests.map(({ path }) => path)).not.toContain('/userinfo')
      expect(await attributesOf(`Google_${subject}`)).toMatchObject({ email: `${subject}@upstream.example` })
    })

    test('Facebook and Amazon say it by the profile that the token opens', async () => {
      for (const [type, claim, mapping] of [
        ['Facebook', 'id', { email: 'email', name: 'name' }],
        ['LoginWithAmazon', 'user_id', { email: 'email' }],
      ] as const) {
        const at = await addSocial(
          type,
          {
            authorize_scopes: 'public_profile,email',
            attributes_url: `${upstream.issuer}/userinfo${type === 'Facebook' ? '?fields=' : ''}`,
            ...(type === 'Facebook' && { api_version: 'v21.0' }),
          },
          mapping,
        )
        const seen: (string | undefined)[] = []
        upstream.plan = {
          endpoints: {
            '/token': plainToken,
            '/userinfo': (request, response) => {
              seen.push(request.url, request.headers.authorization)
              const profile = { [claim]: subject, email: 'ada@upstream.example', name: 'Ada' }
              response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(profile))
            },
          },
        }
        const there = await leave(at)
        expect(there.sent.get('nonce')).toBeNull()
        expect(locationOf(await there.back())).toContain('code=')
        expect(seen[1]).toBe('Bearer upstream-access-token')
        if (type === 'Facebook') expect(seen[0]).toBe(`/userinfo?fields=${encodeURIComponent('id,email,name')}`)
        expect(await attributesOf(`${type}_${subject}`)).toMatchObject({ email: 'ada@upstream.example' })
      }
    })

    test('a profile without subject is nobody', async () => {
      const at = await addSocial('LoginWithAmazon', {
        authorize_scopes: 'profile',
        attributes_url: `${upstream.issuer}/userinfo`,
      })
      upstream.plan = { endpoints: { '/token': plainToken } }
      const there = await leave(at)
      expect(new URL(locationOf(await there.back())).searchParams.get('error')).toBe('invalid_request')
    })

    describe('Apple', () => {
      async function addApple(): Promise<FederatedHouse> {
        return addSocial(
          'SignInWithApple',
          {
            team_id: 'TEAM',
            key_id: 'KEY',
            private_key: applePem,
            authorize_scopes: 'openid name email',
            jwks_uri: `${upstream.issuer}/keys`,
            oidc_issuer: upstream.issuer,
          },
          { email: 'email', email_verified: 'email_verified', name: 'name', given_name: 'firstName' },
        )
      }

      /** What Apple's page has the browser post: from another site, so without any cookie. */
      function post(there: AtUpstream, fields: Readonly<Record<string, string>> = {}): Promise<Response> {
        const body = new URLSearchParams({ code: 'upstream-code', state: there.sent.get('state') ?? '', ...fields })
        return fetch(federated.returnUrl, { method: 'POST', body, redirect: 'manual' })
      }

      async function go(at: FederatedHouse): Promise<AtUpstream> {
        const there = await leave(at)
        upstream.nonce = there.sent.get('nonce') ?? undefined
        return there
      }

      test('posts its answer, and is shown a secret that is signed', async () => {
        const at = await addApple()
        // Apple writes this as text, and says no name in the token.
        upstream.plan = {
          claims: { email_verified: 'true', name: undefined },
          discovery: { userinfo_endpoint: undefined },
        }
        const there = await go(at)
        expect(there.sent.get('response_mode')).toBe('form_post')
        const user = JSON.stringify({ name: { firstName: 'Ada', lastName: 'Lovelace' }, email: 'evil@example.com' })
        const posted = await post(there, { user })
        expect(posted.status).toBe(303)
        expect(posted.headers.getSetCookie()).toEqual([])
        expect(locationOf(posted)).not.toContain('upstream-code')
        expect(locationOf(await there.visitor.get(locationOf(posted)))).toContain('code=')
        const attributes = await attributesOf(`SignInWithApple_${subject}`)
        expect(attributes).toMatchObject({
          email: `${subject}@upstream.example`,
          email_verified: 'true',
          name: 'Ada Lovelace',
          given_name: 'Ada',
        })
        const token = new URLSearchParams(upstream.requests.find(({ path }) => path === '/token')?.body)
        const { payload, protectedHeader } = await jwtVerify(
          token.get('client_secret') ?? '',
          createPublicKey(appleKey.privateKey),
          { issuer: 'TEAM', subject: 'poolhouse', audience: upstream.issuer },
        )
        expect(protectedHeader).toMatchObject({ alg: 'ES256', kid: 'KEY' })
        expect(payload.exp).toBeLessThan(Date.now() / 1000 + 600)
      })

      test("OF2: an answer that an attacker posts by a victim's browser signs the victim in as nobody", async () => {
        const at = await addApple()
        const attacker = await go(at)
        const posted = await post(attacker)
        const victim = newVisitor()
        await leave(at, { visitor: victim })
        const followed = await victim.get(locationOf(posted))
        expect(followed.status).toBe(400)
        expect(victim.cookie('cognito')).toBeUndefined()
      })

      test('OF7: the first answer that is posted stays, and a second one is refused', async () => {
        const at = await addApple()
        const there = await go(at)
        expect((await post(there)).status).toBe(303)
        expect((await post(there, { code: 'another' })).status).toBe(400)
        await there.visitor.get(`${federated.returnUrl}?state=${there.sent.get('state')}`)
        const token = new URLSearchParams(upstream.requests.find(({ path }) => path === '/token')?.body)
        expect(token.get('code')).toBe('upstream-code')
      })

      test.each([
        ['no state', 'code=x'],
        ['an unknown state', `code=x&state=${'x'.repeat(43)}`],
        ['two states', 'code=x&state=a&state=b'],
        ['what no browser posts', 'code=%zz'],
      ])('a post with %s is refused', async (_, body) => {
        const headers = { 'content-type': 'application/x-www-form-urlencoded' }
        const response = await fetch(federated.returnUrl, { method: 'POST', body, headers, redirect: 'manual' })
        expect(response.status).toBe(400)
      })

      test('a post of a megabyte is refused', async () => {
        const body = new URLSearchParams({ state: 'x', code: 'x'.repeat(1 << 20) })
        const response = await fetch(federated.returnUrl, { method: 'POST', body, redirect: 'manual' }).catch(
          () => undefined,
        )
        expect(response?.status ?? 413).toBe(413)
      })

      test('a key that Apple does not give is refused', async () => {
        const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' })
        const wrong = [privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), 'no key']
        for (const private_key of wrong)
          await expect(
            addSocial('SignInWithApple', { team_id: 'T', key_id: 'K', private_key, authorize_scopes: 'email' }),
          ).rejects.toMatchObject({ name: 'InvalidParameterException' })
      })

      test.skipIf(!chromiumPath)('posts from its own site in Chromium', { timeout: 60_000 }, async () => {
        const at = await addApple()
        upstream.plan = {
          endpoints: {
            '/authorize': (request, response) => {
              const sent = new URL(request.url ?? '', upstream.issuer).searchParams
              upstream.nonce = sent.get('nonce') ?? undefined
              response
                .writeHead(200, { 'content-type': 'text/html' })
                .end(
                  `<form method="post" action="${sent.get('redirect_uri')}"><input name="state" value="${sent.get('state')}"><input name="code" value="c"><button>Go on</button></form>`,
                )
            },
          },
        }
        const browser = await launchChromium()
        try {
          const page = await browser.newPage()
          await page.route(`${callback}**`, (route) => route.fulfill({ body: 'the app' }))
          await page.goto(authorizeUrl(at.house, at.client).href)
          await page.click('text=Continue with Apple')
          await page.click('text=Go on')
          await page.waitForURL(`${callback}**`)
          expect(new URL(page.url()).searchParams.get('code')).toBeTruthy()
        } finally {
          await browser.close()
        }
      })
    })

    describe('triggers', () => {
      async function configure(LambdaConfig: object): Promise<void> {
        const UserPoolId = federated.house.poolId
        await server().api.send(
          new UpdateUserPoolCommand({ UserPoolId, LambdaConfig, AutoVerifiedAttributes: ['email'] }),
        )
      }

      const named = (name: string) => {
        upstream.plan = { claims: { name, email_verified: false }, userInfo: { name, email_verified: false } }
      }

      test('PreSignUp is asked once, at the first visit, and may refuse or verify', async () => {
        await configure({ PreSignUp: functionArn('presignup') })
        named('Refused')
        const refused = await tripTo(federated, upstream)
        expect(refused.searchParams.get('error')).toBe('invalid_request')
        expect(refused.searchParams.get('error_description')).toBe('PreSignUp failed with error Not on the list.')
        const { Users = [] } = await server().api.send(new ListUsersCommand({ UserPoolId: federated.house.poolId }))
        expect(Users).toHaveLength(1)
        named('Trusted')
        await tripTo(federated, upstream)
        expect(await attributesOf(`Upstream_${subject}`)).toMatchObject({ email_verified: 'true', name: 'Trusted' })
        named('Refused')
        expect((await tripTo(federated, upstream)).searchParams.get('code')).toBeTruthy()
      })

      test('what fires is what AWS fires', async () => {
        const source = functionArn('echo')
        await configure({
          PreSignUp: source,
          PostConfirmation: source,
          PreAuthentication: source,
          PostAuthentication: source,
          InboundFederation: { LambdaVersion: 'V1_0', LambdaArn: source },
        })
        const fired = async () => {
          const answer = await fetch(`${server().url}/inbox/triggers.json?poolId=${federated.house.poolId}`)
          const calls = (await answer.json()) as { source: string }[]
          return calls.map(({ source }) => source)
        }
        await tripTo(federated, upstream)
        const first = await fired()
        expect([...first].sort()).toEqual([
          'InboundFederation_ExternalProvider',
          'PostAuthentication_Authentication',
          'PostConfirmation_ConfirmSignUp',
          'PreSignUp_ExternalProvider',
        ])
        await tripTo(federated, upstream)
        expect([...(await fired())].sort()).toEqual(
          [
            ...first,
            'InboundFederation_ExternalProvider',
            'PostAuthentication_Authentication',
            'PreAuthentication_Authentication',
          ].sort(),
        )
      })

      test('InboundFederation says which claims count, and never who it is', async () => {
        await configure({ InboundFederation: { LambdaVersion: 'V1_0', LambdaArn: functionArn('inbound') } })
        await tripTo(federated, upstream)
        expect(await attributesOf(`Upstream_${subject}`)).toMatchObject({
          email: `${subject}@upstream.example`.toUpperCase(),
          // Left out by the function, so that nobody said it.
          email_verified: 'false',
          name: `Upstream OIDC true bearer upstream_${subject}`,
        })
        named('Unchanged')
        await tripTo(federated, upstream)
        expect(await attributesOf(`Upstream_${subject}`)).toMatchObject({ name: 'Unchanged' })
        named('Broken')
        expect((await tripTo(federated, upstream)).searchParams.get('error')).toBe('invalid_request')
      })

      test.each(['PreAuthentication', 'PostAuthentication', 'PreTokenGeneration'])('%s may refuse', async (trigger) => {
        await tripTo(federated, upstream)
        await configure({ [trigger]: functionArn('failing') })
        const back = await tripTo(federated, upstream)
        if (trigger === 'PreTokenGeneration') return expect(back.searchParams.get('code')).toBeTruthy()
        expect(back.searchParams.get('error_description')).toBe(`${trigger} failed with error Closed today.`)
      })
    })

    test("OF10: a linked user does not get an address that is another user's name", async () => {
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
      expect((await tripTo(federated, upstream)).searchParams.get('code')).toBeTruthy()
      // The provider's address came with the provider's word for it, and without that word it is not verified.
      const claims = { email: 'unproven@upstream.example', email_verified: undefined }
      upstream.plan = { claims, userInfo: claims }
      await tripTo(federated, upstream)
      expect(await attributesOf(house.username)).toMatchObject({ ...claims, email_verified: 'false' })
    })
  },
  {
    config: {
      functions: functionsFolder({
        presignup: preSignUp,
        inbound,
        failing,
        echo: 'export const handler = async (event) => event',
      }),
    },
  },
)
