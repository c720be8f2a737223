import type { Selectable } from 'kysely'
import type { Db } from './db.ts'
import type { Tables } from './sql/tables.ts'

/** An authorization code as it waits to be redeemed; `request` belongs to tokens/. Times are milliseconds. */
export interface AuthorizationCode {
  /** SHA-256 of the code. */
  readonly codeHash: string
  readonly poolId: string
  readonly clientId: string
  readonly userId: string
  readonly request: string
  readonly authTime: number
  /** The id of the grant that the code will become; a second use revokes it (RFC 6749 section 4.1.2). */
  readonly grantId: string
  readonly expiresAt: number
}

/** Stores a code. */
export async function createAuthorizationCode(db: Db, code: AuthorizationCode): Promise<void> {
  await db
    .insertInto('authorization_codes')
    .values({
      code_hash: code.codeHash,
      pool_id: code.poolId,
      client_id: code.clientId,
      user_id: code.userId,
      request: code.request,
      auth_time: code.authTime,
      grant_id: code.grantId,
      expires_at: code.expiresAt,
      used_at: null,
    })
    .execute()
}

/** Marks a code as used and gives it; of any number of simultaneous callers one gets it. */
export async function redeemAuthorizationCode(
  db: Db,
  poolId: string,
  codeHash: string,
  now: number,
): Promise<AuthorizationCode | undefined> {
  const row = await db
    .updateTable('authorization_codes')
    .set({ used_at: now })
    .where('code_hash', '=', codeHash)
    .where('pool_id', '=', poolId)
    .where('expires_at', '>', now)
    .where('used_at', 'is', null)
    .returningAll()
    .executeTakeFirst()
  return row && codeFromRow(row)
}

/** A code that was used already, if this is one. */
export async function findUsedAuthorizationCode(
  db: Db,
  poolId: string,
  codeHash: string,
): Promise<AuthorizationCode | undefined> {
  const row = await db
    .selectFrom('authorization_codes')
    .selectAll()
    .where('code_hash', '=', codeHash)
    .where('pool_id', '=', poolId)
    .where('used_at', 'is not', null)
    .executeTakeFirst()
  return row && codeFromRow(row)
}

function codeFromRow(row: Selectable<Tables['authorization_codes']>): AuthorizationCode {
  return {
    codeHash: row.code_hash,
    poolId: row.pool_id,
    clientId: row.client_id,
    userId: row.user_id,
    request: row.request,
    authTime: row.auth_time,
    grantId: row.grant_id,
    expiresAt: row.expires_at,
  }
}
