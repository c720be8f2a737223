import { PoolError } from '../errors.ts'
import type { Client } from '../store/setup/clients.ts'
import type { Pool } from '../store/setup/pools.ts'

/** Where AWS has no setting, a pool's tag says for which of its clients something holds (docs/adr/0031). */
export type OwnTag = 'poolhouse:strict' | 'poolhouse:rp-initiated-logout'

const ownTags: ReadonlySet<string> = new Set<OwnTag>(['poolhouse:strict', 'poolhouse:rp-initiated-logout'])

/** How long a retried refresh token is answered where a strict client has not said so itself, in seconds. */
const strictGrace = 10

/** Whether a tag names a client, by its id or by `*` for all. */
export function isTagged({ settings }: Pool, tag: OwnTag, clientId: string): boolean {
  const value = settings.UserPoolTags?.[tag]
  if (value === undefined) return false
  const ids = value.split(' ')
  return ids.includes('*') || ids.includes(clientId)
}

/** Whether a tag names any client at all. */
export function isTaggedForAny({ settings }: Pool, tag: OwnTag): boolean {
  return Boolean(settings.UserPoolTags?.[tag])
}

/**
 * A client as its requests meet it. A strict one must use PKCE, has no implicit grant and codes of a minute, and its refresh
 * tokens rotate, whatever its own settings say.
 */
export function asUsed(pool: Pool, client: Client): Client {
  if (client.strict || !isTagged(pool, 'poolhouse:strict', client.id)) return client
  const { settings } = client
  const own = settings.RefreshTokenRotation?.Feature === 'ENABLED' ? settings.RefreshTokenRotation : undefined
  return {
    ...client,
    strict: true,
    settings: {
      ...settings,
      AllowedOAuthFlows: settings.AllowedOAuthFlows?.filter((flow) => flow !== 'implicit'),
      RefreshTokenRotation: own ?? { Feature: 'ENABLED', RetryGracePeriodSeconds: strictGrace },
    },
  }
}

/** Refuses a tag in our name that does nothing, rather than have somebody rely on it. */
export function checkOwnTags(tags: Readonly<Record<string, string>> | undefined): void {
  for (const [name, value] of Object.entries(tags ?? {})) {
    if (!name.startsWith('poolhouse:')) continue
    if (!ownTags.has(name))
      throw new PoolError('InvalidParameter', `${name} is not a tag of Poolhouse: ${[...ownTags].join(', ')}.`)
    if (!/^(\*|[\w+]+( [\w+]+)*)$/.test(value))
      throw new PoolError('InvalidParameter', `${name} must be * or the ids of app clients, separated by blanks.`)
  }
}
