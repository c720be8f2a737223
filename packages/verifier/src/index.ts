// What lives here: the back end's half of a login. Tokens of Cognito user pools (AWS's or Poolhouse's) are read, proven and
// checked; the pure parts (json, token, claims, jwk) hold the decisions, key-source and revocation hold the network.
// What must not: anything of the server, any runtime dependency, a framework outside its own adapter, a class but the error.
export type { AccessClaims, ClaimsOf, IdClaims, TokenUse } from './claims.ts'
export { VerifyError, type VerifyErrorCode } from './errors.ts'
export type { Require, VerifierOptions } from './options.ts'
export { type Auth, type Carrier, createVerifier, type Verifier } from './verifier.ts'
