import type { Db } from '../db.ts'

/** A key of a pool for SAML with its certificate. */
export interface SamlKeyRecord {
  readonly poolId: string
  /** Requests are signed with one; providers encrypt for the other. */
  readonly purpose: 'signing' | 'encryption'
  /** Base64 DER. */
  readonly certificate: string
  /** PKCS #8 PEM as the vault sealed it at `saml_keys:{poolId}:{purpose}`. */
  readonly privateSealed: string
}

/** Stores a key unless the pool has one for the purpose; whoever comes second reads the first one's. */
export async function createSamlKey(db: Db, key: SamlKeyRecord, now: number): Promise<void> {
  await db
    .insertInto('saml_keys')
    .values({
      pool_id: key.poolId,
      purpose: key.purpose,
      certificate: key.certificate,
      private_sealed: key.privateSealed,
      created_at: now,
    })
    .onConflict((conflict) => conflict.columns(['pool_id', 'purpose']).doNothing())
    .execute()
}

/** A pool's key for a purpose. */
export async function findSamlKey(
  db: Db,
  poolId: string,
  purpose: SamlKeyRecord['purpose'],
): Promise<SamlKeyRecord | undefined> {
  const row = await db
    .selectFrom('saml_keys')
    .selectAll()
    .where('pool_id', '=', poolId)
    .where('purpose', '=', purpose)
    .executeTakeFirst()
  return row && { poolId, purpose, certificate: row.certificate, privateSealed: row.private_sealed }
}

/** Which message of which provider. */
export interface MessageKey {
  readonly poolId: string
  readonly provider: string
  /** SHA-256 of the message's id. */
  readonly idHash: string
}

/** Notes that a message was taken; false when it was before, on whatever node. */
export async function takeMessage(
  db: Db,
  { poolId, provider, idHash }: MessageKey,
  expiresAt: number,
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('saml_messages')
    .values({ pool_id: poolId, provider, id_hash: idHash, expires_at: expiresAt })
    .onConflict((conflict) => conflict.columns(['pool_id', 'provider', 'id_hash']).doNothing())
    .executeTakeFirst()
  return numInsertedOrUpdatedRows === 1n
}

/** Metadata that was fetched for a provider as it is now set up. */
export interface FetchedMetadata {
  readonly document: string
  /** When it is to be fetched anew, in milliseconds. */
  readonly refreshAt: number
}

/** Which settings of which provider: `version` is its `updatedAt`. */
export interface MetadataKey {
  readonly poolId: string
  readonly provider: string
  readonly version: number
}

/** The metadata last fetched for these settings. */
export async function findMetadata(
  db: Db,
  { poolId, provider, version }: MetadataKey,
): Promise<FetchedMetadata | undefined> {
  const row = await db
    .selectFrom('saml_metadata')
    .select(['document', 'refresh_at'])
    .where('pool_id', '=', poolId)
    .where('provider', '=', provider)
    .where('provider_version', '=', version)
    .executeTakeFirst()
  return row && { document: row.document, refreshAt: row.refresh_at }
}

/** Stores what was fetched, in place of what was fetched before. */
export async function storeMetadata(db: Db, key: MetadataKey, { document, refreshAt }: FetchedMetadata): Promise<void> {
  const changing = { provider_version: key.version, document, refresh_at: refreshAt }
  await db
    .insertInto('saml_metadata')
    .values({ pool_id: key.poolId, provider: key.provider, ...changing })
    .onConflict((conflict) => conflict.columns(['pool_id', 'provider']).doUpdateSet(changing))
    .execute()
}

/** Makes it the caller's to fetch metadata anew; false when it is not due, or another does it. Times in milliseconds. */
export async function claimRefresh(
  db: Db,
  { poolId, provider, version }: MetadataKey,
  now: number,
  until: number,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('saml_metadata')
    .set({ refresh_at: until })
    .where('pool_id', '=', poolId)
    .where('provider', '=', provider)
    .where('provider_version', '=', version)
    .where('refresh_at', '<=', now)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}
