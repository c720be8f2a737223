// biome-ignore format: a table
const failures = {
  missing:                { status: 401, error: 'missing_token',           description: 'No bearer token was sent' },
  malformed:              { status: 401, error: 'invalid_token',           description: 'The token is malformed' },
  alg_not_allowed:        { status: 401, error: 'invalid_token',           description: 'The token is not signed with RS256' },
  unknown_key:            { status: 401, error: 'invalid_token',           description: 'The token names a key that its issuer does not publish' },
  bad_signature:          { status: 401, error: 'invalid_token',           description: 'The signature of the token is wrong' },
  expired:                { status: 401, error: 'invalid_token',           description: 'The token has expired' },
  not_yet_valid:          { status: 401, error: 'invalid_token',           description: 'The token is not valid yet' },
  wrong_issuer:           { status: 401, error: 'invalid_token',           description: 'The token comes from another issuer' },
  wrong_client:           { status: 401, error: 'invalid_token',           description: 'The token was issued to another client' },
  wrong_use:              { status: 401, error: 'invalid_token',           description: 'The token is for another use' },
  revoked:                { status: 401, error: 'invalid_token',           description: 'The token has been revoked' },
  missing_scope:          { status: 403, error: 'insufficient_scope',      description: 'The token lacks a scope' },
  missing_group:          { status: 403, error: 'insufficient_scope',      description: 'The user is not in a required group' },
  keys_unavailable:       { status: 503, error: 'temporarily_unavailable', description: 'The keys of the issuer cannot be had' },
  revocation_unavailable: { status: 503, error: 'temporarily_unavailable', description: 'The issuer cannot be asked about revocation' },
} as const satisfies Record<string, { status: 401 | 403 | 503; error: string; description: string }>

/** Says which check failed; the set only grows, so that programs may branch on it. */
export type VerifyErrorCode = keyof typeof failures

/**
 * The only error that a verifier throws for a token. Everything in it may be sent to the caller and logged: it never holds
 * the token or a part of it. `cause` is for the log and is set only where the network failed.
 */
export class VerifyError extends Error {
  override readonly name = 'VerifyError'
  readonly code: VerifyErrorCode
  /** 401: another token may do; 403: this caller may not; 503: the issuer could not be asked. */
  readonly status: 401 | 403 | 503
  /** The error of RFC 6750 section 3.1 where it has one, for a response body. */
  readonly error: string
  /** The text of the WWW-Authenticate header (RFC 6750 section 3); empty for 503, where other credentials would not help. */
  readonly wwwAuthenticate: string

  constructor(code: VerifyErrorCode, details: { scopes?: readonly string[]; cause?: unknown } = {}) {
    const { status, error, description } = failures[code]
    super(description, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.status = status
    this.error = error
    this.wwwAuthenticate = status === 503 ? '' : challenge(code, error, description, details.scopes)
  }
}

function challenge(code: VerifyErrorCode, error: string, description: string, scopes: readonly string[] = []): string {
  // RFC 6750 section 3.1: a request without credentials is told the scheme and nothing else.
  if (code === 'missing') return 'Bearer'
  const scope = scopes.length > 0 ? `, scope="${scopes.join(' ')}"` : ''
  return `Bearer error="${error}", error_description="${description}"${scope}`
}
