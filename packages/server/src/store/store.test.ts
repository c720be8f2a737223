import { expect, test } from 'vitest'
import { createPostgresDatabase, eachStore } from '../../test/databases.ts'
import { clearAttempts, reserveAttempt } from './attempts.ts'
import { createAuthorizationCode, findUsedAuthorizationCode, redeemAuthorizationCode } from './authorization-codes.ts'
import { consumeCode, putCode } from './codes.ts'
import { type Db, isUniqueViolation, transaction } from './db.ts'
import { createGrant, findGrantByRefresh, findUserByGrant, revokeGrant, revokeGrantsOfUser } from './grants.ts'
import {
  addMember,
  createGroup,
  deleteGroup,
  findGroup,
  listGroups,
  listGroupsOfUser,
  removeMember,
  updateGroup,
} from './groups.ts'
import { listUsers } from './list-users.ts'
import { type Client, createClient, deleteClient, findClient, listClients, updateClient } from './setup/clients.ts'
import { createDomain, deleteDomain, findDomain, listDomains } from './setup/domains.ts'
import { createKeys, listKeys } from './setup/keys.ts'
import { createPool, deletePool, findPool, listPools, type Pool, updatePool } from './setup/pools.ts'
import {
  consumeSignIn,
  createSession,
  createSignIn,
  deleteSession,
  deleteSessionsOfUser,
  findSession,
  findSignIn,
} from './sign-ins.ts'
import { migrate } from './sql/migrate.ts'
import { migrations } from './sql/migrations.ts'
import { openPostgres } from './sql/postgres.ts'
import { openSqlite } from './sql/sqlite.ts'
import { sweep } from './sql/sweep.ts'
import {
  AliasTaken,
  createUser,
  deleteUser,
  findUser,
  findUserByAlias,
  findUserByName,
  releaseAlias,
  replaceAttributes,
  type User,
  updateUser,
} from './users.ts'

// One conformance suite for both stores: what a rule may rely on, races included.

const now = 1_800_000_000_000
const pool: Pool = {
  id: 'eu-west-1_one',
  name: 'one',
  region: 'eu-west-1',
  settings: {},
  clockOffset: 0,
  createdAt: now,
  updatedAt: now,
}
const client: Client = {
  poolId: pool.id,
  id: 'client',
  name: 'web',
  secretSealed: undefined,
  settings: { CallbackURLs: ['https://a.example'] },
  createdAt: now,
  updatedAt: now,
}

function user(name: string, rest: Partial<User> = {}): User {
  return {
    poolId: pool.id,
    id: `sub-${name}`,
    username: name,
    usernameKey: name,
    status: 'CONFIRMED',
    enabled: true,
    attributes: {},
    passwordHash: undefined,
    passwordExpiresAt: undefined,
    mfa: { enabled: [] },
    signedOutAt: 0,
    createdAt: now,
    updatedAt: now,
    ...rest,
  }
}

/** Starts `count` calls at once and counts the answers that pass. */
async function winners<T>(
  count: number,
  call: (index: number) => Promise<T>,
  won: (answer: T) => boolean,
): Promise<number> {
  const answers = await Promise.all(Array.from({ length: count }, (_, index) => call(index)))
  return answers.filter(won).length
}

eachStore('transactions', (open) => {
  test('a failed transaction leaves no trace', async () => {
    const db = await open()
    const failing = transaction(db, async (inner) => {
      await createPool(inner, pool)
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(await findPool(db, pool.id)).toBeUndefined()
  })

  test('the outer database inside a transaction throws instead of waiting for ever', async () => {
    const db = await open()
    await expect(transaction(db, () => findPool(db, 'x'))).rejects.toThrow('inside a transaction')
    expect(await findPool(db, 'x')).toBeUndefined()
  })

  test('forty statements and transactions at once keep apart', async () => {
    const db = await open()
    await createPool(db, pool)
    const work = Array.from({ length: 40 }, (_, index) =>
      index % 2
        ? createGroup(db, group(`g${index}`))
        : transaction(db, async (inner) => {
            await createGroup(inner, group(`g${index}`))
            if (index % 4) throw new Error('rolled back')
          }).catch(() => {}),
    )
    await Promise.all(work)
    expect(await listGroups(db, pool.id, '', 60)).toHaveLength(30)
  })

  test('a transaction inside a transaction joins it', async () => {
    const db = await open()
    const failing = transaction(db, async (inner) => {
      await transaction(inner, (deeper) => createPool(deeper, pool))
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(await findPool(db, pool.id)).toBeUndefined()
  })

  test('migrating again changes nothing', async () => {
    const db = await open()
    await createPool(db, pool)
    await migrate(db, now)
    expect(await findPool(db, pool.id)).toEqual(pool)
    expect(await db.selectFrom('migrations').selectAll().execute()).toHaveLength(migrations.length)
  })

  test('the sweeper takes what ended a day ago, and nothing else', async () => {
    const db = await open()
    const day = 24 * 60 * 60_000
    for (const [id, expiresAt] of [
      ['old', now - day - 1],
      ['recent', now - day],
    ] as const)
      await createSession(db, { idHash: id, poolId: pool.id, userId: 'u', authTime: now, expiresAt })
    await sweep(db, now)
    expect((await db.selectFrom('sessions').select('id_hash').execute()).map((row) => row.id_hash)).toEqual(['recent'])
  })
})

eachStore('pools, clients, domains, keys', (open) => {
  test('a pool is stored, found, listed by id, and changed by one of many at once', async () => {
    const db = await open()
    await createPool(db, pool)
    await createPool(db, { ...pool, id: 'eu-west-1_two' })
    expect(await findPool(db, pool.id)).toEqual(pool)
    expect((await listPools(db, '', 10)).map(({ id }) => id)).toEqual(['eu-west-1_one', 'eu-west-1_two'])
    expect((await listPools(db, 'eu-west-1_one', 10)).map(({ id }) => id)).toEqual(['eu-west-1_two'])
    const changed = await winners(20, (index) => updatePool(db, { ...pool, name: `n${index}` }, now), Boolean)
    expect(changed).toBe(1)
    expect((await findPool(db, pool.id))?.updatedAt).toBeGreaterThan(pool.updatedAt)
  })

  test('deleting a pool takes all that belongs to it and nothing of another', async () => {
    const db = await open()
    const other = { ...pool, id: 'eu-west-1_two' }
    for (const one of [pool, other]) {
      await createPool(db, one)
      await createClient(db, { ...client, poolId: one.id, id: `client of ${one.id}` })
      await createUser(db, user('ada', { poolId: one.id, attributes: { email: 'a@b.c' } }), [
        { kind: 'email', value: 'a@b.c' },
      ])
      await createGroup(db, { ...group('admin'), poolId: one.id })
      await addMember(db, one.id, 'admin', 'sub-ada', now)
      await putCode(db, { poolId: one.id, userId: 'sub-ada', purpose: 'sign-up' }, 'mac', now, now + 1)
      await reserveAttempt(db, one.id, 'sub-ada', now, lockout)
    }
    await transaction(db, (inner) => deletePool(inner, pool.id))
    for (const table of [
      'clients',
      'users',
      'user_attributes',
      'aliases',
      'groups',
      'members',
      'codes',
      'attempts',
    ] as const)
      expect((await db.selectFrom(table).select('pool_id').execute()).map((row) => row.pool_id)).toEqual([other.id])
  })

  test('a client is stored, found, listed, changed once, and its deletion ends what it was granted', async () => {
    const db = await open()
    await createClient(db, client)
    await createClient(db, { ...client, id: 'other', secretSealed: 'sealed' })
    expect(await findClient(db, 'client')).toEqual(client)
    expect((await listClients(db, pool.id, '', 10)).map(({ id }) => id)).toEqual(['client', 'other'])
    expect(await winners(20, () => updateClient(db, client, now), Boolean)).toBe(1)
    await createGrant(db, grant('g'))
    await transaction(db, (inner) => deleteClient(inner, pool.id, 'client'))
    expect(await findClient(db, 'client')).toBeUndefined()
    expect(await db.selectFrom('grants').selectAll().execute()).toEqual([])
  })

  test('a domain has one owner', async () => {
    const db = await open()
    const taken = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        createDomain(db, { domain: 'shop', poolId: `p${index}`, settings: {} }, now),
      ),
    )
    expect(taken.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const refused = taken.find((outcome) => outcome.status === 'rejected')
    expect(isUniqueViolation(refused?.reason)).toBe(true)
    const owner = (await findDomain(db, 'shop'))?.poolId ?? ''
    expect(await listDomains(db, owner)).toHaveLength(1)
    expect(await deleteDomain(db, 'another pool', 'shop')).toBe(false)
    expect(await deleteDomain(db, owner, 'shop')).toBe(true)
  })

  test('keys come oldest first', async () => {
    const db = await open()
    const key = { poolId: pool.id, publicJwk: { kty: 'RSA', n: 'n', e: 'AQAB' }, privateSealed: 's' } as const
    await createKeys(db, [{ ...key, kid: 'new', purpose: 'id' }], now + 1)
    await createKeys(db, [{ ...key, kid: 'old', purpose: 'access' }], now)
    expect((await listKeys(db, pool.id)).map(({ kid }) => kid)).toEqual(['old', 'new'])
  })
})

eachStore('users and groups', (open) => {
  test('fifty sign-ups of one name: one user', async () => {
    const db = await open()
    const attempt = (index: number) =>
      transaction(db, (inner) => createUser(inner, user('ada', { id: `sub-${index}` }), []))
    expect(await winners(50, attempt, Boolean)).toBe(1)
    expect(await db.selectFrom('users').selectAll().execute()).toHaveLength(1)
  })

  test('an alias has one owner until it is released', async () => {
    const db = await open()
    const alias = { kind: 'email', value: 'a@b.c' } as const
    await createUser(db, user('ada'), [alias])
    await expect(transaction(db, (inner) => createUser(inner, user('bob'), [alias]))).rejects.toThrow(AliasTaken)
    expect(await findUserByName(db, pool.id, 'bob')).toBeUndefined()
    expect((await findUserByAlias(db, pool.id, alias))?.username).toBe('ada')
    await transaction(db, async (inner) => {
      await releaseAlias(inner, pool.id, alias)
      await createUser(inner, user('bob'), [alias])
    })
    expect((await findUserByAlias(db, pool.id, alias))?.username).toBe('bob')
  })

  test('a user is found in its own pool alone', async () => {
    const db = await open()
    await createUser(db, user('ada', { attributes: { email: 'a@b.c', 'custom:x': 'é' }, passwordHash: 'phc' }), [])
    expect(await findUser(db, pool.id, 'sub-ada')).toEqual(
      user('ada', { attributes: { email: 'a@b.c', 'custom:x': 'é' }, passwordHash: 'phc' }),
    )
    expect(await findUser(db, 'eu-west-1_two', 'sub-ada')).toBeUndefined()
    expect(await updateUser(db, { poolId: 'eu-west-1_two', id: 'sub-ada' }, { enabled: false }, now)).toBe(false)
  })

  test('of many who leave a status one wins', async () => {
    const db = await open()
    await createUser(db, user('ada', { status: 'UNCONFIRMED' }), [])
    const confirm = () => updateUser(db, user('ada'), { status: 'CONFIRMED' }, now + 1, 'UNCONFIRMED')
    expect(await winners(20, confirm, Boolean)).toBe(1)
    expect(await findUser(db, pool.id, 'sub-ada')).toMatchObject({ status: 'CONFIRMED', updatedAt: now + 1 })
  })

  test('pages and prefixes go by byte', async () => {
    const db = await open()
    const names = ['é', 'a', 'Z', 'B', 'ab', 'a\u{1F600}', 'a_', 'a%', 'ｂ', '\u{1F600}']
    for (const name of names) await createUser(db, user(name, { attributes: { name } }), [])
    const byBytes = [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    const seen: string[] = []
    for (let after = ''; ; after = seen.at(-1) ?? '') {
      const page = await listUsers(db, pool.id, after, 3)
      if (page.length === 0) break
      seen.push(...page.map(({ username }) => username))
    }
    expect(seen).toEqual(byBytes)
    const byPrefix = async (name: string, value: string) =>
      (await listUsers(db, pool.id, '', 60, { name, prefix: true, value })).map(({ username }) => username)
    const wanted = byBytes.filter((name) => name.startsWith('a'))
    expect(await byPrefix('username', 'a')).toEqual(wanted)
    expect(await byPrefix('name', 'a')).toEqual(wanted)
    expect(await byPrefix('name', 'a%')).toEqual(['a%'])
    expect(await byPrefix('name', '')).toEqual(byBytes)
  })

  test('filters by attribute, status, state and sub', async () => {
    const db = await open()
    await createUser(db, user('ada', { attributes: { email: 'a@b.c' } }), [])
    await createUser(db, user('bob', { attributes: { email: 'a@b.cd' }, status: 'UNCONFIRMED', enabled: false }), [])
    const find = async (name: string, value: string) =>
      (await listUsers(db, pool.id, '', 60, { name, prefix: false, value })).map(({ username }) => username)
    expect(await find('email', 'a@b.c')).toEqual(['ada'])
    expect(await find('cognito:user_status', 'UNCONFIRMED')).toEqual(['bob'])
    expect(await find('status', 'Enabled')).toEqual(['ada'])
    expect(await find('status', 'Disabled')).toEqual(['bob'])
    expect(await find('sub', 'sub-bob')).toEqual(['bob'])
    expect(await find('email', "' or 1=1 --")).toEqual([])
  })

  test('replaced attributes are found, the old ones not', async () => {
    const db = await open()
    await createUser(db, user('ada', { attributes: { email: 'old@b.c' } }), [{ kind: 'email', value: 'old@b.c' }])
    await transaction(db, (inner) =>
      replaceAttributes(inner, user('ada'), { email: 'new@b.c' }, [{ kind: 'email', value: 'new@b.c' }], now),
    )
    const byEmail = (value: string) => listUsers(db, pool.id, '', 60, { name: 'email', prefix: false, value })
    expect(await byEmail('old@b.c')).toEqual([])
    expect((await byEmail('new@b.c')).map(({ attributes }) => attributes)).toEqual([{ email: 'new@b.c' }])
    expect(await findUserByAlias(db, pool.id, { kind: 'email', value: 'old@b.c' })).toBeUndefined()
  })

  test('a deleted user is gone with memberships, codes, sessions and grants', async () => {
    const db = await open()
    await createUser(db, user('ada'), [])
    await createGroup(db, group('admin'))
    await addMember(db, pool.id, 'admin', 'sub-ada', now)
    await createGrant(db, grant('g'))
    await createSession(db, { idHash: 's', poolId: pool.id, userId: 'sub-ada', authTime: now, expiresAt: now + 1 })
    expect(await transaction(db, (inner) => deleteUser(inner, pool.id, 'sub-ada'))).toBe(true)
    expect(await transaction(db, (inner) => deleteUser(inner, pool.id, 'sub-ada'))).toBe(false)
    for (const table of ['members', 'sessions', 'grants'] as const)
      expect(await db.selectFrom(table).selectAll().execute()).toEqual([])
  })

  test('groups: one of a name, changed, listed, joined twice as once, left, deleted', async () => {
    const db = await open()
    expect(await winners(20, () => createGroup(db, group('admin')), Boolean)).toBe(1)
    await updateGroup(db, { ...group('admin'), precedence: 1, description: 'd', updatedAt: now + 1 })
    expect(await findGroup(db, pool.id, 'admin')).toMatchObject({ precedence: 1, description: 'd', updatedAt: now + 1 })
    await createGroup(db, group('users'))
    for (const name of ['admin', 'admin', 'users']) await addMember(db, pool.id, name, 'sub-ada', now)
    const joined = async () => (await listGroupsOfUser(db, pool.id, 'sub-ada', '', 60)).map(({ name }) => name)
    expect(await joined()).toEqual(['admin', 'users'])
    await removeMember(db, pool.id, 'users', 'sub-ada')
    expect(await joined()).toEqual(['admin'])
    await deleteGroup(db, pool.id, 'admin')
    expect(await joined()).toEqual([])
    expect((await listGroups(db, pool.id, '', 60)).map(({ name }) => name)).toEqual(['users'])
  })
})

eachStore('single-use things', (open) => {
  const key = { poolId: pool.id, userId: 'u', purpose: 'sign-up' } as const

  test('fifty callers with the right code: one consumes it', async () => {
    const db = await open()
    await putCode(db, key, 'mac', now, now + 1000)
    expect(
      await winners(
        50,
        () => consumeCode(db, key, 'mac', now, 5),
        (outcome) => outcome === 'consumed',
      ),
    ).toBe(1)
  })

  test('fifty wrong guesses at once: five are looked at, and the right code is dead', async () => {
    const db = await open()
    await putCode(db, key, 'mac', now, now + 1000)
    expect(
      await winners(
        50,
        () => consumeCode(db, key, 'no', now, 5),
        (outcome) => outcome === 'mismatch',
      ),
    ).toBe(5)
    expect(await consumeCode(db, key, 'mac', now, 5)).toBe('exhausted')
  })

  test('codes end by time and by a newer one, and serve one purpose in one pool', async () => {
    const db = await open()
    await putCode(db, key, 'mac', now, now + 1000)
    expect(await consumeCode(db, key, 'mac', now + 1000, 5)).toBe('expired')
    await putCode(db, key, 'newer', now, now + 1000)
    expect(await consumeCode(db, key, 'mac', now, 5)).toBe('mismatch')
    expect(await consumeCode(db, { ...key, purpose: 'forgot-password' }, 'newer', now, 5)).toBe('expired')
    expect(await consumeCode(db, { ...key, poolId: 'p2' }, 'newer', now, 5)).toBe('expired')
  })

  test('fifty redemptions of one authorization code: one wins, and the rest know it as used', async () => {
    const db = await open()
    await createAuthorizationCode(db, authorizationCode)
    const redeem = () => redeemAuthorizationCode(db, pool.id, 'hash', now)
    expect(await winners(50, redeem, (code) => code !== undefined)).toBe(1)
    expect(await findUsedAuthorizationCode(db, pool.id, 'hash')).toEqual(authorizationCode)
  })

  test('an authorization code ends by time and belongs to its pool', async () => {
    const db = await open()
    await createAuthorizationCode(db, authorizationCode)
    expect(await findUsedAuthorizationCode(db, pool.id, 'hash')).toBeUndefined()
    expect(await redeemAuthorizationCode(db, 'eu-west-1_two', 'hash', now)).toBeUndefined()
    expect(await redeemAuthorizationCode(db, pool.id, 'hash', authorizationCode.expiresAt)).toBeUndefined()
    expect(await redeemAuthorizationCode(db, pool.id, 'hash', authorizationCode.expiresAt - 1)).toEqual(
      authorizationCode,
    )
  })

  test('fifty answers to one sign-in step: one goes on; no other door, client or pool does', async () => {
    const db = await open()
    const step = { idHash: 's', poolId: pool.id, clientId: 'client', door: 'api' } as const
    const record = { ...step, userId: 'u', state: '{}', expiresAt: now + 1000 }
    await createSignIn(db, record)
    for (const other of [{ door: 'pages' }, { clientId: 'x' }, { poolId: 'x' }] as const)
      expect(await consumeSignIn(db, { ...step, ...other }, now)).toBeUndefined()
    expect(await findSignIn(db, step, now + 1000)).toBeUndefined()
    expect(await findSignIn(db, step, now)).toEqual(record)
    expect(
      await winners(
        50,
        () => consumeSignIn(db, step, now),
        (found) => found !== undefined,
      ),
    ).toBe(1)
  })

  test('sessions end by time, alone and all together', async () => {
    const db = await open()
    const session = { poolId: pool.id, userId: 'u', authTime: now, lastUsedAt: now, expiresAt: now + 1000 }
    for (const idHash of ['a', 'b', 'c']) await createSession(db, { ...session, idHash })
    expect(await findSession(db, pool.id, 'a', now)).toEqual({ ...session, idHash: 'a' })
    expect(await findSession(db, pool.id, 'a', now + 1000)).toBeUndefined()
    expect(await findSession(db, 'eu-west-1_two', 'a', now)).toBeUndefined()
    await deleteSession(db, pool.id, 'a')
    expect(await findSession(db, pool.id, 'a', now)).toBeUndefined()
    expect(await findSession(db, pool.id, 'b', now)).toBeDefined()
    await deleteSessionsOfUser(db, pool.id, 'u')
    expect(await findSession(db, pool.id, 'b', now)).toBeUndefined()
  })

  test('a grant is found by its refresh token until it ends or is revoked', async () => {
    const db = await open()
    await createUser(db, user('ada'), [])
    for (const id of ['g', 'h', 'i']) await createGrant(db, grant(id))
    expect(await findGrantByRefresh(db, pool.id, 'refresh g', now)).toEqual({ grant: grant('g'), user: user('ada') })
    expect(await findGrantByRefresh(db, pool.id, 'refresh g', now + 1000)).toBeUndefined()
    expect(await findGrantByRefresh(db, 'eu-west-1_two', 'refresh g', now)).toBeUndefined()
    await revokeGrant(db, pool.id, 'g', now)
    expect(await findGrantByRefresh(db, pool.id, 'refresh g', now)).toBeUndefined()
    expect(await findUserByGrant(db, pool.id, 'g')).toBeUndefined()
    await revokeGrantsOfUser(db, pool.id, 'sub-ada', now, 'h')
    expect(await findUserByGrant(db, pool.id, 'h')).toEqual(user('ada'))
    expect(await findUserByGrant(db, pool.id, 'i')).toBeUndefined()
  })
})

const lockout = { free: 5, maxWait: 900_000, forgetAfter: 900_000 }

eachStore('lockout', (open) => {
  test('free failures, then a wait that doubles up to its limit', async () => {
    const db = await open()
    let time = now
    const waits: number[] = []
    for (let failure = 1; failure <= 20; failure++) {
      expect(await reserveAttempt(db, 'p', 'u', time, lockout)).toBe(true)
      const row = await db.selectFrom('attempts').selectAll().executeTakeFirstOrThrow()
      waits.push(Math.max(0, row.locked_until - time) / 1000)
      if (row.locked_until > time) expect(await reserveAttempt(db, 'p', 'u', row.locked_until - 1, lockout)).toBe(false)
      time = Math.max(time, row.locked_until)
    }
    // 2^(n-5) seconds from the fifth failure on, at most 15 minutes.
    expect(waits).toEqual([0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900, 900, 900])
  })

  test('two hundred guesses at once: five get through', async () => {
    const db = await open()
    expect(await winners(200, () => reserveAttempt(db, 'p', 'u', now, lockout), Boolean)).toBe(5)
    expect(await reserveAttempt(db, 'p', 'another user', now, lockout)).toBe(true)
    expect(await reserveAttempt(db, 'another pool', 'u', now, lockout)).toBe(true)
  })

  test('failures are forgotten after a success, and after fifteen idle minutes', async () => {
    const db = await open()
    for (let failure = 1; failure <= 5; failure++) await reserveAttempt(db, 'p', 'u', now, lockout)
    expect(await reserveAttempt(db, 'p', 'u', now, lockout)).toBe(false)
    const idle = now + 1000 + lockout.forgetAfter
    expect(await winners(5, () => reserveAttempt(db, 'p', 'u', idle, lockout), Boolean)).toBe(5)
    expect(await reserveAttempt(db, 'p', 'u', idle, lockout)).toBe(false)
    await clearAttempts(db, 'p', 'u')
    expect(await reserveAttempt(db, 'p', 'u', idle, lockout)).toBe(true)
  })
})

test('SQLite keeps what it acknowledged: WAL with synchronous=FULL', async () => {
  const db = openSqlite(':memory:')
  const { rows } = await db.executeQuery<{ synchronous: number }>({
    ...db.selectFrom('pools').select('id').compile(),
    sql: 'pragma synchronous',
    parameters: [],
  })
  expect(rows).toEqual([{ synchronous: 2 }])
  await db.destroy()
})

test('PostgreSQL: two nodes that migrate at once both start', async () => {
  const url = await createPostgresDatabase()
  const nodes = [openPostgres(url), openPostgres(url), openPostgres(url)]
  await Promise.all(nodes.map((db) => migrate(db, now)))
  const [first] = nodes as [Db]
  expect(await first.selectFrom('migrations').selectAll().execute()).toHaveLength(migrations.length)
  await Promise.all(nodes.map((db) => db.destroy()))
})

function group(name: string) {
  return {
    poolId: pool.id,
    name,
    description: undefined,
    precedence: undefined,
    roleArn: undefined,
    createdAt: now,
    updatedAt: now,
  }
}

function grant(id: string) {
  return {
    id,
    poolId: pool.id,
    clientId: 'client',
    userId: 'sub-ada',
    refreshHash: `refresh ${id}`,
    generation: 0,
    refreshSalt: 'salt',
    lastUsedAt: now,
    door: 'pages',
    scopes: ['openid', 'email'],
    authTime: now,
    createdAt: now,
    expiresAt: now + 1000,
  } as const
}

const authorizationCode = {
  codeHash: 'hash',
  poolId: pool.id,
  clientId: 'client',
  userId: 'sub-ada',
  request: '{}',
  authTime: now,
  grantId: 'g',
  expiresAt: now + 1000,
} as const
