// A user's token sessions, as their user and an administrator see them: listed, limited and ended.
import type { Db } from './db.ts'
import { revokeGrants } from './grants.ts'

/** A user's grants that a refresh token keeps alive, the most recently used first. */
export async function listLiveGrants(db: Db, poolId: string, userId: string, now: number, limit: number) {
  const rows = await db
    .selectFrom('grants')
    .select(['id', 'client_id', 'created_at', 'last_used_at', 'last_address', 'session_id'])
    .where('pool_id', '=', poolId) // index grants_by_user
    .where('user_id', '=', userId)
    .where('refresh_hash', 'is not', null)
    .where('expires_at', '>', now)
    .where('revoked_at', 'is', null)
    .orderBy('last_used_at', 'desc')
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map((row) => ({
    id: row.id,
    clientId: row.client_id,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    lastAddress: row.last_address ?? undefined,
    sessionId: row.session_id ?? undefined,
  }))
}

/** Revokes a live grant of a user and gives the browser session it came through; undefined when there is no such grant. */
export async function revokeGrantOfUser(
  db: Db,
  poolId: string,
  userId: string,
  id: string,
  now: number,
): Promise<{ sessionId: string | undefined } | undefined> {
  const row = await db
    .updateTable('grants')
    .set({ revoked_at: now })
    .where('id', '=', id)
    .where('pool_id', '=', poolId)
    .where('user_id', '=', userId)
    .where('refresh_hash', 'is not', null)
    .where('expires_at', '>', now)
    .where('revoked_at', 'is', null)
    .returning('session_id')
    .executeTakeFirst()
  return row && { sessionId: row.session_id ?? undefined }
}

/** Revokes the grants that came through a browser session, except one. */
export async function revokeGrantsOfSession(
  db: Db,
  poolId: string,
  userId: string,
  sessionId: string,
  now: number,
  except?: string,
): Promise<void> {
  await revokeGrants(db, poolId, { userId, sessionId, except }, now)
}

/** Revokes a user's grants but those that came through one browser session; without one, all. */
export async function revokeGrantsElsewhere(
  db: Db,
  poolId: string,
  userId: string,
  sessionId: string | undefined,
  now: number,
): Promise<void> {
  await db
    .updateTable('grants')
    .set({ revoked_at: now })
    .where('pool_id', '=', poolId)
    .where('user_id', '=', userId)
    .where('revoked_at', 'is', null)
    .$if(sessionId !== undefined, (query) =>
      query.where((where) => where.or([where('session_id', 'is', null), where('session_id', '!=', sessionId ?? '')])),
    )
    .execute()
}

/** Ends a user's browser sessions but one; without one, all. */
export async function deleteSessionsElsewhere(
  db: Db,
  poolId: string,
  userId: string,
  id: string | undefined,
): Promise<void> {
  await db
    .deleteFrom('sessions')
    .where('pool_id', '=', poolId)
    .where('user_id', '=', userId)
    .$if(id !== undefined, (query) =>
      query.where((where) => where.or([where('id', 'is', null), where('id', '!=', id ?? '')])),
    )
    .execute()
}

/** Revokes all of a user's live grants but the `keep` most recently used. */
export async function revokeAllButNewest(
  db: Db,
  poolId: string,
  userId: string,
  keep: number,
  now: number,
): Promise<void> {
  const live = await listLiveGrants(db, poolId, userId, now, keep + 200)
  const ids = live.slice(keep).map(({ id }) => id)
  if (ids.length > 0) await revokeGrants(db, poolId, { ids }, now)
}
