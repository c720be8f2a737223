import type { CustomDomainConfigType } from '@poolhouse/api'
import type { World } from '../../world/world.ts'
import type { Db } from '../db.ts'
import { prepareSetUp } from '../sql/prepared.ts'
import type { Pool } from './pools.ts'

/** What was asked for a domain, in AWS's own nouns. */
export interface DomainSettings {
  readonly ManagedLoginVersion?: number | undefined
  readonly CustomDomainConfig?: CustomDomainConfigType | undefined
}

/** A hosted domain: a prefix, or a whole host name when it has a custom configuration. */
export interface Domain {
  readonly domain: string
  readonly poolId: string
  readonly settings: DomainSettings
}

/** Stores a new domain; the primary key refuses one that is taken, by any pool. */
export async function createDomain(db: Db, { domain, poolId, settings }: Domain, now: number): Promise<void> {
  await db
    .insertInto('domains')
    .values({ domain, pool_id: poolId, settings: JSON.stringify(settings), created_at: now })
    .execute()
}

/** The domain of a name, if there is one. */
export async function findDomain(db: Db, domain: string): Promise<Domain | undefined> {
  const [row] = await domainByName(db, { domain })
  return row && { domain, poolId: row.pool_id, settings: JSON.parse(row.settings) as DomainSettings }
}

const domainByName = prepareSetUp((db, { domain }: { domain: string }) =>
  db.selectFrom('domains').selectAll().where('domain', '=', domain),
)

/** A pool's domains: a prefix, a custom one, or both. */
export async function listDomains(db: Db, poolId: string): Promise<Domain[]> {
  const rows = await db
    .selectFrom('domains')
    .selectAll()
    .where('pool_id', '=', poolId) // index domains_by_pool
    .orderBy('domain')
    .execute()
  return rows.map((row) => ({ domain: row.domain, poolId, settings: JSON.parse(row.settings) as DomainSettings }))
}

/** Replaces a domain's settings. */
export async function updateDomain(db: Db, { domain, poolId, settings }: Domain): Promise<void> {
  await db
    .updateTable('domains')
    .set({ settings: JSON.stringify(settings) })
    .where('pool_id', '=', poolId)
    .where('domain', '=', domain)
    .execute()
}

/** Deletes a domain of the pool; false when it has none of that name. */
export async function deleteDomain(db: Db, poolId: string, domain: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('domains')
    .where('pool_id', '=', poolId)
    .where('domain', '=', domain)
    .executeTakeFirst()
  return numDeletedRows === 1n
}

/** Names under which a machine reaches itself; they resolve everywhere, so addresses stay in path style. */
const loopback = new Set(['localhost', '127.0.0.1', '[::1]'])

/**
 * The address of a hosted domain without a final slash: a custom domain's own host; in path style while the public URL is
 * a loopback name; else `{prefix}.{suffix}`.
 */
export function hostedUrl({ config }: Pick<World, 'config'>, pool: Pool, { domain, settings }: Domain): string {
  if (settings.CustomDomainConfig) return `https://${domain}`
  const url = new URL(config.publicUrl)
  if (loopback.has(url.hostname)) return `${config.publicUrl}/domains/${domain}`
  return `${url.protocol}//${domain}.${domainSuffix(config.domainSuffix, pool.region)}${url.port && `:${url.port}`}`
}

/** The hosts' suffix for a region. */
export function domainSuffix(setting: string, region: string): string {
  return setting.replace('{region}', region)
}
