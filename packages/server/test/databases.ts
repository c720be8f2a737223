import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { afterAll, describe, inject } from 'vitest'
import type { Db } from '../src/store/db.ts'
import { migrate } from '../src/store/sql/migrate.ts'
import { openPostgres } from '../src/store/sql/postgres.ts'
import { openSqlite } from '../src/store/sql/sqlite.ts'

/** The two stores. */
export const stores = ['sqlite', 'postgres'] as const
export type StoreName = (typeof stores)[number]

/** Describes the same tests once for each store; `open` gives a new, migrated, empty database that is closed at the end. */
export function eachStore(title: string, tests: (open: () => Promise<Db>, store: StoreName) => void): void {
  describe.each(stores)(`${title} on %s`, (store) => {
    const opened: Db[] = []
    tests(async () => {
      const db = await openDatabase(store)
      opened.push(db)
      return db
    }, store)
    afterAll(async () => {
      for (const db of opened) await db.destroy()
    })
  })
}

/** A new, migrated, empty database. */
export async function openDatabase(store: StoreName): Promise<Db> {
  const db = store === 'sqlite' ? openSqlite(':memory:') : openPostgres(await createPostgresDatabase())
  await migrate(db, 0)
  return db
}

/** A new, empty PostgreSQL database's URL. */
export async function createPostgresDatabase(): Promise<string> {
  const url = inject('postgresUrl')
  const name = `test_${randomBytes(6).toString('hex')}`
  const client = new pg.Client({ connectionString: `${url}/postgres` })
  await client.connect()
  await client.query(`create database ${name}`)
  await client.end()
  return `${url}/${name}`
}
