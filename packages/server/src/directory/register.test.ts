import { expect, test } from 'vitest'
import { eachStore } from '../../test/databases.ts'
import { makeClient } from '../settings/clients.ts'
import { makePool } from '../settings/pools.ts'
import type { Db } from '../store/db.ts'
import { type TestWorld, testWorld } from '../world/test.ts'
import { deliverWaiting } from './outbox.ts'
import { confirmRegistration, type Party, register } from './register.ts'
import { findUserByAnyName } from './usernames.ts'

const password = 'Correct-Horse-1'
const attributes = { email: 'ada@example.com' }

async function setUp(db: Db, aliases: boolean): Promise<{ world: TestWorld; party: Party }> {
  const world = testWorld()
  const pool = await makePool(db, world, 'eu-west-1', {
    PoolName: 'p',
    AutoVerifiedAttributes: ['email'],
    AliasAttributes: aliases ? ['email'] : undefined,
  })
  return { world, party: { pool, client: await makeClient(db, world, pool, { ClientName: 'c' }) } }
}

async function newestCode(db: Db, world: TestWorld): Promise<string> {
  await deliverWaiting(db, world)
  return world.sent.at(-1)?.code ?? ''
}

eachStore('registration', (open) => {
  test('fifty sign-ups of one name at once: one succeeds and is sent one code', async () => {
    const db = await open()
    const { world, party } = await setUp(db, false)
    const names = ['ada', 'ADA', 'Ａｄａ']
    const attempts = Array.from({ length: 50 }, (_, index) =>
      register(db, world, party, { username: names[index % names.length] ?? '', password, attributes }),
    )
    const outcomes = await Promise.allSettled(attempts)
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'UsernameExists' })
    await deliverWaiting(db, world)
    expect(world.sent.map(({ kind, to }) => [kind, to])).toEqual([['SignUp', 'ada@example.com']])
  })

  test('fifty confirmations with one code at once: one succeeds', async () => {
    const db = await open()
    const { world, party } = await setUp(db, false)
    await register(db, world, party, { username: 'ada', password, attributes })
    const code = await newestCode(db, world)
    const attempts = Array.from({ length: 50 }, () => confirmRegistration(db, world, party, { username: 'ada', code }))
    const outcomes = await Promise.allSettled(attempts)
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await findUserByAnyName(db, party.pool, 'ada')).toMatchObject({
      status: 'CONFIRMED',
      attributes: { email: 'ada@example.com', email_verified: 'true' },
    })
  })

  test('an alias that is taken refuses the confirmation and leaves the code, which then moves it by force', async () => {
    const db = await open()
    const { world, party } = await setUp(db, true)
    for (const username of ['first', 'second']) {
      await register(db, world, party, { username, password, attributes })
      const code = await newestCode(db, world)
      if (username === 'first') await confirmRegistration(db, world, party, { username, code })
      else {
        await expect(confirmRegistration(db, world, party, { username, code })).rejects.toMatchObject({
          code: 'AliasExists',
        })
        expect((await findUserByAnyName(db, party.pool, 'ada@example.com'))?.username).toBe('first')
        expect((await findUserByAnyName(db, party.pool, 'second'))?.status).toBe('UNCONFIRMED')
        await confirmRegistration(db, world, party, { username, code, forceAlias: true })
      }
    }
    expect((await findUserByAnyName(db, party.pool, 'ada@example.com'))?.username).toBe('second')
  })

  test('five wrong codes are one too many for the right one; a code ends after a day', async () => {
    const db = await open()
    const { world, party } = await setUp(db, false)
    await register(db, world, party, { username: 'ada', password, attributes })
    const code = await newestCode(db, world)
    const wrong = code === '000000' ? '000001' : '000000'
    const confirm = (given: string) => confirmRegistration(db, world, party, { username: 'ada', code: given })
    for (let failure = 1; failure <= 5; failure++)
      await expect(confirm(wrong)).rejects.toMatchObject({ code: 'CodeMismatch' })
    await expect(confirm(code)).rejects.toMatchObject({ code: 'LimitExceeded' })
    await register(db, world, party, { username: 'bob', password, attributes })
    const late = await newestCode(db, world)
    world.tick(24 * 60 * 60_000)
    await expect(confirmRegistration(db, world, party, { username: 'bob', code: late })).rejects.toMatchObject({
      code: 'ExpiredCode',
    })
  })
})
