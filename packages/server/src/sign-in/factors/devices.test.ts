import { randomBytes } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import { eachStore } from '../../../test/databases.ts'
import { inviteUser } from '../../directory/accounts.ts'
import { makeClient } from '../../settings/clients.ts'
import { makePool } from '../../settings/pools.ts'
import type { Db } from '../../store/db.ts'
import { createGrant, findUserByGrant } from '../../store/grants.ts'
import type { User } from '../../store/users.ts'
import { newGrant } from '../../tokens/issue.ts'
import { testWorld } from '../../world/test.ts'
import {
  confirmDevice,
  findDevice,
  forgetDevice,
  listDevices,
  newDeviceKeys,
  rememberedDevice,
  touchDevice,
  updateDevice,
} from './devices.ts'

const salt = randomBytes(16)
const verifier = randomBytes(384)

eachStore('devices', (open) => {
  const world = testWorld()
  let db: Db
  beforeAll(async () => {
    db = await open()
  })

  async function setUp(onPrompt = false) {
    const pool = await makePool(db, world, 'eu-west-1', {
      PoolName: 'p',
      DeviceConfiguration: { DeviceOnlyRememberedOnUserPrompt: onPrompt },
    })
    const invite = (username: string) => inviteUser(db, world, pool, { username, attributes: {}, action: 'SUPPRESS' })
    const [ada, bob] = [await invite('ada'), await invite('bob')]
    const confirm = (key: string, user: User = ada, given: { salt?: string; verifier?: string } = {}) =>
      confirmDevice(db, world, pool, user, {
        key,
        name: 'laptop',
        salt: given.salt ?? salt.toString('base64'),
        verifier: given.verifier ?? verifier.toString('base64'),
      })
    return { pool, ada, bob, confirm }
  }

  test('a key has the form of AWS, and its group follows from it', async () => {
    const { pool, ada } = await setUp()
    const made = Array.from({ length: 50 }, () => newDeviceKeys(world, pool, ada))
    for (const { deviceKey, deviceGroupKey } of made) {
      expect(deviceKey).toMatch(/^eu-west-1_[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
      expect(deviceGroupKey).toMatch(/^-[0-9A-Za-z]{8}$/)
    }
    expect(new Set(made.map(({ deviceKey }) => deviceKey)).size).toBe(50)
    expect(new Set(made.map(({ deviceGroupKey }) => deviceGroupKey)).size).toBe(50)
    expect(await listDevices(db, ada, { after: '', limit: 60 })).toEqual([])
  })

  test('a device that is confirmed is remembered, with its secret sealed', async () => {
    const { pool, ada, bob, confirm } = await setUp()
    const { deviceKey, deviceGroupKey } = newDeviceKeys(world, pool, ada)
    expect(await confirm(deviceKey)).toEqual({ userConfirmationNecessary: false })
    expect(await rememberedDevice(db, world, ada, deviceKey)).toEqual({
      salt: salt.toString('hex'),
      verifier: verifier.toString('hex'),
      groupKey: deviceGroupKey,
    })
    const device = await findDevice(db, ada, deviceKey)
    expect(device).toMatchObject({ name: 'laptop', remembered: true, lastUsedAt: world.now() })
    expect(device?.verifierSealed).not.toContain(verifier.toString('hex'))
    expect(await rememberedDevice(db, world, bob, deviceKey)).toBeUndefined()
  })

  test('where the pool leaves it to the user, their consent is necessary', async () => {
    const { pool, ada, bob, confirm } = await setUp(true)
    const { deviceKey } = newDeviceKeys(world, pool, ada)
    expect(await confirm(deviceKey)).toEqual({ userConfirmationNecessary: true })
    expect(await rememberedDevice(db, world, ada, deviceKey)).toBeUndefined()
    world.tick(1000)
    expect(await updateDevice(db, world, bob, deviceKey, 'remembered')).toBe(false)
    expect(await updateDevice(db, world, ada, deviceKey, 'remembered')).toBe(true)
    expect(await rememberedDevice(db, world, ada, deviceKey)).toBeDefined()
    expect((await findDevice(db, ada, deviceKey))?.updatedAt).toBe(world.now())
    expect(await updateDevice(db, world, ada, deviceKey, 'not_remembered')).toBe(true)
    expect(await rememberedDevice(db, world, ada, deviceKey)).toBeUndefined()
  })

  test('only a key that was given out to this user in this pool is taken', async () => {
    const { pool, ada, bob, confirm } = await setUp()
    const other = await setUp()
    const issued = newDeviceKeys(world, pool, ada).deviceKey
    const elsewhere = testWorld({ config: { masterKey: Buffer.alloc(32, 9) } })
    const flipped = issued.slice(0, -1) + (issued.endsWith('0') ? '1' : '0')
    const refused = { code: 'InvalidParameter', message: 'Invalid device key given.' }
    const forged = [
      newDeviceKeys(world, pool, bob).deviceKey,
      newDeviceKeys(world, other.pool, ada).deviceKey,
      newDeviceKeys(elsewhere, pool, ada).deviceKey,
      flipped,
      issued.replace('eu-west-1', 'us-east-1'),
      issued.toUpperCase(),
      issued.replaceAll('-', ''),
      `${issued}0`,
      issued.slice(0, -1),
      'eu-west-1_00000000-0000-4000-8000-000000000000',
      'eu-west-1_',
      '',
    ]
    for (const key of forged) await expect(confirm(key)).rejects.toMatchObject(refused)
    await expect(confirm(issued, bob)).rejects.toMatchObject(refused)
    expect(await listDevices(db, ada, { after: '', limit: 60 })).toEqual([])
    await confirm(issued)
  })

  test('fifty confirmations of one key at once: one device', async () => {
    const { pool, ada, confirm } = await setUp()
    const { deviceKey } = newDeviceKeys(world, pool, ada)
    const outcomes = await Promise.allSettled(Array.from({ length: 50 }, () => confirm(deviceKey)))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'DeviceKeyExists' })
  })

  test.each([
    ['no salt', { salt: '' }],
    ['a salt that is no base64', { salt: '%%%%' }],
    ['a salt in base64url', { salt: '_-_-' }],
    ['a long salt', { salt: Buffer.alloc(65, 1).toString('base64') }],
    ['no verifier', { verifier: '' }],
    ['a verifier of one', { verifier: Buffer.of(1).toString('base64') }],
    ['a verifier that no group has', { verifier: Buffer.alloc(386, 1).toString('base64') }],
    ['a verifier in hexadecimal', { verifier: 'ab'.repeat(384).slice(0, -1) }],
  ])('%s is refused', async (_, given) => {
    const { pool, ada, confirm } = await setUp()
    const { deviceKey } = newDeviceKeys(world, pool, ada)
    await expect(confirm(deviceKey, ada, given)).rejects.toMatchObject({ code: 'InvalidParameter' })
    expect(await findDevice(db, ada, deviceKey)).toBeUndefined()
  })

  test('a pool that tracks none confirms none', async () => {
    const pool = await makePool(db, world, 'eu-west-1', { PoolName: 'plain' })
    const user = await inviteUser(db, world, pool, { username: 'ada', attributes: {}, action: 'SUPPRESS' })
    const { deviceKey: key } = newDeviceKeys(world, pool, user)
    const given = { key, name: undefined, salt: salt.toString('base64'), verifier: verifier.toString('base64') }
    await expect(confirmDevice(db, world, pool, user, given)).rejects.toMatchObject({ code: 'InvalidParameter' })
  })

  test('devices are listed in pages, touched, and forgotten', async () => {
    const { pool, ada, bob, confirm } = await setUp()
    const keys = Array.from({ length: 5 }, () => newDeviceKeys(world, pool, ada).deviceKey).sort()
    for (const key of keys) await confirm(key)
    const first = await listDevices(db, ada, { after: '', limit: 3 })
    const second = await listDevices(db, ada, { after: first.at(-1)?.key ?? '', limit: 3 })
    expect([...first, ...second].map(({ key }) => key)).toEqual(keys)
    expect(await listDevices(db, bob, { after: '', limit: 60 })).toEqual([])

    const [key = '', unwanted = ''] = keys
    world.tick(60_000)
    await touchDevice(db, world, ada, key, '192.0.2.1')
    await touchDevice(db, world, bob, key, '192.0.2.66')
    expect(await findDevice(db, ada, key)).toMatchObject({ lastUsedAt: world.now(), lastAddress: '192.0.2.1' })
    world.tick(60_000)
    await touchDevice(db, world, ada, key, undefined)
    expect(await findDevice(db, ada, key)).toMatchObject({ lastUsedAt: world.now(), lastAddress: '192.0.2.1' })

    await updateDevice(db, world, ada, unwanted, 'not_remembered')
    expect(await listDevices(db, ada, { after: '', limit: 60, remembered: true })).toHaveLength(4)
    expect(await forgetDevice(db, world, bob, key)).toBe(false)
    expect(await forgetDevice(db, world, ada, key)).toBe(true)
    expect(await forgetDevice(db, world, ada, key)).toBe(false)
    expect(await rememberedDevice(db, world, ada, key)).toBeUndefined()
  })

  test('forgetting ends what the device was given, and nothing else, but the session that asks', async () => {
    const { pool, ada, bob, confirm } = await setUp()
    const client = await makeClient(db, world, pool, { ClientName: 'c' })
    const give = async (user: User, deviceKey: string | undefined) => {
      const sign = { user, door: 'api', scopes: [], authTime: world.now(), refresh: true, deviceKey } as const
      const { grant } = newGrant(world, pool, client, sign)
      await createGrant(db, grant)
      return grant.id
    }
    const [{ deviceKey: lost }, { deviceKey: kept }] = [
      newDeviceKeys(world, pool, ada),
      newDeviceKeys(world, pool, ada),
    ]
    for (const key of [lost, kept]) await confirm(key)
    const ended = await give(ada, lost)
    const asking = await give(ada, lost)
    const others = [await give(ada, kept), await give(ada, undefined), await give(bob, lost)]
    expect(await forgetDevice(db, world, bob, lost)).toBe(false)
    expect(await forgetDevice(db, world, ada, lost, asking)).toBe(true)
    expect(await findUserByGrant(db, pool.id, ended)).toBeUndefined()
    for (const id of [asking, ...others]) expect(await findUserByGrant(db, pool.id, id)).toBeDefined()
  })

  test('a hundred at most: one more takes the place of the least used', async () => {
    const { pool, ada, confirm } = await setUp()
    const first = newDeviceKeys(world, pool, ada).deviceKey
    await confirm(first)
    const keys: string[] = []
    for (let n = 0; n < 100; n++) {
      world.tick(1)
      const { deviceKey } = newDeviceKeys(world, pool, ada)
      await confirm(deviceKey)
      keys.push(deviceKey)
    }
    const all = await listDevices(db, ada, { after: '', limit: 200 })
    expect(all.map(({ key }) => key)).toEqual(keys.toSorted())
  })

  test('a sealed verifier that was moved to another device does not open', async () => {
    const { pool, ada, confirm } = await setUp()
    const [from, to] = [newDeviceKeys(world, pool, ada).deviceKey, newDeviceKeys(world, pool, ada).deviceKey]
    await confirm(from)
    await confirm(to)
    const stolen = (await findDevice(db, ada, from))?.verifierSealed ?? ''
    await db.updateTable('devices').set({ verifier_sealed: stolen }).where('key', '=', to).execute()
    await expect(rememberedDevice(db, world, ada, to)).rejects.toThrow()
  })
})
