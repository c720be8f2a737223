import { InitiateAuthCommand } from '@aws-sdk/client-cognito-identity-provider'
import { CognitoJwtVerifier, JwtVerifier } from 'aws-jwt-verify'
import type { Fetcher } from 'aws-jwt-verify/https'
import { SimpleJwksCache } from 'aws-jwt-verify/jwk'
import { beforeAll, expect, test } from 'vitest'
import {
  type AppClient,
  addClient,
  authorizeUrl,
  buildHouse,
  callback,
  type House,
  pkce,
  postForm,
  signInAt,
} from './hosted.ts'
import { eachServer, region, type Server } from './server.ts'

interface Tokens {
  readonly id: string
  readonly access: string
}

/** Every kind of token that a verifier meets: from the API and from the hosted pages, of this pool and of another. */
interface Fixture {
  readonly house: House
  readonly client: AppClient
  readonly own: Readonly<Record<'api' | 'pages', Tokens>>
  readonly others: Tokens
}

async function prepare(server: Server): Promise<Fixture> {
  const [house, other] = await Promise.all([buildHouse(server), buildHouse(server)])
  const [client, otherClient] = await Promise.all([addClient(house), addClient(other)])
  const own = { api: await byApi(house, client), pages: await byPages(house, client) }
  return { house, client, own, others: await byApi(other, otherClient) }
}

async function byApi({ server, username, password }: House, client: AppClient): Promise<Tokens> {
  const { AuthenticationResult } = await server.api.send(
    new InitiateAuthCommand({
      ClientId: client.id,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: username, PASSWORD: password },
    }),
  )
  return { id: AuthenticationResult?.IdToken ?? '', access: AuthenticationResult?.AccessToken ?? '' }
}

async function byPages(house: House, client: AppClient): Promise<Tokens> {
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
  const { id_token, access_token } = (await response.json()) as { id_token: string; access_token: string }
  return { id: id_token, access: access_token }
}

/** The verifier's own fetcher knows https alone; this one also takes Amazon's address for ours. */
function fetcherFor({ url }: Server): Fetcher & { readonly asked: string[] } {
  const asked: string[] = []
  return {
    asked,
    async fetch(address) {
      asked.push(address)
      const response = await fetch(address.replace(`https://cognito-idp.${region}.amazonaws.com`, url))
      if (!response.ok) throw new Error(`${response.status}`)
      return response.arrayBuffer()
    },
  }
}

const issuers = { own: 'JwtVerifier', aws: 'CognitoJwtVerifier' } as const

eachServer(
  `aws-jwt-verify: ${issuers.aws}, for which Amazon's issuer is set,`,
  (server) => {
    let fixture: Fixture
    beforeAll(async () => {
      fixture = await prepare(server())
    })

    function verifierOf(tokenUse: 'id' | 'access', clientId = fixture.client.id) {
      return CognitoJwtVerifier.create(
        { userPoolId: fixture.house.poolId, clientId, tokenUse },
        { jwksCache: new SimpleJwksCache({ fetcher: fetcherFor(server()) }) },
      )
    }

    test.each(['api', 'pages'] as const)('accepts both tokens of the %s', async (door) => {
      const { own, house } = fixture
      const id = await verifierOf('id').verify(own[door].id)
      expect(id).toMatchObject({
        'cognito:username': house.username,
        email: house.email,
        email_verified: true,
        iss: `https://cognito-idp.${region}.amazonaws.com/${house.poolId}`,
      })
      const access = await verifierOf('access').verify(own[door].access)
      expect(access).toMatchObject({ username: house.username, sub: id.sub, version: 2 })
    })

    test('accepts with the keys handed to it beforehand', async () => {
      const { house, own, client } = fixture
      const verifier = CognitoJwtVerifier.create({ userPoolId: house.poolId, clientId: client.id, tokenUse: 'id' })
      const keys = await fetch(`${server().url}/${house.poolId}/.well-known/jwks.json`)
      verifier.cacheJwks((await keys.json()) as Parameters<typeof verifier.cacheJwks>[0])
      expect(verifier.verifySync(own.pages.id)).toMatchObject({ token_use: 'id' })
    })

    test('refuses a token of another pool, of another use and for another client', async () => {
      const { own, others } = fixture
      await expect(verifierOf('access').verify(others.access)).rejects.toThrow()
      await expect(verifierOf('access').verify(own.api.id)).rejects.toThrow('Token use not allowed')
      await expect(verifierOf('id').verify(own.api.access)).rejects.toThrow()
      await expect(verifierOf('access', 'another').verify(own.pages.access)).rejects.toThrow('Client ID')
    })
  },
  { config: { issuer: 'aws' } },
)

eachServer(`aws-jwt-verify: ${issuers.own}`, (server) => {
  let fixture: Fixture
  beforeAll(async () => {
    fixture = await prepare(server())
  })

  function verifierOf(fetcher = fetcherFor(server())) {
    const { issuer } = fixture.house
    return JwtVerifier.create(
      { issuer, audience: null, jwksUri: `${issuer}/.well-known/jwks.json` },
      { jwksCache: new SimpleJwksCache({ fetcher }) },
    )
  }

  test.each(['api', 'pages'] as const)('accepts both tokens of the %s, and needs the keys once', async (door) => {
    const { own, client, house } = fixture
    const fetcher = fetcherFor(server())
    const verifier = verifierOf(fetcher)
    expect(await verifier.verify(own[door].id, { audience: client.id })).toMatchObject({ token_use: 'id' })
    expect(await verifier.verify(own[door].access)).toMatchObject({ client_id: client.id })
    expect(fetcher.asked).toEqual([`${house.issuer}/.well-known/jwks.json`])
  })

  test('refuses a token of another pool, a changed one and one for another audience', async () => {
    const { own, others } = fixture
    await expect(verifierOf().verify(others.access)).rejects.toThrow('not found in the JWKS')
    await expect(verifierOf().verify(own.api.id, { audience: 'another' })).rejects.toThrow('Audience')
    const [header, payload = '', signature] = own.api.access.split('.')
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object
    const changed = Buffer.from(JSON.stringify({ ...claims, 'cognito:groups': ['admin'] })).toString('base64url')
    await expect(verifierOf().verify(`${header}.${changed}.${signature}`)).rejects.toThrow('Invalid signature')
  })
})
