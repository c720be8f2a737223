// Visitors who are at identity providers. Who users are there is in store/identities.ts, what providers are in
// store/setup/; no protocol and no rule lives here.
import type { Selectable } from 'kysely'
import type { Db } from '../db.ts'
import type { Tables } from '../sql/tables.ts'

/** A visitor who is at an identity provider. Times are milliseconds. */
export interface Trip {
  /** SHA-256 of the state that went along. */
  readonly stateHash: string
  readonly poolId: string
  readonly clientId: string
  readonly provider: string
  /** The provider's `updatedAt` when the trip began: what began with other settings does not end. */
  readonly providerVersion: number
  /** SHA-256 of what only the browser that began holds. */
  readonly bindingHash: string
  /** The authorization request as it came: a query string with its `?`. */
  readonly search: string
  /** What the protocol must remember, JSON, sealed to this row. */
  readonly secretsSealed: string
  /** What a provider posted here, sealed, until the browser comes for it. */
  readonly answerSealed: string | undefined
  readonly expiresAt: number
}

/** Stores a trip that begins. */
export async function createTrip(db: Db, trip: Omit<Trip, 'answerSealed'>): Promise<void> {
  await db
    .insertInto('trips')
    .values({
      state_hash: trip.stateHash,
      pool_id: trip.poolId,
      client_id: trip.clientId,
      provider: trip.provider,
      provider_version: trip.providerVersion,
      binding_hash: trip.bindingHash,
      search: trip.search,
      secrets_sealed: trip.secretsSealed,
      answer_sealed: null,
      expires_at: trip.expiresAt,
    })
    .execute()
}

/** Where a trip must be found. */
export type TripKey = Pick<Trip, 'stateHash' | 'poolId'>

/** Keeps what a provider posted for a trip; false when there is none, or something was posted already. */
export async function keepAnswer(
  db: Db,
  { stateHash, poolId }: TripKey,
  answerSealed: string,
  now: number,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('trips')
    .set({ answer_sealed: answerSealed })
    .where('state_hash', '=', stateHash)
    .where('pool_id', '=', poolId)
    .where('expires_at', '>', now)
    .where('answer_sealed', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Takes a trip out of the store for the browser that began it; of any number of simultaneous callers one gets it. */
export async function consumeTrip(
  db: Db,
  { stateHash, poolId, bindingHash }: TripKey & Pick<Trip, 'bindingHash'>,
  now: number,
): Promise<Trip | undefined> {
  const row = await db
    .deleteFrom('trips')
    .where('state_hash', '=', stateHash)
    .where('pool_id', '=', poolId)
    .where('binding_hash', '=', bindingHash)
    .where('expires_at', '>', now)
    .returningAll()
    .executeTakeFirst()
  return row && fromRow(row)
}

function fromRow(row: Selectable<Tables['trips']>): Trip {
  return {
    stateHash: row.state_hash,
    poolId: row.pool_id,
    clientId: row.client_id,
    provider: row.provider,
    providerVersion: row.provider_version,
    bindingHash: row.binding_hash,
    search: row.search,
    secretsSealed: row.secrets_sealed,
    answerSealed: row.answer_sealed ?? undefined,
    expiresAt: row.expires_at,
  }
}
