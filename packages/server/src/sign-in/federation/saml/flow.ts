import { PoolError } from '../../../errors.ts'
import { readSwitches } from '../../../settings/saml/details.ts'
import type { Db } from '../../../store/db.ts'
import { takeMessage } from '../../../store/federation/saml.ts'
import type { IdentityProvider } from '../../../store/setup/identity-providers.ts'
import type { Pool } from '../../../store/setup/pools.ts'
import { digest } from '../../../tokens/opaque.ts'
import type { World } from '../../../world/world.ts'
import type { FederatedIdentity, FederationSources } from '../identity.ts'
import { samlDecryptionKeys, samlSigningKey } from './keys.ts'
import { entityIdOf, openProvider, providerNow } from './provider.ts'
import { authnRequest, messageId, redirectAddress } from './request.ts'
import { readResponse, type SamlSession } from './response.ts'

/** The path that providers post to, below a hosted domain (AWS developer guide, "federation endpoints"). */
export const samlReturnPath = '/saml2/idpresponse'

/** What is remembered of a trip, to check the answer by. */
export interface SamlSecrets {
  readonly requestId: string
  /** The address that the answer was asked to. */
  readonly recipient: string
}

/** How a trip to a SAML provider begins. */
export interface SamlDeparture {
  /** Where the browser goes. */
  readonly address: string
  /** Id of the request, which the answer must name. */
  readonly requestId: string
}

/** Who came back. */
export interface SamlReturn {
  readonly identity: FederatedIdentity
  readonly sources: FederationSources
  /** What the provider calls the session. */
  readonly session: SamlSession
}

/** What a Response is taken with: `requestId` is undefined where the provider began. */
export interface SamlAnswer {
  readonly posted: string
  readonly requestId: string | undefined
  /** The address it was posted to. */
  readonly recipient: string
}

/** Asks a provider to sign somebody in; the answer comes to `recipient`. `fresh` asks for a new proof of who it is. */
export async function departToSaml(
  db: Db,
  world: World,
  pool: Pool,
  provider: IdentityProvider,
  { recipient, state, fresh }: { recipient: string; state: string; fresh: boolean },
): Promise<SamlDeparture> {
  const { metadata, switches } = await openProvider(db, world, provider)
  const head = { id: messageId(world), now: providerNow(world), destination: metadata.signOn, issuer: entityIdOf(pool) }
  const address = await redirectAddress({
    parameter: 'SAMLRequest',
    xml: authnRequest(head, recipient, fresh),
    destination: metadata.signOn,
    relayState: state,
    key: switches.signed || metadata.wantsSigned ? await samlSigningKey(db, world, pool) : undefined,
  })
  return { address, requestId: head.id }
}

/**
 * Whom a Response vouches for. An assertion is taken once, on whatever node and after whatever restart. Rejects in AWS's
 * words; why is in the cause.
 */
export async function returnFromSaml(
  db: Db,
  world: World,
  pool: Pool,
  provider: IdentityProvider,
  { posted, requestId, recipient }: SamlAnswer,
): Promise<SamlReturn> {
  // First of all, since anybody may post here: it costs nothing to say no.
  if (requestId === undefined && !readSwitches(provider.details).providerBegins)
    throw notTaken(new Error('the provider may not begin'))
  const { metadata, switches } = await openProvider(db, world, provider)
  const arrival = await readResponse(posted, {
    issuer: metadata.entityId,
    certificates: metadata.certificates,
    encrypted: switches.encrypted,
    decryptionKeys: await samlDecryptionKeys(db, world, pool),
    audience: entityIdOf(pool),
    recipient,
    requestId,
    now: providerNow(world),
  }).catch((error: unknown) => {
    if (error instanceof PoolError && error.code === 'InvalidParameter') throw notTaken(error.cause)
    throw error
  })
  const message = { poolId: pool.id, provider: provider.name, idHash: digest(arrival.assertionId) }
  if (!(await takeMessage(db, message, arrival.expiresAt))) throw notTaken(new Error('the assertion was taken before'))
  const shown = Object.entries(arrival.attributes).map(([name, value]) => [name, String(value)])
  return {
    identity: {
      provider: provider.name,
      providerType: 'SAML',
      issuer: metadata.entityId,
      subject: arrival.subject,
      attributes: arrival.attributes,
    },
    sources: { samlResponse: { ...Object.fromEntries(shown), NameID: arrival.subject } },
    session: arrival.session,
  }
}

/** AWS's sentence (public logs: aws-amplify/amplify-js#4650 and others). */
export function notTaken(cause: unknown): PoolError {
  return new PoolError('InvalidRequest', 'Invalid samlResponse or relayState from identity provider', cause)
}
