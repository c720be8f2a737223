import type { ClientMetadata } from '../../directory/triggers/event.ts'
import { preTokenGeneration } from '../../directory/triggers/tokens.ts'
import { newSub } from '../../directory/usernames.ts'
import { PoolError } from '../../errors.ts'
import { liveScopes, standardScopes } from '../../settings/resource-servers.ts'
import type { Db } from '../../store/db.ts'
import type { Client } from '../../store/setup/clients.ts'
import type { Pool } from '../../store/setup/pools.ts'
import type { World } from '../../world/world.ts'
import { lifetimes, machineClaims } from '../claims.ts'
import { customizeAccess, readCustomization } from '../customize.ts'
import { issuerOf } from '../issuer.ts'
import { signJwt } from '../jwt.ts'
import { keysOf } from '../keys.ts'

/** What a machine asks for. */
export interface MachineRequest {
  /** Undefined asks for all custom scopes of the client. */
  readonly scopes: readonly string[] | undefined
  readonly metadata?: ClientMetadata | undefined
  /** The audience of the token (RFC 8707). */
  readonly resource?: string | undefined
}

/** A machine's access token; `expiresIn` is its life in seconds. */
export interface MachineToken {
  readonly accessToken: string
  readonly expiresIn: number
}

/**
 * An access token for the client itself (RFC 6749 section 4.4). Nothing is stored: there is no refresh token to revoke,
 * and no operation of ours takes the token (checkAccessToken refuses it). Whether the client may ask is the caller's to check.
 */
export async function clientToken(
  db: Db,
  world: World,
  pool: Pool,
  client: Client,
  { scopes, metadata, resource }: MachineRequest,
): Promise<MachineToken> {
  const [keys, granted] = await Promise.all([keysOf(db, world, pool), readScopes(db, pool, client, scopes)])
  const issuedAt = Math.floor(world.now() / 1000)
  const facts = { issuer: issuerOf(world, pool), client, scopes: granted, issuedAt, context: { resource } }
  const claims = machineClaims(facts, newSub(world))
  const answer = await preTokenGeneration(world, pool, client, {
    source: 'TokenGeneration_ClientCredentials',
    user: undefined,
    groups: { groups: [], roles: [], preferredRole: undefined },
    scopes: granted,
    metadata,
  })
  const customized = answer ? customizeAccess(claims, readCustomization(answer)) : claims
  return { accessToken: await signJwt(keys.access, customized), expiresIn: lifetimes(client).access }
}

/** Custom scopes alone, of the client and of resource servers that there are; a machine has no profile and no mail. */
async function readScopes(
  db: Db,
  pool: Pool,
  client: Client,
  asked: readonly string[] | undefined,
): Promise<readonly string[]> {
  const custom = (client.settings.AllowedOAuthScopes ?? []).filter((scope) => !standardScopes.has(scope))
  const wanted = asked ? [...new Set(asked)] : custom
  const live = await liveScopes(db, pool, wanted)
  const complete = asked ? live.length === wanted.length : live.length > 0
  if (!complete || wanted.length === 0 || !live.every((scope) => custom.includes(scope)))
    throw new PoolError('InvalidScope', 'The client may not ask for these scopes')
  return live
}
