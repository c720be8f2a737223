import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

/** The attacks of two groups by their ids, and the suite where each is a test of that name. */
const groups = [
  { group: 'AZ', most: 26, suites: ['attacks-authorize.test.ts'] },
  { group: 'TK', most: 24, suites: ['attacks-token.test.ts'] },
] as const

test.each(groups)('every attack of the group $group is a test', ({ group, most, suites }) => {
  const text = suites.map((suite) => readFileSync(join(import.meta.dirname, suite), 'utf8')).join('')
  // Titles alone: what stands before the colon of a test or of a row of a table.
  const named = new Set<number>()
  for (const [, ids = ''] of text.matchAll(/[['(]((?:[A-Z]{2}\d+)(?:(?:, |-)[A-Z]{2}\d+)*): /g)) {
    const numbers = [...ids.matchAll(/([A-Z]{2})(\d+)/g)].flatMap(([, letters, number]) =>
      letters === group ? [Number(number)] : [],
    )
    const [first = 0, last = 0] = [numbers[0], numbers.at(-1)]
    const range =
      ids.includes('-') && numbers.length === 2
        ? Array.from({ length: last - first + 1 }, (_, at) => first + at)
        : numbers
    for (const number of range) named.add(number)
  }
  const missing = Array.from({ length: most }, (_, at) => at + 1).filter((number) => !named.has(number))
  expect(missing).toEqual([])
})
