import { PoolError } from '../errors.ts'
import type { Db } from '../store/db.ts'
import { findUserByGrant } from '../store/grants.ts'
import { findClient } from '../store/setup/clients.ts'
import { findPool, type Pool } from '../store/setup/pools.ts'
import { findUser, type User } from '../store/users.ts'
import { atPoolTime } from '../world/clock.ts'
import type { World } from '../world/world.ts'
import { issuerOf } from './issuer.ts'
import { type Claims, decodeJwt, verifyJwt } from './jwt.ts'
import { keysOf } from './keys.ts'

/** An access token that holds, and whose it is. */
export interface AccessCheck {
  readonly pool: Pool
  readonly user: User
  readonly clientId: string
  readonly scopes: readonly string[]
  /** The grant it came of, when the client's tokens are revocable. */
  readonly grantId: string | undefined
}

/**
 * Checks an access token: form, signature by a key of this purpose, issuer, use, expiry, and that its grant, user and
 * pool still stand. Throws NotAuthorized in AWS's words, UserNotFound when the user is gone. Which scope is needed is the caller's to check. `read` is a pool
 * that this request has read already.
 */
export async function checkAccessToken(db: Db, world: World, token: string, read?: Pool): Promise<AccessCheck> {
  const decoded = decodeJwt(token)
  const issuer = decoded?.claims.iss
  const poolId = typeof issuer === 'string' ? issuer.slice(issuer.lastIndexOf('/') + 1) : ''
  const pool = poolId && poolId === read?.id ? read : await findPool(db, poolId)
  if (!decoded || !pool || issuer !== issuerOf(world, pool)) throw invalid()
  const kid = decoded.header.kid
  const key = (await keysOf(db, world, pool)).byKid.get(typeof kid === 'string' ? kid : '')
  if (key?.purpose !== 'access' || !verifyJwt(decoded, key.key)) throw invalid()
  const claims = decoded.claims
  // A machine's token names no user: it opens what resource servers guard, and nothing here.
  if (claims.token_use !== 'access' || typeof claims.username !== 'string') throw invalid()
  if (typeof claims.exp !== 'number' || claims.exp * 1000 <= atPoolTime(world, pool).now())
    throw new PoolError('NotAuthorized', 'Access Token has expired')
  const scopes = typeof claims.scope === 'string' ? claims.scope.split(' ') : []
  const user = await ownerOf(db, pool, claims)
  if (!user) throw (await findUser(db, pool.id, String(claims.sub))) ? revoked() : deleted()
  if (!user.enabled) throw new PoolError('NotAuthorized', 'User is disabled.')
  const grantId = claims.origin_jti
  return {
    pool,
    user,
    clientId: String(claims.client_id),
    scopes,
    grantId: typeof grantId === 'string' ? grantId : undefined,
  }
}

/**
 * Whether a token is a machine's of this pool with a scope: form, signature, issuer, expiry, and that its client still is
 * there and may still ask for that scope.
 */
export async function checkMachineToken(
  db: Db,
  world: World,
  pool: Pool,
  token: string,
  scope: string,
): Promise<boolean> {
  const decoded = decodeJwt(token)
  const kid = decoded?.header.kid
  if (!decoded || typeof kid !== 'string') return false
  const key = (await keysOf(db, world, pool)).byKid.get(kid)
  if (key?.purpose !== 'access' || !verifyJwt(decoded, key.key)) return false
  const { iss, token_use: use, sub, client_id: clientId, exp, scope: scopes } = decoded.claims
  if (iss !== issuerOf(world, pool) || use !== 'access' || typeof clientId !== 'string' || sub !== clientId)
    return false
  if (typeof exp !== 'number' || exp * 1000 <= world.now()) return false
  if (typeof scopes !== 'string' || !scopes.split(' ').includes(scope)) return false
  const client = await findClient(db, clientId)
  return client?.poolId === pool.id && client.settings.AllowedOAuthScopes?.includes(scope) === true
}

async function ownerOf(db: Db, pool: Pool, claims: Claims): Promise<User | undefined> {
  if (typeof claims.origin_jti === 'string') {
    const user = await findUserByGrant(db, pool.id, claims.origin_jti)
    return user?.id === claims.sub ? user : undefined
  }
  // Without revocation only a sign-out everywhere counts; `iat` has seconds, so the second of the sign-out is refused too.
  const user = await findUser(db, pool.id, String(claims.sub))
  return user && typeof claims.iat === 'number' && claims.iat > Math.floor(user.signedOutAt / 1000) ? user : undefined
}

/** AWS's words for a token that was revoked, by whatever. */
export function revoked(): PoolError {
  return new PoolError('NotAuthorized', 'Access Token has been revoked')
}

/** AWS's words for a token whose user is gone, by which aws-amplify 5 signs out (Auth.ts, currentUserPoolUser). */
function deleted(): PoolError {
  return new PoolError('UserNotFound', 'User does not exist.')
}

function invalid(): PoolError {
  return new PoolError('NotAuthorized', 'Invalid Access Token')
}
