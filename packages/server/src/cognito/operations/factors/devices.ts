import type { DeviceRememberedStatusType, DeviceType } from '@poolhouse/api'
import { getUserByAnyName } from '../../../directory/usernames.ts'
import { PoolError } from '../../../errors.ts'
import {
  checkTracking,
  confirmDevice,
  findDevice,
  forgetDevice,
  listDevices,
  updateDevice,
} from '../../../sign-in/factors/devices.ts'
import type { Db } from '../../../store/db.ts'
import type { Device } from '../../../store/factors/devices.ts'
import type { Pool } from '../../../store/setup/pools.ts'
import type { User } from '../../../store/users.ts'
import type { World } from '../../../world/world.ts'
import { pageOf, readPageToken } from '../../page-token.ts'
import type { Handler } from '../../resolve.ts'

export const ConfirmDevice: Handler<'ConfirmDevice'> = async (
  { DeviceKey, DeviceName, DeviceSecretVerifierConfig },
  { db, world, pool, user, address },
) => {
  const { userConfirmationNecessary } = await confirmDevice(db, world, pool, user, {
    key: DeviceKey,
    name: DeviceName,
    salt: DeviceSecretVerifierConfig?.Salt,
    verifier: DeviceSecretVerifierConfig?.PasswordVerifier,
    address,
  })
  return { UserConfirmationNecessary: userConfirmationNecessary }
}

export const GetDevice: Handler<'GetDevice'> = async ({ DeviceKey }, { db, pool, user }) => {
  if (!pool || !user) throw withoutToken()
  checkTracking(pool)
  const device = await findDevice(db, user, DeviceKey)
  // A device that is not remembered is hidden from its user (seen on AWS by aws-amplify/aws-sdk-android,
  // testRememberDevice), and shown to administrators.
  if (!device?.remembered) throw missing()
  return { Device: describeDevice(device) }
}

export const ListDevices: Handler<'ListDevices'> = async (input, { db, world, pool, user }) => {
  const { page, next } = await pageOfDevices(db, world, pool, user, { ...input, remembered: true })
  return { Devices: page.map((device) => describeDevice(device)), PaginationToken: next }
}

export const UpdateDeviceStatus: Handler<'UpdateDeviceStatus'> = async (
  { DeviceKey, DeviceRememberedStatus },
  { db, world, pool, user },
) => {
  await changeStatus(db, world, pool, user, DeviceKey, DeviceRememberedStatus)
  return {}
}

export const ForgetDevice: Handler<'ForgetDevice'> = async ({ DeviceKey }, { db, world, pool, user, grantId }) => {
  if (!pool || !user) throw withoutToken()
  await forget(db, world, pool, user, DeviceKey, grantId)
  return {}
}

export const AdminGetDevice: Handler<'AdminGetDevice'> = async ({ Username, DeviceKey }, { db, world, pool }) => {
  checkTracking(pool)
  const user = await getUserByAnyName(db, pool, Username)
  const device = await findDevice(db, user, DeviceKey)
  if (!device) throw missing()
  return { Device: describeForAdmin(world, pool, user, device) }
}

export const AdminListDevices: Handler<'AdminListDevices'> = async (input, { db, world, pool }) => {
  const user = await getUserByAnyName(db, pool, input.Username)
  const { page, next } = await pageOfDevices(db, world, pool, user, { ...input, remembered: false })
  return { Devices: page.map((device) => describeForAdmin(world, pool, user, device)), PaginationToken: next }
}

export const AdminUpdateDeviceStatus: Handler<'AdminUpdateDeviceStatus'> = async (
  { Username, DeviceKey, DeviceRememberedStatus },
  { db, world, pool },
) => {
  const user = await getUserByAnyName(db, pool, Username)
  await changeStatus(db, world, pool, user, DeviceKey, DeviceRememberedStatus)
  return {}
}

export const AdminForgetDevice: Handler<'AdminForgetDevice'> = async ({ Username, DeviceKey }, { db, world, pool }) => {
  await forget(db, world, pool, await getUserByAnyName(db, pool, Username), DeviceKey)
  return {}
}

interface DevicesPage {
  readonly Limit?: number | undefined
  readonly PaginationToken?: string | undefined
  readonly remembered: boolean
}

async function pageOfDevices(db: Db, world: World, pool: Pool, user: User, input: DevicesPage) {
  checkTracking(pool)
  const { remembered, PaginationToken } = input
  const size = input.Limit || 60
  const list = `devices of ${pool.id} ${user.id} ${remembered}`
  const after = readPageToken(world, list, PaginationToken)
  const rows = await listDevices(db, user, { after, limit: size + 1, remembered })
  return pageOf(world, list, rows, size, ({ key }) => key)
}

async function changeStatus(
  db: Db,
  world: World,
  pool: Pool,
  user: User,
  key: string,
  status: DeviceRememberedStatusType | undefined,
): Promise<void> {
  checkTracking(pool)
  if (status === undefined) throw new PoolError('InvalidParameter', 'Missing required parameter DeviceRememberedStatus')
  if (!(await updateDevice(db, world, user, key, status))) throw missing()
}

async function forget(db: Db, world: World, pool: Pool, user: User, key: string, grantId?: string): Promise<void> {
  checkTracking(pool)
  if (!(await forgetDevice(db, world, user, key, grantId))) throw missing()
}

/** A device as its user sees it (aws-amplify/amplify-js has such an answer in its tests of fetchDevices). */
function describeDevice(device: Device, forAdmin: Readonly<Record<string, string>> = {}): DeviceType {
  const { key, name, lastAddress, createdAt, updatedAt, lastUsedAt } = device
  const attributes = {
    device_status: 'valid',
    device_name: name,
    ...(lastAddress !== undefined && { last_ip_used: lastAddress }),
    ...forAdmin,
  }
  return {
    DeviceKey: key,
    DeviceAttributes: Object.entries(attributes).map(([Name, Value]) => ({ Name, Value })),
    DeviceCreateDate: createdAt,
    DeviceLastModifiedDate: updatedAt,
    DeviceLastAuthenticatedDate: lastUsedAt,
  }
}

/** With the attributes for developers, as the examples of the AWS API reference show (AdminListDevices). */
function describeForAdmin({ config }: World, pool: Pool, { username }: User, device: Device): DeviceType {
  const owner = `${username}.${pool.id}`
  return describeDevice(device, {
    'dev:device_arn': `arn:aws:cognito-idp:${pool.region}:${config.accountId}:owner/${owner}/device/${device.key}`,
    'dev:device_owner': owner,
    'dev:device_remembered_status': device.remembered ? 'remembered' : 'not_remembered',
    'dev:device_sdk': 'aws-sdk',
  })
}

/** AWS's words (aws/aws-sdk-net#1055). */
function missing(): PoolError {
  return new PoolError('ResourceNotFound', 'Device does not exist.')
}

function withoutToken(): PoolError {
  return new PoolError('InvalidParameter', 'Missing required parameter AccessToken')
}
