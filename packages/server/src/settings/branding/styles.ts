import type { AssetType, Json } from '@poolhouse/api'
import { PoolError } from '../../errors.ts'
import { type Db, transaction } from '../../store/db.ts'
import {
  countStyles,
  createStyle,
  deleteImages,
  deleteStyle,
  findClientStyle,
  findStyle,
  listImageNames,
  putImages,
  type Style,
  type StyleImage,
  updateStyle,
} from '../../store/setup/branding.ts'
import type { Client } from '../../store/setup/clients.ts'
import type { Pool } from '../../store/setup/pools.ts'
import type { World } from '../../world/world.ts'
import { checkDocument, mergeDocuments } from './document.ts'
import { readImage } from './images.ts'

/** What is said of a style. */
export interface StyleInput {
  readonly settings?: Json | undefined
  readonly assets?: readonly AssetType[] | undefined
  readonly provided?: boolean | undefined
}

/** AWS's quotas: styles of a pool, images of a style (developer guide, "Quotas"; API reference, AssetType). */
const mostStyles = 20
const mostImages = 40

/** Gives an app client a style. */
export async function makeStyle(db: Db, world: World, pool: Pool, client: Client, input: StyleInput): Promise<Style> {
  const { settings, images } = readInput(input)
  const now = world.now()
  const style: Style = {
    poolId: pool.id,
    clientId: client.id,
    id: newId(world),
    settings,
    provided: input.provided ?? false,
    createdAt: now,
    updatedAt: now,
  }
  return transaction(db, async (inner) => {
    if (await findClientStyle(inner, pool.id, client.id)) throw taken(client)
    if ((await countStyles(inner, pool.id)) >= mostStyles)
      throw new PoolError(
        'LimitExceeded',
        `Number of managed login branding styles exceeds the limit of ${mostStyles}.`,
      )
    if (!(await createStyle(inner, style))) throw taken(client)
    await putImages(inner, style, images)
    return style
  })
}

/** The style of an id. */
export async function getStyle(db: Db, pool: Pool, id: string): Promise<Style> {
  const style = await findStyle(db, pool.id, id)
  if (!style) throw missing(id)
  return style
}

/** The style of an app client. */
export async function getClientStyle(db: Db, pool: Pool, client: Client): Promise<Style> {
  const style = await findClientStyle(db, pool.id, client.id)
  if (!style)
    throw new PoolError('ResourceNotFound', `There is no managed login branding for the app client ${client.id}.`)
  return style
}

/**
 * Changes a style. What is not said stays: settings are laid over those that are there, an image takes the place of the
 * one of its category and colour mode (hashicorp/terraform-provider-aws, managed_login_branding.go, on the live API; AWS
 * API reference: "preserves existing style settings that you don't specify"). Going back to the default look forgets
 * all of it first.
 */
export async function changeStyle(db: Db, world: World, pool: Pool, id: string, input: StyleInput): Promise<Style> {
  const { settings, images } = readInput(input)
  return transaction(db, async (inner) => {
    const style = await getStyle(inner, pool, id)
    const changed = {
      ...style,
      provided: input.provided ?? style.provided,
      settings: input.provided
        ? undefined
        : settings === undefined
          ? style.settings
          : mergeDocuments(style.settings, settings),
    }
    if (!(await updateStyle(inner, changed, world.now()))) throw concurrent()
    if (input.provided) await deleteImages(inner, style)
    await putImages(inner, style, images)
    if ((await listImageNames(inner, style)).length > mostImages)
      throw new PoolError('InvalidParameter', `A style has at most ${mostImages} assets.`)
    return getStyle(inner, pool, id)
  })
}

/** Takes a style away: its app client has the default look again. */
export async function removeStyle(db: Db, pool: Pool, id: string): Promise<void> {
  await transaction(db, async (inner) => {
    if (!(await deleteStyle(inner, await getStyle(inner, pool, id)))) throw missing(id)
  })
}

function readInput({ settings, assets = [], provided }: StyleInput): {
  settings: Json | undefined
  images: StyleImage[]
} {
  // Assets are taken beside it, as AWS does (acceptance tests of the AWS provider).
  if (provided && settings !== undefined)
    throw new PoolError('InvalidParameter', 'Settings cannot be given when UseCognitoProvidedValues is true.')
  if (settings !== undefined) checkDocument(settings)
  const images = assets.map(readImage)
  const names = new Set(images.map(({ category, colorMode, resourceId }) => `${category} ${colorMode} ${resourceId}`))
  if (names.size < images.length)
    throw new PoolError('InvalidParameter', 'There are two assets of one category, colour mode and resource.')
  return { settings, images }
}

/** A random UUID (RFC 9562 section 5.4). */
function newId(world: World): string {
  const bytes = Buffer.from(world.random(16))
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

function taken({ id }: Client): PoolError {
  return new PoolError('ManagedLoginBrandingExists', `The app client ${id} already has a managed login branding style.`)
}

function missing(id: string): PoolError {
  return new PoolError('ResourceNotFound', `Managed login branding ${id} does not exist.`)
}

function concurrent(): PoolError {
  return new PoolError('ConcurrentModification', 'The style was changed by another request. Try again.')
}
