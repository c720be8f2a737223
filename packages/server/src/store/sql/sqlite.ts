import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import {
  type CompiledQuery,
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
import { type Db, durables, insideTransaction } from '../db.ts'
import { type GroupCommit, groupCommit } from './group-commit.ts'
import { atHand, setUp } from './prepared.ts'
import type { Tables } from './tables.ts'

/**
 * Opens a SQLite database: a file, or ':memory:'. Acknowledged means durable: WAL with synchronous=FULL
 * (https://sqlite.org/pragma.html#pragma_synchronous: NORMAL may lose commits on power loss); what is written in one turn
 * of the event loop shares one commit. The file is this process's alone: no lock is taken and given back at every read,
 * and a second server is refused instead of racing.
 */
export function openSqlite(file: string): Db {
  const database = new DatabaseSync(file, { enableForeignKeyConstraints: true, timeout: 5_000 })
  database.exec(
    'pragma locking_mode = exclusive; pragma journal_mode = wal; pragma synchronous = full; pragma wal_autocheckpoint = 1000',
  )
  if (database.prepare('pragma synchronous').get()?.synchronous !== 2)
    throw new Error('SQLite refused synchronous=FULL')
  const statements = readyStatements(database)
  const group = groupCommit(database)
  // Kysely's own queue would wait for ever where ours refuses: see the driver.
  const adapter = Object.defineProperty(new SqliteAdapter(), 'supportsMultipleConnections', { value: true })
  // Between another request's statements there may be an open transaction, which nobody else may look into.
  atHand.set(adapter, {
    read: (sql, values, inTransaction) => (group.busy() && !inTransaction ? undefined : statements.read(sql, values)),
    // What is taken back was there for a while, so that counts as a change as well.
    setUpVersion: () => statements.changes() + group.takenBack(),
  })
  durables.set(adapter, group.durable)
  const dialect: Dialect = {
    createAdapter: () => adapter,
    createDriver: () => sqliteDriver(database, statements, group),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  }
  return new Kysely<Tables>({ dialect })
}

/** The one connection as whoever's turn it is holds it. */
interface Turn extends DatabaseConnection {
  inTransaction: boolean
  /** Whether it was passed on already: its work is done and waits to be durable. */
  over: boolean
}

/** One connection and a queue before it: another request's statement must not join an open transaction. */
function sqliteDriver(database: DatabaseSync, statements: Statements, group: GroupCommit): Driver {
  const over = (turn: DatabaseConnection) => {
    const mine = turn as Turn
    if (mine.over) return
    mine.over = true
    group.leave()
  }
  return {
    init: async () => {},
    async acquireConnection(): Promise<Turn> {
      if (insideTransaction.getStore()) throw new Error('The outer database was used inside a transaction')
      await group.enter()
      const turn: Turn = {
        inTransaction: false,
        over: false,
        async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
          if (turn.inTransaction) return group.within(() => statements.run<R>(query))
          if (isRead.test(query.sql)) return statements.run<R>(query)
          group.begin()
          const result = group.within(() => statements.run<R>(query))
          const done = group.durable()
          over(turn)
          await done
          return result
        },
        // biome-ignore lint/correctness/useYield: SQLite answers at once; nothing here asks for a stream.
        async *streamQuery() {
          throw new Error('Streams are not offered by the SQLite store')
        },
      }
      return turn
    },
    async releaseConnection(turn) {
      over(turn)
    },
    async beginTransaction(turn) {
      group.begin()
      group.within(() => database.exec('savepoint work'))
      ;(turn as Turn).inTransaction = true
    },
    async commitTransaction(turn) {
      group.within(() => database.exec('release work'))
      const done = group.durable()
      over(turn)
      await done
    },
    async rollbackTransaction() {
      // When SQLite took back the whole group, there is nothing left to take back.
      if (database.isTransaction) group.takeBack(() => database.exec('rollback to work; release work'))
    },
    async destroy() {
      group.flush()
      database.close()
    },
  }
}

/** What changes nothing needs no commit. A pragma must not stand in a transaction. */
const isRead = /^\s*(select|pragma)\b/i

/** Whether a statement writes to a table of `setUp`, as Kysely quotes names. */
const changesSetUp = new RegExp(`^\\s*(?!select\\b)[^]*"(${setUp.join('|')})"`, 'i')

interface Statements {
  run<R>(query: CompiledQuery): QueryResult<R>
  /** How many statements have changed a table of `setUp`. */
  changes(): number
  /** The rows of a statement that gives some. */
  read(sql: string, values: readonly unknown[]): unknown[]
}

/** Statements stay ready: SQLite takes longer to read one than to answer it. */
function readyStatements(database: DatabaseSync): Statements {
  const ready = new LRUCache<string, { statement: StatementSync; returnsRows: boolean; changesSetUp: boolean }>({
    max: 500,
  })
  let setUpChanges = 0
  const prepare = (sql: string) => {
    const known = ready.get(sql)
    if (known) return known
    const statement = database.prepare(sql)
    const prepared = { statement, returnsRows: statement.columns().length > 0, changesSetUp: changesSetUp.test(sql) }
    ready.set(sql, prepared)
    return prepared
  }
  return {
    changes: () => setUpChanges,
    read: (sql, values) => prepare(sql).statement.all(...(values as SQLInputValue[])),
    run<R>({ sql, parameters }: CompiledQuery): QueryResult<R> {
      const { statement, returnsRows, changesSetUp } = prepare(sql)
      const values = parameters as SQLInputValue[]
      if (changesSetUp) setUpChanges++
      if (returnsRows) return { rows: statement.all(...values) as R[] }
      const { changes } = statement.run(...values)
      return { rows: [], numAffectedRows: BigInt(changes) }
    },
  }
}
