import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { codeKeyName, encryptCode } from './code-envelope.ts'
import { testWorld } from './test.ts'

// That the AWS Encryption SDK opens it is proven in conformance/encryption-sdk.test.ts.

test('the header is what the format says', () => {
  const bytes = Buffer.from(
    encryptCode(Buffer.alloc(32, 1), '493027', { b: '2', a: '1' }, (size) => Buffer.alloc(size, 5)),
    'base64',
  )
  const pairs = '0002' + '000161' + '000131' + '000162' + '000132'
  const name = Buffer.from(codeKeyName.name).toString('hex')
  const provider = Buffer.from(codeKeyName.namespace).toString('hex')
  const info = `${name}00000080${'0000000c'}${'05'.repeat(12)}`
  const start =
    `020478${'05'.repeat(32)}000e${pairs}0001` + `0009${provider}00${(info.length / 2).toString(16)}${info}0030`
  expect(bytes.toString('hex').slice(0, start.length)).toBe(start)
  const rest = bytes.subarray(start.length / 2 + 48)
  expect(rest.subarray(0, 5).toString('hex')).toBe('0200001000')
  // Commitment and tag of the header, then the only frame.
  expect(
    rest
      .subarray(5 + 32 + 16)
      .subarray(0, 24)
      .toString('hex'),
  ).toBe(`ffffffff00000001${'00'.repeat(11)}0100000006`)
  expect(rest).toHaveLength(5 + 32 + 16 + 24 + 6 + 16)
})

test('no code twice alike, and nothing of it to be seen', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 4, maxLength: 256 }), (code) => {
      const [one, two] = [1, 2].map(() =>
        encryptCode(Buffer.alloc(32, 1), code, { 'userpool-id': 'local_dev' }, randomBytes),
      )
      expect(one).not.toBe(two)
      expect(Buffer.from(one ?? '', 'base64').includes(code)).toBe(false)
    }),
  )
})

test('what is no code is refused', () => {
  expect(() => encryptCode(Buffer.alloc(32), 'x'.repeat(5_000), {}, randomBytes)).toThrow(RangeError)
  expect(() => encryptCode(Buffer.alloc(16), '493027', {}, randomBytes)).toThrow()
})

test('without a key the error says what to set', () => {
  const world = testWorld({ config: { codeKey: undefined } })
  expect(() => world.encryptCode('493027', {})).toThrow(/POOLHOUSE_CODE_KEY/)
})
