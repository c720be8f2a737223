import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { migrate } from '../store/sql/migrate.ts'
import { migrations } from '../store/sql/migrations.ts'
import { openFolder } from './stores.ts'

test('a folder is one server’s alone: a second one is told so, and may come when the first is gone', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'poolhouse-stores-'))
  const first = await openFolder(folder)
  await migrate(first, 1)
  await expect(openFolder(folder)).rejects.toThrow(`The database in ${folder} is in use by another server.`)
  await first.destroy()
  const second = await openFolder(folder)
  expect(await second.selectFrom('migrations').select('name').execute()).toHaveLength(migrations.length)
  await second.destroy()
})
