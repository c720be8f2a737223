import type { Selectable } from 'kysely'
import type { Db } from './db.ts'
import type { Door } from './sign-ins.ts'
import { prepare } from './sql/prepared.ts'
import type { Tables } from './sql/tables.ts'
import { type User, fromRow as userFromRow } from './users.ts'

/**
 * What one sign-in gave one client: its id is the `origin_jti` of every token that came of it. Revoking it ends the
 * refresh token and all access and ID tokens at the pool's own addresses. Times are milliseconds.
 */
export interface Grant {
  readonly id: string
  readonly poolId: string
  readonly clientId: string
  readonly userId: string
  /** SHA-256 of the refresh token; undefined when none was given. */
  readonly refreshHash: string | undefined
  readonly door: Door
  readonly scopes: readonly string[]
  readonly authTime: number
  readonly createdAt: number
  /** When the refresh token ends. */
  readonly expiresAt: number
}

/** Stores a grant. */
export async function createGrant(db: Db, grant: Grant): Promise<void> {
  await db
    .insertInto('grants')
    .values({
      id: grant.id,
      pool_id: grant.poolId,
      client_id: grant.clientId,
      user_id: grant.userId,
      refresh_hash: grant.refreshHash ?? null,
      door: grant.door,
      scopes: grant.scopes.join(' '),
      auth_time: grant.authTime,
      created_at: grant.createdAt,
      expires_at: grant.expiresAt,
      revoked_at: null,
    })
    .execute()
}

/** The live grant of a refresh token with its user, in one statement; expiry and revocation are checked here. */
export async function findGrantByRefresh(
  db: Db,
  poolId: string,
  refreshHash: string,
  now: number,
): Promise<{ grant: Grant; user: User } | undefined> {
  const [row] = await grantByRefresh(db, { poolId, refreshHash, now })
  if (!row) return undefined
  const grant: Grant = {
    id: row.grant_id,
    poolId,
    clientId: row.client_id,
    userId: row.id,
    refreshHash,
    door: row.door as Door,
    scopes: row.scopes ? row.scopes.split(' ') : [],
    authTime: row.auth_time,
    createdAt: row.granted_at,
    expiresAt: row.expires_at,
  }
  return { grant, user: userFromRow(row) }
}

const grantByRefresh = prepare(
  (db, { poolId, refreshHash, now }: { poolId: string; refreshHash: string; now: number }) =>
    db
      .selectFrom('grants')
      .innerJoin('users', (join) =>
        join.onRef('users.pool_id', '=', 'grants.pool_id').onRef('users.id', '=', 'grants.user_id'),
      )
      .selectAll('users')
      .select([
        'grants.id as grant_id',
        'grants.client_id',
        'grants.door',
        'grants.scopes',
        'grants.auth_time',
        'grants.expires_at',
        'grants.created_at as granted_at',
      ])
      .where('grants.refresh_hash', '=', refreshHash) // index grants_by_refresh
      .where('grants.pool_id', '=', poolId)
      .where('grants.expires_at', '>', now)
      .where('grants.revoked_at', 'is', null),
)

/** The user of a token by its grant, while the grant is neither revoked nor gone. */
export async function findUserByGrant(db: Db, poolId: string, grantId: string): Promise<User | undefined> {
  const [row] = await userByGrant(db, { poolId, grantId })
  return row && userFromRow(row)
}

const userByGrant = prepare((db, { poolId, grantId }: { poolId: string; grantId: string }) =>
  db
    .selectFrom('grants')
    .innerJoin('users', (join) =>
      join.onRef('users.pool_id', '=', 'grants.pool_id').onRef('users.id', '=', 'grants.user_id'),
    )
    .selectAll('users')
    .where('grants.id', '=', grantId)
    .where('grants.pool_id', '=', poolId)
    .where('grants.revoked_at', 'is', null),
)

/** Who holds a refresh token, live or not: to answer its revocation. */
export async function findGrantOwner(
  db: Db,
  refreshHash: string,
): Promise<{ id: string; poolId: string; clientId: string } | undefined> {
  const row = await db
    .selectFrom('grants')
    .select(['id', 'pool_id', 'client_id'])
    .where('refresh_hash', '=', refreshHash)
    .executeTakeFirst()
  return row && { id: row.id, poolId: row.pool_id, clientId: row.client_id }
}

/** Revokes one grant. */
export async function revokeGrant(db: Db, poolId: string, id: string, now: number): Promise<void> {
  await db
    .updateTable('grants')
    .set({ revoked_at: now })
    .where('id', '=', id)
    .where('pool_id', '=', poolId)
    .where('revoked_at', 'is', null)
    .execute()
}

/** Revokes all grants of a user, except one. */
export async function revokeGrantsOfUser(
  db: Db,
  poolId: string,
  userId: string,
  now: number,
  except = '',
): Promise<void> {
  await db
    .updateTable('grants')
    .set({ revoked_at: now })
    .where('pool_id', '=', poolId)
    .where('user_id', '=', userId)
    .where('id', '!=', except)
    .where('revoked_at', 'is', null)
    .execute()
}

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
