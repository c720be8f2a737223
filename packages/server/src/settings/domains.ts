import { PoolError } from '../errors.ts'
import { type Db, isUniqueViolation } from '../store/db.ts'
import {
  createDomain,
  type Domain,
  type DomainSettings,
  deleteDomain,
  listDomains,
  updateDomain,
} from '../store/setup/domains.ts'
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
  if (!custom && (domain.includes('.') || domain.length > 63))
    throw new PoolError('InvalidParameter', 'A domain prefix has no dot, and at most 63 characters.')
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

/** Changes what a hosted domain is reached by; a prefix cannot become a custom domain, nor the other way round. */
export async function changeDomain(db: Db, pool: Pool, domain: string, settings: DomainSettings): Promise<Domain> {
  const existing = (await listDomains(db, pool.id)).find((known) => known.domain === domain)
  if (!existing) throw new PoolError('ResourceNotFound', 'Domain does not exist.')
  if (settings.CustomDomainConfig && !existing.settings.CustomDomainConfig)
    throw new PoolError('InvalidParameter', 'A prefix domain has no certificate of its own.')
  const changed = {
    ...existing,
    settings: {
      ManagedLoginVersion: settings.ManagedLoginVersion ?? existing.settings.ManagedLoginVersion,
      CustomDomainConfig: settings.CustomDomainConfig ?? existing.settings.CustomDomainConfig,
    },
  }
  await updateDomain(db, changed)
  return changed
}

/** Takes a domain away from its pool. */
export async function removeDomain(db: Db, pool: Pool, domain: string): Promise<void> {
  if (!(await deleteDomain(db, pool.id, domain)))
    throw new PoolError('InvalidParameter', 'No such domain or user pool exists.')
}
