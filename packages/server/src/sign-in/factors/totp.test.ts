import { Secret, TOTP } from 'otpauth'
import { expect, test } from 'vitest'
import { eachStore } from '../../../test/databases.ts'
import { inviteUser } from '../../directory/accounts.ts'
import { makePool } from '../../settings/pools.ts'
import type { Db } from '../../store/db.ts'
import { activatePending, putPending } from '../../store/factors/authenticators.ts'
import { findUser, type User, updateUser } from '../../store/users.ts'
import { type TestWorld, testWorld } from '../../world/test.ts'
import { beginAuthenticator, checkTotp, confirmAuthenticator, deleteAuthenticator, hasAuthenticator } from './totp.ts'

const step = 30_000

async function setUp(db: Db, world = testWorld()): Promise<{ world: TestWorld; ada: User; bob: User }> {
  const pool = await makePool(db, world, 'eu-west-1', { PoolName: 'p' })
  const invite = (username: string) => inviteUser(db, world, pool, { username, attributes: {}, action: 'SUPPRESS' })
  return { world, ada: await invite('ada'), bob: await invite('bob') }
}

/** What an app shows at a time; written with the library's defaults, which are those of the apps. */
const shown = (secret: string, timestamp: number) => TOTP.generate({ secret: Secret.fromBase32(secret), timestamp })

/** A user with an authenticator whose last code lies far behind. */
async function withApp(db: Db): Promise<{ world: TestWorld; ada: User; bob: User; secret: string }> {
  const made = await setUp(db)
  const secret = await beginAuthenticator(db, made.world, made.ada)
  expect(await confirmAuthenticator(db, made.world, made.ada, shown(secret, made.world.now()))).toBe(true)
  made.world.tick(10 * step)
  return { ...made, secret }
}

eachStore('authenticators', (open) => {
  // RFC 6238 appendix B, SHA-1; its eight digits end in the six of this rule.
  test.each([
    [59, '94287082'],
    [1111111109, '07081804'],
    [1111111111, '14050471'],
    [1234567890, '89005924'],
    [2000000000, '69279037'],
    [20000000000, '65353130'],
  ])('RFC 6238 at %i s: %s', async (seconds, digits) => {
    const db = await open()
    const { world, ada } = await setUp(db, testWorld({ now: seconds * 1000 }))
    const sealed = world.vault.seal(
      `authenticators:${ada.poolId}:${ada.id}`,
      Secret.fromLatin1('12345678901234567890').base32,
    )
    await putPending(db, ada, sealed, world.now())
    await activatePending(db, ada, sealed, { name: undefined, step: 0 })
    expect(await checkTotp(db, world, ada, digits)).toBe(false)
    expect(await checkTotp(db, world, ada, digits.slice(2))).toBe(true)
    expect(await checkTotp(db, world, ada, digits.slice(2))).toBe(false)
  })

  test.each([
    ['two steps early', -2, false],
    ['one step early', -1, true],
    ['in time', 0, true],
    ['one step late', 1, true],
    ['two steps late', 2, false],
  ])('a code %s', async (_, off, right) => {
    const db = await open()
    const { world, ada, secret } = await withApp(db)
    const code = shown(secret, world.now() + off * step)
    expect(await checkTotp(db, world, ada, code)).toBe(right)
    expect(await checkTotp(db, world, ada, code)).toBe(false)
  })

  test('fifty checks of one code at once: one is right', async () => {
    const db = await open()
    const { world, ada, secret } = await withApp(db)
    const code = shown(secret, world.now())
    const answers = await Promise.all(Array.from({ length: 50 }, () => checkTotp(db, world, ada, code)))
    expect(answers.filter(Boolean)).toHaveLength(1)
  })

  test('fifty confirmations of one secret at once: one wins, and its code is burned', async () => {
    const db = await open()
    const { world, ada } = await setUp(db)
    const secret = await beginAuthenticator(db, world, ada)
    const code = shown(secret, world.now())
    const attempts = Array.from({ length: 50 }, () => confirmAuthenticator(db, world, ada, code))
    const won = (await Promise.allSettled(attempts)).filter(
      (outcome) => outcome.status === 'fulfilled' && outcome.value,
    )
    expect(won).toHaveLength(1)
    expect(await checkTotp(db, world, ada, code)).toBe(false)
    world.tick(step)
    expect(await checkTotp(db, world, ada, shown(secret, world.now()))).toBe(true)
  })

  test('an earlier code after a later one is wrong', async () => {
    const db = await open()
    const { world, ada, secret } = await withApp(db)
    expect(await checkTotp(db, world, ada, shown(secret, world.now() + step))).toBe(true)
    for (const off of [-step, 0, step])
      expect(await checkTotp(db, world, ada, shown(secret, world.now() + off))).toBe(false)
    world.tick(2 * step)
    expect(await checkTotp(db, world, ada, shown(secret, world.now()))).toBe(true)
  })

  test('only six plain digits are a code', async () => {
    const db = await open()
    const { world, ada, secret } = await withApp(db)
    const code = shown(secret, world.now())
    const fullWidth = code.replaceAll(/\d/g, (digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0))
    const others = [
      '', `0${code}`, code.slice(1), ` ${code}`, `${code} `, `${code}\n`, `${code.slice(0, 3)} ${code.slice(3)}`,
      fullWidth, `+${code.slice(1)}`, '١٢٣٤٥٦', 'abcdef', String(Number(code) + 1_000_000),
    ] // biome-ignore format: a table
    for (const other of others) expect([other, await checkTotp(db, world, ada, other)]).toEqual([other, false])
    expect(await checkTotp(db, world, ada, code)).toBe(true)
  })

  test('the old secret works until the new one is confirmed, and no longer', async () => {
    const db = await open()
    const { world, ada, secret: old } = await withApp(db)
    const given = [await beginAuthenticator(db, world, ada), await beginAuthenticator(db, world, ada)] as const
    expect(given[1]).toMatch(/^[A-Z2-7]{52}$/)
    expect(given[1]).not.toBe(given[0])
    expect(await checkTotp(db, world, ada, shown(given[1], world.now()))).toBe(false)
    expect(await checkTotp(db, world, ada, shown(old, world.now()))).toBe(true)
    expect(await confirmAuthenticator(db, world, ada, shown(given[0], world.now()))).toBe(false)
    expect(await confirmAuthenticator(db, world, ada, shown(old, world.now()))).toBe(false)
    // Steps are counted anew: the step that the old secret burned is free for the new one.
    expect(await confirmAuthenticator(db, world, ada, shown(given[1], world.now()), 'phone')).toBe(true)
    world.tick(step)
    expect(await checkTotp(db, world, ada, shown(old, world.now()))).toBe(false)
    expect(await checkTotp(db, world, ada, shown(given[1], world.now()))).toBe(true)
    await expect(confirmAuthenticator(db, world, ada, shown(given[1], world.now()))).rejects.toMatchObject({
      code: 'SoftwareTokenNotFound',
    })
  })

  test('each user has their own; deleting takes the waiting secret along', async () => {
    const db = await open()
    const { world, ada, bob, secret } = await withApp(db)
    expect([await hasAuthenticator(db, ada), await hasAuthenticator(db, bob)]).toEqual([true, false])
    expect(await checkTotp(db, world, bob, shown(secret, world.now()))).toBe(false)
    const waiting = await beginAuthenticator(db, world, bob)
    expect(await hasAuthenticator(db, bob)).toBe(false)
    expect(await checkTotp(db, world, bob, shown(waiting, world.now()))).toBe(false)
    expect(await deleteAuthenticator(db, world, bob)).toBe(true)
    expect(await deleteAuthenticator(db, world, bob)).toBe(false)
    await expect(confirmAuthenticator(db, world, bob, shown(waiting, world.now()))).rejects.toMatchObject({
      code: 'SoftwareTokenNotFound',
    })
    expect(await checkTotp(db, world, ada, shown(secret, world.now()))).toBe(true)
  })

  test('deleting takes the preference for it along, and leaves the others', async () => {
    const db = await open()
    const { world, ada } = await withApp(db)
    const mfaOf = async () => (await findUser(db, ada.poolId, ada.id))?.mfa
    const both = { enabled: ['SMS_MFA', 'SOFTWARE_TOKEN_MFA'], preferred: 'SOFTWARE_TOKEN_MFA' } as const
    await updateUser(db, ada, { mfa: both }, world.now())
    await deleteAuthenticator(db, world, ada)
    expect(await mfaOf()).toEqual({ enabled: ['SMS_MFA'] })
    await updateUser(db, ada, { mfa: { enabled: ['SMS_MFA'], preferred: 'SMS_MFA' } }, world.now())
    expect(await deleteAuthenticator(db, world, ada)).toBe(false)
    expect(await mfaOf()).toEqual({ enabled: ['SMS_MFA'], preferred: 'SMS_MFA' })
  })

  test('a sealed secret that was moved to another user does not open', async () => {
    const db = await open()
    const { world, ada, bob, secret } = await withApp(db)
    const { secret_sealed } = await db.selectFrom('authenticators').select('secret_sealed').executeTakeFirstOrThrow()
    expect(secret_sealed).not.toContain(secret)
    const stolen = { pool_id: bob.poolId, user_id: bob.id, secret_sealed, last_step: 0, created_at: 0 }
    await db.insertInto('authenticators').values(stolen).execute()
    await expect(checkTotp(db, world, bob, shown(secret, world.now()))).rejects.toThrow()
    expect(await checkTotp(db, world, ada, shown(secret, world.now()))).toBe(true)
  })
})
