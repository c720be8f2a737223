import { fetchMetadata, readSwitches, type SamlSwitches } from '../../../settings/saml/details.ts'
import { readMetadata, type SamlMetadata } from '../../../settings/saml/metadata.ts'
import type { Db } from '../../../store/db.ts'
import { claimRefresh, findMetadata, storeMetadata } from '../../../store/federation/saml.ts'
import type { IdentityProvider } from '../../../store/setup/identity-providers.ts'
import type { Pool } from '../../../store/setup/pools.ts'
import type { World } from '../../../world/world.ts'

/** A SAML provider ready to be spoken to. */
export interface SamlProvider {
  readonly name: string
  readonly metadata: SamlMetadata
  readonly switches: SamlSwitches
}

/** How long fetched metadata is taken for current, as on AWS (developer guide, "Adding SAML providers": six hours). */
const refreshEvery = 6 * 3_600_000

/** When it is tried again after it could not be fetched. */
const retryAfter = 10 * 60_000

/** The name that a pool goes by at SAML providers: AWS's, so that a provider set up for AWS needs no change. */
export function entityIdOf(pool: Pick<Pool, 'id'>): string {
  return `urn:amazon:cognito:sp:${pool.id}`
}

/** The time that providers live by: not that of a pool whose clock was moved in development. Milliseconds. */
export function providerNow(world: World): number {
  return (world.base ?? world).now()
}

/**
 * A provider with its metadata as of now. Metadata at an address is fetched anew every six hours, so that a key which
 * the provider changes is known in time; while it cannot be fetched, what was fetched before counts.
 */
export async function openProvider(db: Db, world: World, provider: IdentityProvider): Promise<SamlProvider> {
  const document = provider.details.MetadataFile ?? (await currentDocument(db, world, provider))
  return { name: provider.name, metadata: await readMetadata(document), switches: readSwitches(provider.details) }
}

async function currentDocument(db: Db, world: World, provider: IdentityProvider): Promise<string> {
  const { poolId, name, updatedAt, details } = provider
  const key = { poolId, provider: name, version: updatedAt }
  const known = await findMetadata(db, key)
  const now = providerNow(world)
  if (known && now < known.refreshAt) return known.document
  // Of all who come meanwhile one fetches; the others go on with what there is.
  if (known && !(await claimRefresh(db, key, now, now + retryAfter))) return known.document
  try {
    const document = await fetchMetadata(world, details.MetadataURL ?? '')
    const { entityId } = await readMetadata(document)
    if (known && entityId !== (await readMetadata(known.document)).entityId)
      throw new Error('The metadata is that of another entity')
    await storeMetadata(db, key, { document, refreshAt: now + refreshEvery })
    return document
  } catch (error) {
    if (!known) throw error
    world.log.warn('SAML metadata not refreshed', { poolId, error })
    return known.document
  }
}
