import { expect, test } from 'vitest'
import { PoolError } from '../errors.ts'
import { describeError, plainLog } from './log.ts'

const secret = 'Correct-horse-1'

function thrownBy(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    return error
  }
}

// biome-ignore format: a table
const quoting: [title: string, error: unknown][] = [
  ['a parser that quotes the body',       thrownBy(() => JSON.parse(`{"Password": ${secret}`))],
  ['a database that quotes the row',      Object.assign(new Error(`duplicate: ${secret}`), { code: '23505', detail: secret })],
  ['a message for the caller',            new PoolError('InvalidParameter', `Value '${secret}' at 'password'`)],
  ['a cause of a cause',                  new Error('a', { cause: new Error('b', { cause: new Error(secret) }) })],
  ['text that was thrown',                secret],
  ['a record that was thrown',            { password: secret }],
  ['a message of several lines',          new Error(`first\n${secret}\n    ${secret}`)],
]

for (const [title, error] of quoting)
  test(`${title} is not repeated in the log`, () => {
    expect(JSON.stringify(describeError(error))).not.toContain(secret)
  })

test('what the engine and the system say is told', () => {
  const mistake = thrownBy(() => (undefined as unknown as { name: string }).name)
  expect(describeError(mistake)).toMatchObject({
    name: 'TypeError',
    message: expect.stringContaining("reading 'name'"),
  })
  const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), {
    code: 'ECONNREFUSED',
    syscall: 'connect',
  })
  expect(describeError(refused)).toMatchObject({ code: 'ECONNREFUSED', message: 'connect ECONNREFUSED 127.0.0.1:5432' })
  expect(describeError(refused).frames[0]).toMatch(/log\.test\.ts/)
})

test('fields that are not allowed stay out, whatever the types let through', () => {
  const lines: string[] = []
  const fields: Record<string, unknown> = { operation: 'SignUp', password: secret, code: secret }
  plainLog((line) => lines.push(line)).warn('refused', fields)
  expect(lines).toEqual(['refused  operation=SignUp'])
})
