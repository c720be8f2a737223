import { PoolError } from '../errors.ts'
import type { Db } from '../store/db.ts'
import { type Client, findClient, longestSso, updateClient } from '../store/setup/clients.ts'
import { findPool, type Pool, type SessionTracking, updatePool } from '../store/setup/pools.ts'
import type { World } from '../world/world.ts'

/** What a pool does that was never told: nothing is tracked (API reference, GetUserPoolSessionConfiguration). */
export const defaultTracking: SessionTracking = { enabled: false, maxPerUser: 20 }

/** Minutes for which a client takes a sign-in in the browser, unless it is told otherwise. */
export const defaultSsoMinutes = 60

/** Sets whether and how a pool tracks sessions. Sessions above a lower limit end at their user's next sign-in. */
export async function changeTracking(db: Db, world: World, pool: Pool, sessions: SessionTracking): Promise<Pool> {
  checkTier(pool)
  checkRange('tokenSession.maxPerUser', sessions.maxPerUser, 1, 100)
  const changed = { ...pool, sessions }
  if (!(await updatePool(db, changed, world.now())))
    throw new PoolError('ConcurrentModification', 'The user pool was changed by another request. Try again.')
  return (await findPool(db, pool.id)) ?? changed
}

/** Sets for how many minutes of a sign-in the client takes a browser's session for it; 0 always asks again. */
export async function changeSso(db: Db, world: World, pool: Pool, client: Client, minutes: number): Promise<Client> {
  checkTier(pool)
  checkRange('sSOSession.maxValidityMinutes', minutes, 0, 129_600)
  const changed = { ...client, ssoMinutes: minutes }
  if (!(await updateClient(db, changed, world.now())))
    throw new PoolError('ConcurrentModification', 'The app client was changed by another request. Try again.')
  return (await findClient(db, client.id)) ?? changed
}

/** For how many minutes of a sign-in this client takes a session; a client's own number sleeps while nothing is tracked. */
export function ssoMinutes(pool: Pool, client: Client): number {
  return (pool.sessions?.enabled ? client.ssoMinutes : undefined) ?? defaultSsoMinutes
}

/**
 * For how many minutes a browser session of the pool lasts: as long as some client may take it, whichever client the
 * sign-in was for (API reference, ClientSSOSessionConfigType).
 */
export async function sessionMinutes(db: Db, pool: Pool): Promise<number> {
  return Math.max(defaultSsoMinutes, pool.sessions?.enabled ? await longestSso(db, pool.id) : 0)
}

function checkTier({ settings }: Pool): void {
  if (settings.UserPoolTier === 'LITE')
    throw new PoolError('FeatureUnavailable', 'Session management is not available in the Lite tier.')
}

function checkRange(name: string, value: number, least: number, most: number): void {
  const bound =
    value < least ? `greater than or equal to ${least}` : value > most ? `less than or equal to ${most}` : ''
  if (bound)
    throw new PoolError(
      'InvalidParameter',
      `1 validation error detected: Value '${value}' at '${name}' failed to satisfy constraint: Member must have value ${bound}`,
    )
}
