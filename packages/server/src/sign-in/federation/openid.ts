import { LRUCache } from 'lru-cache'
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  Configuration,
  calculatePKCECodeChallenge,
  clockSkew,
  clockTolerance,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  fetchProtectedResource,
  None,
  type ServerMetadata,
} from 'openid-client'
import { PoolError } from '../../errors.ts'
import { detailsOf } from '../../settings/identity-providers.ts'
import type { IdentityProvider } from '../../store/setup/identity-providers.ts'
import { secretToken } from '../../tokens/opaque.ts'
import { aheadOfSystem } from '../../world/clock.ts'
import { isOutboundUrl } from '../../world/outbound.ts'
import type { World } from '../../world/world.ts'
import { appleSecret, postedName } from './apple.ts'
import { type Claims, readClaims, textsOf } from './claims.ts'
import type { FederatedIdentity, FederationSources } from './identity.ts'
import { type Endpoints, endpointsOf, type OpenIdType } from './presets.ts'

/** What is remembered of a trip, to check the answer by. */
export interface OpenIdSecrets {
  readonly nonce: string | undefined
  readonly verifier: string
  readonly redirectUri: string
}

/** How a visitor is sent off. */
export interface OpenIdRequest {
  readonly state: string
  readonly redirectUri: string
  readonly loginHint?: string | undefined
  readonly prompt?: string | undefined
}

/** An address at the provider, and what to remember: PKCE and, where there are ID tokens, a nonce always. */
export async function openIdDeparture(
  world: World,
  provider: IdentityProvider,
  { state, redirectUri, loginHint, prompt }: OpenIdRequest,
): Promise<{ url: string; secrets: OpenIdSecrets }> {
  const { config, endpoints, details } = await peerOf(world, provider)
  const verifier = secretToken(world)
  const nonce = endpoints.identified ? secretToken(world) : undefined
  const url = buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: details.authorize_scopes ?? '',
    state,
    code_challenge: await calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...(nonce !== undefined && { nonce }),
    ...(endpoints.formPost && { response_mode: 'form_post' }),
    ...(endpoints.takesHints && loginHint !== undefined && { login_hint: loginHint }),
    ...(endpoints.takesHints && prompt !== undefined && { prompt }),
  })
  return { url: url.href, secrets: { nonce, verifier, redirectUri } }
}

/**
 * Who came back, after every check: the issuer of the answer (RFC 9207), the code exchanged with its verifier, the ID
 * token's signature, issuer, audience, party, times and nonce (OpenID Connect Core 3.1.3.7), the subject of the user info
 * (5.3.2). Throws when one of them fails.
 */
export async function openIdIdentity(
  world: World,
  provider: IdentityProvider,
  { nonce, verifier, redirectUri }: OpenIdSecrets,
  answer: URLSearchParams,
): Promise<{ identity: FederatedIdentity; sources: FederationSources }> {
  const { config, endpoints } = await peerOf(world, provider)
  const back = new URL(redirectUri)
  for (const name of ['code', 'state', 'iss', 'error'])
    for (const value of answer.getAll(name)) back.searchParams.append(name, value)
  const tokens = await authorizationCodeGrant(config, back, {
    pkceCodeVerifier: verifier,
    expectedState: answer.get('state') ?? '',
    ...(nonce === undefined ? {} : { expectedNonce: nonce, idTokenExpected: true }),
  })
  const id = endpoints.identified ? checkIdToken(world, config, tokens.claims()) : undefined
  const info = await userInfo(config, endpoints, tokens.access_token)
  const subject = (id ?? info)?.[endpoints.subject]
  if (typeof subject !== 'string' && typeof subject !== 'number') throw new Error('The answer has no subject')
  if (id && info && info[endpoints.subject] !== subject) throw new Error('The user info is about somebody else')
  const name = provider.type === 'SignInWithApple' ? postedName(answer.get('user') ?? undefined) : {}
  return {
    identity: {
      provider: provider.name,
      providerType: provider.type,
      issuer: endpoints.identified ? endpoints.issuer : null,
      subject: String(subject),
      attributes: { ...readClaims(id ?? {}), ...readClaims(info ?? {}), ...name },
    },
    sources: { tokenResponse: textsOf(tokens), idToken: id && textsOf(id), userInfo: info && textsOf(info) },
  }
}

/** What the library leaves open: a party that is named must be us, and no token is from the future or for ever. */
function checkIdToken(world: World, config: Configuration, claims: Claims | undefined): Claims {
  if (!claims) throw new Error('There is no ID token')
  if (claims.azp !== undefined && claims.azp !== config.clientMetadata().client_id)
    throw new Error('The ID token is for another party')
  const { iat, exp } = claims
  const now = realNow(world) / 1000
  if (typeof iat !== 'number' || !(iat <= now + tolerance)) throw new Error('The ID token is from the future')
  if (typeof exp !== 'number' || !Number.isFinite(exp)) throw new Error('The ID token never ends')
  return claims
}

/** Seconds that clocks may differ by. */
const tolerance = 60

async function userInfo(config: Configuration, { userInfo, userInfoMethod }: Endpoints, accessToken: string) {
  const address = userInfo ?? config.serverMetadata().userinfo_endpoint
  if (address === undefined) return undefined
  const response = await fetchProtectedResource(config, accessToken, new URL(address), userInfoMethod)
  if (response.status !== 200) throw new Error(`The user info was refused with ${response.status}`)
  const body: unknown = await response.json()
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new Error('The user info is no object')
  return body as Claims
}

/** A provider as the library knows it. */
interface Peer {
  readonly config: Configuration
  readonly endpoints: Endpoints
  readonly details: Readonly<Record<string, string>>
}

/** Peers by provider and version; discovery and keys are kept with them for a while. */
const peers = new WeakMap<World, LRUCache<string, Peer>>()

async function peerOf(world: World, provider: IdentityProvider): Promise<Peer> {
  const base = world.base ?? world
  const known = peers.get(base) ?? new LRUCache<string, Peer>({ max: 500, ttl: 10 * 60_000 })
  peers.set(base, known)
  const key = `${provider.poolId}\0${provider.name}\0${provider.updatedAt}`
  const peer = known.get(key) ?? (await makePeer(base, provider))
  known.set(key, peer, { noUpdateTTL: true })
  return peer
}

async function makePeer(world: World, provider: IdentityProvider): Promise<Peer> {
  const { type, mapping } = provider
  if (type === 'SAML') throw new Error('SAML is another protocol')
  const details = detailsOf(world, provider)
  const endpoints = endpointsOf(type, details, mapping)
  const server = await serverOf(world, endpoints, details.client_id ?? '')
  const config = new Configuration(server, details.client_id ?? '', clocks(world), authOf(world, type, details, server))
  prepare(world, config)
  if (endpoints.identified) enableNonRepudiationChecks(config)
  return { config, endpoints, details }
}

/** Signatures that are made with a private key: a secret that two sides know proves nothing of who wrote. */
const signatures = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']

async function serverOf(
  world: World,
  { issuer, authorize, token, keys, identified }: Endpoints,
  clientId: string,
): Promise<ServerMetadata> {
  const complete = authorize !== undefined && token !== undefined && (keys !== undefined || !identified)
  const found: ServerMetadata = complete ? { issuer } : await discover(world, issuer, clientId)
  const algorithms = found.id_token_signing_alg_values_supported?.filter((one) => signatures.includes(one))
  const server: ServerMetadata = {
    ...found,
    authorization_endpoint: authorize ?? found.authorization_endpoint,
    token_endpoint: token ?? found.token_endpoint,
    jwks_uri: keys ?? found.jwks_uri,
    id_token_signing_alg_values_supported: algorithms?.length ? algorithms : signatures,
  }
  for (const address of [server.authorization_endpoint, server.token_endpoint])
    if (address === undefined || !isOutboundUrl(world.config, address))
      throw new Error('The provider has no address that can be used')
  return server
}

/** The provider's description of itself (OpenID Connect Discovery 4); it must name the issuer that it was asked of. */
async function discover(world: World, issuer: string, clientId: string): Promise<ServerMetadata> {
  const config = await discovery(new URL(issuer), clientId, clocks(world), None(), {
    [customFetch]: fetchThrough(world),
    ...(world.config.mode === 'development' && { execute: [allowInsecureRequests] }),
  })
  return { ...config.serverMetadata() }
}

function prepare(world: World, config: Configuration): void {
  config[customFetch] = fetchThrough(world)
  // The guard decides which addresses are used; in development those of this machine have no TLS.
  if (world.config.mode === 'development') allowInsecureRequests(config)
}

function authOf(
  world: World,
  type: OpenIdType,
  details: Readonly<Record<string, string>>,
  server: ServerMetadata,
): ClientAuth {
  if (type === 'SignInWithApple')
    return (as, client, body) => {
      body.set('client_id', client.client_id)
      body.set('client_secret', appleSecret(details, as.issuer, Math.floor(realNow(world) / 1000)))
    }
  const { client_secret: secret } = details
  if (secret === undefined) return None()
  // AWS knows client_secret_post alone; where a provider says that it takes the other alone, it gets the other.
  const methods = server.token_endpoint_auth_methods_supported
  return methods && !methods.includes('client_secret_post') && methods.includes('client_secret_basic')
    ? ClientSecretBasic(secret)
    : ClientSecretPost(secret)
}

/** The library looks at the system's clock; providers do not live by a pool's clock that was moved. */
function clocks(world: World) {
  return { [clockSkew]: Math.round(aheadOfSystem(world.base ?? world) / 1000), [clockTolerance]: tolerance }
}

function realNow(world: World): number {
  return (world.base ?? world).now()
}

/** The library's requests go through the guard; nothing of an answer is kept but its status, type and body. */
function fetchThrough({ outbound }: World) {
  return async (
    url: string,
    { method, headers, body }: { method: string; headers: Record<string, string>; body?: unknown },
  ): Promise<Response> => {
    const text = body instanceof URLSearchParams ? body.toString() : typeof body === 'string' ? body : undefined
    const answer = await outbound.send({ method, url: new URL(url), headers, body: text })
    const type = answer.headers['content-type']
    return new Response([204, 205, 304].includes(answer.status) ? null : answer.body, {
      status: answer.status,
      headers: type === undefined ? {} : { 'content-type': type },
    })
  }
}

/** What a failure of the library is in words that the client may hear; the rest is the operator's. */
export function openIdFailure(world: World, { poolId, name }: IdentityProvider, thrown: unknown): PoolError {
  if (thrown instanceof PoolError) return thrown
  const chain: unknown[] = []
  for (let one = thrown; one instanceof Error && chain.length < 5; one = one.cause) chain.push(one)
  const messages = chain.map((one) => (one instanceof Error ? one.message : ''))
  world.log.warn('federation refused', { poolId, outcome: name, message: messages.join(': ').slice(0, 500) })
  const [first] = chain
  // AWS's sentences (developer guide, "authorize endpoint").
  if (chain.some((one) => one instanceof Error && one.name === 'RequestTimeout'))
    return new PoolError('InvalidRequest', 'Timeout occurred in calling IdP token endpoint')
  if (first instanceof Error && 'status' in first && typeof first.status === 'number')
    return new PoolError('InvalidRequest', `${name} Error - ${first.status} error getting token`)
  return new PoolError('InvalidRequest', `${name} Error - The answer of the identity provider could not be used`)
}
