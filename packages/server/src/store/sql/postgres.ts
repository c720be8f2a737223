import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { type Db, insideTransaction } from '../db.ts'
import type { Tables } from './tables.ts'

/** Milliseconds and counters fit a double: bigint columns are read as numbers. */
const int8 = 20

/**
 * Opens PostgreSQL by its URL with a bounded pool. Acknowledged means durable: synchronous_commit is set on every
 * connection. Statements have no names, so PgBouncer's transaction mode works between.
 */
export function openPostgres(connectionString: string): Db {
  const pool = new pg.Pool({
    connectionString,
    max: 16,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 5_000,
    lock_timeout: 2_000,
    idle_in_transaction_session_timeout: 10_000,
    types: {
      getTypeParser: (type: number, format?: 'text' | 'binary') =>
        type === int8 ? Number : pg.types.getTypeParser(type, format as 'text'),
    },
  })
  // An idle connection that breaks is replaced on next use; without a listener the process would die of it.
  pool.on('error', () => {})
  pool.on('connect', (client) => void client.query('set synchronous_commit = on').catch(() => {}))
  const dialect = new PostgresDialect({ pool })
  const createDriver = dialect.createDriver.bind(dialect)
  dialect.createDriver = () => {
    const driver = createDriver()
    const acquire = driver.acquireConnection.bind(driver)
    // SQLite cannot, so PostgreSQL may not either: see db.ts.
    driver.acquireConnection = async (options) => {
      if (insideTransaction.getStore()) throw new Error('The outer database was used inside a transaction')
      return acquire(options)
    }
    return driver
  }
  return new Kysely<Tables>({ dialect })
}
