import { expect, test } from 'vitest'
import { eachStore, openDatabase } from '../../../test/databases.ts'
import { makePool } from '../../settings/pools.ts'
import type { Db } from '../../store/db.ts'
import { findPool, updatePool } from '../../store/setup/pools.ts'
import { atPoolTime } from '../../world/clock.ts'
import { type TestWorldOptions, testWorld } from '../../world/test.ts'
import { createInbox } from './inbox.ts'

async function openClock(db: Db, options?: TestWorldOptions) {
  const world = testWorld(options)
  const [pool, other] = await Promise.all(
    ['one', 'two'].map((PoolName) => makePool(db, world, 'eu-west-1', { PoolName })),
  )
  const inbox = createInbox({ db, world })
  const ask = (body?: unknown, headers: Record<string, string> = {}, id = pool!.id) =>
    inbox.request(`http://localhost:9500/clock/${id}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { host: 'localhost:9500', ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
  const now = async (id: string) => atPoolTime(world, (await findPool(db, id))!).now() - world.now()
  return { world, pool: pool!, other: other!, ask, now }
}

const day = 24 * 3_600_000

eachStore('the clock of a pool', (open) => {
  test('goes forward by steps, and back to the time of the server; other clocks stand', async () => {
    const { world, pool, other, ask, now } = await openClock(await open())
    expect(await (await ask()).json()).toEqual({ poolId: pool.id, now: world.now(), ahead: 0 })
    const first = await ask({ advance: '24h' })
    expect(await first.json()).toEqual({ poolId: pool.id, now: world.now() + day, ahead: day })
    await ask({ advance: '90s' })
    world.tick(1_000)
    expect(await (await ask()).json()).toEqual({
      poolId: pool.id,
      now: world.now() + day + 90_000,
      ahead: day + 90_000,
    })
    expect(await now(other.id)).toBe(0)
    expect(await (await ask({ reset: true })).json()).toMatchObject({ ahead: 0 })
    expect(await now(pool.id)).toBe(0)
  })

  test('moves at once are added up, and a change of the pool that was read before leaves the clock alone', async () => {
    const db = await open()
    const { world, pool, ask, now } = await openClock(db)
    await Promise.all(Array.from({ length: 10 }, () => ask({ advance: '1m' })))
    expect(await now(pool.id)).toBe(600_000)
    expect(await updatePool(db, { ...pool, name: 'renamed' }, world.now())).toBe(true)
    expect(await now(pool.id)).toBe(600_000)
  })
})

// biome-ignore format: a table
const refused: [body: unknown, status: number][] = [
  ['{',                              400],
  ['',                               400],
  [null,                             400],
  [{},                               400],
  [{ advance: '' },                  400],
  [{ advance: 5 },                   400],
  [{ advance: '0s' },                400],
  [{ advance: '-1h' },               400],
  [{ advance: '1.5h' },              400],
  [{ advance: '1w' },                400],
  [{ advance: '4000d' },             400],
  [{ advance: '999999999d' },        400],
  [{ reset: false },                 400],
  [{ reset: true, advance: '1h' },   400],
]

for (const [body, status] of refused)
  test(`${JSON.stringify(body)} is refused`, async () => {
    const { pool, ask, now } = await openClock(await openDatabase('sqlite'))
    expect((await ask(body)).status).toBe(status)
    expect(await now(pool.id)).toBe(0)
  })

test('a pool that is not there has no clock', async () => {
  const { ask } = await openClock(await openDatabase('sqlite'))
  for (const body of [undefined, { advance: '1h' }, { reset: true }])
    expect((await ask(body, {}, 'local_nobody')).status).toBe(404)
})

// biome-ignore format: a table
const callers: [headers: Record<string, string>, status: number][] = [
  [{ 'sec-fetch-site': 'same-origin', origin: 'http://localhost:9500' }, 200],
  [{ 'sec-fetch-site': 'none' },                  200],
  [{ 'sec-fetch-site': 'same-site' },             403],
  [{ 'sec-fetch-site': 'cross-site' },            403],
  [{ origin: 'http://localhost:5173' },           403],
  [{ origin: 'https://evil.example.com' },        403],
  [{ origin: 'null' },                            403],
  [{ host: 'evil.example.com' },                  403],
]

for (const [headers, status] of callers)
  test(`a move by ${JSON.stringify(headers)}: ${status}`, async () => {
    const { pool, ask, now } = await openClock(await openDatabase('sqlite'))
    expect((await ask({ advance: '1h' }, headers)).status).toBe(status)
    expect(await now(pool.id)).toBe(status === 200 ? 3_600_000 : 0)
  })

test('production has no such clock, even for a pool whose row says so', async () => {
  const db = await openDatabase('sqlite')
  const { world, pool, ask } = await openClock(db, { config: { mode: 'production' } })
  for (const body of [undefined, { advance: '1h' }, { reset: true }]) expect((await ask(body)).status).toBe(404)
  expect((await findPool(db, pool.id))?.clockOffset).toBe(0)
  expect(atPoolTime(world, { id: pool.id, clockOffset: day })).toBe(world)
})

test('the same world comes back as long as the clock stands', () => {
  const world = testWorld()
  const at = (clockOffset: number) => atPoolTime(world, { id: 'local_dev', clockOffset })
  expect(at(0)).toBe(world)
  expect(at(day)).toBe(at(day))
  expect(at(day).base).toBe(world)
  expect(atPoolTime(at(day), { id: 'local_dev', clockOffset: 2 * day }).now()).toBe(world.now() + 2 * day)
  expect(atPoolTime(at(day), { id: 'local_dev', clockOffset: 0 })).toBe(world)
})
