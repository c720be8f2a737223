import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import { LRUCache } from 'lru-cache'
import { type Db, insideTransaction } from '../db.ts'
import type { Tables } from './tables.ts'

/**
 * Opens a SQLite database: a file, or ':memory:'. Acknowledged means durable: WAL with synchronous=FULL
 * (https://sqlite.org/pragma.html#pragma_synchronous: NORMAL may lose commits on power loss). The file is this process's
 * alone: no lock is taken and given back at every read, and a second server is refused instead of racing.
 */
export function openSqlite(file: string): Db {
  const database = new DatabaseSync(file, { enableForeignKeyConstraints: true, timeout: 5_000 })
  database.exec(
    'pragma locking_mode = exclusive; pragma journal_mode = wal; pragma synchronous = full; pragma wal_autocheckpoint = 1000',
  )
  if (database.prepare('pragma synchronous').get()?.synchronous !== 2)
    throw new Error('SQLite refused synchronous=FULL')
  const dialect: Dialect = {
    // Kysely's own queue would wait for ever where ours refuses: see the driver.
    createAdapter: () => Object.defineProperty(new SqliteAdapter(), 'supportsMultipleConnections', { value: true }),
    createDriver: () => sqliteDriver(database),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  }
  return new Kysely<Tables>({ dialect })
}

/** One connection and a queue before it: another request's statement must not join an open transaction. */
function sqliteDriver(database: DatabaseSync): Driver {
  const connection = sqliteConnection(database)
  const waiting: (() => void)[] = []
  let busy = false
  const run = (sql: string) => async (on: DatabaseConnection) => void (await on.executeQuery(CompiledQuery.raw(sql)))
  return {
    init: async () => {},
    async acquireConnection() {
      if (insideTransaction.getStore()) throw new Error('The outer database was used inside a transaction')
      if (busy) await new Promise<void>((resolve) => waiting.push(resolve))
      busy = true
      return connection
    },
    async releaseConnection() {
      const next = waiting.shift()
      if (next) next()
      else busy = false
    },
    beginTransaction: run('begin immediate'),
    commitTransaction: run('commit'),
    rollbackTransaction: run('rollback'),
    async destroy() {
      database.close()
    },
  }
}

function sqliteConnection(database: DatabaseSync): DatabaseConnection {
  const statements = new LRUCache<string, { statement: StatementSync; returnsRows: boolean }>({ max: 500 })
  const prepare = (sql: string) => {
    const known = statements.get(sql)
    if (known) return known
    const statement = database.prepare(sql)
    const prepared = { statement, returnsRows: statement.columns().length > 0 }
    statements.set(sql, prepared)
    return prepared
  }
  return {
    async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
      const { statement, returnsRows } = prepare(sql)
      const values = parameters as SQLInputValue[]
      if (returnsRows) return { rows: statement.all(...values) as R[] }
      const { changes } = statement.run(...values)
      return { rows: [], numAffectedRows: BigInt(changes) }
    },
    // biome-ignore lint/correctness/useYield: SQLite answers at once; nothing here asks for a stream.
    async *streamQuery() {
      throw new Error('Streams are not offered by the SQLite store')
    },
  }
}
