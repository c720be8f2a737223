import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Pool } from '../store/setup/pools.ts'
import { readFilter } from './filter.ts'

const pool: Pool = { id: 'p', name: 'p', region: 'r', settings: {}, clockOffset: 0, createdAt: 0, updatedAt: 0 }

// biome-ignore format: a table
const good: [text: string, name: string, prefix: boolean, value: string][] = [
  ['email = "a@b.c"',                 'email',               false, 'a@b.c'],
  ['email="a@b.c"',                   'email',               false, 'a@b.c'],
  ['"family_name" = "Reddy"',         'family_name',         false, 'Reddy'],
  ['given_name ^= "Jon"',             'given_name',          true,  'Jon'],
  ['name = "quoted \\" and \\\\"',    'name',                false, 'quoted " and \\'],
  ['username = "ADA"',                'username',            false, 'ada'],
  ['cognito:user_status = "CONFIRMED"', 'cognito:user_status', false, 'CONFIRMED'],
  ['status = "Enabled"',              'status',              false, 'Enabled'],
  ['name = "\' or 1=1 --"',           'name',                false, "' or 1=1 --"],
]
for (const [text, name, prefix, value] of good)
  test(`reads ${text}`, () => expect(readFilter(pool, text)).toEqual({ name, prefix, value }))

const bad = [
  'email', 'email =', 'email = a', 'email = "a', 'email = "a" or 1=1', 'email != "a"', 'email = "a\\n"', 'email = "a" and name = "b"',
  'custom:team = "x"', 'password = "x"', '" or 1=1', '^= "a"', '= "a"',
] // biome-ignore format: a list
for (const text of bad)
  test(`refuses ${text}`, () =>
    expect(() => readFilter(pool, text)).toThrow(expect.objectContaining({ code: 'InvalidParameter' })))

test('no filter at all', () => {
  expect(readFilter(pool, undefined)).toBeUndefined()
  expect(readFilter(pool, ' ')).toBeUndefined()
})

test('any value survives quoting', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => {
      const quoted = value.replaceAll(/["\\]/g, '\\$&')
      expect(readFilter(pool, `name = "${quoted}"`)).toEqual({ name: 'name', prefix: false, value })
    }),
  )
})
