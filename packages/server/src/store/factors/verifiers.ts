// What a user proves with besides a name, a file for each kind: password verifiers and history, authenticator apps,
// passkeys, devices. Secrets are sealed before they come here.
import type { Db } from '../db.ts'

/** The SRP verifier of a user's current password; `salt` is hexadecimal. */
export interface VerifierRecord {
  readonly poolId: string
  readonly userId: string
  readonly salt: string
  /** Hexadecimal as the vault sealed it at `verifiers:{poolId}:{userId}`. */
  readonly verifierSealed: string
}

/** Makes a verifier the user's only one. */
export async function putVerifier(db: Db, { poolId, userId, salt, verifierSealed }: VerifierRecord): Promise<void> {
  await db
    .insertInto('verifiers')
    .values({ pool_id: poolId, user_id: userId, salt, verifier_sealed: verifierSealed })
    .onConflict((conflict) =>
      conflict.columns(['pool_id', 'user_id']).doUpdateSet({ salt, verifier_sealed: verifierSealed }),
    )
    .execute()
}

/** The verifier of a user; undefined for one without a password, or whose hash was imported. */
export async function findVerifier(db: Db, poolId: string, userId: string): Promise<VerifierRecord | undefined> {
  const row = await db
    .selectFrom('verifiers')
    .selectAll()
    .where('pool_id', '=', poolId)
    .where('user_id', '=', userId)
    .executeTakeFirst()
  return row && { poolId, userId, salt: row.salt, verifierSealed: row.verifier_sealed }
}
