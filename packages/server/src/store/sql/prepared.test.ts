import { expect, test } from 'vitest'
import { eachStore } from '../../../test/databases.ts'
import { transaction } from '../db.ts'
import { createPool, findPool, type Pool, updatePool } from '../setup/pools.ts'

const pool: Pool = {
  id: 'eu-west-1_Aaaaaaaaa',
  name: 'first',
  region: 'eu-west-1',
  settings: {},
  clockOffset: 0,
  createdAt: 1,
  updatedAt: 1,
}

eachStore('what is remembered of tables that hardly ever change', (open) => {
  const nameOf = async (db: Awaited<ReturnType<typeof open>>) => (await findPool(db, pool.id))?.name

  test('is as it is in the store: before it is there, after it is, after each change', async () => {
    const db = await open()
    expect(await nameOf(db)).toBeUndefined()
    await createPool(db, pool)
    expect(await nameOf(db)).toBe('first')
    expect(await nameOf(db)).toBe('first')
    await updatePool(db, { ...pool, name: 'second' }, 2)
    expect(await nameOf(db)).toBe('second')
    await db.deleteFrom('pools').execute()
    expect(await nameOf(db)).toBeUndefined()
  })

  test('a transaction sees its own change, and nobody does once it is taken back', async () => {
    const db = await open()
    await createPool(db, pool)
    expect(await nameOf(db)).toBe('first')
    const broken = transaction(db, async (inner) => {
      await updatePool(inner, { ...pool, name: 'never' }, 2)
      expect((await findPool(inner, pool.id))?.name).toBe('never')
      throw new Error('no')
    })
    await expect(broken).rejects.toThrow('no')
    expect(await nameOf(db)).toBe('first')
  })

  test('two stores remember apart', async () => {
    const [one, other] = [await open(), await open()]
    await createPool(one, pool)
    expect(await nameOf(one)).toBe('first')
    expect(await nameOf(other)).toBeUndefined()
  })
})
