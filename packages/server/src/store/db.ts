// The ground under the rules: SQL, one file per record kind, two dialects. Functions over `db` that return records.
// No rule of identity lives here, no time and no dice: both come as arguments.
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Kysely } from 'kysely'
import type { Tables } from './sql/tables.ts'

/** A database, or a transaction on it. */
export type Db = Kysely<Tables>

/** Marks code that runs inside a transaction: the outer `db` there would deadlock on SQLite's one connection. */
export const insideTransaction = new AsyncLocalStorage<true>()

/** The databases whose writes are durable a little later than they can be read, by their adapters. */
export const durables: WeakMap<object, () => Promise<void> | undefined> = new WeakMap()

/**
 * Settles when all that can be read now is durable. Writing waits for it by itself; whoever answers with what was read
 * waits for it too, or a crash could take back what has been told. Undefined when there is nothing to wait for.
 */
export function durable(db: Db): Promise<void> | undefined {
  return durables.get(db.getExecutor().adapter)?.()
}

/** PostgreSQL: serialization failure, deadlock. */
const retriable = new Set(['40001', '40P01'])

/**
 * Runs `work` in one transaction and returns its result; all or nothing. `work` may run again when PostgreSQL
 * reports a deadlock, so it sends no mail, calls no trigger and touches no network.
 */
export async function transaction<T>(db: Db, work: (db: Db) => Promise<T>): Promise<T> {
  if (db.isTransaction) return work(db)
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.transaction().execute((inner) => insideTransaction.run(true, () => work(inner)))
    } catch (error) {
      if (attempt === 3 || !retriable.has(sqlState(error))) throw error
    }
  }
}

/** Whether a statement failed on a unique index or primary key: the last guard behind every "exists already". */
export function isUniqueViolation(error: unknown): boolean {
  return sqlState(error) === '23505' || (error instanceof Error && error.message.startsWith('UNIQUE constraint failed'))
}

function sqlState(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}
