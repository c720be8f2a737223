import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { isObject, type JsonObject, member } from './json.ts'
import { type Jws, readBase64url } from './token.ts'

/** A key that may sign tokens. One object per key and its whole life: being the same object is being the same key. */
export interface Key {
  readonly kid: string
  readonly n: string
  readonly e: string
  readonly object: KeyObject
  /** The length that every signature of it has, in bytes. */
  readonly length: number
}

/** The keys of an issuer by their names. */
export type KeySet = ReadonlyMap<string, Key>

const maxKeys = 16
const minBits = 2048
const maxBits = 8192

/**
 * The usable keys of a JWK set. Keys of other kinds and weak ones are passed over (RFC 7517 section 5); a set that is none,
 * is too large, has no usable key or two of one name is an Error. A key that `previous` has as well stays the same object.
 */
export function readKeySet(json: unknown, previous?: KeySet): KeySet {
  const list = isObject(json) ? member(json, 'keys') : undefined
  if (!Array.isArray(list)) throw new Error('The JWK set has no list of keys')
  if (list.length > maxKeys) throw new Error(`The JWK set has more than ${maxKeys} keys`)
  const keys = new Map<string, Key>()
  for (const jwk of list) {
    const key = readKey(jwk)
    if (key === undefined) continue
    if (keys.has(key.kid)) throw new Error('The JWK set has two keys of the same name')
    const known = previous?.get(key.kid)
    keys.set(key.kid, known !== undefined && known.n === key.n && known.e === key.e ? known : key)
  }
  if (keys.size === 0) throw new Error('The JWK set has no key that may sign with RS256')
  return keys
}

/** Whether the key made the signature: RSASSA-PKCS1-v1_5 with SHA-256, the one algorithm there is. */
export function isSignedBy(key: Key, jws: Jws): boolean {
  // RFC 8017 section 8.2.2 step 1; OpenSSL checks it too, this is cheaper.
  return jws.signature.length === key.length && verify('sha256', jws.signed, key.object, jws.signature)
}

function readKey(jwk: unknown): Key | undefined {
  if (!isObject(jwk) || !isForSigning(jwk)) return undefined
  const [kid, n, e] = [member(jwk, 'kid'), member(jwk, 'n'), member(jwk, 'e')]
  if (typeof kid !== 'string' || kid === '' || typeof n !== 'string' || typeof e !== 'string') return undefined
  const length = strongLength(n, e)
  if (length === undefined) return undefined
  return { kid, n, e, length, object: createPublicKey({ key: { kty: 'RSA', n, e }, format: 'jwk' }) }
}

function isForSigning(jwk: JsonObject): boolean {
  if (member(jwk, 'kty') !== 'RSA') return false
  const [use, alg, operations] = [member(jwk, 'use'), member(jwk, 'alg'), member(jwk, 'key_ops')]
  if (use !== undefined && use !== 'sig') return false
  // The algorithm comes from the kind of key and this file, never from the token's header.
  if (alg !== undefined && alg !== 'RS256') return false
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) return false
  // A private key that is published signs for everybody.
  return !['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'].some((part) => Object.hasOwn(jwk, part))
}

/** The modulus' length in bytes, or undefined when the numbers are ill-written or weak (NIST SP 800-56B section 6.2). */
function strongLength(n: string, e: string): number | undefined {
  const modulus = readNumber(n)
  const exponent = readNumber(e)
  if (modulus === undefined || exponent === undefined) return undefined
  const bits = modulus.toString(2).length
  if (bits < minBits || bits > maxBits || modulus % 2n === 0n) return undefined
  if (exponent < 65537n || exponent >= 2n ** 32n || exponent % 2n === 0n) return undefined
  return isRoca(modulus) ? undefined : Math.ceil(bits / 8)
}

/** RFC 7518 section 6.3.1.1: base64url, big-endian, without leading zeros. */
function readNumber(text: string): bigint | undefined {
  try {
    const bytes = readBase64url(text)
    return bytes.length === 0 || bytes.length > maxBits / 8 || bytes[0] === 0
      ? undefined
      : BigInt(`0x${bytes.toString('hex')}`)
  } catch {
    return undefined
  }
}

// biome-ignore format: a table
const smallPrimes = [3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167]

/**
 * Whether an Infineon chip made the modulus with the generator of CVE-2017-15361 ("ROCA"), whose primes are powers of 65537
 * modulo every small prime; a fair modulus passes as one with probability below 2^-100.
 */
function isRoca(modulus: bigint): boolean {
  return smallPrimes.every((prime) => {
    const rest = Number(modulus % BigInt(prime))
    let power = 1
    do {
      if (power === rest) return true
      power = (power * 65537) % prime
    } while (power !== 1)
    return false
  })
}
