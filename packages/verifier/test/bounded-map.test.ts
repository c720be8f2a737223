import fc from 'fast-check'
import { expect, test } from 'vitest'
import { boundedMap } from '../src/bounded-map.ts'

test('it never holds more than its limit, and always what was used within the last half of it', () => {
  const names = Array.from({ length: 40 }, (_, i) => `key-${i}`)
  const limit = 10
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 39 }), { maxLength: 200, size: 'max' }), (uses) => {
      const map = boundedMap<number>(limit)
      for (const use of uses) if (map.get(`key-${use}`) === undefined) map.set(`key-${use}`, use)
      const recent = [...new Set(uses.toReversed())].slice(0, limit / 2)
      for (const use of recent) expect(map.get(`key-${use}`)).toBe(use)
      // Asking moves things, so this is asked last and counted on what was there: each found name is one entry.
      expect(names.filter((name) => map.get(name) !== undefined).length).toBeLessThanOrEqual(limit)
    }),
  )
})

test('a value is replaced, not kept beside the new one', () => {
  const map = boundedMap<string>(4)
  map.set('a', 'old')
  for (const name of ['b', 'c']) map.set(name, name)
  map.set('a', 'new')
  for (const name of ['d', 'e']) map.set(name, name)
  expect(map.get('a')).toBe('new')
})
