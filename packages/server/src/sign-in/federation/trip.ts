import type { Party } from '../../directory/register.ts'
import { PoolError } from '../../errors.ts'
import { supportsProvider } from '../../settings/clients.ts'
import type { Db } from '../../store/db.ts'
import { consumeTrip, createTrip, keepAnswer, type Trip } from '../../store/federation/trips.ts'
import { findIdentityProvider, type IdentityProvider } from '../../store/setup/identity-providers.ts'
import type { Pool } from '../../store/setup/pools.ts'
import { digest, secretToken } from '../../tokens/opaque.ts'
import type { World } from '../../world/world.ts'

/** How long somebody may be at a provider: signing in there can take a password, a phone and a second try. */
export const tripSeconds = 15 * 60

/** A visitor who leaves for a provider. */
export interface Leaving {
  readonly provider: IdentityProvider
  /** What ties the trip to this browser: random, in a cookie that a cross-site request does not carry. */
  readonly binding: string
  /** The authorization request as it came: a query string with its `?`. */
  readonly search: string
}

/** What comes back, and what the protocol remembered. */
export interface Returned {
  readonly trip: Trip
  /** What was given to `openTrip`. */
  readonly secrets: unknown
  /** What the provider posted, if it came by POST. */
  readonly posted: string | undefined
}

/** A state that no trip has. */
export function newState(world: World): string {
  return secretToken(world)
}

/** Stores a trip under its state; `secrets` is what the protocol needs to check the answer, and is sealed. */
export async function openTrip(
  db: Db,
  world: World,
  { pool, client }: Party,
  state: string,
  { provider, binding, search }: Leaving,
  secrets: unknown,
): Promise<void> {
  const stateHash = digest(state)
  await createTrip(db, {
    stateHash,
    poolId: pool.id,
    clientId: client.id,
    provider: provider.name,
    providerVersion: provider.updatedAt,
    bindingHash: digest(binding),
    search,
    secretsSealed: world.vault.seal(`trips:${stateHash}:secrets_sealed`, JSON.stringify(secrets)),
    expiresAt: world.now() + tripSeconds * 1000,
  })
}

/**
 * Keeps an answer that a provider had the browser post from its own site. Such a request carries none of our cookies, so
 * nothing is decided by it: the browser is sent on to a GET, which carries the cookie that the trip is bound to. The first
 * answer stays; false when there is no such trip.
 */
export async function keepPosted(db: Db, world: World, pool: Pool, state: string, posted: string): Promise<boolean> {
  const stateHash = digest(state)
  const sealed = world.vault.seal(`trips:${stateHash}:answer_sealed`, posted)
  return keepAnswer(db, { stateHash, poolId: pool.id }, sealed, world.now())
}

/**
 * Ends a trip, once, for the browser that began it; undefined for every other browser and state (RFC 9700 section 4.7:
 * an answer that somebody else fetched must not sign this browser in).
 */
export async function closeTrip(
  db: Db,
  world: World,
  pool: Pool,
  state: string,
  binding: string,
): Promise<Returned | undefined> {
  const stateHash = digest(state)
  const trip = await consumeTrip(db, { stateHash, poolId: pool.id, bindingHash: digest(binding) }, world.now())
  if (!trip) return undefined
  const { secretsSealed, answerSealed } = trip
  return {
    trip,
    secrets: JSON.parse(world.vault.open(`trips:${stateHash}:secrets_sealed`, secretsSealed)),
    posted: answerSealed && world.vault.open(`trips:${stateHash}:answer_sealed`, answerSealed),
  }
}

/**
 * The provider that a trip went to, if it is still what it was and the client still lets people in by it: what was
 * switched off or changed in between ends the trips under way (Keycloak CVE-2026-2603).
 */
export async function providerOfTrip(db: Db, { pool, client }: Party, trip: Trip): Promise<IdentityProvider> {
  const provider = await findIdentityProvider(db, pool.id, trip.provider)
  if (trip.clientId !== client.id || provider?.updatedAt !== trip.providerVersion)
    throw new PoolError('InvalidRequest', 'The identity provider was changed. Try again.')
  if (!supportsProvider(client, provider.name)) throw notEnabled()
  return provider
}

/** A provider that there is not, or that the client does not use: the same answer for both. */
export function notEnabled(): PoolError {
  return new PoolError('InvalidRequest', 'The identity provider is not enabled for this client.')
}
