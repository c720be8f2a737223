import { PoolError } from '../errors.ts'
import type { Client } from '../store/clients.ts'
import type { Db } from '../store/db.ts'
import { findGrantByRefresh, type Grant } from '../store/grants.ts'
import type { Pool } from '../store/pools.ts'
import type { User } from '../store/users.ts'
import type { World } from '../world/world.ts'
import { digest } from './opaque.ts'

/**
 * The grant of a refresh token and its user. The world is checked anew: the grant lives, the user may sign in, the
 * token is this client's. Throws NotAuthorized in AWS's words.
 */
export async function findRefresh(
  db: Db,
  world: World,
  pool: Pool,
  client: Client,
  refreshToken: string,
): Promise<{ grant: Grant; user: User }> {
  const found = await findGrantByRefresh(db, pool.id, digest(refreshToken), world.now())
  if (!found || found.grant.clientId !== client.id) throw new PoolError('NotAuthorized', 'Invalid Refresh Token')
  const { user } = found
  if (!user.enabled) throw new PoolError('NotAuthorized', 'User is disabled.')
  if (user.status !== 'CONFIRMED' && user.status !== 'EXTERNAL_PROVIDER')
    throw new PoolError('NotAuthorized', 'Refresh Token has been revoked')
  return found
}
