import { PoolError } from '../errors.ts'
import { type Db, transaction } from '../store/db.ts'
import { findGrantById, findGrantOwner, revokeGrant, revokeGrantsOfUser } from '../store/grants.ts'
import type { Client } from '../store/setup/clients.ts'
import { deleteSessionOfUser, deleteSessionsOfUser } from '../store/sign-ins.ts'
import { type User, updateUser } from '../store/users.ts'
import type { World } from '../world/world.ts'
import { revocable } from './claims.ts'
import { isRefreshTokenOf, readRefreshToken } from './grants/refresh-token.ts'
import { decodeJwt } from './jwt.ts'
import { digest } from './opaque.ts'

/**
 * Revokes a refresh token and every token of its grant (RFC 7009; AWS developer guide, "revocation endpoint"). A token
 * that is unknown or another client's changes nothing and is no error; an access or ID token is UnsupportedTokenType.
 * `linked` ends the browser session too that the grant came through.
 */
export async function revokeToken(db: Db, world: World, client: Client, token: string, linked = false): Promise<void> {
  if (!revocable(client)) throw new PoolError('UnsupportedOperation', 'Revocation is not enabled for this client')
  if (decodeJwt(token)) throw new PoolError('UnsupportedTokenType', 'Token type is not supported')
  const grant = (await findGrantOwner(db, digest(token))) ?? (await findRotated(db, world, client, token))
  if (grant?.poolId !== client.poolId || grant.clientId !== client.id) return
  await revokeGrant(db, grant.poolId, grant.id, world.now())
  if (linked && grant.sessionId) await deleteSessionOfUser(db, grant.poolId, grant.userId, grant.sessionId, world.now())
}

/** The grant of a token that was rotated out: whoever holds an old one may still end what came of it. */
async function findRotated(db: Db, world: World, client: Client, token: string) {
  const claim = readRefreshToken(token)
  const found = claim && (await findGrantById(db, client.poolId, claim.grantId, world.now()))
  return found && isRefreshTokenOf(world, found.grant, token) ? found.grant : undefined
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
