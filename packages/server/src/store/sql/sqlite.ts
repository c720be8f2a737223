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
import { readsNow } from './prepared.ts'
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
  const connection = sqliteConnection(database)
  const queue: Queue = { waiting: [], busy: false }
  // Kysely's own queue would wait for ever where ours refuses: see the driver.
  const adapter = Object.defineProperty(new SqliteAdapter(), 'supportsMultipleConnections', { value: true })
  // Between another request's statements there may be an open transaction, which nobody else may look into.
  readsNow.set(adapter, (sql, values, inTransaction) =>
    queue.busy && !inTransaction ? undefined : connection.read(sql, values),
  )
  const dialect: Dialect = {
    createAdapter: () => adapter,
    createDriver: () => sqliteDriver(database, connection, queue),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  }
  return new Kysely<Tables>({ dialect })
}

/** Who has the one connection, and who is next. */
interface Queue {
  readonly waiting: (() => void)[]
  busy: boolean
}

/** One connection and a queue before it: another request's statement must not join an open transaction. */
function sqliteDriver(database: DatabaseSync, connection: SqliteConnection, queue: Queue): Driver {
  const run = (sql: string) => async (on: DatabaseConnection) => void (await on.executeQuery(CompiledQuery.raw(sql)))
  return {
    init: async () => {},
    async acquireConnection() {
      if (insideTransaction.getStore()) throw new Error('The outer database was used inside a transaction')
      if (queue.busy) await new Promise<void>((resolve) => queue.waiting.push(resolve))
      queue.busy = true
      return connection
    },
    async releaseConnection() {
      const next = queue.waiting.shift()
      if (next) next()
      else queue.busy = false
    },
    beginTransaction: run('begin immediate'),
    commitTransaction: run('commit'),
    rollbackTransaction: run('rollback'),
    async destroy() {
      database.close()
    },
  }
}

interface SqliteConnection extends DatabaseConnection {
  /** The rows of a statement that gives some. */
  read(sql: string, values: readonly unknown[]): unknown[]
}

function sqliteConnection(database: DatabaseSync): SqliteConnection {
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
    read: (sql, values) => prepare(sql).statement.all(...(values as SQLInputValue[])),
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
