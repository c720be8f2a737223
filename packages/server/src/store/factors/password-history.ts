import type { Db } from '../db.ts'

/** Notes a password that was set. */
export async function notePassword(
  db: Db,
  poolId: string,
  userId: string,
  passwordHash: string,
  now: number,
): Promise<void> {
  await db
    .insertInto('password_history')
    .values({ pool_id: poolId, user_id: userId, password_hash: passwordHash, created_at: now })
    .execute()
}

/** The hashes of a user's latest passwords, newest first. */
export async function listPasswords(db: Db, poolId: string, userId: string, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('password_history')
    .select('password_hash')
    .where('pool_id', '=', poolId)
    .where('user_id', '=', userId)
    .orderBy('created_at', 'desc')
    .limit(limit)
    .execute()
  return rows.map((row) => row.password_hash)
}
