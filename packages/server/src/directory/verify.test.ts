import { expect, test } from 'vitest'
import { eachStore } from '../../test/databases.ts'
import { makePool } from '../settings/pools.ts'
import { listUsers } from '../store/list-users.ts'
import { testWorld } from '../world/test.ts'
import { inviteUser } from './accounts.ts'
import { getUserByAnyName } from './usernames.ts'
import { changeAttributes, deleteAttributes } from './verify.ts'

eachStore('attributes', (open) => {
  test('changes at once do not undo one another, in the row or in the index', async () => {
    const db = await open()
    const world = testWorld()
    const pool = await makePool(db, world, 'eu-west-1', { PoolName: 'p', AliasAttributes: ['email'] })
    const attributes = { email: 'ada@example.com', website: 'https://example.com' }
    // Each of them has read the user before any of them writes.
    const user = await inviteUser(db, world, pool, { username: 'ada', attributes, action: 'SUPPRESS' })
    const names = ['name', 'given_name', 'family_name', 'nickname', 'profile', 'zoneinfo', 'locale', 'gender']
    await Promise.all([
      ...names.map((name) => changeAttributes(db, world, { pool }, user, { [name]: `my ${name}` })),
      changeAttributes(db, world, { pool }, user, { email_verified: 'true' }),
      deleteAttributes(db, world, { pool }, user, ['website']),
    ])
    const after = await getUserByAnyName(db, pool, 'ada@example.com')
    expect(after.attributes).toEqual({
      email: 'ada@example.com',
      email_verified: 'true',
      ...Object.fromEntries(names.map((name) => [name, `my ${name}`])),
    })
    for (const name of names) {
      const filter = { name, prefix: false, value: `my ${name}` }
      expect(await listUsers(db, pool.id, '', 5, filter)).toHaveLength(1)
    }
  })
})
