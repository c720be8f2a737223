/** What went wrong, as a word that stays the same from release to release. */
export type LoginErrorCode =
  | 'login_required'
  | 'access_denied'
  | 'callback_invalid'
  | 'callback_used'
  | 'session_ended'
  | 'network'
  | 'config'
  | 'server'

/** The only error this package throws on purpose; decide by `code`, show or log the rest. */
export class LoginError extends Error {
  override readonly name = 'LoginError'
  readonly code: LoginErrorCode
  /** The `error` the authorization server sent, untouched. */
  readonly oauthError: string | undefined
  /** True when doing the same again may succeed: the network was down, the server was busy. */
  readonly retryable: boolean

  constructor(
    code: LoginErrorCode,
    message: string,
    more: { oauthError?: string | undefined; retryable?: boolean; cause?: unknown } = {},
  ) {
    super(message, more)
    this.code = code
    this.oauthError = more.oauthError
    this.retryable = !!more.retryable
  }

  /** Whatever was thrown as a LoginError: what is not one yet is a browser that refused us a feature. */
  static from(cause: unknown): LoginError {
    return cause instanceof LoginError ? cause : new LoginError('config', `The browser refused: ${cause}`, { cause })
  }
}

// RFC 6749 4.1.2.1 and 5.2, OpenID Connect Core 3.1.2.6 (login_, interaction_, account_selection_, consent_required).
// What is not listed is the server's trouble; Cognito, for one, reports a failing identity provider or trigger as
// invalid_request.
const codes: [pattern: RegExp, code: LoginErrorCode][] = [
  [/^access_denied$/, 'access_denied'],
  [/_required$/, 'login_required'],
  [/^invalid_grant$/, 'callback_invalid'],
  [/_(client|scope|grant_type|response_type)$/, 'config'],
]

/** An OAuth error answer as a LoginError; `description` is text for people and never decides anything. */
export function oauthFailure(oauthError: string, description: unknown, busy?: boolean): LoginError {
  const code = codes.find(([pattern]) => pattern.test(oauthError))?.[1] ?? 'server'
  const retryable = busy || /^(server_error|temporarily_unavailable)$/.test(oauthError)
  return new LoginError(code, `${oauthError}: ${description}`, { oauthError, retryable })
}
