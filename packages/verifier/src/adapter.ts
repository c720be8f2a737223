import type { Claims, ClaimsOf, TokenUse } from './claims.ts'
import type { VerifyError } from './errors.ts'
import type { Auth } from './verifier.ts'

/** What every adapter answers for a VerifyError, so that all frameworks refuse alike. */
export interface Refusal {
  readonly status: 401 | 403 | 503
  readonly headers: Readonly<Record<string, string>>
  readonly body: { readonly error: string; readonly error_description: string }
}

/** The answer for an error: status, WWW-Authenticate where there is one, and the two members of OAuth's errors. */
export function refusalOf({ status, error, message, wwwAuthenticate }: VerifyError): Refusal {
  const challenge: Record<string, string> = wwwAuthenticate === '' ? {} : { 'WWW-Authenticate': wwwAuthenticate }
  return {
    status,
    headers: { 'Cache-Control': 'no-store', ...challenge },
    body: { error, error_description: message },
  }
}

/** The same proof, typed for its use; throws TypeError when the route has none or one for the other use. */
export function expectUse<U extends TokenUse>(auth: Auth<Claims> | undefined, use: U): Auth<ClaimsOf<U>> {
  if (auth === undefined) throw new TypeError('requireAuth does not guard this route')
  if (!isFor(auth, use)) throw new TypeError(`this route is guarded with ${auth.claims.token_use} tokens, not ${use}`)
  return auth
}

function isFor<U extends TokenUse>(auth: Auth<Claims>, use: U): auth is Auth<ClaimsOf<U>> {
  return auth.claims.token_use === use
}
