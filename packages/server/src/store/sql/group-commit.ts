import type { DatabaseSync } from 'node:sqlite'

/**
 * One commit for all that is written in one turn of the event loop: a durable commit waits for the disk, and the main
 * thread with it, so sixteen sign-ins should wait once and not sixteen times. Each piece of work is whole by itself: a
 * statement that fails takes back itself alone, a transaction is a savepoint. Nobody's work is done before the commit is.
 */
export interface GroupCommit {
  /** Waits for one's turn at the connection. */
  enter(): Promise<void>
  /** Passes the connection on. */
  leave(): void
  /** Whether somebody has the connection. */
  busy(): boolean
  /** Begins the group's transaction when there is none. */
  begin(): void
  /** Runs a statement inside the group's transaction. */
  within<T>(statement: () => T): T
  /** Runs the end of a transaction that did not come to be. */
  takeBack(end: () => void): void
  /** How often something that was written was taken back. */
  takenBack(): number
  /**
   * Settles when all that was written so far is on the disk; rejects when that failed, and then none of it happened.
   * Undefined when there is nothing to wait for.
   */
  durable(): Promise<void> | undefined
  /** Commits now. */
  flush(): void
}

/** Groups the commits of a database, which nobody else may write to. */
export function groupCommit(database: DatabaseSync): GroupCommit {
  const queue: (() => void)[] = []
  let busy = false
  /** The end of the open group, when there is one. */
  let group: PromiseWithResolvers<void> | undefined
  let due = false
  let takenBack = 0

  const fail = (error: unknown) => {
    takenBack++
    if (database.isTransaction) database.exec('rollback')
    group?.reject(error)
    group = undefined
  }
  const flush = () => {
    due = false
    const mine = group
    if (!mine) return
    try {
      database.exec('commit')
      group = undefined
      mine.resolve()
    } catch (error) {
      fail(error)
    }
  }
  const begin = () => {
    if (group) return
    database.exec('begin immediate')
    group = Promise.withResolvers()
    // Whoever waits hears of it; that nobody waits is no accident of the process.
    group.promise.catch(() => {})
    // After all that has arrived in this turn; a transaction that is still under way is waited for.
    setImmediate(() => {
      if (busy) due = true
      else flush()
    })
  }
  const within: GroupCommit['within'] = (statement) => {
    if (!database.isTransaction) throw new Error('SQLite has taken back the transaction')
    try {
      return statement()
    } catch (error) {
      // A full disk, or one that fails, may take the whole group with it (https://sqlite.org/lang_transaction.html).
      if (!database.isTransaction) fail(error)
      throw error
    }
  }
  return {
    async enter() {
      if (busy) await new Promise<void>((resolve) => queue.push(resolve))
      busy = true
    },
    leave() {
      if (due) flush()
      const next = queue.shift()
      if (next) next()
      else busy = false
    },
    busy: () => busy,
    begin,
    within,
    takeBack(end) {
      takenBack++
      within(end)
    },
    takenBack: () => takenBack,
    durable: () => group?.promise,
    flush,
  }
}
