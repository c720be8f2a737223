import { PostgresAdapter, sql } from 'kysely'
import { type Db, transaction } from '../db.ts'
import { migrations } from './migrations.ts'

/** Any number of nodes may start at once: on PostgreSQL they queue behind this advisory lock. */
const migrationLock = 7_665_900_501

/** Brings the schema up to date; each migration is applied whole or not at all, and once. `now` is in milliseconds. */
export async function migrate(db: Db, now: number): Promise<void> {
  const postgres = db.getExecutor().adapter instanceof PostgresAdapter
  await sql`create table if not exists migrations (name text primary key, applied_at bigint not null)`
    .execute(db)
    .catch((error: unknown) => {
      // Two nodes may both see it missing; the loser's error is the winner's success.
      if (!postgres) throw error
    })
  await transaction(db, async (inner) => {
    if (postgres) await sql`set local lock_timeout = '60s'`.execute(inner)
    if (postgres) await sql`select pg_advisory_xact_lock(${sql.lit(migrationLock)})`.execute(inner)
    const applied = new Set((await inner.selectFrom('migrations').select('name').execute()).map((row) => row.name))
    for (const { name, statements } of migrations) {
      if (applied.has(name)) continue
      for (const statement of statements) await sql.raw(postgres ? inByteOrder(statement) : statement).execute(inner)
      await inner.insertInto('migrations').values({ name, applied_at: now }).execute()
    }
  })
}

/** PostgreSQL sorts text by the database's collation; ours is by byte, as SQLite's is. */
function inByteOrder(statement: string): string {
  return /^(create|alter) table/.test(statement) ? statement.replaceAll(/\btext\b/g, 'text collate "C"') : statement
}
