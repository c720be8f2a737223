import type { Db } from './db.ts'

/** Which door a sign-in came through: a Session of the JSON API must never work as a cookie of the pages. */
export type Door = 'api' | 'pages'

/** A journey that has begun and not ended; `state` belongs to the rules in sign-in/. Times are milliseconds. */
export interface SignInRecord {
  /** SHA-256 of what the caller holds. */
  readonly idHash: string
  readonly poolId: string
  readonly clientId: string
  readonly userId: string | undefined
  readonly door: Door
  readonly state: string
  readonly expiresAt: number
}

/** Stores a journey's next step. */
export async function createSignIn(db: Db, record: SignInRecord): Promise<void> {
  await db
    .insertInto('sign_ins')
    .values({
      id_hash: record.idHash,
      pool_id: record.poolId,
      client_id: record.clientId,
      user_id: record.userId ?? null,
      door: record.door,
      state: record.state,
      expires_at: record.expiresAt,
    })
    .execute()
}

/** Where a journey must be found for a step to count. */
export type SignInKey = Pick<SignInRecord, 'idHash' | 'poolId' | 'clientId' | 'door'>

/** Takes a journey's step out of the store; of any number of simultaneous callers one gets it. */
export async function consumeSignIn(db: Db, key: SignInKey, now: number): Promise<SignInRecord | undefined> {
  const row = await db
    .deleteFrom('sign_ins')
    .where('id_hash', '=', key.idHash)
    .where('pool_id', '=', key.poolId)
    .where('client_id', '=', key.clientId)
    .where('door', '=', key.door)
    .where('expires_at', '>', now)
    .returningAll()
    .executeTakeFirst()
  return row && { ...key, userId: row.user_id ?? undefined, state: row.state, expiresAt: row.expires_at }
}

/** Reads a journey's step without consuming it: to show its page. */
export async function findSignIn(db: Db, key: SignInKey, now: number): Promise<SignInRecord | undefined> {
  const row = await db
    .selectFrom('sign_ins')
    .selectAll()
    .where('id_hash', '=', key.idHash)
    .where('pool_id', '=', key.poolId)
    .where('client_id', '=', key.clientId)
    .where('door', '=', key.door)
    .where('expires_at', '>', now)
    .executeTakeFirst()
  return row && { ...key, userId: row.user_id ?? undefined, state: row.state, expiresAt: row.expires_at }
}
