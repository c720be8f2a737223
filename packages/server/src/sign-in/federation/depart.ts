import type { Party } from '../../directory/register.ts'
import { PoolError } from '../../errors.ts'
import { supportsProvider } from '../../settings/clients.ts'
import type { Db } from '../../store/db.ts'
import {
  findIdentityProvider,
  findProviderByIdentifier,
  type IdentityProvider,
  listIdentityProviders,
} from '../../store/setup/identity-providers.ts'
import type { AuthorizationRequest } from '../../tokens/authorization.ts'
import { single } from '../../tokens/authorization.ts'
import type { World } from '../../world/world.ts'
import type { Progress } from '../proceed.ts'
import { arriveFederated } from './arrive.ts'
import type { OpenIdSecrets } from './openid.ts'
import { departToSaml, samlReturnPath } from './saml/flow.ts'
import { type Leaving, newState, notEnabled, openTrip, providerOfTrip, type Returned } from './trip.ts'

/** The path that providers send visitors back to, below a hosted domain (AWS developer guide, "federation endpoints"). */
export const returnPath = '/oauth2/idpresponse'

/** The providers beside the pool itself that a client lets people in by, in the client's order. */
export async function providersOf(db: Db, { pool, client }: Party): Promise<IdentityProvider[]> {
  const names = (client.settings.SupportedIdentityProviders ?? []).filter((name) => name !== 'COGNITO')
  if (names.length === 0) return []
  const known = new Map((await listIdentityProviders(db, pool.id, '', 300)).map((one) => [one.name, one]))
  return names.flatMap((name) => known.get(name) ?? [])
}

/**
 * The provider that an authorization request leads to without a page: the one that it names, or the only one that the
 * client has. Undefined is the pool itself, or a choice to make.
 */
export async function wantedProvider(
  db: Db,
  party: Party,
  query: URLSearchParams,
): Promise<IdentityProvider | undefined> {
  const { pool, client } = party
  const name = single(query, 'identity_provider')
  const identifier = single(query, 'idp_identifier')
  if (name !== undefined || identifier !== undefined) {
    if (name === 'COGNITO' && supportsProvider(client, name)) return undefined
    const provider = await (name !== undefined
      ? findIdentityProvider(db, pool.id, name)
      : findProviderByIdentifier(db, pool.id, identifier ?? ''))
    if (!provider || !supportsProvider(client, provider.name)) throw notEnabled()
    return provider
  }
  if (supportsProvider(client, 'COGNITO')) return undefined
  const [only, ...others] = await providersOf(db, party)
  return others.length === 0 ? only : undefined
}

/** The provider whose identifier is an e-mail address's domain, or the text itself (developer guide, "SAML identifiers"). */
export async function providerOfAddress(
  db: Db,
  { pool, client }: Party,
  text: string,
): Promise<IdentityProvider | undefined> {
  const domain = text.slice(text.lastIndexOf('@') + 1).trim()
  const provider = domain === '' ? undefined : await findProviderByIdentifier(db, pool.id, domain)
  return provider && supportsProvider(client, provider.name) ? provider : undefined
}

/** Sends a visitor off: stores the trip and gives the address at the provider. */
export async function depart(
  db: Db,
  world: World,
  party: Party,
  leaving: Leaving & { readonly domainUrl: string; readonly authorization: AuthorizationRequest },
): Promise<string> {
  const { provider, domainUrl, authorization } = leaving
  const state = newState(world)
  const { loginHint, prompt, maxAge } = authorization
  if (provider.type === 'SAML') {
    const recipient = `${domainUrl}${samlReturnPath}`
    const request = { recipient, state, fresh: prompt === 'login' || maxAge !== undefined }
    const { address, secrets } = await departToSaml(db, world, party.pool, provider, request)
    await openTrip(db, world, party, state, leaving, secrets)
    return address
  }
  const redirectUri = `${domainUrl}${returnPath}`
  const openId = await speakOpenId()
  let departure: Awaited<ReturnType<typeof openId.openIdDeparture>>
  try {
    departure = await openId.openIdDeparture(world, provider, { state, redirectUri, loginHint, prompt })
  } catch (thrown) {
    throw openId.openIdFailure(world, provider, thrown)
  }
  await openTrip(db, world, party, state, leaving, departure.secrets)
  return departure.url
}

/** Loaded with the first trip: pools without such a provider need none of it. */
function speakOpenId() {
  return import('./openid.ts')
}

/** Signs in whoever comes back; `answer` is what the provider sent along. */
export async function comeBack(
  db: Db,
  world: World,
  party: Party,
  { trip, secrets }: Returned,
  answer: URLSearchParams,
): Promise<Progress> {
  const provider = await providerOfTrip(db, party, trip)
  const error = single(answer, 'error')
  if (error !== undefined) throw refusedThere(provider, error, single(answer, 'error_description'))
  const openId = await speakOpenId()
  let outcome: Awaited<ReturnType<typeof openId.openIdIdentity>>
  try {
    outcome = await openId.openIdIdentity(world, provider, secrets as OpenIdSecrets, answer)
  } catch (thrown) {
    throw openId.openIdFailure(world, provider, thrown)
  }
  return arriveFederated({ db, world, party, door: 'pages' }, provider, outcome.identity, outcome.sources)
}

/** The provider's own refusal, told on in the characters that such a sentence may have (RFC 6749 section 4.1.2.1). */
function refusedThere({ name }: IdentityProvider, error: string, description = ''): PoolError {
  const plain = (text: string) => text.replaceAll(/[^\w .,:;()/-]/g, '').slice(0, 200)
  const why = [plain(error), plain(description)].filter(Boolean).join(': ')
  return new PoolError(error === 'access_denied' ? 'AccessDenied' : 'InvalidRequest', `${name} Error - ${why}`)
}
