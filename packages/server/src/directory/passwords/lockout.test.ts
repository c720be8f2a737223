import { expect, test } from 'vitest'
import { eachStore } from '../../../test/databases.ts'
import { PoolError } from '../../errors.ts'
import { testWorld } from '../../world/test.ts'
import { attempt } from './lockout.ts'

eachStore('attempts that a full queue refused', (open) => {
  const refused = async (): Promise<boolean> => {
    throw new PoolError('TooManyRequests', 'Too many requests')
  }

  test('are no failures, however many there are', async () => {
    const db = await open()
    const world = testWorld()
    const run = (check: () => Promise<boolean>) => attempt(db, world, 'eu_1', 'ada', check)
    const wrong = async () => false
    for (let failure = 1; failure <= 4; failure++) expect(await run(wrong)).toBe(false)
    for (let tries = 0; tries < 10; tries++)
      await expect(run(refused)).rejects.toMatchObject({ code: 'TooManyRequests' })
    // The fifth failure is the first that locks, for a second; then each doubles the wait.
    expect(await run(wrong)).toBe(false)
    await expect(run(refused)).rejects.toMatchObject({ code: 'NotAuthorized' })
    world.tick(1_001)
    await expect(run(refused)).rejects.toMatchObject({ code: 'TooManyRequests' })
    expect(await run(wrong)).toBe(false)
    world.tick(1_001)
    await expect(run(wrong)).rejects.toMatchObject({ message: 'Password attempts exceeded' })
    world.tick(1_000)
    expect(await run(async () => true)).toBe(true)
  })

  test('another error is a failure as before', async () => {
    const db = await open()
    const world = testWorld()
    const broken = async (): Promise<boolean> => {
      throw new Error('broken')
    }
    for (let tries = 0; tries < 5; tries++)
      await expect(attempt(db, world, 'eu_1', 'ada', broken)).rejects.toThrow('broken')
    await expect(attempt(db, world, 'eu_1', 'ada', broken)).rejects.toThrow('Password attempts exceeded')
  })
})
