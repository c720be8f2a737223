import type { Request, RequestHandler } from 'express'
import { expectUse, refusalOf } from './adapter.ts'
import type { AccessClaims, Claims, IdClaims } from './claims.ts'
import { VerifyError } from './errors.ts'
import { checkRequire, type Require } from './options.ts'
import type { Auth, Verifier } from './verifier.ts'

// Beside the requests rather than on them: no other middleware can overwrite or forge it.
const auths = new WeakMap<object, Auth<Claims>>()

/** Lets a request pass only with a token that holds and that has what is required; else answers 401, 403 or 503. */
export function requireAuth<C extends Claims>(verifier: Verifier<C>, require?: Require): RequestHandler {
  if (require !== undefined) checkRequire(require)
  return async (req, res, next) => {
    try {
      auths.set(req, await verifier.authenticate(req, require))
    } catch (thrown) {
      if (!(thrown instanceof VerifyError)) return next(thrown)
      const { status, headers, body } = refusalOf(thrown)
      res.status(status).set(headers).json(body)
      return
    }
    next()
  }
}

/** The caller of a request behind `requireAuth`; throws TypeError elsewhere, and where the token is for another use. */
export function getAuth(req: Pick<Request, 'headers'>, use?: 'access'): Auth<AccessClaims>
export function getAuth(req: Pick<Request, 'headers'>, use: 'id'): Auth<IdClaims>
export function getAuth(req: Pick<Request, 'headers'>, use: 'access' | 'id' = 'access'): Auth<Claims> {
  return expectUse(auths.get(req), use)
}
