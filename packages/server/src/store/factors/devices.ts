import type { Db } from '../db.ts'

/** A confirmed device; `salt` is hexadecimal. */
export interface DeviceRecord {
  readonly key: string
  readonly groupKey: string
  readonly remembered: boolean
  readonly salt: string
  /** Hexadecimal as the vault sealed it at `devices:{poolId}:{userId}:{key}`. */
  readonly verifierSealed: string
}

/** A device of a user. */
export async function findDeviceRecord(
  db: Db,
  poolId: string,
  userId: string,
  key: string,
): Promise<DeviceRecord | undefined> {
  const row = await db
    .selectFrom('devices')
    .selectAll()
    .where('pool_id', '=', poolId)
    .where('user_id', '=', userId)
    .where('key', '=', key)
    .executeTakeFirst()
  return (
    row && {
      key,
      groupKey: row.group_key,
      remembered: row.remembered === 1,
      salt: row.salt,
      verifierSealed: row.verifier_sealed,
    }
  )
}
