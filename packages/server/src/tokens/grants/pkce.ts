import { createHash, timingSafeEqual } from 'node:crypto'

/** Whether a code challenge has the only form S256 gives: 43 characters of base64url (RFC 7636 section 4.2). */
export function isCodeChallenge(challenge: string): boolean {
  return /^[\w-]{43}$/.test(challenge)
}

/** Whether a verifier is well-formed (RFC 7636 section 4.1) and hashes to the challenge. */
export function provesChallenge(verifier: string, challenge: string): boolean {
  if (!/^[\w.~-]{43,128}$/.test(verifier)) return false
  const hash = createHash('sha256').update(verifier, 'ascii').digest('base64url')
  return hash.length === challenge.length && timingSafeEqual(Buffer.from(hash), Buffer.from(challenge))
}
