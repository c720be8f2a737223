import type { Selectable } from 'kysely'
import type { Db } from '../db.ts'
import type { Tables } from '../sql/tables.ts'

/** Which device of which user. */
export interface DeviceId {
  readonly poolId: string
  readonly userId: string
  readonly key: string
}

/** A device that a user confirmed. Times are milliseconds. */
export interface Device extends DeviceId {
  readonly groupKey: string
  readonly name: string
  /** Whether it may stand for a second factor. */
  readonly remembered: boolean
  /** In hexadecimal. */
  readonly salt: string
  readonly verifierSealed: string
  /** Where it was used from last. */
  readonly lastAddress: string | undefined
  readonly createdAt: number
  readonly updatedAt: number
  readonly lastUsedAt: number
}

/** Stores a new device; false when the user has one of that key. */
export async function createDevice(db: Db, device: Device): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('devices')
    .values(toRow(device))
    .onConflict((conflict) => conflict.columns(['pool_id', 'user_id', 'key']).doNothing())
    .executeTakeFirst()
  return numInsertedOrUpdatedRows === 1n
}

/** A user's device of a key. */
export async function readDevice(db: Db, { poolId, userId, key }: DeviceId): Promise<Device | undefined> {
  const row = await db
    .selectFrom('devices')
    .selectAll()
    .where('pool_id', '=', poolId)
    .where('user_id', '=', userId)
    .where('key', '=', key)
    .executeTakeFirst()
  return row && fromRow(row)
}

/** A user's devices by key, after the given key; with `remembered`, only those. */
export async function devicesOfUser(
  db: Db,
  { poolId, userId }: Pick<DeviceId, 'poolId' | 'userId'>,
  after: string,
  limit: number,
  remembered: boolean,
): Promise<Device[]> {
  const rows = await db
    .selectFrom('devices')
    .selectAll()
    .where('pool_id', '=', poolId) // the primary key of devices
    .where('user_id', '=', userId)
    .where('key', '>', after)
    .$if(remembered, (query) => query.where('remembered', '=', 1))
    .orderBy('key')
    .limit(limit)
    .execute()
  return rows.map(fromRow)
}

/** The keys of a user's devices that are too many beside this one, when `keep` may stay: the least recently used. */
export async function leastUsedDevices(
  db: Db,
  { poolId, userId, key }: DeviceId,
  keep: number,
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('devices')
    .select('key')
    .where('pool_id', '=', poolId)
    .where('user_id', '=', userId)
    .where('key', '!=', key)
    .orderBy('last_used_at', 'desc')
    .orderBy('key')
    .execute()
  return rows.slice(keep - 1).map((row) => row.key)
}

/** Remembers a device or stops to; false when there is none. */
export async function setRemembered(
  db: Db,
  { poolId, userId, key }: DeviceId,
  remembered: boolean,
  now: number,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('devices')
    .set({ remembered: remembered ? 1 : 0, updated_at: now })
    .where('pool_id', '=', poolId)
    .where('user_id', '=', userId)
    .where('key', '=', key)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Notes when and where from a device was used; an address that is not known leaves the last one. */
export async function noteUse(
  db: Db,
  { poolId, userId, key }: DeviceId,
  address: string | undefined,
  now: number,
): Promise<void> {
  await db
    .updateTable('devices')
    .set({ last_used_at: now, ...(address !== undefined && { last_address: address }) })
    .where('pool_id', '=', poolId)
    .where('user_id', '=', userId)
    .where('key', '=', key)
    .execute()
}

/** Deletes a device; false when there was none. */
export async function removeDevice(db: Db, { poolId, userId, key }: DeviceId): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('devices')
    .where('pool_id', '=', poolId)
    .where('user_id', '=', userId)
    .where('key', '=', key)
    .executeTakeFirst()
  return numDeletedRows === 1n
}

function toRow(device: Device): Selectable<Tables['devices']> {
  return {
    pool_id: device.poolId,
    user_id: device.userId,
    key: device.key,
    group_key: device.groupKey,
    name: device.name,
    remembered: device.remembered ? 1 : 0,
    salt: device.salt,
    verifier_sealed: device.verifierSealed,
    last_address: device.lastAddress ?? null,
    created_at: device.createdAt,
    updated_at: device.updatedAt,
    last_used_at: device.lastUsedAt,
  }
}

function fromRow(row: Selectable<Tables['devices']>): Device {
  return {
    poolId: row.pool_id,
    userId: row.user_id,
    key: row.key,
    groupKey: row.group_key,
    name: row.name,
    remembered: row.remembered === 1,
    salt: row.salt,
    verifierSealed: row.verifier_sealed,
    lastAddress: row.last_address ?? undefined,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    lastUsedAt: row.last_used_at,
  }
}
