import type { ManagedLoginBrandingType, UICustomizationType } from '@poolhouse/api'
import { PoolError } from '../../../errors.ts'
import { changeCustomization, getCustomization } from '../../../settings/branding/classic.ts'
import { wholeDocument } from '../../../settings/branding/document.ts'
import { changeStyle, getClientStyle, getStyle, makeStyle, removeStyle } from '../../../settings/branding/styles.ts'
import type { Db } from '../../../store/db.ts'
import { listImages, type Style } from '../../../store/setup/branding.ts'
import { allClients, type Customization } from '../../../store/setup/customizations.ts'
import { hostedUrl, listDomains } from '../../../store/setup/domains.ts'
import type { Pool } from '../../../store/setup/pools.ts'
import type { World } from '../../../world/world.ts'
import type { Handler } from '../../resolve.ts'

export const CreateManagedLoginBranding: Handler<'CreateManagedLoginBranding'> = async (
  { Settings, Assets, UseCognitoProvidedValues },
  { db, world, pool, client },
) => {
  const input = { settings: Settings, assets: Assets, provided: UseCognitoProvidedValues }
  return { ManagedLoginBranding: await describe(db, await makeStyle(db, world, pool, client, input)) }
}

export const DescribeManagedLoginBranding: Handler<'DescribeManagedLoginBranding'> = async (
  { ManagedLoginBrandingId, ReturnMergedResources },
  { db, pool },
) => ({
  ManagedLoginBranding: await describe(db, await getStyle(db, pool, ManagedLoginBrandingId), ReturnMergedResources),
})

export const DescribeManagedLoginBrandingByClient: Handler<'DescribeManagedLoginBrandingByClient'> = async (
  { ReturnMergedResources },
  { db, pool, client },
) => ({
  ManagedLoginBranding: await describe(db, await getClientStyle(db, pool, client), ReturnMergedResources),
})

export const UpdateManagedLoginBranding: Handler<'UpdateManagedLoginBranding'> = async (
  { ManagedLoginBrandingId, Settings, Assets, UseCognitoProvidedValues },
  { db, world, pool },
) => {
  // The contract marks neither as required, and there is nothing to change without them.
  if (!pool || ManagedLoginBrandingId === undefined)
    throw new PoolError('InvalidParameter', 'UserPoolId and ManagedLoginBrandingId are required.')
  const input = { settings: Settings, assets: Assets, provided: UseCognitoProvidedValues }
  return { ManagedLoginBranding: await describe(db, await changeStyle(db, world, pool, ManagedLoginBrandingId, input)) }
}

export const DeleteManagedLoginBranding: Handler<'DeleteManagedLoginBranding'> = async (
  { ManagedLoginBrandingId },
  { db, pool },
) => {
  await removeStyle(db, pool, ManagedLoginBrandingId)
  return {}
}

export const GetUICustomization: Handler<'GetUICustomization'> = async ({ ClientId }, { db, world, pool }) => ({
  UICustomization: await describeClassic(db, world, pool, await getCustomization(db, pool, ClientId ?? allClients)),
})

export const SetUICustomization: Handler<'SetUICustomization'> = async (
  { ClientId, CSS, ImageFile },
  { db, world, pool },
) => {
  const input = { css: CSS, logo: ImageFile?.length ? ImageFile : undefined }
  const changed = await changeCustomization(db, world, pool, ClientId ?? allClients, input)
  return { UICustomization: await describeClassic(db, world, pool, changed) }
}

/** Settings are left out where none were given, assets never are (floci-io/floci#2869, measured on the live API). */
async function describe(db: Db, style: Style, merged = false): Promise<ManagedLoginBrandingType> {
  const images = await listImages(db, style)
  return {
    ManagedLoginBrandingId: style.id,
    UserPoolId: style.poolId,
    UseCognitoProvidedValues: style.provided,
    Settings: merged ? wholeDocument(style.settings) : style.settings,
    Assets: images.map(({ category, colorMode, extension, resourceId, body }) => ({
      Category: category,
      ColorMode: colorMode,
      Extension: extension,
      Bytes: body,
      ResourceId: resourceId || undefined,
    })),
    CreationDate: style.createdAt,
    LastModifiedDate: style.updatedAt,
  }
}

/** What there is not is an empty object, as on AWS. The version is a time: `20250115191928`. */
async function describeClassic(
  db: Db,
  world: World,
  pool: Pool,
  customization: Customization | undefined,
): Promise<UICustomizationType> {
  if (!customization) return {}
  const { clientId, css, logo, createdAt, updatedAt } = customization
  const [domain] = await listDomains(db, pool.id)
  const name = logo && `${logo.hash}.${logo.extension.toLowerCase()}`
  return {
    UserPoolId: pool.id,
    ClientId: clientId,
    ImageUrl: domain && name ? `${hostedUrl(world, pool, domain)}/branding/${clientId}/${name}` : undefined,
    CSS: css,
    // biome-ignore lint/style/noRestrictedGlobals: writes a time that is given; the clock is world.now().
    CSSVersion: new Date(updatedAt).toISOString().replaceAll(/\D/g, '').slice(0, 14),
    CreationDate: createdAt,
    LastModifiedDate: updatedAt,
  }
}
