import { PoolError } from '../errors.ts'
import { type Db, isUniqueViolation } from '../store/db.ts'
import { createDomain, type Domain, type DomainSettings, deleteDomain, listDomains } from '../store/setup/domains.ts'
import type { Pool } from '../store/setup/pools.ts'
import type { World } from '../world/world.ts'

/** Gives a pool a hosted domain: a prefix, or with a CustomDomainConfig a whole host name; one of each at most. */
export async function makeDomain(
  db: Db,
  world: World,
  pool: Pool,
  domain: string,
  settings: DomainSettings,
): Promise<Domain> {
  const custom = settings.CustomDomainConfig !== undefined
  const word = custom ? undefined : ['aws', 'amazon', 'cognito'].find((reserved) => domain.includes(reserved))
  if (word) throw new PoolError('InvalidParameter', `Domain cannot contain reserved word: ${word}`)
  if (!custom && domain.includes('.')) throw new PoolError('InvalidParameter', 'A domain prefix cannot contain a dot.')
  const existing = await listDomains(db, pool.id)
  if (existing.some((other) => (other.settings.CustomDomainConfig !== undefined) === custom))
    throw new PoolError('InvalidParameter', 'User pool already has a domain configured.')
  const made = { domain, poolId: pool.id, settings }
  try {
    await createDomain(db, made, world.now())
  } catch (error) {
    if (isUniqueViolation(error))
      throw new PoolError('InvalidParameter', 'Domain already associated with another user pool.', error)
    throw error
  }
  return made
}

/** Takes a domain away from its pool. */
export async function removeDomain(db: Db, pool: Pool, domain: string): Promise<void> {
  if (!(await deleteDomain(db, pool.id, domain)))
    throw new PoolError('InvalidParameter', 'No such domain or user pool exists.')
}

/** Names under which a machine reaches itself; they resolve everywhere, so addresses stay in path style. */
const loopback = new Set(['localhost', '127.0.0.1', '[::1]'])

/**
 * The address of a hosted domain without a final slash: a custom domain's own host; in path style while the public URL is
 * a loopback name; else `{prefix}.{suffix}`.
 */
export function hostedUrl({ config }: World, pool: Pool, { domain, settings }: Domain): string {
  if (settings.CustomDomainConfig) return `https://${domain}`
  const url = new URL(config.publicUrl)
  if (loopback.has(url.hostname)) return `${config.publicUrl}/domains/${domain}`
  return `${url.protocol}//${domain}.${domainSuffix(config.domainSuffix, pool.region)}${url.port && `:${url.port}`}`
}

/** The hosts' suffix for a region. */
export function domainSuffix(setting: string, region: string): string {
  return setting.replace('{region}', region)
}
