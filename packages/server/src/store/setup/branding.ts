import type { AssetCategoryType, AssetExtensionType, ColorSchemeModeType, Json } from '@poolhouse/api'
import type { Selectable } from 'kysely'
import type { Db } from '../db.ts'
import { prepare } from '../sql/prepared.ts'
import type { Tables } from '../sql/tables.ts'

/** How an app client's pages look on managed login. Times are milliseconds. */
export interface Style {
  readonly poolId: string
  readonly clientId: string
  readonly id: string
  /** AWS's settings document as far as it was given; undefined for the default look. */
  readonly settings: Json | undefined
  /** Whether the default look was asked for (UseCognitoProvidedValues). */
  readonly provided: boolean
  readonly createdAt: number
  readonly updatedAt: number
}

/** An image of a style without its content. */
export interface ImageName {
  readonly category: AssetCategoryType
  readonly colorMode: ColorSchemeModeType
  readonly extension: AssetExtensionType
  /** What AWS calls ResourceId; empty where there is none. */
  readonly resourceId: string
  /** Of the content that is served: its name on the Web. */
  readonly hash: string
}

/** An image of a style. */
export interface StyleImage extends ImageName {
  /** As it was handed in. */
  readonly body: Uint8Array
  /** What browsers get instead, where they do not get that. */
  readonly served: Uint8Array | undefined
}

/** A picture as it is sent to browsers. */
export interface Picture {
  readonly extension: AssetExtensionType
  readonly body: Uint8Array
}

/** Stores a new style; false when the client has one. */
export async function createStyle(db: Db, style: Style): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('login_styles')
    .values(toRow(style))
    .onConflict((conflict) => conflict.columns(['pool_id', 'client_id']).doNothing())
    .executeTakeFirst()
  return numInsertedOrUpdatedRows === 1n
}

/** The style of an id. */
export async function findStyle(db: Db, poolId: string, id: string): Promise<Style | undefined> {
  const row = await db
    .selectFrom('login_styles')
    .selectAll()
    .where('pool_id', '=', poolId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row && fromRow(row)
}

/** The style of an app client; asked for every page. */
export async function findClientStyle(db: Db, poolId: string, clientId: string): Promise<Style | undefined> {
  const [row] = await styleByClient(db, { poolId, clientId })
  return row && fromRow(row)
}

const styleByClient = prepare((db, { poolId, clientId }: { poolId: string; clientId: string }) =>
  db.selectFrom('login_styles').selectAll().where('pool_id', '=', poolId).where('client_id', '=', clientId),
)

/** How many styles a pool has. */
export async function countStyles(db: Db, poolId: string): Promise<number> {
  const { count } = await db
    .selectFrom('login_styles')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('pool_id', '=', poolId)
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** Replaces the settings; false when somebody else changed or deleted the style since it was read. */
export async function updateStyle(db: Db, style: Style, now: number): Promise<boolean> {
  const { settings, provided } = toRow(style)
  const { numUpdatedRows } = await db
    .updateTable('login_styles')
    // Two writes in one millisecond must still differ: what is made of a style is kept by its time.
    .set({ settings, provided, updated_at: Math.max(now, style.updatedAt + 1) })
    .where('pool_id', '=', style.poolId)
    .where('id', '=', style.id)
    .where('updated_at', '=', style.updatedAt)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Deletes a style with its images; false when somebody else has. Call it in a transaction. */
export async function deleteStyle(db: Db, { poolId, clientId, id }: Style): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('login_styles')
    .where('pool_id', '=', poolId)
    .where('id', '=', id)
    .executeTakeFirst()
  await deleteImages(db, { poolId, clientId })
  return numDeletedRows === 1n
}

/** Stores images; one of the same category, colour mode and resource takes the other's place. */
export async function putImages(
  db: Db,
  { poolId, clientId }: Pick<Style, 'poolId' | 'clientId'>,
  images: readonly StyleImage[],
): Promise<void> {
  for (const { category, colorMode, resourceId, extension, hash, body, served } of images) {
    const content = { extension, hash, body: toText(body), served: served ? toText(served) : null }
    await db
      .insertInto('login_images')
      .values({
        pool_id: poolId,
        client_id: clientId,
        category,
        color_mode: colorMode,
        resource_id: resourceId,
        ...content,
      })
      .onConflict((conflict) =>
        conflict.columns(['pool_id', 'client_id', 'category', 'color_mode', 'resource_id']).doUpdateSet(content),
      )
      .execute()
  }
}

/** A style's images with their content. */
export async function listImages(db: Db, { poolId, clientId }: Pick<Style, 'poolId' | 'clientId'>) {
  const rows = await imagesOf(db, poolId, clientId).selectAll().execute()
  return rows.map((row): StyleImage => {
    const { body, served } = row
    return { ...imageName(row), body: toBytes(body), served: served === null ? undefined : toBytes(served) }
  })
}

/** A style's images without their content. */
export async function listImageNames(db: Db, { poolId, clientId }: Pick<Style, 'poolId' | 'clientId'>) {
  const columns = ['category', 'color_mode', 'resource_id', 'extension', 'hash'] as const
  const rows = await imagesOf(db, poolId, clientId).select(columns).execute()
  return rows.map(imageName)
}

/** The image of a client's style with this hash, as it is served. */
export async function findPicture(
  db: Db,
  poolId: string,
  clientId: string,
  hash: string,
): Promise<Picture | undefined> {
  const row = await db
    .selectFrom('login_images')
    .select(['extension', 'body', 'served'])
    .where('pool_id', '=', poolId) // index login_images_by_hash
    .where('client_id', '=', clientId)
    .where('hash', '=', hash)
    .limit(1)
    .executeTakeFirst()
  return row && { extension: row.extension as AssetExtensionType, body: toBytes(row.served ?? row.body) }
}

/** Deletes all images of a style. */
export async function deleteImages(db: Db, { poolId, clientId }: Pick<Style, 'poolId' | 'clientId'>): Promise<void> {
  await db.deleteFrom('login_images').where('pool_id', '=', poolId).where('client_id', '=', clientId).execute()
}

function imagesOf(db: Db, poolId: string, clientId: string) {
  return db
    .selectFrom('login_images')
    .where('pool_id', '=', poolId)
    .where('client_id', '=', clientId)
    .orderBy('category')
    .orderBy('color_mode')
    .orderBy('resource_id')
}

function imageName(row: Omit<Selectable<Tables['login_images']>, 'pool_id' | 'client_id' | 'body' | 'served'>) {
  return {
    category: row.category as AssetCategoryType,
    colorMode: row.color_mode as ColorSchemeModeType,
    extension: row.extension as AssetExtensionType,
    resourceId: row.resource_id,
    hash: row.hash,
  }
}

function toRow(style: Style): Selectable<Tables['login_styles']> {
  return {
    pool_id: style.poolId,
    client_id: style.clientId,
    id: style.id,
    settings: style.settings === undefined ? null : JSON.stringify(style.settings),
    provided: style.provided ? 1 : 0,
    created_at: style.createdAt,
    updated_at: style.updatedAt,
  }
}

function fromRow(row: Selectable<Tables['login_styles']>): Style {
  return {
    poolId: row.pool_id,
    clientId: row.client_id,
    id: row.id,
    settings: row.settings === null ? undefined : (JSON.parse(row.settings) as Json),
    provided: row.provided === 1,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

const toText = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
const toBytes = (text: string) => new Uint8Array(Buffer.from(text, 'base64'))
