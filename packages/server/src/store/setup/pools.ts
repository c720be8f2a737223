import type { GetUserPoolMfaConfigResponse, UserPoolType } from '@poolhouse/api'
import type { Selectable } from 'kysely'
import type { Db } from '../db.ts'
import { parsedOnce } from '../sql/parsed.ts'
import { prepareSetUp } from '../sql/prepared.ts'
import type { Tables } from '../sql/tables.ts'

/**
 * A pool's settings in AWS's own nouns (DescribeUserPool's members), so that nothing is translated twice; what is
 * counted or derived (Id, Arn, dates, Domain, EstimatedNumberOfUsers) is not among them.
 */
export type PoolSettings = Omit<
  UserPoolType,
  | 'Id'
  | 'Name'
  | 'Arn'
  | 'Status'
  | 'CreationDate'
  | 'LastModifiedDate'
  | 'Domain'
  | 'CustomDomain'
  | 'EstimatedNumberOfUsers'
> &
  Omit<GetUserPoolMfaConfigResponse, 'MfaConfiguration'>

/** How a pool tracks its users' sessions (SetUserPoolSessionConfiguration). */
export interface SessionTracking {
  readonly enabled: boolean
  /** How many token sessions a user may have; the least recently used goes first. */
  readonly maxPerUser: number
}

/** A user pool. Times are milliseconds. */
export interface Pool {
  readonly id: string
  readonly name: string
  readonly region: string
  readonly settings: PoolSettings
  /** Undefined until it is set: nothing is tracked. */
  readonly sessions?: SessionTracking | undefined
  /** How far the pool's clock is ahead of the world's, in milliseconds; always 0 outside development. */
  readonly clockOffset: number
  readonly createdAt: number
  readonly updatedAt: number
}

/** Stores a new pool. */
export async function createPool(db: Db, pool: Pool): Promise<void> {
  await db.insertInto('pools').values(toRow(pool)).execute()
}

/** The pool of an id, if there is one. */
export async function findPool(db: Db, id: string): Promise<Pool | undefined> {
  const [row] = await poolById(db, { id })
  return row && fromRow(row)
}

const poolById = prepareSetUp((db, { id }: { id: string }) => db.selectFrom('pools').selectAll().where('id', '=', id))

/** The pool that a hosted domain belongs to, if there is one. */
export async function findPoolByDomain(db: Db, domain: string): Promise<Pool | undefined> {
  const [row] = await poolByDomain(db, { domain })
  return row && fromRow(row)
}

const poolByDomain = prepareSetUp((db, { domain }: { domain: string }) =>
  db
    .selectFrom('domains')
    .innerJoin('pools', 'pools.id', 'domains.pool_id')
    .selectAll('pools')
    .where('domains.domain', '=', domain),
)

/** Pools in the order of their ids, after the given id. */
export async function listPools(db: Db, after: string, limit: number): Promise<Pool[]> {
  const rows = await db.selectFrom('pools').selectAll().where('id', '>', after).orderBy('id').limit(limit).execute()
  return rows.map(fromRow)
}

/** Replaces name and settings; false when somebody else changed or deleted the pool since it was read. */
export async function updatePool(db: Db, pool: Pool, now: number): Promise<boolean> {
  const { name, settings, sessions } = toRow(pool)
  const { numUpdatedRows } = await db
    .updateTable('pools')
    // Two writes in one millisecond must still differ.
    .set({ name, settings, sessions, updated_at: Math.max(now, pool.updatedAt + 1) })
    .where('id', '=', pool.id)
    .where('updated_at', '=', pool.updatedAt)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Moves a pool's clock forward by milliseconds, at most to the limit; false when it would go beyond or there is no such pool. */
export async function advanceClock(db: Db, id: string, milliseconds: number, limit: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('pools')
    .set((update) => ({ clock_offset: update('clock_offset', '+', milliseconds) }))
    .where('id', '=', id)
    .where('clock_offset', '<=', limit - milliseconds)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Sets a pool's clock to the world's. */
export async function resetClock(db: Db, id: string): Promise<void> {
  await db.updateTable('pools').set({ clock_offset: 0 }).where('id', '=', id).execute()
}

/** Every table whose rows belong to a pool. */
const poolTables = [
  'pool_keys', 'clients', 'domains', 'users', 'user_attributes', 'aliases', 'groups', 'members', 'codes', 'sign_ins',
  'sessions', 'authorization_codes', 'grants', 'attempts', 'outbox', 'verifiers', 'authenticators', 'passkeys', 'devices',
  'password_history', 'identities', 'resource_servers', 'quotas', 'identity_providers',
  'provider_identifiers', 'trips', 'terms', 'saml_keys', 'saml_messages', 'saml_metadata', 'saml_sessions',
  'login_styles', 'login_images', 'ui_customizations',
] as const // biome-ignore format: a table

/** Deletes the pool and all that belongs to it. Call it in a transaction. */
export async function deletePool(db: Db, id: string): Promise<void> {
  for (const table of poolTables) await db.deleteFrom(table).where('pool_id', '=', id).execute()
  await db.deleteFrom('pools').where('id', '=', id).execute()
}

function toRow(pool: Pool): Selectable<Tables['pools']> {
  return {
    id: pool.id,
    name: pool.name,
    region: pool.region,
    settings: JSON.stringify(pool.settings),
    sessions: pool.sessions ? JSON.stringify(pool.sessions) : null,
    clock_offset: pool.clockOffset,
    created_at: pool.createdAt,
    updated_at: pool.updatedAt,
  }
}

function fromRow(row: Selectable<Tables['pools']>): Pool {
  return {
    id: row.id,
    name: row.name,
    region: row.region,
    settings: readSettings(row.id, row.settings),
    ...(row.sessions !== null && { sessions: JSON.parse(row.sessions) as SessionTracking }),
    clockOffset: row.clock_offset,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

const readSettings = parsedOnce<PoolSettings>(200)
