import { timingSafeEqual } from 'node:crypto'
import { writeUuid } from '../../directory/usernames.ts'
import { PoolError } from '../../errors.ts'
import { type Db, transaction } from '../../store/db.ts'
import {
  createDevice,
  type Device,
  type DeviceId,
  devicesOfUser,
  leastUsedDevices,
  noteUse,
  readDevice,
  removeDevice,
  setRemembered,
} from '../../store/factors/devices.ts'
import { revokeGrants } from '../../store/grants.ts'
import type { Pool } from '../../store/setup/pools.ts'
import type { User } from '../../store/users.ts'
import type { World } from '../../world/world.ts'

/** The names of a device that has just signed in: what AWS calls NewDeviceMetadata. */
export interface DeviceKeys {
  readonly deviceKey: string
  readonly deviceGroupKey: string
}

/** What a device hands in to be confirmed. */
export interface DeviceConfirmation {
  readonly key: string
  readonly name: string | undefined
  /** Base64, as the verifier. */
  readonly salt: string | undefined
  readonly verifier: string | undefined
  /** Where it is. */
  readonly address?: string | undefined
}

/** What a remembered device is challenged with. */
export interface DeviceSecret {
  /** In hexadecimal, as the verifier. */
  readonly salt: string
  readonly verifier: string
  readonly groupKey: string
}

/** The most devices of a user. AWS names no number; whoever confirms one at every sign-in must not fill the table. */
const mostDevices = 100

/** Whether the pool tracks devices: then sign-ins name new ones. */
export function tracksDevices(pool: Pool): boolean {
  return pool.settings.DeviceConfiguration !== undefined
}

/**
 * Refuses pools that do not track devices. The error is InvalidParameter: by it Amplify 5 tells that devices are not
 * configured (Auth.ts, rememberDevice).
 */
export function checkTracking(pool: Pool): void {
  if (!tracksDevices(pool))
    throw new PoolError('InvalidParameter', 'Device tracking is not configured for the user pool.')
}

/**
 * Names a new device of a user: `{region}_{uuid}`. Nothing is stored, so that sign-ins leave no rows behind that nobody
 * confirms: the second half of the UUID proves that the first was given out to this user.
 */
export function newDeviceKeys(world: World, pool: Pool, user: Pick<User, 'id'>): DeviceKeys {
  const deviceKey = keyOf(world, pool, user, Buffer.from(world.random(8)))
  return { deviceKey, deviceGroupKey: groupKeyOf(world, pool, deviceKey) }
}

/**
 * Stores a device with the verifier of a password that it made up. It is remembered at once, unless the pool leaves that to
 * the user: then their consent is necessary. Throws InvalidParameter for a key that was not given out to this user and
 * for a verifier that is none, DeviceKeyExists when the device was confirmed before.
 */
export async function confirmDevice(
  db: Db,
  world: World,
  pool: Pool,
  user: User,
  { key, name, salt, verifier, address }: DeviceConfirmation,
): Promise<{ userConfirmationNecessary: boolean }> {
  checkTracking(pool)
  // AWS's words (aws-amplify/amplify-js#2705).
  if (!isIssued(world, pool, user, key)) throw new PoolError('InvalidParameter', 'Invalid device key given.')
  // A verifier is a number below the group's modulus of 384 bytes; clients put a zero before it that keeps it positive.
  const secret = { salt: readBytes(salt, 1, 64), verifier: readBytes(verifier, 256, 385) }
  const userConfirmationNecessary = pool.settings.DeviceConfiguration?.DeviceOnlyRememberedOnUserPrompt ?? false
  const now = world.now()
  const id = { poolId: pool.id, userId: user.id, key }
  const device: Device = {
    ...id,
    groupKey: groupKeyOf(world, pool, key),
    name: name ?? key,
    remembered: !userConfirmationNecessary,
    salt: secret.salt,
    verifierSealed: world.vault.seal(place(id), secret.verifier),
    lastAddress: address,
    createdAt: now,
    updatedAt: now,
    lastUsedAt: now,
  }
  const created = await transaction(db, async (inner) => {
    if (!(await createDevice(inner, device))) return false
    // What no longer fits is forgotten as if its user had done it: the next sign-in there asks for everything again.
    for (const old of await leastUsedDevices(inner, id, mostDevices)) await forgetDevice(inner, world, user, old)
    return true
  })
  if (!created) throw new PoolError('DeviceKeyExists', 'Device key already exists.')
  return { userConfirmationNecessary }
}

/** A user's device of a key, remembered or not. */
export async function findDevice(db: Db, user: User, key: string): Promise<Device | undefined> {
  return readDevice(db, deviceId(user, key))
}

/** What a device of the user proves itself with, when it is remembered. */
export async function rememberedDevice(
  db: Db,
  world: World,
  user: User,
  key: string,
): Promise<DeviceSecret | undefined> {
  const device = await findDevice(db, user, key)
  if (!device?.remembered) return undefined
  const { salt, groupKey, verifierSealed } = device
  return { salt, groupKey, verifier: world.vault.open(place(device), verifierSealed) }
}

/** Remembers a device or stops to; false when the user has none of that key. */
export async function updateDevice(
  db: Db,
  world: World,
  user: User,
  key: string,
  status: 'remembered' | 'not_remembered',
): Promise<boolean> {
  return setRemembered(db, deviceId(user, key), status === 'remembered', world.now())
}

/**
 * Forgets a device and its secret, and ends what was given to it (docs/adr/0032), but the grant that asks: whoever forgets
 * the device they sit at is not thrown out. False when the user has none of that key.
 */
export async function forgetDevice(db: Db, world: World, user: User, key: string, except?: string): Promise<boolean> {
  return transaction(db, async (inner) => {
    if (!(await removeDevice(inner, deviceId(user, key)))) return false
    await revokeGrants(inner, user.poolId, { userId: user.id, deviceKey: key, except }, world.now())
    return true
  })
}

/** One page of a user's devices by key, after the given key; people see those that are remembered, administrators all. */
export async function listDevices(
  db: Db,
  user: User,
  { after, limit, remembered = false }: { after: string; limit: number; remembered?: boolean },
): Promise<Device[]> {
  return devicesOfUser(db, { poolId: user.poolId, userId: user.id }, after, limit, remembered)
}

/** Notes that a device signed in or refreshed now, and where from. */
export async function touchDevice(
  db: Db,
  world: World,
  user: User,
  key: string,
  address: string | undefined,
): Promise<void> {
  await noteUse(db, deviceId(user, key), address, world.now())
}

/** The key over eight drawn bytes. The version and variant of a UUID (RFC 9562 section 5.4) take six bits of the sixteen bytes. */
function keyOf(world: World, pool: Pool, user: Pick<User, 'id'>, drawn: Buffer): string {
  drawn[6] = 0x40 | ((drawn[6] ?? 0) & 0x0f)
  const mac = world.vault.mac('device key', [pool.id, user.id, drawn.toString('hex')].join('\0'))
  const proof = Buffer.from(mac, 'base64url').subarray(0, 8)
  proof[0] = 0x80 | ((proof[0] ?? 0) & 0x3f)
  return `${pool.region}_${writeUuid(Buffer.concat([drawn, proof]).toString('hex'))}`
}

function isIssued(world: World, pool: Pool, user: Pick<User, 'id'>, key: string): boolean {
  const drawn = Buffer.from(
    key
      .slice(key.lastIndexOf('_') + 1)
      .replaceAll('-', '')
      .slice(0, 16),
    'hex',
  )
  if (drawn.length !== 8) return false
  const issued = Buffer.from(keyOf(world, pool, user, drawn))
  const given = Buffer.from(key)
  return issued.length === given.length && timingSafeEqual(issued, given)
}

/** A dash and eight letters or digits, as AWS's are. */
function groupKeyOf(world: World, pool: Pool, deviceKey: string): string {
  return `-${world.vault.mac('device group', `${pool.id}\0${deviceKey}`).replaceAll(/[-_]/g, '').slice(0, 8)}`
}

/** Bytes given in base64, as hexadecimal. */
function readBytes(text: string | undefined, least: number, most: number): string {
  const bytes = Buffer.from(text ?? '', 'base64')
  if (bytes.toString('base64') !== text || bytes.length < least || bytes.length > most)
    throw new PoolError('InvalidParameter', 'The salt or the password verifier of the device is not valid.')
  return bytes.toString('hex')
}

function deviceId(user: User, key: string): DeviceId {
  return { poolId: user.poolId, userId: user.id, key }
}

function place({ poolId, userId, key }: DeviceId): string {
  return `devices:${poolId}:${userId}:${key}`
}
