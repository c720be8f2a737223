import {
  constants,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  getDiffieHellman,
  type KeyObject,
  publicEncrypt,
  timingSafeEqual,
} from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { World } from '../../world/world.ts'

/**
 * Secure Remote Password 6a as Cognito's clients speak it: the 3072-bit group of RFC 5054 appendix A with g = 2, SHA-256,
 * numbers hashed as signed big-endian bytes, a key by HKDF with the info "Caldera Derived Key" (the public client
 * amazon-cognito-identity-js is the reference; AWS names the group in the guide's page on devices). Powers are
 * OpenSSL's: on the thread pool, in constant time where the exponent is secret.
 */
const prime = getDiffieHellman('modp15').getPrime()
const N = toNumber(prime)
const g = Buffer.from([2])
const k = toNumber(sha256(signed(prime), signed(g)))
/** Bytes of a number below N. */
const size = prime.length

/** The name that is hashed with a password, and the group it counts in: pool and user, or device group and device. */
export interface SrpIdentity {
  /** What comes after `_` in the pool's id, or the device's group key. */
  readonly group: string
  /** USER_ID_FOR_SRP, or the device's key. */
  readonly name: string
}

/** The server's half of an exchange; `secret` must be kept sealed. */
export interface ServerShare {
  /** SRP_B in hexadecimal. */
  readonly B: string
  /** The private exponent in base64. */
  readonly secret: string
}

/** The client's proof, by its wire names (PASSWORD_CLAIM_SIGNATURE, PASSWORD_CLAIM_SECRET_BLOCK, TIMESTAMP). */
export interface SrpClaim {
  readonly signature: string
  readonly secretBlock: string
  readonly timestamp: string
}

/** The verifier of a password, g^x, in hexadecimal; `salt` is hexadecimal too. */
export function makeVerifier({ group, name }: SrpIdentity, password: string, salt: string): string {
  const inner = sha256(Buffer.from(`${group}${name}:${password}`))
  const x = sha256(signed(Buffer.from(salt, 'hex')), inner)
  return toBytes(toNumber(publicValue(privateKey(x)))).toString('hex')
}

/**
 * Whether SRP_A may be answered: hexadecimal of a number that is not zero modulo N (RFC 5054 section 2.5.4: else anybody
 * knows the secret).
 */
export function isClientShare(A: string): boolean {
  return /^[\da-f]{1,768}$/i.test(A) && BigInt(`0x${A}`) % N !== 0n
}

/** Draws the server's half for a verifier: B = k·v + g^b, with b of 256 bits (RFC 5054 section 2.5.3 asks for no fewer). */
export function drawServerShare(world: World, verifier: string): ServerShare {
  const b = Buffer.from(world.random(32))
  const key = privateKey(b)
  const B = (k * toNumber(Buffer.from(verifier, 'hex')) + toNumber(publicValue(key))) % N
  const secret = b.toString('base64')
  drawn.set(secret, key)
  return { B: toBytes(B).toString('hex'), secret }
}

/**
 * Keys drawn here and not used yet: reading one again costs a power, since OpenSSL computes the public value of every
 * private key it reads. A claim that comes to another node, or late, pays that.
 */
const drawn = new LRUCache<string, KeyObject>({ max: 1000 })

/** The key of a share, for the last time. */
function takeKey(secret: string): KeyObject {
  const known = drawn.get(secret)
  drawn.delete(secret)
  return known ?? privateKey(Buffer.from(secret, 'base64'))
}

/** Whether a claim proves the password of a verifier. */
export async function provesPassword(
  identity: SrpIdentity,
  verifier: string,
  A: string,
  share: ServerShare,
  claim: SrpClaim,
): Promise<boolean> {
  const signature = Buffer.from(claim.signature, 'base64')
  const right = srpSignature(identity, await serverKey(verifier, A, share), claim)
  return signature.length === right.length && timingSafeEqual(signature, right)
}

/** What a client signs, under the key that both sides derive. */
function srpSignature({ group, name }: SrpIdentity, key: Buffer, { secretBlock, timestamp }: SrpClaim): Buffer {
  return createHmac('sha256', key)
    .update(group)
    .update(name)
    .update(Buffer.from(secretBlock, 'base64'))
    .update(timestamp)
    .digest()
}

async function serverKey(verifier: string, A: string, { B, secret }: ServerShare): Promise<Buffer> {
  const a = toBytes(BigInt(`0x${A}`) % N)
  const u = sha256(signed(Buffer.from(evenHex(A), 'hex')), signed(Buffer.from(B, 'hex')))
  const base = (toNumber(a) * toNumber(publicPower(Buffer.from(verifier, 'hex'), u))) % N
  // A base of 0, 1 or N-1 has a power that anybody knows; OpenSSL refuses it, and so do we.
  if (base < 2n || base === N - 1n) return Buffer.alloc(16)
  return deriveKey(await secretPower(toBytes(base), takeKey(secret)), u)
}

/** RFC 5869 with the salt u and one block of output, cut to 16 bytes, as the clients do. */
function deriveKey(shared: Buffer, u: Buffer): Buffer {
  const extracted = createHmac('sha256', signed(u)).update(signed(shared)).digest()
  return createHmac('sha256', extracted).update('Caldera Derived Key\u0001').digest().subarray(0, 16)
}

/** base^b in constant time. */
function secretPower(base: Buffer, b: KeyObject): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    diffieHellman({ privateKey: b, publicKey: publicKey(base) }, (error, power) =>
      error ? reject(error) : resolve(power),
    )
  })
}

/** base^exponent where the exponent is known to all: the raw operation of an RSA key (N, exponent), which takes any modulus. */
function publicPower(base: Buffer, exponent: Buffer): Buffer {
  const jwk = { kty: 'RSA', n: prime.toString('base64url'), e: exponent.toString('base64url') }
  const key = createPublicKey({ key: jwk, format: 'jwk' })
  return publicEncrypt({ key, padding: constants.RSA_NO_PADDING }, toBytes(toNumber(base)))
}

/** Bytes of a number as a signed one: a leading zero byte where the first bit is set, no other leading zeros. */
function signed(bytes: Buffer): Buffer {
  let start = 0
  while (start < bytes.length - 1 && bytes[start] === 0) start++
  const cut = bytes.subarray(start)
  return (cut[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), cut]) : cut
}

function evenHex(hex: string): string {
  return hex.length % 2 === 1 ? `0${hex}` : hex
}

function toNumber(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString('hex') || '0'}`)
}

function toBytes(number: bigint): Buffer {
  return Buffer.from(number.toString(16).padStart(size * 2, '0'), 'hex')
}

function sha256(...parts: readonly Buffer[]): Buffer {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

// Keys in the only form that Node takes them in with any number: DER of PKCS #3 parameters, as in RFC 3279 section 2.3.3.

const parameters = sequence(
  Buffer.from('06092a864886f70d010301', 'hex'),
  sequence(element(2, signed(prime)), element(2, g)),
)

function publicKey(value: Buffer): KeyObject {
  const bits = element(3, Buffer.concat([Buffer.from([0]), element(2, signed(value))]))
  return createPublicKey({ key: sequence(parameters, bits), format: 'der', type: 'spki' })
}

function privateKey(exponent: Buffer): KeyObject {
  const key = sequence(element(2, Buffer.from([0])), parameters, element(4, element(2, signed(exponent))))
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' })
}

/** g^exponent, which OpenSSL computes when a private key is read. */
function publicValue(key: KeyObject): Buffer {
  return integerOf(createPublicKey(key))
}

/** The number at the end of a public key. */
function integerOf(key: KeyObject): Buffer {
  const der = key.export({ type: 'spki', format: 'der' })
  // SEQUENCE { parameters, BIT STRING { 0, INTEGER } }: the number is the last element, after its own header.
  const bits = contentsOf(der).subarray(parameters.length)
  return contentsOf(contentsOf(bits).subarray(1))
}

function element(tag: number, content: Buffer): Buffer {
  const { length } = content
  const header =
    length < 128 ? [tag, length] : length < 256 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from(header), content])
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return element(0x30, Buffer.concat(parts))
}

function contentsOf(der: Buffer): Buffer {
  const first = der[1] ?? 0
  return der.subarray(first < 128 ? 2 : 2 + (first & 0x7f))
}
