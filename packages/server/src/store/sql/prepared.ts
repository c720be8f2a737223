import type { CompiledQuery } from 'kysely'
import { LRUCache } from 'lru-cache'
import type { Db } from '../db.ts'

/** What a statement is asked with. */
type Parameters = Readonly<Record<string, string | number | null>>

/** Stands where a parameter's value will be. */
class Slot {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

/** What a database in this process can do that one elsewhere cannot. */
export interface AtHand {
  /** Answers a statement at once, or not at all while it would have to wait for its turn. */
  read(sql: string, values: readonly unknown[], inTransaction: boolean): unknown[] | undefined
  /** Another number whenever a table of `setUp` may have changed. */
  setUpVersion(): number
}

/** The databases in this process, by their adapters. */
export const atHand: WeakMap<object, AtHand> = new WeakMap()

/** Tables that are read at every request, and that only an administrator changes. */
export const setUp = ['pools', 'clients', 'domains', 'resource_servers'] as const

/** How many answers of a statement on tables of `setUp` are remembered. */
const mostRemembered = 1000

interface Remembered {
  readonly version: number
  readonly rows: unknown[]
}

/** What builds a statement from the places of its parameters. */
type Build<P, Row> = (db: Db, parameters: P) => { compile(): CompiledQuery<Row> }

/**
 * A statement that reads, built once and run often: to put one together costs several times what SQLite takes to answer
 * it. `build` sees the places of the parameters and not their values, so that what it builds cannot depend on them.
 */
export function prepare<P extends Parameters, Row>(build: Build<P, Row>): (db: Db, parameters: P) => Promise<Row[]> {
  const ready = builtOnce(build)
  return async (db, parameters) => {
    const executor = db.getExecutor()
    const query = ready(db, parameters)
    // SQLite's answer is there sooner than a promise for it.
    const now = atHand.get(executor.adapter)?.read(query.sql, query.parameters, db.isTransaction)
    if (now) return now as Row[]
    const { rows } = await executor.executeQuery<Row>(query)
    return rows
  }
}

/** A statement that writes, built once as one that reads is; gives what it returns and how many rows it changed. */
export function prepareWrite<P extends Parameters, Row>(
  build: Build<P, Row>,
): (db: Db, parameters: P) => Promise<{ readonly rows: Row[]; readonly changed: bigint }> {
  const ready = builtOnce(build)
  return async (db, parameters) => {
    const { rows, numAffectedRows } = await db.getExecutor().executeQuery<Row>(ready(db, parameters))
    return { rows, changed: numAffectedRows ?? BigInt(rows.length) }
  }
}

function builtOnce<P extends Parameters, Row>(build: Build<P, Row>): (db: Db, parameters: P) => CompiledQuery<Row> {
  // By the adapter, which is one object for a database and all its transactions.
  const compiled = new WeakMap<object, CompiledQuery<Row>>()
  // A value that is no expression passes through Kysely untouched; the types see the parameter that will stand there.
  const slots = new Proxy({}, { get: (_, name) => new Slot(String(name)) }) as P
  return (db, parameters) => {
    const { adapter } = db.getExecutor()
    let query = compiled.get(adapter)
    if (!query) {
      query = build(db, slots).compile()
      compiled.set(adapter, query)
    }
    const values = query.parameters.map((value) => (value instanceof Slot ? parameters[value.name] : value))
    return { ...query, parameters: values }
  }
}

/**
 * A prepared statement with one parameter that reads tables of `setUp` alone. A database in this process, to which nobody
 * else writes, is asked again only after one of them has changed; what is given is shared.
 */
export function prepareSetUp<P extends Parameters, Row>(
  build: Build<P, Row>,
): (db: Db, parameters: P) => Promise<readonly Row[]> {
  const ask = prepare(build)
  const memories = new WeakMap<object, LRUCache<string | number, Remembered>>()
  return async (db, parameters) => {
    const { adapter } = db.getExecutor()
    const database = atHand.get(adapter)
    // A transaction may read what it has written and will take back.
    if (!database || db.isTransaction) return ask(db, parameters)
    const key = Object.values(parameters)[0] ?? ''
    let memory = memories.get(adapter)
    if (!memory) {
      memory = new LRUCache({ max: mostRemembered })
      memories.set(adapter, memory)
    }
    const version = database.setUpVersion()
    const known = memory.get(key)
    if (known?.version === version) return known.rows as Row[]
    const rows = await ask(db, parameters)
    // Asked before a change and answered after it, it may be either: as it was at the beginning is what counts.
    if (database.setUpVersion() === version) memory.set(key, { version, rows })
    return rows
  }
}
