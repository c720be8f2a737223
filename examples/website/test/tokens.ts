// The website's back end, tried without a pool: tokens are signed here, with a real key.
// Here: tokens good and bad, the API's answers to them, the headers of the site.
// Not here: a browser, the pool: conformance/website.test.ts walks through everything together.
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

/** A key pair, and the public half as the pool would publish it. */
export interface TestKey {
  readonly privateKey: KeyObject
  readonly jwk: object
}

/** A new RSA key named `kid`. */
export function newKey(kid: string): TestKey {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return { privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' } }
}

/** A token with that header and those claims, signed by the key. */
export function signToken(key: TestKey, claims: object, header: object = { alg: 'RS256', kid: 'pool' }): string {
  const input = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${input}.${sign('sha256', Buffer.from(input), key.privateKey).toString('base64url')}`
}
