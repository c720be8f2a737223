import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
const reporter = fileURLToPath(new URL('summary-reporter.ts', import.meta.url))

/** Runs Vitest on one file of tests in an empty folder; gives the exit code and the lines of the summary. */
function run(source: string, ...args: string[]): { status: number | null; lines: string[] } {
  const root = mkdtempSync(join(tmpdir(), 'poolhouse-summary-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  mkdirSync(join(root, 'src'))
  writeFileSync(join(root, 'src', 'one.test.js'), source)
  writeFileSync(join(root, 'teardown.js'), "export const setup = () => () => console.log('torn down')")
  writeFileSync(
    join(root, 'vitest.config.js'),
    "export default { test: { globals: true, globalSetup: 'teardown.js' } }",
  )
  const reporters = ['--reporter=default', `--reporter=${reporter}`]
  const { status, stdout } = spawnSync(process.execPath, [vitest, 'run', '--root', root, ...reporters, ...args], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH },
  })
  const lines = stdout.trimEnd().split('\n')
  return { status, lines: lines.slice(lines.lastIndexOf('') + 1) }
}

test('the last line counts, whatever is printed while everything is torn down', () => {
  expect(run("test('a', () => {}); test('b', () => {})")).toEqual({ status: 0, lines: ['2 passed, 0 failed'] })
})

test('each skipped test is named with its reason', () => {
  const source = `test('a', () => {})
describe('group', () => test('b', (context) => context.skip('no terraform here')))
test.skip('c', () => {})`
  expect(run(source)).toEqual({
    status: 0,
    lines: [
      'skipped: src/one.test.js > group > b: no terraform here',
      'skipped: src/one.test.js > c: no reason is given: it is marked skip where it is written',
      '1 passed, 0 failed, 2 skipped',
    ],
  })
})

// biome-ignore format: a table
const failures: readonly [title: string, source: string, last: string, args?: string[]][] = [
  ['a failed test',                        "test('a', () => {}); test('b', () => { throw new Error() })",                         '1 passed, 1 failed'],
  ['a file that cannot be read',           'throw new Error()',                                                                   '0 passed, 1 failed'],
  ['a set-up that fails',                  "describe('x', () => { beforeAll(() => { throw new Error() }); test('a', () => {}) })", '0 passed, 1 failed, 1 skipped'],
  ['an error beside the tests',            "test('a', () => { Promise.reject(new Error()) })",                                    '1 passed, 1 failed'],
  ['a run in which everything is skipped', "test.skip('a', () => {})",                                                            '0 passed, 0 failed, 1 skipped'],
  ['a run that finds no test',             "test('a', () => {})",                                                                 '0 passed, 0 failed', ['nowhere']],
]

test.each(failures)('%s is not a success', (_title, source, last, args = []) => {
  const { status, lines } = run(source, ...args)
  expect(lines.at(-1)).toBe(last)
  expect(status).toBe(1)
})
