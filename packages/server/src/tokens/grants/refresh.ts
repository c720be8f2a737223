import type { ClientMetadata } from '../../directory/triggers/event.ts'
import { PoolError } from '../../errors.ts'
import { asUsed } from '../../settings/own-tags.ts'
import type { Db } from '../../store/db.ts'
import {
  findGrantById,
  findGrantByRefresh,
  type Grant,
  revokeGrant,
  rotateGrant,
  touchGrant,
} from '../../store/grants.ts'
import type { Client } from '../../store/setup/clients.ts'
import type { Pool } from '../../store/setup/pools.ts'
import type { User } from '../../store/users.ts'
import type { World } from '../../world/world.ts'
import { draftTokens, signDraft, type Tokens } from '../issue.ts'
import { digest } from '../opaque.ts'
import { isRefreshTokenOf, makeRefreshToken, readRefreshToken } from './refresh-token.ts'

/** A refresh token handed in. */
export interface Refresh {
  readonly refreshToken: string
  /** The key of the remembered device that the token was given to. */
  readonly deviceKey?: string | undefined
  readonly metadata?: ClientMetadata | undefined
  /** The audience, where the client says it again (RFC 8707 section 2.2). */
  readonly resource?: string | undefined
  /** The caller's address, shown in lists of sessions. */
  readonly address?: string | undefined
  /** A last check of the caller, once the token says whose it is; throws to refuse. */
  readonly check?: (user: User) => void
}

/** How exactly a tracked session's last use is known: a write a minute at most. */
const touchEvery = 60_000

/** Whether the client's refresh tokens are good for one use. */
export function rotates(pool: Pool, client: Client): boolean {
  const { settings } = asUsed(pool, client)
  return settings.RefreshTokenRotation?.Feature === 'ENABLED'
}

/**
 * New tokens for a refresh token. With rotation a new refresh token takes its place, for the rest of the first one's
 * life. The one before the current answers, within the client's grace period, with the current one again: a retry, or a
 * tab that came second. Any other token that was used already is in two hands: its grant ends (RFC 9700 section 4.14.2).
 */
export async function refreshTokens(
  db: Db,
  world: World,
  pool: Pool,
  registered: Client,
  refresh: Refresh,
): Promise<Tokens> {
  const client = asUsed(pool, registered)
  const found = await findGrantByRefresh(db, pool.id, digest(refresh.refreshToken), world.now())
  if (!found) return refreshAgain(db, world, pool, client, refresh)
  const { grant, user } = found
  checkHolder(client, grant, user, refresh)
  // The trigger is asked first: one that refuses must not use the token up.
  const draft = await draftOf(db, world, pool, client, found, refresh)
  const { address } = refresh
  if (!rotates(pool, client)) {
    if (pool.sessions?.enabled && world.now() - grant.lastUsedAt >= touchEvery)
      await touchGrant(db, pool.id, grant.id, { now: world.now(), address })
    return signDraft(draft)
  }
  const next = makeRefreshToken(world, grant, grant.generation + 1)
  if (!(await rotateGrant(db, grant, digest(next), { now: world.now(), address })))
    return refreshAgain(db, world, pool, client, refresh)
  return { ...(await signDraft(draft)), refreshToken: next }
}

/** Answers a token that is not the current one of its grant: a retry within the grace period, or a reuse. */
async function refreshAgain(db: Db, world: World, pool: Pool, client: Client, refresh: Refresh): Promise<Tokens> {
  const claim = readRefreshToken(refresh.refreshToken)
  const found = claim && (await findGrantById(db, pool.id, claim.grantId, world.now()))
  if (!found || found.grant.clientId !== client.id || !isRefreshTokenOf(world, found.grant, refresh.refreshToken))
    throw invalid()
  const { grant, user } = found
  if (claim.generation >= grant.generation) throw invalid()
  if (!isRetry(client, grant, claim.generation, world.now())) {
    await revokeGrant(db, pool.id, grant.id, world.now())
    throw reused()
  }
  checkHolder(client, grant, user, refresh)
  const draft = await draftOf(db, world, pool, client, found, refresh)
  // The current token is computed again, so that all who retry hold the same one.
  const current = makeRefreshToken(world, grant)
  if (digest(current) !== grant.refreshHash) throw invalid()
  return { ...(await signDraft(draft)), refreshToken: current }
}

function isRetry({ settings }: Client, grant: Grant, generation: number, now: number): boolean {
  // AWS's reference gives no default; 0 is the value that it says switches the grace period off.
  const seconds = settings.RefreshTokenRotation?.RetryGracePeriodSeconds ?? 0
  return (
    settings.RefreshTokenRotation?.Feature === 'ENABLED' &&
    generation === grant.generation - 1 &&
    grant.rotatedAt !== undefined &&
    seconds > 0 &&
    now <= grant.rotatedAt + seconds * 1000
  )
}

/** The world is checked anew: the token is this client's, the user may sign in, the device is the one it was given to. */
function checkHolder(client: Client, grant: Grant, user: User, { deviceKey, resource, check }: Refresh): void {
  if (grant.clientId !== client.id) throw invalid()
  // AWS's answer to a missing device key as well (re:Post "cognito-invalid-refresh-token-error").
  if (grant.deviceKey !== undefined && grant.deviceKey !== deviceKey) throw invalid()
  if (resource !== undefined && resource !== grant.context?.resource)
    throw new PoolError('InvalidRequest', 'The refresh token is for another resource')
  check?.(user)
  if (!user.enabled) throw new PoolError('NotAuthorized', 'User is disabled.')
  if (user.status !== 'CONFIRMED' && user.status !== 'EXTERNAL_PROVIDER')
    throw new PoolError('NotAuthorized', 'Refresh Token has been revoked')
}

function draftOf(
  db: Db,
  world: World,
  pool: Pool,
  client: Client,
  { grant, user }: { grant: Grant; user: User },
  { metadata }: Refresh,
) {
  const occasion = { source: 'TokenGeneration_RefreshTokens', metadata } as const
  return draftTokens(db, world, pool, client, user, grant, occasion)
}

function invalid(): PoolError {
  return new PoolError('NotAuthorized', 'Invalid Refresh Token')
}

/** AWS does not document its sentence. */
function reused(): PoolError {
  return new PoolError('RefreshTokenReuse', 'Refresh Token has been reused and is revoked')
}
