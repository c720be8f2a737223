import { PoolError } from '../../errors.ts'
import type { Client } from '../../store/setup/clients.ts'
import type { Pool } from '../../store/setup/pools.ts'
import type { World } from '../../world/world.ts'
import { eventHead, readResponse } from './event.ts'

/** A person as an identity provider describes it, before any mapping. */
export interface InboundPerson {
  readonly username: string
  readonly providerName: string
  readonly providerType: string
  readonly claims: Readonly<Record<string, string | readonly string[]>>
  /** What the provider sent: tokenResponse, idToken and userInfo, or samlResponse. */
  readonly sources: Readonly<Record<string, Readonly<Record<string, string>> | undefined>>
}

/**
 * Asks the InboundFederation trigger which claims count (developer guide, "Inbound federation Lambda trigger"): no claims
 * in its answer leave them as they are, else those that it leaves out are dropped. Who the person is it cannot change.
 */
export async function inboundFederation(
  world: World,
  pool: Pool,
  client: Client,
  { username, providerName, providerType, claims, sources }: InboundPerson,
): Promise<InboundPerson['claims']> {
  const arn = pool.settings.LambdaConfig?.InboundFederation?.LambdaArn
  if (!arn) return claims
  const event = {
    ...eventHead(pool, client, 'InboundFederation_ExternalProvider', username),
    request: { providerName, providerType, attributes: sources },
    response: { userAttributesToMap: {} },
  }
  const { userAttributesToMap } = readResponse(await world.invoke(arn, event))
  if (userAttributesToMap === undefined || userAttributesToMap === null) return claims
  if (typeof userAttributesToMap !== 'object' || Array.isArray(userAttributesToMap)) throw unreadable()
  const entries = Object.entries(userAttributesToMap)
  if (entries.length === 0) return claims
  return Object.fromEntries(
    entries.map(([name, value]) => {
      if (typeof value !== 'string') throw unreadable()
      return [name, value]
    }),
  )
}

function unreadable(): PoolError {
  return new PoolError('InvalidLambdaResponse', 'Unrecognizable lambda output')
}
