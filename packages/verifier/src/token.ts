import { boundedMap } from './bounded-map.ts'
import { type Claims, readClaims } from './claims.ts'
import { VerifyError } from './errors.ts'
import { type JsonObject, member, readJsonObject } from './json.ts'

/** A JWS in compact form, taken apart but not yet proven. */
export interface Jws {
  readonly text: string
  readonly header: JsonObject
  readonly kid: string
  readonly payload: Buffer
  /** RFC 7515 section 5.2: what the signature is over, `header.payload` as sent. */
  readonly signed: Buffer
  readonly signature: Buffer
}

/** A token whose form is right and whose claims have the right types; nothing of it is proven. */
export interface Token {
  readonly jws: Jws
  readonly claims: Claims
}

/** No token of Cognito is larger: its own limit for a header line is in this order. */
const maxLength = 8192
const maxKidLength = 256

/** Reads a token strictly, or throws malformed, alg_not_allowed or wrong_use; no cryptography yet. */
export function readToken(text: unknown): Token {
  const jws = readJws(text)
  const claims = readClaims(readJsonObject(jws.payload))
  checkType(jws.header)
  return { jws, claims }
}

/** Reads the JWS around any payload, or throws malformed or alg_not_allowed. */
export function readJws(text: unknown): Jws {
  if (text === undefined || text === null || text === '') throw new VerifyError('missing')
  if (typeof text !== 'string' || text.length > maxLength) throw new VerifyError('malformed')
  const first = text.indexOf('.')
  const second = text.indexOf('.', first + 1)
  if (first < 1 || second < 0 || text.indexOf('.', second + 1) >= 0) throw new VerifyError('malformed')
  const { header, kid } = readHeader(text.slice(0, first))
  const payload = readBase64url(text.slice(first + 1, second))
  const signature = readBase64url(text.slice(second + 1))
  if (signature.length === 0) throw new VerifyError('malformed')
  return { text, header, kid, payload, signature, signed: Buffer.from(text.slice(0, second), 'latin1') }
}

/**
 * The bytes of a base64url text in its one canonical spelling. Decoding skips what it does not know, so the text is held
 * against its own encoding: padding, whitespace, foreign characters and set unused bits (RFC 4648 section 3.5) all differ.
 */
export function readBase64url(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64url')
  if (bytes.toString('base64url') !== text) throw new VerifyError('malformed')
  return bytes
}

// All tokens of one key have the same header, letter by letter.
const headers = boundedMap<{ header: JsonObject; kid: string }>(16)

function readHeader(text: string): { header: JsonObject; kid: string } {
  const known = headers.get(text)
  if (known !== undefined) return known
  const header = readJsonObject(readBase64url(text))
  if (header === undefined) throw new VerifyError('malformed')
  // RFC 7515 section 4.1.11: none is understood here, so any is refused; `b64` (RFC 7797) is nothing without it.
  if (Object.hasOwn(header, 'crit') || Object.hasOwn(header, 'b64')) throw new VerifyError('malformed')
  if (member(header, 'alg') !== 'RS256') throw new VerifyError('alg_not_allowed')
  // Keys offered by the token itself (jwk, jku, x5u, x5c) are not looked at: RFC 8725 section 3.10.
  const kid = member(header, 'kid')
  if (typeof kid !== 'string' || kid === '' || kid.length > maxKidLength) throw new VerifyError('malformed')
  const read = { header, kid }
  headers.set(text, read)
  return read
}

/** RFC 8725 section 3.11: Cognito sets no `typ`; a logout token or a DPoP proof says what it is and is no access token. */
function checkType(header: JsonObject): void {
  const typ = member(header, 'typ')
  if (typ === undefined) return
  if (typeof typ !== 'string' || !/^(application\/)?(jwt|at\+jwt)$/i.test(typ)) throw new VerifyError('wrong_use')
}
