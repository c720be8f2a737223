import { VerifyError } from './errors.ts'
import { type JsonObject, member } from './json.ts'

/** Which of the two signed tokens of a sign-in is meant. */
export type TokenUse = 'access' | 'id'

/** What both kinds of token say. */
interface CommonClaims {
  readonly sub: string
  readonly iss: string
  readonly exp: number
  readonly iat: number
  readonly nbf?: number
  readonly auth_time?: number
  readonly jti?: string
  readonly origin_jti?: string
  readonly event_id?: string
  readonly 'cognito:groups'?: readonly string[]
  readonly [claim: string]: unknown
}

/** The claims of an access token; one of client_credentials has neither username nor groups. */
export interface AccessClaims extends CommonClaims {
  readonly token_use: 'access'
  readonly client_id: string
  readonly username?: string
  readonly scope?: string
  /** Only when the token was asked for a resource (RFC 8707). */
  readonly aud?: string | readonly string[]
}

/** The claims of an ID token. */
export interface IdClaims extends CommonClaims {
  readonly token_use: 'id'
  readonly aud: string
  readonly 'cognito:username'?: string
  readonly nonce?: string
  readonly at_hash?: string
  readonly email?: string
}

interface ClaimsByUse {
  readonly access: AccessClaims
  readonly id: IdClaims
}

/** The claims that a verifier for that use hands out. */
export type ClaimsOf<U extends TokenUse> = ClaimsByUse[U]

/** The claims of a token whose use is not checked yet. */
export type Claims = ClaimsOf<TokenUse>

/** Cognito's longest access or ID token lives a day; an hour is for clocks. A longer one was not made by it. */
const longestLife = 25 * 60 * 60

// Only what the interfaces name is checked: a pre-token trigger may give any other claim any JSON type, email_verified
// included, which therefore stays `unknown` (compare it with `=== true`: the text "false" is truthy).
// biome-ignore format: a table
const texts = ['jti', 'origin_jti', 'event_id', 'client_id', 'username', 'scope', 'cognito:username', 'nonce', 'at_hash', 'email']

/** The claims with the types that the interfaces promise, or throws malformed (types, dates) or wrong_use (no known use). */
export function readClaims(json: JsonObject | undefined): Claims {
  if (json === undefined || !hasShape(json)) throw new VerifyError('malformed')
  if (!isAccess(json) && !isId(json)) throw new VerifyError('wrong_use')
  return json
}

/** Throws wrong_use or wrong_client; `clients` null means any. */
export function checkIntended<U extends TokenUse>(
  claims: Claims,
  use: U,
  clients: ReadonlySet<string> | null,
): asserts claims is ClaimsOf<U> {
  if (claims.token_use !== use) throw new VerifyError('wrong_use')
  const client = claims.token_use === 'access' ? claims.client_id : claims.aud
  if (clients !== null && !clients.has(client)) throw new VerifyError('wrong_client')
}

/** Throws expired or not_yet_valid; `now` in milliseconds, `tolerance` in seconds. */
export function checkDates(claims: Claims, now: number, tolerance: number): void {
  const seconds = now / 1000
  if (claims.exp + tolerance <= seconds) throw new VerifyError('expired')
  const latest = Math.floor(seconds) + tolerance
  if (claims.iat > latest || (claims.nbf ?? 0) > latest || (claims.auth_time ?? 0) > latest) {
    throw new VerifyError('not_yet_valid')
  }
}

function hasShape(json: JsonObject): boolean {
  const exp = member(json, 'exp')
  const iat = member(json, 'iat')
  return (
    isFilled(member(json, 'sub')) &&
    isFilled(member(json, 'iss')) &&
    isDate(exp) &&
    isDate(iat) &&
    exp > iat &&
    exp <= iat + longestLife &&
    maybe(json, 'nbf', isDate) &&
    maybe(json, 'auth_time', isDate) &&
    maybe(json, 'cognito:groups', isTexts) &&
    texts.every((name) => maybe(json, name, isText))
  )
}

function isAccess(json: JsonObject): json is AccessClaims {
  if (member(json, 'token_use') !== 'access') return false
  if (!isFilled(member(json, 'client_id')) || !maybe(json, 'aud', isTextOrTexts)) throw new VerifyError('malformed')
  return true
}

function isId(json: JsonObject): json is IdClaims {
  if (member(json, 'token_use') !== 'id') return false
  // One client, as Cognito writes it: a list would be for strangers as well (OpenID Connect Core section 3.1.3.7).
  if (!isFilled(member(json, 'aud'))) throw new VerifyError('malformed')
  return true
}

function maybe(json: JsonObject, name: string, is: (value: unknown) => boolean): boolean {
  return !Object.hasOwn(json, name) || is(json[name])
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isFilled(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every(isText)
}

function isTextOrTexts(value: unknown): boolean {
  return isText(value) || isTexts(value)
}

/** A NumericDate as Cognito writes it: whole seconds. Infinity (1e400), floats and texts are none. */
function isDate(value: unknown): value is number {
  return Number.isSafeInteger(value)
}
