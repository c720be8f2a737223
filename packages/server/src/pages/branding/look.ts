import { createHash } from 'node:crypto'
import type { AssetCategoryType, Json } from '@poolhouse/api'
import type { Context } from 'hono'
import { LRUCache } from 'lru-cache'
import { classicRules } from '../../settings/branding/classic.ts'
import { wholeDocument } from '../../settings/branding/document.ts'
import type { Db } from '../../store/db.ts'
import { findClientStyle, type ImageName, listImageNames, type Style } from '../../store/setup/branding.ts'
import { type Customization, findCustomization } from '../../store/setup/customizations.ts'
import { findDomain } from '../../store/setup/domains.ts'
import type { DomainEnv } from '../../web/env.ts'
import { classicSheet, fileOf, imageFor, isOn, managedSheet, modesOf, textAt } from './sheet.ts'

/** A picture with what it is for each mode; addresses are those of files below `/branding`. */
export interface Mark {
  readonly light: string
  /** Where it differs. */
  readonly dark?: string | undefined
}

/** An icon of the browser's tab. */
export interface Icon extends Mark {
  readonly type: string
}

/** How the pages of a client look, where that is not the default look. */
export interface Look {
  readonly colourScheme: 'light' | 'dark' | 'light dark'
  readonly sheet: { readonly file: string; readonly css: string }
  readonly icons: readonly Icon[]
  /** The mark of the form; without one it is the pool's name. */
  readonly logo?: (Mark & { readonly outside: boolean; readonly below: boolean }) | undefined
  /** The strip above, and the one below, with or without a mark. */
  readonly header?: { readonly logo?: Mark | undefined } | undefined
  readonly footer?: { readonly logo?: Mark | undefined } | undefined
}

/** Sheets are written once for each version of a style, by the database that the style is in. */
const looks = new WeakMap<Db, LRUCache<string, Look>>()

/**
 * The look of a client's pages on this domain, undefined for the default one. A domain of managed login (version 2) has
 * the client's style, every other one the classic look of the client or of all (AWS developer guide, "managed login branding").
 */
export async function findLook(c: Context<DomainEnv>, clientId: string): Promise<Look | undefined> {
  const { pool, domain, ground } = c.var
  const { db } = ground
  const found = await findDomain(db, domain.name)
  if (found?.settings.ManagedLoginVersion === 2) {
    const style = await findClientStyle(db, pool.id, clientId)
    if (!style) return undefined
    const key = `managed ${style.id} ${style.updatedAt}`
    return lookAt(db, key) ?? keep(db, key, managedLook(style, await listImageNames(db, style)))
  }
  const customization = await findCustomization(db, pool.id, clientId)
  if (!customization) return undefined
  const { css = '', logo } = customization
  const key = `classic ${pool.id} ${customization.clientId} ${customization.updatedAt} ${logo?.hash} ${hashOf(css)}`
  return lookAt(db, key) ?? keep(db, key, classicLook(customization))
}

function lookAt(db: Db, key: string): Look | undefined {
  return looks.get(db)?.get(key)
}

function keep(db: Db, key: string, look: Look): Look {
  const kept = looks.get(db) ?? new LRUCache<string, Look>({ max: 500 })
  looks.set(db, kept)
  kept.set(key, look)
  return look
}

function managedLook(style: Style, images: readonly ImageName[]): Look {
  const document = wholeDocument(style.settings)
  const modes = modesOf(document)
  const mark = (category: AssetCategoryType): Mark | undefined => {
    const [light, dark] = modes.map((mode) => imageFor(images, category, mode, true))
    if (!light) return undefined
    const file = (image: ImageName) => `${style.clientId}/${fileOf(image)}`
    return { light: file(light), dark: dark && dark.hash !== light.hash ? file(dark) : undefined }
  }
  const strip = (name: 'pageHeader' | 'pageFooter', category: AssetCategoryType) =>
    isOn(document, `categories.global.${name}`)
      ? { logo: isOn(document, `components.${name}.logo`) ? mark(category) : undefined }
      : undefined
  const logo = isOn(document, 'components.form.logo') ? mark('FORM_LOGO') : undefined
  return {
    colourScheme: modes.length === 2 ? 'light dark' : (modes[0] ?? 'light'),
    sheet: sheetOf(style.clientId, managedSheet(document, images)),
    icons: (['FAVICON_ICO', 'FAVICON_SVG'] as const).flatMap((category) => {
      const icon = mark(category)
      return icon ? [{ ...icon, type: category === 'FAVICON_SVG' ? 'image/svg+xml' : 'image/x-icon' }] : []
    }),
    logo: logo && {
      ...logo,
      outside: textAt(document, 'components.form.logo.formInclusion') === 'OUT',
      below: textAt(document, 'components.form.logo.position') === 'BOTTOM',
    },
    header: strip('pageHeader', 'PAGE_HEADER_LOGO'),
    footer: strip('pageFooter', 'PAGE_FOOTER_LOGO'),
  }
}

const defaults: Json = wholeDocument(undefined)

function classicLook({ clientId, css, logo }: Customization): Look {
  // A logo alone leaves the dark look as it is.
  const sheet = css ? classicSheet(defaults, classicRules(css)) : '.brand{justify-content:center}'
  return {
    colourScheme: css ? 'light' : 'light dark',
    sheet: sheetOf(clientId, sheet),
    icons: [],
    logo: logo && { light: `${clientId}/${fileOf(logo)}`, outside: false, below: false },
  }
}

function sheetOf(clientId: string, css: string): Look['sheet'] {
  return { file: `${clientId}/${hashOf(css)}.css`, css }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}
