import { PoolError } from '../errors.ts'
import { type Db, transaction } from '../store/db.ts'
import { findGrantOwner, revokeGrant, revokeGrantsOfUser } from '../store/grants.ts'
import type { Client } from '../store/setup/clients.ts'
import { deleteSessionsOfUser } from '../store/sign-ins.ts'
import { type User, updateUser } from '../store/users.ts'
import type { World } from '../world/world.ts'
import { revocable } from './claims.ts'
import { decodeJwt } from './jwt.ts'
import { digest } from './opaque.ts'

/**
 * Revokes a refresh token and every token of its grant (RFC 7009; AWS developer guide, "revocation endpoint"). A token
 * that is unknown or another client's changes nothing and is no error; an access or ID token is UnsupportedTokenType.
 */
export async function revokeToken(db: Db, world: World, client: Client, token: string): Promise<void> {
  if (!revocable(client)) throw new PoolError('UnsupportedOperation', 'Revocation is not enabled for this client')
  if (decodeJwt(token)) throw new PoolError('UnsupportedTokenType', 'Token type is not supported')
  const grant = await findGrantOwner(db, digest(token))
  if (grant?.poolId !== client.poolId || grant.clientId !== client.id) return
  await revokeGrant(db, grant.poolId, grant.id, world.now())
}

/** Signs a user out everywhere: all grants, all browser sessions, and tokens without a grant's id by their time. */
export async function signOutEverywhere(db: Db, world: World, user: User): Promise<void> {
  const now = world.now()
  await transaction(db, async (inner) => {
    await revokeGrantsOfUser(inner, user.poolId, user.id, now)
    await deleteSessionsOfUser(inner, user.poolId, user.id)
    await updateUser(inner, user, { signedOutAt: now }, now)
  })
}
