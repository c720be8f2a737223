import { expect, test } from 'vitest'
import { eachStore } from '../../test/databases.ts'
import { reserveAttempt } from './attempts.ts'
import { consumeCode, putCode } from './codes.ts'

eachStore('lockout', (open) => {
  test('free failures, then a wait that doubles up to its limit', async () => {
    const db = await open()
    const rule = { free: 5, maxWait: 900_000, forgetAfter: 900_000 }
    let now = 1_800_000_000_000
    const waits: number[] = []
    for (let n = 1; n <= 20; n++) {
      expect(await reserveAttempt(db, 'p', 'u', now, rule)).toBe(true)
      const row = await db.selectFrom('attempts').selectAll().executeTakeFirstOrThrow()
      waits.push(Math.max(0, row.locked_until - now) / 1000)
      if (row.locked_until > now) expect(await reserveAttempt(db, 'p', 'u', row.locked_until - 1, rule)).toBe(false)
      now = Math.max(now, row.locked_until)
    }
    // 2^(n-5) seconds from the fifth failure on, at most 15 minutes.
    expect(waits.slice(0, 16)).toEqual([0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900].slice(0, 16))
  })
})

eachStore('codes', (open) => {
  test('fifty callers with the right code: one consumes it', async () => {
    const db = await open()
    const key = { poolId: 'p', userId: 'u', purpose: 'sign-up' } as const
    await putCode(db, key, 'mac', 1, 1000)
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => consumeCode(db, key, 'mac', 2, 5)))
    expect(outcomes.filter((outcome) => outcome === 'consumed')).toHaveLength(1)
  })
})
