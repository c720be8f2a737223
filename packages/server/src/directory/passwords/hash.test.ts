import { expect, test } from 'vitest'
import { testWorld } from '../../world/test.ts'
import { hashPassword, verifyNothing, verifyPassword } from './hash.ts'

test('a hash is the password\u2019s, whatever form its letters came in, and no other\u2019s', async () => {
  const world = testWorld()
  const phc = await hashPassword(world, 'Caf\u00e9-Horse-1')
  expect(phc).toMatch(/^\$argon2id\$v=19\$m=7168,t=5,p=1\$/)
  expect(await verifyPassword('Cafe\u0301-Horse-1', phc)).toEqual({ right: true, outdated: false })
  expect(await verifyPassword('Cafe-Horse-1', phc)).toMatchObject({ right: false })
  expect(await hashPassword(world, 'Caf\u00e9-Horse-1')).not.toBe(phc)
  await verifyNothing(world, 'Caf\u00e9-Horse-1')
})

test('a string that is no hash is an error, and the thread lives on', async () => {
  await expect(verifyPassword('x', 'nonsense')).rejects.toThrow('Hashing failed')
  const phc = await hashPassword(testWorld(), 'x')
  expect(await Promise.all(Array.from({ length: 8 }, () => verifyPassword('x', phc)))).toEqual(
    Array.from({ length: 8 }, () => ({ right: true, outdated: false })),
  )
})
