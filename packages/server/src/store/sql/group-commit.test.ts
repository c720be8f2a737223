import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sql } from 'kysely'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Db, durable, transaction } from '../db.ts'
import { groupCommit } from './group-commit.ts'
import { migrate } from './migrate.ts'
import { openSqlite } from './sqlite.ts'

let folder: string
let db: Db

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'poolhouse-group-'))
  db = openSqlite(join(folder, 'test.db'))
  await migrate(db, 0)
})

afterEach(async () => {
  await db.destroy()
  rmSync(folder, { recursive: true })
})

const insert = (name: string, into = db) =>
  into
    .insertInto('migrations')
    .values({ name, applied_at: 1 })
    .execute()
    .then(() => name)
const names = async (from = db) =>
  (await from.selectFrom('migrations').select('name').where('applied_at', '=', 1).orderBy('name').execute()).map(
    ({ name }) => name,
  )

test('what is written in one turn shares one commit, and is told when it is durable', async () => {
  const database = new DatabaseSync(':memory:')
  database.exec('create table t (x)')
  const commits: string[] = []
  const exec = database.exec.bind(database)
  database.exec = (statement) => {
    if (statement === 'commit') commits.push(statement)
    exec(statement)
  }
  const group = groupCommit(database)
  const write = async (value: number) => {
    await group.enter()
    group.begin()
    group.within(() => database.prepare('insert into t values (?)').run(value))
    const done = group.durable()
    group.leave()
    await done
    return commits.length
  }
  expect(await Promise.all([1, 2, 3, 4, 5].map(write))).toEqual([1, 1, 1, 1, 1])
  expect(group.durable()).toBeUndefined()
  expect(await write(6)).toBe(2)
})

test('a statement that fails takes back itself alone', async () => {
  const all = await Promise.allSettled([insert('a'), insert('b'), insert('a'), insert('c')])
  expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
  expect(await names()).toEqual(['a', 'b', 'c'])
})

test('a transaction that fails takes back itself alone', async () => {
  const broken = transaction(db, async (inner) => {
    await insert('broken', inner)
    throw new Error('no')
  })
  const whole = transaction(db, async (inner) => {
    await insert('one', inner)
    return insert('two', inner)
  })
  const all = await Promise.allSettled([insert('before'), broken, whole, insert('after')])
  expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
  expect(await names()).toEqual(['after', 'before', 'one', 'two'])
})

test('a transaction that outlives its turn is neither committed in half nor looked into', async () => {
  let seen: string[] = []
  const slow = transaction(db, async (inner) => {
    await insert('half', inner)
    await new Promise((resolve) => setTimeout(resolve, 30))
    throw new Error('no')
  })
  const reader = new Promise((resolve) => setTimeout(resolve, 10)).then(async () => {
    seen = await names()
  })
  await expect(slow).rejects.toThrow('no')
  await reader
  expect(seen).toEqual([])
  expect(await names()).toEqual([])
})

test('a full disk fails whoever waits for the commit, and what came before it stays', async () => {
  await insert('kept')
  const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(db)
  await sql`pragma max_page_count = ${sql.lit((rows[0]?.page_count ?? 0) + 1)}`.execute(db)
  const all = await Promise.allSettled([insert('small'), insert('x'.repeat(200_000))])
  expect(all[1]?.status).toBe('rejected')
  // Either SQLite took back the large one alone, or both: what was told is what is there.
  expect(await names()).toEqual(all[0]?.status === 'fulfilled' ? ['kept', 'small'] : ['kept'])
  await sql`pragma max_page_count = 1000000`.execute(db)
  await insert('again')
  expect(await names()).toContain('again')
})

test('a commit that fails fails all who wait for it, and keeps nothing of theirs', async () => {
  const database = new DatabaseSync(':memory:')
  database.exec('pragma foreign_keys = on; create table parent (id primary key)')
  // Checked at the commit: the one way to make a commit fail on purpose.
  database.exec('create table child (id references parent (id) deferrable initially deferred)')
  const group = groupCommit(database)
  const write = async (statement: string) => {
    await group.enter()
    group.begin()
    group.within(() => database.exec(statement))
    const done = group.durable()
    group.leave()
    await done
  }
  const all = await Promise.allSettled([
    write("insert into parent values ('a')"),
    write("insert into child values ('b')"),
  ])
  expect(all.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(database.prepare('select * from parent').all()).toEqual([])
  await write("insert into parent values ('c')")
  expect(database.prepare('select id from parent').all()).toEqual([{ id: 'c' }])
})

test('what can be read before it is durable can be waited for', async () => {
  const writing = insert('soon')
  await Promise.resolve()
  await Promise.resolve()
  while (durable(db) === undefined) await Promise.resolve()
  let told = false
  void writing.then(() => {
    told = true
  })
  expect(await names()).toEqual(['soon'])
  expect(told).toBe(false)
  await durable(db)
  expect(durable(db)).toBeUndefined()
  await writing
})
