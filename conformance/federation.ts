import {
  CreateIdentityProviderCommand,
  type CreateIdentityProviderCommandInput,
} from '@aws-sdk/client-cognito-identity-provider'
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
  type Visitor,
} from './hosted.ts'
import type { Server } from './server.ts'
import { type OwnUpstream, type Upstream, upstreamClient } from './upstream.ts'

/** A pool whose people sign in at an upstream provider too. */
export interface FederatedHouse {
  readonly house: House
  readonly client: AppClient
  readonly provider: string
  /** Where upstream providers send people back to. */
  readonly returnUrl: string
}

/** The mapping of these suites. */
export const mapping = { email: 'email', email_verified: 'email_verified', name: 'name' } as const

/** Sets an upstream up as a provider of a pool. */
export async function addProvider(
  house: House,
  { issuer }: Pick<Upstream, 'issuer'>,
  name: string,
  input: Partial<CreateIdentityProviderCommandInput> = {},
): Promise<void> {
  const isSocial = input.ProviderType !== undefined && input.ProviderType !== 'OIDC' && name === input.ProviderType
  const openId = {
    ...upstreamClient,
    oidc_issuer: issuer,
    authorize_scopes: 'openid email profile',
    attributes_request_method: 'GET',
  }
  await house.server.api.send(
    new CreateIdentityProviderCommand({
      UserPoolId: house.poolId,
      ProviderName: name,
      ProviderType: 'OIDC',
      AttributeMapping: mapping,
      ...input,
      ProviderDetails: isSocial ? input.ProviderDetails : { ...openId, ...input.ProviderDetails },
    }),
  )
}

/** Builds a pool with a hosted domain, one provider, and a client of both. */
export async function buildFederatedHouse(
  server: Pick<Server, 'url' | 'api'>,
  upstream: Upstream,
  provider = 'Upstream',
): Promise<FederatedHouse> {
  const house = await buildHouse(server)
  await addProvider(house, upstream, provider)
  const client = await addClient(house, { SupportedIdentityProviders: ['COGNITO', provider] })
  return { house, client, provider, returnUrl: `${house.domain}/oauth2/idpresponse` }
}

/** A visitor who is at the upstream: what our server sent along, and the way back. */
export interface AtUpstream {
  readonly visitor: Visitor
  readonly sent: URLSearchParams
  readonly verifier: string
  /** Comes back with a code and the state, or with what a test says instead. */
  back(answer?: Readonly<Record<string, string | undefined>>): Promise<Response>
}

/** Goes to a provider; gives what the browser would be sent to there. */
export async function leave(
  { house, client, provider, returnUrl }: FederatedHouse,
  {
    extra = {},
    visitor = newVisitor(),
  }: { extra?: Readonly<Record<string, string | undefined>>; visitor?: Visitor } = {},
): Promise<AtUpstream> {
  const { verifier, challenge } = pkce()
  const url = authorizeUrl(house, client, {
    code_challenge: challenge,
    code_challenge_method: 'S256',
    identity_provider: provider,
    ...extra,
  })
  const response = await visitor.get(url)
  const sent = new URL(locationOf(response)).searchParams
  return {
    visitor,
    sent,
    verifier,
    back: (answer = {}) => {
      const query = { code: 'upstream-code', state: sent.get('state') ?? '', ...answer }
      const given = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined)
      return visitor.get(`${returnUrl}?${new URLSearchParams(given)}`)
    },
  }
}

/** The whole trip at an upstream of ours: gives the address that the app is called back at. */
export async function tripTo(federated: FederatedHouse, upstream: OwnUpstream): Promise<URL> {
  const there = await leave(federated)
  upstream.nonce = there.sent.get('nonce') ?? undefined
  return new URL(locationOf(await there.back()))
}

/** Whether a response leads to the app. */
export function isAtApp(url: URL): boolean {
  return url.href.startsWith(callback)
}
