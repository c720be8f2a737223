import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parametersFile } from '../../../../tools/generate-parameters.ts'
import en from './catalogues/en.json' with { type: 'json' }
import { english } from './languages.ts'
import { message, write, writeMarked } from './messages.ts'

test('what messages have to be told is what the compiler knows (node tools/generate-parameters.ts)', () => {
  expect(readFileSync(new URL('parameters.ts', import.meta.url), 'utf8')).toBe(parametersFile(en))
})

test('a message is told what it needs, and a number is written as people write it', () => {
  expect(write(english, message('fault.long', { count: 2048 }))).toBe('Use at most 2,048 characters.')
  expect(write(english, message('fault.long', { count: 1 }))).toBe('Use at most 1 character.')
  expect(write(english, 'Only for staff.')).toBe('Only for staff.')
})

test('what a message is told is text, however it looks', () => {
  const marks = { strong: (inside: readonly unknown[]) => ({ inside }) }
  const username = "<link>{app}</link> '{x}' <script>"
  expect(writeMarked(english, 'login.as', { username }, marks)).toEqual([
    'You are signing in as ',
    { inside: [username] },
    '.',
  ])
})
