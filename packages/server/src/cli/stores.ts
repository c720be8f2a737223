import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Db } from '../store/db.ts'
import { readMasterKey } from './read-config.ts'
import { UsageError } from './usage-error.ts'
import type { Values } from './values.ts'

const databaseFile = 'poolhouse.db'
const masterKeyFile = 'master.key'

/** A SQLite database that ends with the process. */
export async function openMemory(): Promise<Db> {
  const { openSqlite } = await import('../store/sql/sqlite.ts')
  return openSqlite(':memory:')
}

/** Opens the SQLite database of a folder, which is made when it is missing and is its owner's alone. */
export async function openFolder(folder: string): Promise<Db> {
  const { openSqlite } = await import('../store/sql/sqlite.ts')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  try {
    return openSqlite(join(folder, databaseFile))
  } catch (error) {
    // SQLITE_BUSY, after a wait that a restart needs: the file belongs to one process.
    if (!(error instanceof Error && 'errcode' in error && error.errcode === 5)) throw error
    throw new UsageError(
      `The database in ${folder} is in use by another server. Stop that one, or use PostgreSQL for several nodes.`,
    )
  }
}

/** The database that the settings name: PostgreSQL by its URL, or SQLite in a folder. */
export function chooseDatabase(values: Values): () => Promise<Db> {
  const { data, 'database-url': url } = values
  if (data && url) throw new UsageError(`${data.from} and ${url.from} exclude each other: SQLite or PostgreSQL.`)
  if (url) {
    if (!/^postgres(ql)?:\/\//.test(url.value))
      throw new UsageError(`${url.from} must be an address such as postgres://user:password@host/database.`)
    return async () => {
      const { openPostgres } = await import('../store/sql/postgres.ts')
      return openPostgres(url.value)
    }
  }
  if (data) return () => openFolder(data.value)
  throw new UsageError(
    'There is no place for the data. Name a folder for SQLite:\n\n  --data ./data\n\nor a PostgreSQL database:\n\n  --database-url postgres://user:password@host/database',
  )
}

/** The master key of a development folder: made once and kept beside the database, for its owner's eyes. */
export async function keepMasterKey(folder: string): Promise<Uint8Array> {
  const file = join(folder, masterKeyFile)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  if (!existsSync(file) && existsSync(join(folder, databaseFile)))
    throw new UsageError(`${folder} has a database but no ${masterKeyFile}: without its key the data cannot be read.`)
  // Exclusive: of two servers that start at once one makes the key.
  await writeFile(file, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flag: 'wx' }).catch(
    (error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    },
  )
  return readMasterKey({ value: (await readFile(file, 'utf8')).trim(), from: file })
}
