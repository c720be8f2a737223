import { sql } from 'kysely'
import type { Db } from './db.ts'
import type { Door } from './sign-ins.ts'
import { prepare, prepareWrite } from './sql/prepared.ts'
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
  /** SHA-256 of the refresh token of this generation; undefined when none was given. */
  readonly refreshHash: string | undefined
  /** How often the refresh token was rotated. */
  readonly generation: number
  /** What the refresh tokens of this grant are computed with, besides the vault's key. */
  readonly refreshSalt: string | undefined
  /** When the current generation replaced the one before. */
  readonly rotatedAt?: number | undefined
  readonly door: Door
  readonly scopes: readonly string[]
  readonly authTime: number
  readonly createdAt: number
  /** When the refresh token ends, whichever generation. */
  readonly expiresAt: number
  /** When it was last refreshed, as exactly as sessions are tracked. */
  readonly lastUsedAt: number
  readonly lastAddress?: string | undefined
  /** The remembered device it was given to. */
  readonly deviceKey?: string | undefined
  /** The browser session that it came through. */
  readonly sessionId?: string | undefined
  /** What every one of its tokens says besides. */
  readonly context?: GrantContext | undefined
}

/** The audience that was asked for, and how sure the sign-in was. */
export interface GrantContext {
  /** The access token's audience (RFC 8707). */
  readonly resource?: string | undefined
  readonly acr?: string | undefined
  readonly amr?: readonly string[] | undefined
}

/** Stores a grant. */
export async function createGrant(db: Db, grant: Grant): Promise<void> {
  await insertGrant(db, rowOf(grant))
}

function rowOf(grant: Grant) {
  return {
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
    generation: grant.generation,
    refresh_salt: grant.refreshSalt ?? null,
    rotated_at: grant.rotatedAt ?? null,
    device_key: grant.deviceKey ?? null,
    last_used_at: grant.lastUsedAt,
    last_address: grant.lastAddress ?? null,
    session_id: grant.sessionId ?? null,
    context: grant.context ? JSON.stringify(grant.context) : null,
  }
}

const insertGrant = prepareWrite((db, row: ReturnType<typeof rowOf>) =>
  db.insertInto('grants').values({
    id: row.id,
    pool_id: row.pool_id,
    client_id: row.client_id,
    user_id: row.user_id,
    refresh_hash: row.refresh_hash,
    door: row.door,
    scopes: row.scopes,
    auth_time: row.auth_time,
    created_at: row.created_at,
    expires_at: row.expires_at,
    revoked_at: null,
    generation: row.generation,
    refresh_salt: row.refresh_salt,
    rotated_at: row.rotated_at,
    device_key: row.device_key,
    last_used_at: row.last_used_at,
    last_address: row.last_address,
    session_id: row.session_id,
    context: row.context,
  }),
)

/** The live grant of a refresh token with its user, in one statement; expiry and revocation are checked here. */
export async function findGrantByRefresh(
  db: Db,
  poolId: string,
  refreshHash: string,
  now: number,
): Promise<{ grant: Grant; user: User } | undefined> {
  const [row] = await grantByRefresh(db, { poolId, refreshHash, now })
  return row && { grant: fromRow(row), user: userFromRow(row) }
}

/** The live grant of an id with its user: to judge a refresh token that is not the current one. */
export async function findGrantById(
  db: Db,
  poolId: string,
  id: string,
  now: number,
): Promise<{ grant: Grant; user: User } | undefined> {
  const row = await grantWithUser(db, poolId)
    .where('grants.id', '=', id)
    .where('grants.expires_at', '>', now)
    .where('grants.revoked_at', 'is', null)
    .executeTakeFirst()
  return row && { grant: fromRow(row), user: userFromRow(row) }
}

/** Columns of a grant beside those of its user; those that both have go by another name. */
const grantColumns = [
  'grants.id as grant_id',
  'grants.client_id',
  'grants.door',
  'grants.scopes',
  'grants.auth_time',
  'grants.expires_at',
  'grants.created_at as granted_at',
  'grants.refresh_hash',
  'grants.generation',
  'grants.refresh_salt',
  'grants.rotated_at',
  'grants.device_key',
  'grants.last_used_at',
  'grants.last_address',
  'grants.session_id',
  'grants.context',
] as const

function grantWithUser(db: Db, poolId: string) {
  return db
    .selectFrom('grants')
    .innerJoin('users', (join) =>
      join.onRef('users.pool_id', '=', 'grants.pool_id').onRef('users.id', '=', 'grants.user_id'),
    )
    .selectAll('users')
    .select(grantColumns)
    .where('grants.pool_id', '=', poolId)
}

type GrantWithUser = Awaited<ReturnType<ReturnType<typeof grantWithUser>['executeTakeFirstOrThrow']>>

function fromRow(row: GrantWithUser): Grant {
  return {
    id: row.grant_id,
    poolId: row.pool_id,
    clientId: row.client_id,
    userId: row.id,
    refreshHash: row.refresh_hash ?? undefined,
    generation: row.generation,
    refreshSalt: row.refresh_salt ?? undefined,
    ...(row.rotated_at !== null && { rotatedAt: row.rotated_at }),
    door: row.door as Door,
    scopes: row.scopes ? row.scopes.split(' ') : [],
    authTime: row.auth_time,
    createdAt: row.granted_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
    ...(row.last_address !== null && { lastAddress: row.last_address }),
    ...(row.device_key !== null && { deviceKey: row.device_key }),
    ...(row.session_id !== null && { sessionId: row.session_id }),
    ...(row.context !== null && { context: JSON.parse(row.context) as GrantContext }),
  }
}

/**
 * Puts the next generation's refresh token in place of this one's; false when another caller did, or the grant has ended:
 * of any number of simultaneous callers one rotates.
 */
export async function rotateGrant(db: Db, grant: Grant, nextHash: string, { now, address }: Use): Promise<boolean> {
  if (grant.refreshHash === undefined) return false
  const { id, poolId, refreshHash } = grant
  const next = grant.generation + 1
  const { changed } = await putNext(db, { id, poolId, refreshHash, nextHash, next, now, address: address ?? null })
  return changed === 1n
}

type Rotation = {
  id: string
  poolId: string
  refreshHash: string
  nextHash: string
  next: number
  now: number
  address: string | null
}
const putNext = prepareWrite((db, { id, poolId, refreshHash, nextHash, next, now, address }: Rotation) =>
  db
    .updateTable('grants')
    .set({
      refresh_hash: nextHash,
      generation: next,
      rotated_at: now,
      last_used_at: now,
      last_address: sql<string | null>`coalesce(cast(${address} as text), last_address)`,
    })
    .where('id', '=', id)
    .where('pool_id', '=', poolId)
    .where('refresh_hash', '=', refreshHash)
    .where('expires_at', '>', now)
    .where('revoked_at', 'is', null),
)

/** When and where from a grant is used; an address that is not known leaves the last one. */
export interface Use {
  readonly now: number
  readonly address?: string | undefined
}

function usedBy({ now, address }: Use) {
  return { last_used_at: now, ...(address !== undefined && { last_address: address }) }
}

/** Notes that a grant was used now. */
export async function touchGrant(db: Db, poolId: string, id: string, use: Use): Promise<void> {
  const { now } = use
  await db
    .updateTable('grants')
    .set(usedBy(use))
    .where('id', '=', id)
    .where('pool_id', '=', poolId)
    .where('last_used_at', '<', now)
    .execute()
}

const grantByRefresh = prepare(
  (db, { poolId, refreshHash, now }: { poolId: string; refreshHash: string; now: number }) =>
    grantWithUser(db, poolId)
      .where('grants.refresh_hash', '=', refreshHash) // index grants_by_refresh
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
): Promise<Pick<Grant, 'id' | 'poolId' | 'clientId' | 'userId' | 'sessionId'> | undefined> {
  const row = await db
    .selectFrom('grants')
    .select(['id', 'pool_id', 'client_id', 'user_id', 'session_id'])
    .where('refresh_hash', '=', refreshHash)
    .executeTakeFirst()
  return (
    row && {
      id: row.id,
      poolId: row.pool_id,
      clientId: row.client_id,
      userId: row.user_id,
      sessionId: row.session_id ?? undefined,
    }
  )
}

/** Revokes one grant. */
export async function revokeGrant(db: Db, poolId: string, id: string, now: number): Promise<void> {
  await revokeGrants(db, poolId, { id }, now)
}

/** Revokes all grants of a user, except one. */
export async function revokeGrantsOfUser(
  db: Db,
  poolId: string,
  userId: string,
  now: number,
  except?: string,
): Promise<void> {
  await revokeGrants(db, poolId, { userId, except }, now)
}

/** Which grants: those that are all of it. */
export interface GrantsOf {
  readonly id?: string
  readonly ids?: readonly string[]
  readonly userId?: string
  /** The browser session that they came through. */
  readonly sessionId?: string
  /** The remembered device that they were given to. */
  readonly deviceKey?: string
  readonly except?: string | undefined
}

/** Revokes the live grants of a pool that are meant. */
export async function revokeGrants(
  db: Db,
  poolId: string,
  { id, ids, userId, sessionId, deviceKey, except }: GrantsOf,
  now: number,
): Promise<void> {
  let query = db
    .updateTable('grants')
    .set({ revoked_at: now })
    .where('pool_id', '=', poolId)
    .where('revoked_at', 'is', null)
  if (id !== undefined) query = query.where('id', '=', id)
  if (ids !== undefined) query = query.where('id', 'in', ids)
  if (userId !== undefined) query = query.where('user_id', '=', userId)
  if (sessionId !== undefined) query = query.where('session_id', '=', sessionId)
  if (deviceKey !== undefined) query = query.where('device_key', '=', deviceKey)
  if (except !== undefined) query = query.where('id', '!=', except)
  await query.execute()
}
