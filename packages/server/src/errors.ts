// The failures of every room: one class, one table. Each door projects a row in its own protocol.
// Nothing is imported here but the spelling of AWS's error names.
import type { AwsErrorName } from '@poolhouse/api'

/** Errors of AWS's front door that no operation declares (AWS "Common Errors" page of the API reference). */
type CommonErrorName =
  | 'UnknownOperationException'
  | 'SerializationException'
  | 'MissingAuthenticationTokenException'
  | 'IncompleteSignatureException'
  | 'InvalidSignatureException'
  | 'UnrecognizedClientException'
  | 'RequestEntityTooLargeException'
  | 'ServiceUnavailableException'

/** What each protocol calls a failure: the JSON API's error name, OAuth's error code, the HTTP status. */
export interface Failure {
  readonly aws: AwsErrorName | CommonErrorName
  readonly oauth: string
  readonly status: 400 | 401 | 403 | 413 | 429 | 500 | 503
}

/** One row per thing that can go wrong. */
// biome-ignore format: a table
const failures = {
  InvalidParameter:         { aws: 'InvalidParameterException',           oauth: 'invalid_request',           status: 400 },
  NotAuthorized:            { aws: 'NotAuthorizedException',              oauth: 'invalid_grant',             status: 400 },
  SessionExpired:           { aws: 'NotAuthorizedException',              oauth: 'invalid_grant',             status: 400 },
  ResourceNotFound:         { aws: 'ResourceNotFoundException',           oauth: 'invalid_client',            status: 400 },
  UserNotFound:             { aws: 'UserNotFoundException',               oauth: 'invalid_grant',             status: 400 },
  UserNotConfirmed:         { aws: 'UserNotConfirmedException',           oauth: 'invalid_grant',             status: 400 },
  UsernameExists:           { aws: 'UsernameExistsException',             oauth: 'invalid_request',           status: 400 },
  AliasExists:              { aws: 'AliasExistsException',                oauth: 'invalid_request',           status: 400 },
  InvalidPassword:          { aws: 'InvalidPasswordException',            oauth: 'invalid_request',           status: 400 },
  PasswordResetRequired:    { aws: 'PasswordResetRequiredException',      oauth: 'invalid_grant',             status: 400 },
  CodeMismatch:             { aws: 'CodeMismatchException',               oauth: 'invalid_request',           status: 400 },
  ExpiredCode:              { aws: 'ExpiredCodeException',                oauth: 'invalid_request',           status: 400 },
  CodeDeliveryFailure:      { aws: 'CodeDeliveryFailureException',        oauth: 'server_error',              status: 400 },
  LimitExceeded:            { aws: 'LimitExceededException',              oauth: 'invalid_request',           status: 400 },
  TooManyRequests:          { aws: 'TooManyRequestsException',            oauth: 'temporarily_unavailable',   status: 429 },
  TooManyFailedAttempts:    { aws: 'TooManyFailedAttemptsException',      oauth: 'invalid_grant',             status: 400 },
  GroupExists:              { aws: 'GroupExistsException',                oauth: 'invalid_request',           status: 400 },
  UnsupportedUserState:     { aws: 'UnsupportedUserStateException',       oauth: 'invalid_request',           status: 400 },
  UnsupportedOperation:     { aws: 'UnsupportedOperationException',       oauth: 'invalid_request',           status: 400 },
  UnsupportedTokenType:     { aws: 'UnsupportedTokenTypeException',       oauth: 'unsupported_token_type',    status: 400 },
  UnauthorizedToken:        { aws: 'UnauthorizedException',               oauth: 'invalid_client',            status: 400 },
  InvalidOAuthFlow:         { aws: 'InvalidOAuthFlowException',           oauth: 'invalid_request',           status: 400 },
  ScopeDoesNotExist:        { aws: 'ScopeDoesNotExistException',          oauth: 'invalid_scope',             status: 400 },
  TermsExists:              { aws: 'TermsExistsException',                oauth: 'invalid_request',           status: 400 },
  ConcurrentModification:   { aws: 'ConcurrentModificationException',     oauth: 'temporarily_unavailable',   status: 400 },
  OperationNotEnabled:      { aws: 'OperationNotEnabledException',        oauth: 'invalid_request',           status: 400 },
  UserLambdaValidation:     { aws: 'UserLambdaValidationException',       oauth: 'invalid_request',           status: 400 },
  UnexpectedLambda:         { aws: 'UnexpectedLambdaException',           oauth: 'invalid_request',           status: 400 },
  InvalidLambdaResponse:    { aws: 'InvalidLambdaResponseException',      oauth: 'invalid_request',           status: 400 },
  InvalidUserPoolConfig:    { aws: 'InvalidUserPoolConfigurationException', oauth: 'invalid_request',           status: 400 },
  MfaMethodNotFound:        { aws: 'MFAMethodNotFoundException',          oauth: 'invalid_request',           status: 400 },
  SoftwareTokenNotFound:    { aws: 'SoftwareTokenMFANotFoundException',   oauth: 'invalid_request',           status: 400 },
  EnableSoftwareToken:      { aws: 'EnableSoftwareTokenMFAException',     oauth: 'invalid_request',           status: 400 },
  DeviceKeyExists:          { aws: 'DeviceKeyExistsException',            oauth: 'invalid_request',           status: 400 },
  PasswordHistory:          { aws: 'PasswordHistoryPolicyViolationException', oauth: 'invalid_request',           status: 400 },
  RefreshTokenReuse:        { aws: 'RefreshTokenReuseException',          oauth: 'invalid_grant',             status: 400 },
  FeatureUnavailable:       { aws: 'FeatureUnavailableInTierException',   oauth: 'invalid_request',           status: 400 },
  WebAuthnNotEnabled:       { aws: 'WebAuthnNotEnabledException',         oauth: 'invalid_request',           status: 400 },
  WebAuthnConfigurationMissing:   { aws: 'WebAuthnConfigurationMissingException', oauth: 'invalid_request',           status: 400 },
  WebAuthnChallengeNotFound:      { aws: 'WebAuthnChallengeNotFoundException',  oauth: 'invalid_request',           status: 400 },
  WebAuthnClientMismatch:   { aws: 'WebAuthnClientMismatchException',     oauth: 'invalid_request',           status: 400 },
  WebAuthnCredentialNotSupported: { aws: 'WebAuthnCredentialNotSupportedException', oauth: 'invalid_request',           status: 400 },
  WebAuthnOriginNotAllowed: { aws: 'WebAuthnOriginNotAllowedException',   oauth: 'invalid_request',           status: 400 },
  WebAuthnRelyingPartyMismatch:   { aws: 'WebAuthnRelyingPartyMismatchException', oauth: 'invalid_request',           status: 400 },
  ManagedLoginBrandingExists: { aws: 'ManagedLoginBrandingExistsException', oauth: 'invalid_request',         status: 400 },
  DuplicateProvider:        { aws: 'DuplicateProviderException',          oauth: 'invalid_request',           status: 400 },
  UserPoolTagging:          { aws: 'UserPoolTaggingException',            oauth: 'invalid_request',           status: 400 },
  UnknownOperation:         { aws: 'UnknownOperationException',           oauth: 'invalid_request',           status: 400 },
  Serialization:            { aws: 'SerializationException',              oauth: 'invalid_request',           status: 400 },
  TooLarge:                 { aws: 'RequestEntityTooLargeException',      oauth: 'invalid_request',           status: 413 },
  MissingAuthentication:    { aws: 'MissingAuthenticationTokenException', oauth: 'invalid_client',            status: 403 },
  IncompleteSignature:      { aws: 'IncompleteSignatureException',        oauth: 'invalid_client',            status: 403 },
  InvalidSignature:         { aws: 'InvalidSignatureException',           oauth: 'invalid_client',            status: 403 },
  UnrecognizedClient:       { aws: 'UnrecognizedClientException',         oauth: 'invalid_client',            status: 403 },
  Unavailable:              { aws: 'ServiceUnavailableException',         oauth: 'temporarily_unavailable',   status: 503 },
  Internal:                 { aws: 'InternalErrorException',              oauth: 'server_error',              status: 500 },

  // Spoken by the OAuth door alone (RFC 6749 sections 4.1.2.1 and 5.2, OpenID Connect Core 3.1.2.6, RFC 6750 section 3.1).
  InvalidRequest:           { aws: 'InvalidParameterException',           oauth: 'invalid_request',           status: 400 },
  InvalidClient:            { aws: 'NotAuthorizedException',              oauth: 'invalid_client',            status: 400 },
  InvalidGrant:             { aws: 'NotAuthorizedException',              oauth: 'invalid_grant',             status: 400 },
  UnauthorizedClient:       { aws: 'NotAuthorizedException',              oauth: 'unauthorized_client',       status: 400 },
  UnsupportedGrantType:     { aws: 'InvalidParameterException',           oauth: 'unsupported_grant_type',    status: 400 },
  UnsupportedResponseType:  { aws: 'InvalidParameterException',           oauth: 'unsupported_response_type', status: 400 },
  InvalidScope:             { aws: 'InvalidParameterException',           oauth: 'invalid_scope',             status: 400 },
  AccessDenied:             { aws: 'NotAuthorizedException',              oauth: 'access_denied',             status: 400 },
  LoginRequired:            { aws: 'NotAuthorizedException',              oauth: 'login_required',            status: 400 },
  RequestNotSupported:      { aws: 'InvalidParameterException',           oauth: 'request_not_supported',     status: 400 },
  RequestUriNotSupported:   { aws: 'InvalidParameterException',           oauth: 'request_uri_not_supported', status: 400 },
  InvalidClientMetadata:    { aws: 'InvalidParameterException',           oauth: 'invalid_client_metadata',   status: 400 },
  InvalidRedirectUri:       { aws: 'InvalidParameterException',           oauth: 'invalid_redirect_uri',      status: 400 },
  TooManyRegistrations:     { aws: 'LimitExceededException',              oauth: 'temporarily_unavailable',   status: 429 },
  InvalidToken:             { aws: 'NotAuthorizedException',              oauth: 'invalid_token',             status: 401 },
  InsufficientScope:        { aws: 'NotAuthorizedException',              oauth: 'insufficient_scope',        status: 403 },
} as const satisfies Record<string, Failure>

/** Seconds after which a caller that was answered with the status 429 may try again (RFC 9110 section 10.2.3). */
export const retryAfter = 2

/** The name of a row of the table of failures. */
export type FailureCode = keyof typeof failures

/**
 * The only error thrown on purpose. `message` is written for the caller and is sent to them;
 * `cause` is written for the operator and never leaves the log.
 */
export class PoolError extends Error {
  override readonly name = 'PoolError'
  readonly code: FailureCode

  constructor(code: FailureCode, message: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }

  /** What each protocol calls this failure. */
  get failure(): Failure {
    return failures[this.code]
  }

  /** Anything else that was thrown is our own bug: one row, no detail. */
  static from(thrown: unknown): PoolError {
    return thrown instanceof PoolError ? thrown : new PoolError('Internal', 'Internal error', thrown)
  }
}
