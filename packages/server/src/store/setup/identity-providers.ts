import type { IdentityProviderTypeType } from '@poolhouse/api'
import type { Selectable } from 'kysely'
import type { Db } from '../db.ts'
import type { Tables } from '../sql/tables.ts'

/** What a provider speaks; the social ones are presets of OAuth 2.0 or OpenID Connect. */
export type ProviderType = IdentityProviderTypeType

/** Somewhere else that a pool's users can sign in at. Times are milliseconds. */
export interface IdentityProvider {
  readonly poolId: string
  readonly name: string
  readonly type: ProviderType
  /** What is no secret of AWS's ProviderDetails: client_id, oidc_issuer, … */
  readonly details: Readonly<Record<string, string>>
  /** The secret ones (client_secret, private_key), JSON, sealed to this row. */
  readonly secretsSealed: string | undefined
  /** The pool's attribute to the provider's claim. */
  readonly mapping: Readonly<Record<string, string>>
  readonly identifiers: readonly string[]
  readonly createdAt: number
  readonly updatedAt: number
}

/** Stores a new provider; false when the pool has one of that name. Call it in a transaction, before its identifiers. */
export async function createIdentityProvider(db: Db, provider: IdentityProvider): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('identity_providers')
    .values({
      pool_id: provider.poolId,
      name: provider.name,
      type: provider.type,
      ...changing(provider),
      created_at: provider.createdAt,
      updated_at: provider.updatedAt,
    })
    .onConflict((conflict) => conflict.columns(['pool_id', 'name']).doNothing())
    .executeTakeFirst()
  return numInsertedOrUpdatedRows === 1n
}

/** Replaces a provider's settings; false when somebody else changed or deleted it since it was read. */
export async function updateIdentityProvider(db: Db, provider: IdentityProvider, now: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('identity_providers')
    // Two writes in one millisecond must still differ: trips that began with the old settings end by it.
    .set({ ...changing(provider), updated_at: Math.max(now, provider.updatedAt + 1) })
    .where('pool_id', '=', provider.poolId)
    .where('name', '=', provider.name)
    .where('updated_at', '=', provider.updatedAt)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Makes these the identifiers that lead to a provider; the one that leads to another is returned. Call it in a transaction. */
export async function replaceIdentifiers(
  db: Db,
  { poolId, name, identifiers }: Pick<IdentityProvider, 'poolId' | 'name' | 'identifiers'>,
): Promise<string | undefined> {
  await db.deleteFrom('provider_identifiers').where('pool_id', '=', poolId).where('provider', '=', name).execute()
  for (const identifier of identifiers) {
    const { numInsertedOrUpdatedRows } = await db
      .insertInto('provider_identifiers')
      .values({ pool_id: poolId, identifier_key: identifierKey(identifier), provider: name })
      .onConflict((conflict) => conflict.columns(['pool_id', 'identifier_key']).doNothing())
      .executeTakeFirst()
    if (numInsertedOrUpdatedRows !== 1n) return identifier
  }
  return undefined
}

/** The provider of a name. */
export async function findIdentityProvider(
  db: Db,
  poolId: string,
  name: string,
): Promise<IdentityProvider | undefined> {
  const row = await db
    .selectFrom('identity_providers')
    .selectAll()
    .where('pool_id', '=', poolId)
    .where('name', '=', name)
    .executeTakeFirst()
  return row && fromRow(row)
}

/** The provider that an identifier leads to, in any case. */
export async function findProviderByIdentifier(
  db: Db,
  poolId: string,
  identifier: string,
): Promise<IdentityProvider | undefined> {
  const row = await db
    .selectFrom('identity_providers')
    .innerJoin('provider_identifiers', (join) =>
      join
        .onRef('provider_identifiers.pool_id', '=', 'identity_providers.pool_id')
        .onRef('provider_identifiers.provider', '=', 'identity_providers.name'),
    )
    .selectAll('identity_providers')
    .where('provider_identifiers.pool_id', '=', poolId)
    .where('provider_identifiers.identifier_key', '=', identifierKey(identifier))
    .executeTakeFirst()
  return row && fromRow(row)
}

/** A pool's providers by name, after the given name. */
export async function listIdentityProviders(
  db: Db,
  poolId: string,
  after: string,
  limit: number,
): Promise<IdentityProvider[]> {
  const rows = await db
    .selectFrom('identity_providers')
    .selectAll()
    .where('pool_id', '=', poolId) // the primary key
    .where('name', '>', after)
    .orderBy('name')
    .limit(limit)
    .execute()
  return rows.map(fromRow)
}

/** Deletes a provider and its identifiers; false when there is none. Call it in a transaction. */
export async function deleteIdentityProvider(db: Db, poolId: string, name: string): Promise<boolean> {
  await db.deleteFrom('provider_identifiers').where('pool_id', '=', poolId).where('provider', '=', name).execute()
  const { numDeletedRows } = await db
    .deleteFrom('identity_providers')
    .where('pool_id', '=', poolId)
    .where('name', '=', name)
    .executeTakeFirst()
  return numDeletedRows === 1n
}

function identifierKey(identifier: string): string {
  return identifier.toLowerCase()
}

function changing({ details, secretsSealed, mapping, identifiers }: IdentityProvider) {
  return {
    details: JSON.stringify(details),
    secrets_sealed: secretsSealed ?? null,
    mapping: JSON.stringify(mapping),
    identifiers: JSON.stringify(identifiers),
  }
}

function fromRow(row: Selectable<Tables['identity_providers']>): IdentityProvider {
  return {
    poolId: row.pool_id,
    name: row.name,
    type: row.type as ProviderType,
    details: JSON.parse(row.details) as Record<string, string>,
    secretsSealed: row.secrets_sealed ?? undefined,
    mapping: JSON.parse(row.mapping) as Record<string, string>,
    identifiers: JSON.parse(row.identifiers) as string[],
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
