// The browser half of a Cognito login: hosted sign-in, the session of this device, access tokens for the API.
// Here: what runs in a page, from the redirect to the tokens. No dependencies, 5 kB gzip for everything.
// Not here: checking tokens in a back end (packages/verifier), password forms, anything that needs Node.
export { createLogin } from './create-login.ts'
export type { IdTokenClaims } from './id-token.ts'
export { LoginError, type LoginErrorCode } from './login-error.ts'
export type { AccessTokenOptions, Login, LoginOptions, LoginState, SignInOptions, SignOutOptions } from './options.ts'
