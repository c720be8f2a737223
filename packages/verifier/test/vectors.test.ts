import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { VerifyError } from '../src/errors.ts'
import { isSignedBy, readKeySet } from '../src/jwk.ts'
import { readBase64url, readJws } from '../src/token.ts'

interface Vector {
  readonly tcId: number
  readonly comment: string
  readonly result: 'valid' | 'invalid'
  readonly jws?: unknown
  readonly jwe?: unknown
}

interface Group {
  readonly comment: string
  readonly public?: object
  readonly private: object
  readonly tests: readonly Vector[]
}

/** What becomes of a vector here: 'valid', 'false' for a wrong signature, or why it was refused before that. */
function judge(group: Group, vector: Vector): string {
  const jwk = group.public ?? group.private
  try {
    const jws = readJws(vector.jws ?? vector.jwe)
    const keys = readKeySet('keys' in jwk ? jwk : { keys: [jwk] })
    const key = keys.get(jws.kid)
    if (key === undefined) return 'unknown_key'
    return isSignedBy(key, jws) ? 'valid' : 'bad_signature'
  } catch (thrown) {
    if (thrown instanceof VerifyError) return thrown.code
    return 'no usable key'
  }
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i)
}

interface Explanation {
  readonly reason: string
  readonly outcome: string
  readonly vectors: readonly number[]
}

// Every vector that is judged otherwise than the file says, and why it must be. A vector that is agreed with after all, or
// refused for another reason, fails the test just as an unexplained one does.
// biome-ignore format: a table
const files: Record<string, { vectors: number; rs256: number; explained: readonly Explanation[] }> = {
  json_web_signature_test: {
    vectors: 401,
    rs256: 228,
    explained: [
      { reason: 'HS256 is not RS256: a secret that verifies also forges', outcome: 'alg_not_allowed', vectors: [1, 348, 352, 357, 358, 359, 376, 377] },
      { reason: 'ES256 and ES512 are not RS256: Cognito signs with RS256 alone', outcome: 'alg_not_allowed', vectors: [18, 347, 351, 378] },
      { reason: 'RS384 and RS512 are not RS256', outcome: 'alg_not_allowed', vectors: range(264, 271) },
      { reason: 'PS256, PS384 and PS512 are not RS256', outcome: 'alg_not_allowed', vectors: [...range(272, 275), 287, 288, ...range(320, 323), ...range(325, 328), 346, 350] },
      { reason: 'a "?" in a base64url text: called valid by the file, by no RFC', outcome: 'malformed', vectors: [372] },
      { reason: 'the same, and HS256, which is looked at first', outcome: 'alg_not_allowed', vectors: [373] },
    ],
  },
  json_web_key_test: {
    vectors: 26,
    rs256: 5,
    explained: [{ reason: 'HS256, HS384 and HS512 are not RS256', outcome: 'alg_not_allowed', vectors: [2, 13, 14, 15] }],
  },
  json_web_crypto_test: {
    vectors: 83,
    rs256: 6,
    explained: [
      { reason: 'HS256 is not RS256', outcome: 'alg_not_allowed', vectors: [1, 48] },
      { reason: 'ES256 is not RS256', outcome: 'alg_not_allowed', vectors: [18] },
      { reason: 'five segments: encrypted tokens are not ours (no zip bombs either)', outcome: 'malformed', vectors: [50, 67] },
    ],
  },
}

function read(file: string): { testGroups: readonly Group[] } {
  return JSON.parse(readFileSync(new URL(`vectors/${file}.json`, import.meta.url), 'utf8'))
}

for (const [file, { vectors, rs256, explained }] of Object.entries(files)) {
  const judged = read(file).testGroups.flatMap((group) =>
    group.tests.map((vector) => ({ ...vector, outcome: judge(group, vector) })),
  )

  test(`${file}: all ${vectors} vectors are agreed with or explained`, () => {
    expect(judged).toHaveLength(vectors)
    const differing = judged.filter(({ outcome, result }) => (outcome === 'valid') !== (result === 'valid'))
    const reasons = explained.flatMap(({ outcome, vectors }) => vectors.map((tcId) => ({ tcId, outcome })))
    expect(differing.map(({ tcId, outcome }) => ({ tcId, outcome }))).toEqual(reasons.sort((a, b) => a.tcId - b.tcId))
  })

  // So that agreement is not just the refusal of every foreign algorithm.
  test(`${file}: ${rs256} vectors get as far as the key or the signature`, () => {
    const reached = judged.filter(({ outcome }) => !['alg_not_allowed', 'malformed', 'missing'].includes(outcome))
    expect(reached).toHaveLength(rs256)
  })
}

// 367 and 370 are letter by letter vector 357, which is valid; 372 and 373 are called valid with a "?" in them.
test('the base64 group: strict decoding alone tells all vectors but four', () => {
  const group = read('json_web_signature_test').testGroups.find(({ comment }) => comment === 'base64')
  const differing = group?.tests.filter(
    ({ jws, result }) => String(jws).split('.').every(isStrict) !== (result === 'valid'),
  )
  expect(differing?.map(({ tcId }) => tcId)).toEqual([367, 370, 372, 373])
})

function isStrict(text: string): boolean {
  try {
    readBase64url(text)
    return true
  } catch {
    return false
  }
}
