import type { Selectable } from 'kysely'
import type { Db } from '../db.ts'
import type { Tables } from '../sql/tables.ts'

/** A scope that a resource server understands. */
export interface ResourceScope {
  readonly name: string
  readonly description: string
}

/** An API that tokens are made for; its scopes are asked for as `identifier/name`. Times are milliseconds. */
export interface ResourceServer {
  readonly poolId: string
  readonly identifier: string
  readonly name: string
  readonly scopes: readonly ResourceScope[]
  readonly createdAt: number
  readonly updatedAt: number
}

/** Stores a new resource server; false when the pool has one of that identifier. */
export async function createResourceServer(db: Db, server: ResourceServer): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('resource_servers')
    .values({
      pool_id: server.poolId,
      identifier: server.identifier,
      name: server.name,
      scopes: JSON.stringify(server.scopes),
      created_at: server.createdAt,
      updated_at: server.updatedAt,
    })
    .onConflict((conflict) => conflict.columns(['pool_id', 'identifier']).doNothing())
    .executeTakeFirst()
  return numInsertedOrUpdatedRows === 1n
}

/** The resource server of an identifier. */
export async function findResourceServer(
  db: Db,
  poolId: string,
  identifier: string,
): Promise<ResourceServer | undefined> {
  const row = await db
    .selectFrom('resource_servers')
    .selectAll()
    .where('pool_id', '=', poolId)
    .where('identifier', '=', identifier)
    .executeTakeFirst()
  return row && fromRow(row)
}

/** The resource servers of these identifiers, as far as the pool has them. */
export async function findResourceServers(
  db: Db,
  poolId: string,
  identifiers: readonly string[],
): Promise<ResourceServer[]> {
  if (identifiers.length === 0) return []
  const rows = await db
    .selectFrom('resource_servers')
    .selectAll()
    .where('pool_id', '=', poolId)
    .where('identifier', 'in', identifiers)
    .execute()
  return rows.map(fromRow)
}

/** A pool's resource servers in the order of their identifiers, after the given one. */
export async function listResourceServers(
  db: Db,
  poolId: string,
  after: string,
  limit: number,
): Promise<ResourceServer[]> {
  const rows = await db
    .selectFrom('resource_servers')
    .selectAll()
    .where('pool_id', '=', poolId) // the primary key
    .where('identifier', '>', after)
    .orderBy('identifier')
    .limit(limit)
    .execute()
  return rows.map(fromRow)
}

/** How many resource servers a pool has. */
export async function countResourceServers(db: Db, poolId: string): Promise<number> {
  const { count } = await db
    .selectFrom('resource_servers')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('pool_id', '=', poolId)
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** Replaces name and scopes; false when the pool has no such resource server. */
export async function updateResourceServer(db: Db, server: Omit<ResourceServer, 'createdAt'>): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('resource_servers')
    .set({ name: server.name, scopes: JSON.stringify(server.scopes), updated_at: server.updatedAt })
    .where('pool_id', '=', server.poolId)
    .where('identifier', '=', server.identifier)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Deletes a resource server; false when the pool has none of that identifier. */
export async function deleteResourceServer(db: Db, poolId: string, identifier: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('resource_servers')
    .where('pool_id', '=', poolId)
    .where('identifier', '=', identifier)
    .executeTakeFirst()
  return numDeletedRows === 1n
}

function fromRow(row: Selectable<Tables['resource_servers']>): ResourceServer {
  return {
    poolId: row.pool_id,
    identifier: row.identifier,
    name: row.name,
    scopes: JSON.parse(row.scopes) as ResourceScope[],
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
