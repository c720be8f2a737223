import type { CompiledQuery } from 'kysely'
import type { Db } from '../db.ts'

/** What a statement is asked with. */
type Parameters = Readonly<Record<string, string | number>>

/** Stands where a parameter's value will be. */
class Slot {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

/** Answers a statement at once, or not at all while it would have to wait for its turn. */
export type ReadNow = (sql: string, values: readonly unknown[], inTransaction: boolean) => unknown[] | undefined

/** The databases that can answer at once, by their adapters. */
export const readsNow: WeakMap<object, ReadNow> = new WeakMap()

/**
 * A statement that is built once and run often: to put one together costs several times what SQLite takes to answer it.
 * `build` sees the places of the parameters and not their values, so that what it builds cannot depend on them.
 */
export function prepare<P extends Parameters, Row>(
  build: (db: Db, parameters: P) => { compile(): CompiledQuery<Row> },
): (db: Db, parameters: P) => Promise<Row[]> {
  // By the adapter, which is one object for a database and all its transactions.
  const compiled = new WeakMap<object, CompiledQuery<Row>>()
  // A value that is no expression passes through Kysely untouched; the types see the parameter that will stand there.
  const slots = new Proxy({}, { get: (_, name) => new Slot(String(name)) }) as P
  return async (db, parameters) => {
    const executor = db.getExecutor()
    let query = compiled.get(executor.adapter)
    if (!query) {
      query = build(db, slots).compile()
      compiled.set(executor.adapter, query)
    }
    const values = query.parameters.map((value) => (value instanceof Slot ? parameters[value.name] : value))
    // SQLite's answer is there sooner than a promise for it.
    const now = readsNow.get(executor.adapter)?.(query.sql, values, db.isTransaction)
    if (now) return now as Row[]
    const { rows } = await executor.executeQuery<Row>({ ...query, parameters: values })
    return rows
  }
}
