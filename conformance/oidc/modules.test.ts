import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { modules } from './modules.ts'

test.each(Object.entries(modules))(
  'every module of the plan %s has its file, and every file its module',
  (plan, names) => {
    const files = readdirSync(join(import.meta.dirname, plan))
    expect(files.sort()).toEqual(names.map((name) => `${name}.test.ts`).sort())
  },
)

test('the plans are whole', () => {
  expect(Object.values(modules).map(({ length }) => length)).toEqual([38, 1, 11])
})
