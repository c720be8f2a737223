import type { Db } from './db.ts'

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
