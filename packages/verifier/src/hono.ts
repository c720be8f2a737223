import type { Context, MiddlewareHandler } from 'hono'
import { expectUse, refusalOf } from './adapter.ts'
import type { AccessClaims, Claims, IdClaims } from './claims.ts'
import { VerifyError } from './errors.ts'
import { checkRequire, type Require } from './options.ts'
import type { Auth, Verifier } from './verifier.ts'

const slot = 'poolhouse.auth'

/** Lets a request pass only with a token that holds and that has what is required; else answers 401, 403 or 503. */
export function requireAuth<C extends Claims>(verifier: Verifier<C>, require?: Require): MiddlewareHandler {
  if (require !== undefined) checkRequire(require)
  return async (c, next) => {
    try {
      c.set(slot, await verifier.authenticate(c.req.raw, require))
    } catch (thrown) {
      if (!(thrown instanceof VerifyError)) throw thrown
      const { status, headers, body } = refusalOf(thrown)
      return c.json(body, status, headers)
    }
    await next()
  }
}

/** The caller of a request behind `requireAuth`; throws TypeError elsewhere, and where the token is for another use. */
export function getAuth(c: Context, use?: 'access'): Auth<AccessClaims>
export function getAuth(c: Context, use: 'id'): Auth<IdClaims>
export function getAuth(c: Context, use: 'access' | 'id' = 'access'): Auth<Claims> {
  return expectUse(c.get(slot), use)
}
