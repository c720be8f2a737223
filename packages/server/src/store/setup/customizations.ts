import type { AssetExtensionType } from '@poolhouse/api'
import type { Selectable } from 'kysely'
import type { Db } from '../db.ts'
import { prepare } from '../sql/prepared.ts'
import type { Tables } from '../sql/tables.ts'
import type { Picture } from './branding.ts'

/** The client id under which a pool's classic look is kept that clients without one of their own have. */
export const allClients = 'ALL'

/** The look of classic pages: of an app client, or of all that have none. Times are milliseconds. */
export interface Customization {
  readonly poolId: string
  readonly clientId: string
  /** As it was handed in. */
  readonly css: string | undefined
  readonly logo: { readonly extension: AssetExtensionType; readonly hash: string } | undefined
  readonly createdAt: number
  readonly updatedAt: number
}

/** Replaces a look, logo included; the time of its creation stays. */
export async function putCustomization(
  db: Db,
  customization: Customization,
  logo: Uint8Array | undefined,
): Promise<void> {
  const { poolId, clientId, css, createdAt, updatedAt } = customization
  const content = {
    css: css ?? null,
    logo_type: customization.logo?.extension ?? null,
    logo_hash: customization.logo?.hash ?? null,
    logo: logo ? Buffer.from(logo).toString('base64') : null,
    updated_at: updatedAt,
  }
  await db
    .insertInto('ui_customizations')
    .values({ pool_id: poolId, client_id: clientId, created_at: createdAt, ...content })
    .onConflict((conflict) => conflict.columns(['pool_id', 'client_id']).doUpdateSet(content))
    .execute()
}

/** The look of a client, or else that of all; asked for every page. */
export async function findCustomization(db: Db, poolId: string, clientId: string): Promise<Customization | undefined> {
  const rows = await customizations(db, { poolId, clientId })
  const row = rows.find((one) => one.client_id === clientId) ?? rows[0]
  return row && fromRow(row)
}

const columns = ['pool_id', 'client_id', 'css', 'logo_type', 'logo_hash', 'created_at', 'updated_at'] as const

const customizations = prepare((db, { poolId, clientId }: { poolId: string; clientId: string }) =>
  db
    .selectFrom('ui_customizations')
    .select(columns)
    .where('pool_id', '=', poolId)
    .where((where) => where.or([where('client_id', '=', clientId), where('client_id', '=', allClients)])),
)

/** The logo of a look, when it has this hash. */
export async function findLogo(db: Db, poolId: string, clientId: string, hash: string): Promise<Picture | undefined> {
  const row = await db
    .selectFrom('ui_customizations')
    .select(['logo_type', 'logo'])
    .where('pool_id', '=', poolId)
    .where('client_id', '=', clientId)
    .where('logo_hash', '=', hash)
    .executeTakeFirst()
  if (!row?.logo) return undefined
  return { extension: row.logo_type as AssetExtensionType, body: new Uint8Array(Buffer.from(row.logo, 'base64')) }
}

/** Deletes the look of a client or of all. */
export async function deleteCustomization(db: Db, poolId: string, clientId: string): Promise<void> {
  await db.deleteFrom('ui_customizations').where('pool_id', '=', poolId).where('client_id', '=', clientId).execute()
}

function fromRow(row: Pick<Selectable<Tables['ui_customizations']>, (typeof columns)[number]>): Customization {
  return {
    poolId: row.pool_id,
    clientId: row.client_id,
    css: row.css ?? undefined,
    logo: row.logo_hash === null ? undefined : { extension: row.logo_type as AssetExtensionType, hash: row.logo_hash },
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
