import { type Constraint, constraints } from '@poolhouse/api'
import { array, assert, constantFrom, property } from 'fast-check'
import { expect, test } from 'vitest'
import { compilePattern } from './parse-pattern.ts'

const patternsOf = ({ pattern, keys, each }: Constraint): string[] => [
  ...(pattern === undefined ? [] : [pattern]),
  ...(keys ? patternsOf(keys) : []),
  ...(each ? patternsOf(each) : []),
]
const patterns = [...new Set(Object.values(constraints).flatMap(patternsOf))]

/** The pattern taken literally, but for Java's narrower `\s` and `.`: right, and slow on some texts. */
function literally(pattern: string): RegExp {
  const source = pattern
    .replace('(?s).*', '[^]*')
    .replaceAll('[\\S]', '[^ \\t\\n\\x0b\\f\\r]')
    .replaceAll('\\s', ' \\t\\n\\x0b\\f\\r')
    .replaceAll('.*', '[^\\n\\r\\u0085\\u2028\\u2029]*')
  return new RegExp(`^(?:${source})$`, 'u')
}

// Enough to hit every landmark of every pattern, with what stands next to it right and wrong.
const pieces = [
  '',
  'a',
  'Z',
  '7',
  '_',
  '-',
  '@',
  '.',
  ' ',
  '\n',
  '\t',
  '\u0085',
  '\u00a0',
  '\u0000',
  'é',
  '😀',
  '*',
  '{',
  '#',
  '}',
]
const landmarks = [
  '{####}',
  '{##',
  '##}',
  'arn:',
  ':',
  'aws',
  '0',
  'import-',
  'cognito:',
  'default',
  'terms-of-use',
  '4b',
  '/',
]

test.each(patterns)('%s is matched as it is written', (pattern) => {
  const [compiled, literal] = [compilePattern(pattern), literally(pattern)]
  const text = array(constantFrom(...pieces, ...landmarks), { maxLength: 12 }).map((parts) => parts.join(''))
  assert(
    property(text, (value) => compiled.test(value) === literal.test(value)),
    { numRuns: 2_000 },
  )
})

test.each([
  [
    'proseWithCode',
    '[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}\\s*]*\\{####\\}[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}\\s*]*',
    'Your code is {####}.\n',
    true,
  ],
  [
    'proseWithCode',
    '[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}\\s*]*\\{####\\}[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}\\s*]*',
    'Your code is {###}.',
    false,
  ],
  ['spaces are ASCII', '[\\w\\s+=,.@-]+', 'my\u00a0pool', false],
  ['spaces are ASCII', '[\\S]+', 'pass\u00a0word', true],
  ['a dot stops at a line', '.*\\{####\\}.*', 'code {####}\nnow', false],
  ['half a pair is no letter', '[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+', 'a\ud800', false],
  ['the whole text is asked for', '[0-9]+', '123456\n', false],
])('%s: %s on %j', (_, pattern, text, fits) => {
  expect(compilePattern(pattern).test(text)).toBe(fits)
})

// Taken literally, the pattern of EmailMessageByLink is cubic: 0.14 s for 2 kB of the fourth text, days for all of it.
test.each(['{####}', '{##', '##}', '{##}##}', '@', '_', 'a@', '_a', 'arn:', 'a:', '-', 'a', ' '])(
  'no pattern is slow on %j repeated',
  (piece) => {
    const text = `${piece.repeat((256 * 1024) / piece.length)}\u0000`
    for (const pattern of patterns) {
      const compiled = compilePattern(pattern)
      const start = performance.now()
      compiled.test(text)
      expect(performance.now() - start, pattern).toBeLessThan(250)
    }
  },
)
