import { expect, test } from 'vitest'
import { eachStore } from '../../test/databases.ts'
import { transaction } from '../store/db.ts'
import { insertMessage, listMessages } from '../store/outbox.ts'
import { atPoolTime } from '../world/clock.ts'
import { MessageRefused } from '../world/mail.ts'
import { testWorld } from '../world/test.ts'
import type { Message } from '../world/world.ts'
import { deliverWaiting } from './outbox.ts'

const message = (id: string, createdAt: number): Message => ({
  id,
  poolId: 'local_dev',
  channel: 'email',
  kind: 'SignUp',
  to: `${id}@example.com`,
  subject: 'Your verification code',
  text: 'Your confirmation code is 493027',
  code: '493027',
  createdAt,
})

const hour = 3_600_000

eachStore('the outbox', (open) => {
  test('a message is delivered once, and what was in it is forgotten in production', async () => {
    const db = await open()
    const world = testWorld({ config: { mode: 'production' } })
    await insertMessage(db, world, message('ada', world.now()))
    const waiting = await db.selectFrom('outbox').selectAll().executeTakeFirstOrThrow()
    expect(JSON.stringify(waiting)).not.toContain('493027')
    expect(await deliverWaiting(db, world)).toBe(1)
    expect(await deliverWaiting(db, world)).toBe(0)
    expect(world.sent).toMatchObject([message('ada', world.now())])
    const sent = await db.selectFrom('outbox').selectAll().executeTakeFirstOrThrow()
    expect(sent).toMatchObject({ sent_at: world.now(), content_sealed: '', failure: null, tries: 1 })
  })

  test('a message of a pool whose clock is ahead is delivered now', async () => {
    const db = await open()
    const world = testWorld()
    const ahead = atPoolTime(world, { id: 'local_dev', clockOffset: 24 * hour })
    await insertMessage(db, ahead, message('ada', ahead.now()))
    expect(await deliverWaiting(db, world)).toBe(1)
    expect(world.sent).toMatchObject([{ createdAt: world.now() }])
  })

  test('in development it stays readable', async () => {
    const db = await open()
    const world = testWorld()
    await insertMessage(db, world, message('ada', world.now()))
    await deliverWaiting(db, world)
    expect(await listMessages(db, world, {}, 10)).toMatchObject([{ code: '493027', sentAt: world.now() }])
  })

  test('a sealed message cannot be read in the place of another', async () => {
    const db = await open()
    const world = testWorld()
    await insertMessage(db, world, message('ada', world.now()))
    await db.updateTable('outbox').set({ id: 'eve' }).execute()
    await expect(listMessages(db, world, {}, 10)).rejects.toThrow()
  })

  test('ten deliverers of thirty messages send each once', async () => {
    const db = await open()
    const world = testWorld()
    for (let n = 0; n < 30; n++) await insertMessage(db, world, message(`user${n}`, world.now()))
    const taken = await Promise.all(Array.from({ length: 10 }, () => deliverWaiting(db, world)))
    // A deliverer that lost a race stops early; the next pass takes what is left.
    taken.push(await deliverWaiting(db, world))
    expect(taken.reduce((sum, each) => sum + each)).toBe(30)
    expect(new Set(world.sent.map(({ to }) => to)).size).toBe(30)
    expect(world.sent).toHaveLength(30)
  })

  test('a message that is not taken waits twice as long after each try, for a day', async () => {
    const db = await open()
    const tries: number[] = []
    const deliver = async () => {
      tries.push(world.now() - start)
      throw new Error('connect ECONNREFUSED')
    }
    const world = testWorld({ deliver, config: { mode: 'production' } })
    const start = world.now()
    await insertMessage(db, world, message('ada', start))
    for (let minute = 0; minute < 30 * 60; minute++) {
      await deliverWaiting(db, world)
      world.tick(60_000)
    }
    expect(tries.slice(0, 4)).toEqual([0, 60_000, 120_000, 180_000])
    const waits = tries.map((at, index) => at - (tries[index - 1] ?? 0)).slice(4)
    for (const [index, wait] of waits.entries())
      expect(wait).toBeGreaterThanOrEqual(Math.min(hour, 120_000 * 2 ** index))
    expect(tries.at(-1)).toBeLessThan(24 * hour)
    expect(tries.at(-1)).toBeGreaterThan(22 * hour)
    const given = await db.selectFrom('outbox').selectAll().executeTakeFirstOrThrow()
    expect(given).toMatchObject({ failure: 'expired', sent_at: null, content_sealed: '' })
  })

  test('a message that is taken late is the one that was written', async () => {
    const db = await open()
    let down = true
    const world = testWorld({
      deliver: async () => {
        if (down) throw new Error('421')
      },
    })
    await insertMessage(db, world, message('ada', world.now()))
    expect(await deliverWaiting(db, world)).toBe(0)
    down = false
    expect(await deliverWaiting(db, world)).toBe(0)
    world.tick(15_000)
    expect(await deliverWaiting(db, world)).toBe(1)
    expect(world.sent).toMatchObject([{ code: '493027', tries: 2 }])
  })

  test('a message that is refused is given up at once and holds up no other', async () => {
    const db = await open()
    const world = testWorld({
      deliver: async ({ to }) => {
        if (to === 'bad@example.com') throw new MessageRefused('550')
      },
    })
    await insertMessage(db, world, message('bad', world.now()))
    await insertMessage(db, world, message('ada', world.now() + 1))
    world.tick(1)
    expect(await deliverWaiting(db, world)).toBe(1)
    world.tick(25 * hour)
    expect(await deliverWaiting(db, world)).toBe(0)
    expect(world.lines).toMatchObject([{ event: 'message not sent', fields: { outcome: 'given up' } }])
  })

  test('a node that died with a message leaves it to the others, later', async () => {
    const db = await open()
    const dead = testWorld({ deliver: () => new Promise(() => {}) })
    await insertMessage(db, dead, message('ada', dead.now()))
    void deliverWaiting(db, dead)
    await expect.poll(() => db.selectFrom('outbox').select('tries').executeTakeFirst()).toEqual({ tries: 1 })
    const other = testWorld()
    other.tick(60_000)
    expect(await deliverWaiting(db, other)).toBe(0)
    other.tick(60_000)
    expect(await deliverWaiting(db, other)).toBe(1)
  })

  test('the inbox keeps the newest five hundred', async () => {
    const db = await open()
    const world = testWorld()
    await transaction(db, async (inner) => {
      for (let n = 0; n < 502; n++) await insertMessage(inner, world, message(`user${n}`, world.now() - 1_000 + n))
      await inner.updateTable('outbox').set({ sent_at: world.now() }).execute()
    })
    await insertMessage(db, world, message('user502', world.now()))
    expect(await deliverWaiting(db, world)).toBe(1)
    const left = await listMessages(db, world, {}, 1_000)
    expect(left).toHaveLength(500)
    expect(left.at(-1)?.to).toBe('user3@example.com')
  })
})
