import type { Db } from '../../store/db.ts'
import { findDeviceRecord } from '../../store/factors/devices.ts'
import type { Pool } from '../../store/setup/pools.ts'
import type { User } from '../../store/users.ts'
import type { World } from '../../world/world.ts'

/** What a client keeps of a device that the pool would like to remember. */
export interface NewDeviceKeys {
  readonly deviceKey: string
  readonly deviceGroupKey: string
}

/** A device of a user as SRP needs it; salt and verifier are hexadecimal. */
export interface KnownDevice {
  readonly key: string
  readonly groupKey: string
  readonly salt: string
  readonly verifier: string
  readonly remembered: boolean
}

/**
 * Keys for a device that nobody has confirmed yet. No row is written at sign-in: the end of the key proves that it was
 * given to this user.
 */
export function newDeviceKeys(world: World, pool: Pool, user: User): NewDeviceKeys {
  const random = Buffer.from(world.random(8)).toString('hex')
  const proof = Buffer.from(world.vault.mac('device', [pool.id, user.id, random].join('\0')), 'base64url')
  const hex = random + proof.subarray(0, 8).toString('hex')
  const uuid = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
  const deviceKey = `${pool.region}_${uuid}`
  return {
    deviceKey,
    deviceGroupKey: `-${world.vault.mac('device-group', deviceKey).replaceAll(/[-_]/g, 'x').slice(0, 8)}`,
  }
}

/** A confirmed device of a user. */
export async function findDevice(db: Db, world: World, user: User, key: string): Promise<KnownDevice | undefined> {
  const record = await findDeviceRecord(db, user.poolId, user.id, key)
  const place = `devices:${user.poolId}:${user.id}:${key}`
  return record && { ...record, verifier: world.vault.open(place, record.verifierSealed) }
}
