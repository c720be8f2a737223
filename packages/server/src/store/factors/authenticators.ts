// The factors beside the password as rows: authenticator apps, passkeys, remembered devices. Each change that must happen
// once is one conditional statement. No rule lives here: what a code, a signature or a device proves is sign-in's to say.
import type { Db } from '../db.ts'

/** Whose authenticator; a user has one at most. */
export interface AuthenticatorKey {
  readonly poolId: string
  readonly id: string
}

/** A user's authenticator app. Both secrets are sealed. */
export interface Authenticator {
  /** The secret that codes are checked against; undefined until the first one was confirmed. */
  readonly secretSealed: string | undefined
  /** A secret that was given out and not confirmed yet. */
  readonly pendingSealed: string | undefined
  readonly name: string | undefined
  /** The newest time step whose code was taken. */
  readonly lastStep: number
}

/** A user's authenticator, also one that waits for its first confirmation. */
export async function findAuthenticator(db: Db, user: AuthenticatorKey): Promise<Authenticator | undefined> {
  const row = await db
    .selectFrom('authenticators')
    .selectAll()
    .where('pool_id', '=', user.poolId)
    .where('user_id', '=', user.id)
    .executeTakeFirst()
  return (
    row && {
      secretSealed: row.secret_sealed ?? undefined,
      pendingSealed: row.pending_sealed ?? undefined,
      name: row.name ?? undefined,
      lastStep: row.last_step,
    }
  )
}

/** Stores a secret that waits for confirmation beside the one in use; an older waiting one dies. */
export async function putPending(db: Db, user: AuthenticatorKey, pendingSealed: string, now: number): Promise<void> {
  const place = { pool_id: user.poolId, user_id: user.id }
  await db
    .insertInto('authenticators')
    .values({ ...place, pending_sealed: pendingSealed, last_step: 0, created_at: now })
    .onConflict((conflict) => conflict.columns(['pool_id', 'user_id']).doUpdateSet({ pending_sealed: pendingSealed }))
    .execute()
}

/**
 * Makes the waiting secret the one in use and burns the step that confirmed it. False when it is not the waiting one any
 * more: of any number of simultaneous callers one wins.
 */
export async function activatePending(
  db: Db,
  user: AuthenticatorKey,
  pendingSealed: string,
  { name, step }: { name: string | undefined; step: number },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('authenticators')
    .set({ secret_sealed: pendingSealed, pending_sealed: null, name: name ?? null, last_step: step })
    .where('pool_id', '=', user.poolId)
    .where('user_id', '=', user.id)
    .where('pending_sealed', '=', pendingSealed)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/**
 * Takes a time step of the secret that a code was checked against, once over all nodes, and with it every earlier one
 * (RFC 6238 section 5.2). False when it was taken, or the secret was replaced meanwhile.
 */
export async function burnStep(db: Db, user: AuthenticatorKey, secretSealed: string, step: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('authenticators')
    .set({ last_step: step })
    .where('pool_id', '=', user.poolId)
    .where('user_id', '=', user.id)
    .where('secret_sealed', '=', secretSealed)
    .where('last_step', '<', step)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Deletes a user's authenticator; false when there was none. */
export async function removeAuthenticator(db: Db, user: AuthenticatorKey): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('authenticators')
    .where('pool_id', '=', user.poolId)
    .where('user_id', '=', user.id)
    .executeTakeFirst()
  return numDeletedRows === 1n
}
