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

/** A browser that is signed in to a pool's hosted domain. Times are milliseconds. */
export interface BrowserSession {
  readonly idHash: string
  readonly poolId: string
  readonly userId: string
  readonly authTime: number
  readonly expiresAt: number
}

/** Stores a session. */
export async function createSession(db: Db, session: BrowserSession): Promise<void> {
  await db
    .insertInto('sessions')
    .values({
      id_hash: session.idHash,
      pool_id: session.poolId,
      user_id: session.userId,
      auth_time: session.authTime,
      expires_at: session.expiresAt,
    })
    .execute()
}

/** The session of a cookie's hash, while it lasts. */
export async function findSession(
  db: Db,
  poolId: string,
  idHash: string,
  now: number,
): Promise<BrowserSession | undefined> {
  const row = await db
    .selectFrom('sessions')
    .selectAll()
    .where('id_hash', '=', idHash)
    .where('pool_id', '=', poolId)
    .where('expires_at', '>', now)
    .executeTakeFirst()
  return row && { idHash, poolId, userId: row.user_id, authTime: row.auth_time, expiresAt: row.expires_at }
}

/** Ends one session. */
export async function deleteSession(db: Db, poolId: string, idHash: string): Promise<void> {
  await db.deleteFrom('sessions').where('id_hash', '=', idHash).where('pool_id', '=', poolId).execute()
}

/** Ends all sessions of a user. */
export async function deleteSessionsOfUser(db: Db, poolId: string, userId: string): Promise<void> {
  await db.deleteFrom('sessions').where('pool_id', '=', poolId).where('user_id', '=', userId).execute()
}
