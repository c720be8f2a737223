import { type KeyObject, sign, verify } from 'node:crypto'
import type { Signer } from './keys.ts'

/** Claims of a token. */
export type Claims = Readonly<Record<string, unknown>>

/** Signs claims with RS256 on the thread pool (RFC 7515 section 3.1, compact serialization). */
export function signJwt({ kid, key }: Signer, claims: Claims): Promise<string> {
  const input = `${encode({ kid, alg: 'RS256' })}.${encode(claims)}`
  return new Promise((resolve, reject) => {
    sign('RSA-SHA256', Buffer.from(input), key, (error, signature) => {
      if (error) reject(error)
      else resolve(`${input}.${signature.toString('base64url')}`)
    })
  })
}

/** A token taken apart, nothing checked but its form. */
export interface DecodedJwt {
  readonly header: Claims
  readonly claims: Claims
  readonly input: string
  readonly signature: Buffer
}

/** Far above what groups, and claims that a trigger adds, come to; below every limit of a request's body. */
const longestToken = 65_536

/** Takes a compact JWT apart; undefined when it is not one. */
export function decodeJwt(token: string): DecodedJwt | undefined {
  if (token.length > longestToken || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) return undefined
  const [header = '', payload = '', signature = ''] = token.split('.')
  try {
    const parsed = { header: decode(header), claims: decode(payload) }
    if (!isClaims(parsed.header) || !isClaims(parsed.claims)) return undefined
    const bytes = Buffer.from(signature, 'base64url')
    // One spelling of a signature: bits that the last character does not use are zero (RFC 4648 section 3.5).
    if (bytes.toString('base64url') !== signature) return undefined
    return { header: parsed.header, claims: parsed.claims, input: `${header}.${payload}`, signature: bytes }
  } catch {
    return undefined
  }
}

/** Whether the signature is the key's, with RS256 alone: the header chooses no algorithm (RFC 8725 section 3.1). */
export function verifyJwt({ header, input, signature }: DecodedJwt, key: KeyObject): boolean {
  return header.alg === 'RS256' && header.crit === undefined && verify('RSA-SHA256', Buffer.from(input), key, signature)
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function decode(part: string): unknown {
  return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
}

function isClaims(value: unknown): value is Claims {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
