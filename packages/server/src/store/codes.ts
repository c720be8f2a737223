import type { Db } from './db.ts'

/** What a code is for: one live code for each user and purpose, so that none can be used for another. */
export type CodePurpose = 'sign-up' | 'forgot-password' | 'passkey' | `verify:${string}`

/** Where a code belongs. */
export interface CodeKey {
  readonly poolId: string
  readonly userId: string
  readonly purpose: CodePurpose
}

/**
 * Stores a code's MAC; an older one for the same purpose dies. A `pendingAddress` becomes the user's when the code is
 * used. Times are milliseconds.
 */
export async function putCode(
  db: Db,
  key: CodeKey,
  codeMac: string,
  now: number,
  expiresAt: number,
  pendingAddress?: string,
): Promise<void> {
  const address = pendingAddress ?? null
  const values = { code_mac: codeMac, address, tries: 0, created_at: now, expires_at: expiresAt }
  await db
    .insertInto('codes')
    .values({ pool_id: key.poolId, user_id: key.userId, purpose: key.purpose, ...values })
    .onConflict((conflict) => conflict.columns(['pool_id', 'user_id', 'purpose']).doUpdateSet(values))
    .execute()
}

/** The address that waits for a code that still lives. */
export async function findPendingAddress(db: Db, key: CodeKey, now: number): Promise<string | undefined> {
  const row = await db
    .selectFrom('codes')
    .select('address')
    .where('pool_id', '=', key.poolId)
    .where('user_id', '=', key.userId)
    .where('purpose', '=', key.purpose)
    .where('expires_at', '>', now)
    .executeTakeFirst()
  return row?.address ?? undefined
}

/** Forgets a code. */
export async function deleteCode(db: Db, key: CodeKey): Promise<void> {
  await db
    .deleteFrom('codes')
    .where('pool_id', '=', key.poolId)
    .where('user_id', '=', key.userId)
    .where('purpose', '=', key.purpose)
    .execute()
}

/** What came of a code that was tried. */
export type CodeOutcome = 'consumed' | 'mismatch' | 'expired' | 'exhausted'

/**
 * Tries a code once. Deleting is the check: of any number of simultaneous callers with the right code, one gets
 * 'consumed'. A wrong try is counted before its answer is known to the caller; after `maxTries` the code is dead.
 */
export async function consumeCode(
  db: Db,
  key: CodeKey,
  codeMac: string,
  now: number,
  maxTries: number,
): Promise<CodeOutcome> {
  const { numDeletedRows } = await db
    .deleteFrom('codes')
    .where('pool_id', '=', key.poolId)
    .where('user_id', '=', key.userId)
    .where('purpose', '=', key.purpose)
    .where('code_mac', '=', codeMac)
    .where('expires_at', '>', now)
    .where('tries', '<', maxTries)
    .executeTakeFirst()
  if (numDeletedRows === 1n) return 'consumed'
  const row = await db
    .updateTable('codes')
    .set((update) => ({ tries: update('tries', '+', 1) }))
    .where('pool_id', '=', key.poolId)
    .where('user_id', '=', key.userId)
    .where('purpose', '=', key.purpose)
    .returning(['tries', 'expires_at'])
    .executeTakeFirst()
  if (!row || row.expires_at <= now) return 'expired'
  return row.tries > maxTries ? 'exhausted' : 'mismatch'
}
