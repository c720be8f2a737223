import { assert, property, uuid } from 'fast-check'
import { expect, test } from 'vitest'
import { readSessionId, writeSessionId } from './sessions.ts'

test('an id of a session is its kind and UUID, 28 characters long', () => {
  assert(
    property(uuid(), (id) => {
      for (const type of ['tkn', 'sso'] as const) {
        const written = writeSessionId(type, id)
        expect(written).toMatch(/^(tkn|sso)[0-9a-z]{25}$/)
        expect(readSessionId(written)).toEqual({ type, id })
      }
    }),
  )
})

test.each([
  '',
  'tkn',
  `abc${'0'.repeat(25)}`,
  `tkn${'0'.repeat(24)}`,
  `tkn${'0'.repeat(26)}`,
  `tkn${'z'.repeat(25)}`,
  `tkn${'A'.repeat(25)}`,
  `tkn${'0'.repeat(24)}-`,
])('%s is none', (text) => {
  expect(readSessionId(text)).toBeUndefined()
})
