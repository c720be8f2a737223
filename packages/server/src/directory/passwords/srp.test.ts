import { createHmac } from 'node:crypto'
import AuthenticationHelper from 'amazon-cognito-identity-js/lib/AuthenticationHelper.js'
import BigInteger from 'amazon-cognito-identity-js/lib/BigInteger.js'
import { assert, asyncProperty, string, uint8Array } from 'fast-check'
import { expect, test } from 'vitest'
import { testWorld } from '../../world/test.ts'
import { drawServerShare, isClientShare, makeVerifier, provesPassword, type SrpIdentity } from './srp.ts'

const world = testWorld()
const identity: SrpIdentity = { group: 'AbCdEf123', name: 'ada' }
const salt = '80a1b2c3d4e5f60718293a4b5c6d7e8f'
const timestamp = 'Tue Nov 24 07:21:12 UTC 2026'
const secretBlock = Buffer.from('a block of the server').toString('base64')

/** The public client's half: its share, and its claim for a server's answer. */
async function client({ group, name }: SrpIdentity, password: string) {
  const helper = new AuthenticationHelper(group)
  const A = await new Promise<{ toString(radix: number): string }>((resolve, reject) =>
    helper.getLargeAValue((error, value) => (error ? reject(error) : resolve(value))),
  )
  return {
    A: A.toString(16),
    async claim(B: string, given: string) {
      const key = await new Promise<Uint8Array>((resolve, reject) =>
        helper.getPasswordAuthenticationKey(
          name,
          password,
          new BigInteger(B, 16),
          new BigInteger(given, 16),
          (error, value) => (error ? reject(error) : resolve(value)),
        ),
      )
      const signature = createHmac('sha256', Buffer.from(key))
        .update(group + name)
        .update(Buffer.from(secretBlock, 'base64'))
        .update(timestamp)
        .digest('base64')
      return { signature, secretBlock, timestamp }
    },
  }
}

test('proves a password to amazon-cognito-identity-js, whatever the password and the salt', async () => {
  await assert(
    asyncProperty(string({ minLength: 1 }), uint8Array({ minLength: 16, maxLength: 16 }), async (password, bytes) => {
      const anySalt = Buffer.from(bytes).toString('hex')
      const verifier = makeVerifier(identity, password, anySalt)
      const share = drawServerShare(world, verifier)
      const theirs = await client(identity, password)
      const claim = await theirs.claim(share.B, anySalt)
      return provesPassword(identity, verifier, theirs.A, share, claim)
    }),
    { numRuns: 40 },
  )
})

test('a verifier that amazon-cognito-identity-js made (of a device) is proven by it', async () => {
  const group = '-Ab1Cd2Ef'
  const name = 'eu-west-1_0f5c7e2a-1111-4222-8333-444455556666'
  const helper = new AuthenticationHelper(group)
  await new Promise<void>((resolve, reject) =>
    helper.generateHashDevice(group, name, (error) => (error ? reject(error) : resolve())),
  )
  const verifier = Buffer.from(helper.getVerifierDevices(), 'hex').toString('hex')
  const theirSalt = helper.getSaltDevices()
  const password = helper.getRandomPassword()
  expect(BigInt(`0x${makeVerifier({ group, name }, password, theirSalt)}`)).toBe(BigInt(`0x${verifier}`))
  const share = drawServerShare(world, verifier)
  const theirs = await client({ group, name }, password)
  expect(await provesPassword({ group, name }, verifier, theirs.A, share, await theirs.claim(share.B, theirSalt))).toBe(
    true,
  )
})

// biome-ignore format: a table
const wrong: [title: string, change: (right: { password: string; identity: SrpIdentity }) => { password: string; identity: SrpIdentity }][] = [
  ['another password', (right) => ({ ...right, password: `${right.password} ` })],
  ['another user',     (right) => ({ ...right, identity: { ...identity, name: 'eve' } })],
  ['another pool',     (right) => ({ ...right, identity: { ...identity, group: 'Other1234' } })],
]

for (const [title, change] of wrong)
  test(`${title} proves nothing`, async () => {
    const verifier = makeVerifier(identity, 'Correct-horse-1', salt)
    const share = drawServerShare(world, verifier)
    const theirs = change({ password: 'Correct-horse-1', identity })
    const half = await client(theirs.identity, theirs.password)
    expect(await provesPassword(identity, verifier, half.A, share, await half.claim(share.B, salt))).toBe(false)
  })

test('every part of a claim counts', async () => {
  const verifier = makeVerifier(identity, 'Correct-horse-1', salt)
  const share = drawServerShare(world, verifier)
  const half = await client(identity, 'Correct-horse-1')
  const claim = await half.claim(share.B, salt)
  const proves = (changed: Partial<typeof claim>) =>
    provesPassword(identity, verifier, half.A, share, { ...claim, ...changed })
  expect(await proves({})).toBe(true)
  expect(await proves({ timestamp: 'Tue Nov 24 07:21:13 UTC 2026' })).toBe(false)
  expect(await proves({ secretBlock: Buffer.from('another block').toString('base64') })).toBe(false)
  expect(await proves({ signature: '' })).toBe(false)
  expect(await proves({ signature: Buffer.alloc(32).toString('base64') })).toBe(false)
})

// RFC 5054 section 2.5.4: a share that is zero modulo N lets anybody in, and so do numbers of a small order.
const prime = BigInt(`0x${new AuthenticationHelper('x').N.toString(16)}`)

// biome-ignore format: a table
const shares: [title: string, A: string, taken: boolean][] = [
  ['0',             '0',                              false],
  ['00',            '00',                             false],
  ['N',             prime.toString(16),               false],
  ['2N, too long',  (2n * prime).toString(16),        false],
  ['nothing',       '',                               false],
  ['not a number',  'xyz',                            false],
  ['a sign',        '-1',                             false],
  ['N + 2, too long or not', (prime + 2n).toString(16), true],
  ['1',             '1',                              true],
  ['N - 1',         (prime - 1n).toString(16),        true],
]

for (const [title, A, taken] of shares)
  test(`A = ${title}: ${taken ? 'answered' : 'refused'}`, () => {
    expect(isClientShare(A)).toBe(taken)
  })

test('a share that is answered but has a power that anybody knows proves nothing', async () => {
  // With v = 1 the base is A itself: 1 and N-1 have themselves or 1 as every power.
  for (const A of ['1', (prime - 1n).toString(16)]) {
    const share = drawServerShare(world, '01')
    for (const shared of [1n, prime - 1n]) {
      const u = Buffer.from('00', 'hex')
      const key = createHmac('sha256', u)
        .update(Buffer.from(shared.toString(16).padStart(2, '0'), 'hex'))
        .digest()
      const signature = createHmac('sha256', key.subarray(0, 16)).update('x').digest('base64')
      expect(await provesPassword(identity, '01', A, share, { signature, secretBlock, timestamp })).toBe(false)
    }
  }
})
