// How a brand looks on the pages: its style sheet, its images, the marks in the frame, and templates of one's own. Made
// of what settings/ has checked. No rule lives here, and no page.
import type { AssetCategoryType, Json } from '@poolhouse/api'
import type { ImageName } from '../../store/setup/branding.ts'

/** The two looks that a document describes. */
export type Mode = 'light' | 'dark'

/** A look's colours: the names of style.css, and where the document says what they are, around the mode. */
// biome-ignore format: a table
const colours: readonly (readonly [name: string, before: string, after: string])[] = [
  ['page',                  'components.pageBackground',        'color'],
  ['card',                  'components.form',                  'backgroundColor'],
  ['card-line',             'components.form',                  'borderColor'],
  ['text',                  'components.pageText',              'bodyColor'],
  ['heading',               'components.pageText',              'headingColor'],
  ['muted',                 'components.pageText',              'descriptionColor'],
  ['line',                  'componentClasses.divider',         'borderColor'],
  ['edge',                  'componentClasses.input',           'defaults.borderColor'],
  ['field',                 'componentClasses.input',           'defaults.backgroundColor'],
  ['placeholder',           'componentClasses.input',           'placeholderColor'],
  ['label',                 'componentClasses.inputLabel',      'textColor'],
  ['hint',                  'componentClasses.inputDescription', 'textColor'],
  ['accent',                'componentClasses.link',            'defaults.textColor'],
  ['accent-strong',         'componentClasses.link',            'hover.textColor'],
  ['focus',                 'componentClasses.focusState',      'borderColor'],
  ['control',               'componentClasses.optionControls',  'selected.backgroundColor'],
  ['fault',                 'componentClasses.statusIndicator', 'error.indicatorColor'],
  ['fault-wash',            'components.alert',                 'error.backgroundColor'],
  ['fault-edge',            'components.alert',                 'error.borderColor'],
  ['good',                  'componentClasses.statusIndicator', 'success.indicatorColor'],
  ['good-wash',             'componentClasses.statusIndicator', 'success.backgroundColor'],
  ['good-edge',             'componentClasses.statusIndicator', 'success.borderColor'],
  ['header',                'components.pageHeader',            'background.color'],
  ['header-line',           'components.pageHeader',            'borderColor'],
  ['footer',                'components.pageFooter',            'background.color'],
  ['footer-line',           'components.pageFooter',            'borderColor'],
  ['primary',               'components.primaryButton',         'defaults.backgroundColor'],
  ['on-primary',            'components.primaryButton',         'defaults.textColor'],
  ['primary-hover',         'components.primaryButton',         'hover.backgroundColor'],
  ['on-primary-hover',      'components.primaryButton',         'hover.textColor'],
  ['primary-active',        'components.primaryButton',         'active.backgroundColor'],
  ['on-primary-active',     'components.primaryButton',         'active.textColor'],
  ['secondary',             'components.secondaryButton',       'defaults.backgroundColor'],
  ['secondary-edge',        'components.secondaryButton',       'defaults.borderColor'],
  ['on-secondary',          'components.secondaryButton',       'defaults.textColor'],
  ['secondary-hover',       'components.secondaryButton',       'hover.backgroundColor'],
  ['secondary-hover-edge',  'components.secondaryButton',       'hover.borderColor'],
  ['on-secondary-hover',    'components.secondaryButton',       'hover.textColor'],
  ['secondary-active',      'components.secondaryButton',       'active.backgroundColor'],
  ['secondary-active-edge', 'components.secondaryButton',       'active.borderColor'],
  ['on-secondary-active',   'components.secondaryButton',       'active.textColor'],
  ['provider',              'components.idpButton.standard',    'defaults.backgroundColor'],
  ['provider-edge',         'components.idpButton.standard',    'defaults.borderColor'],
  ['on-provider',           'components.idpButton.standard',    'defaults.textColor'],
  ['provider-hover',        'components.idpButton.standard',    'hover.backgroundColor'],
  ['provider-hover-edge',   'components.idpButton.standard',    'hover.borderColor'],
  ['on-provider-hover',     'components.idpButton.standard',    'hover.textColor'],
  ['provider-active',       'components.idpButton.standard',    'active.backgroundColor'],
  ['provider-active-edge',  'components.idpButton.standard',    'active.borderColor'],
  ['on-provider-active',    'components.idpButton.standard',    'active.textColor'],
]

// biome-ignore format: a table
const radii: readonly (readonly [name: string, path: string])[] = [
  ['card-radius',   'components.form.borderRadius'],
  ['alert-radius',  'components.alert.borderRadius'],
  ['button-radius', 'componentClasses.buttons.borderRadius'],
  ['field-radius',  'componentClasses.input.borderRadius'],
]

/** How much room there is, by spacingDensity; what is regular stands in style.css. */
const densities: Readonly<Record<string, string>> = {
  COMPACT: '--card-space:1.75rem;--field-space:.75rem',
  COMFORTABLE: '--card-space:3rem;--field-space:1.5rem',
}

/** Images behind something: the element, the name of its colour, the switch, and the category. */
// biome-ignore format: a table
const backgrounds: readonly (readonly [element: string, colour: string, switched: string, category: AssetCategoryType])[] = [
  ['body',         'page',   'components.pageBackground.image',        'PAGE_BACKGROUND'],
  ['.card',        'card',   'components.form.backgroundImage',        'FORM_BACKGROUND'],
  ['.page-header', 'header', 'components.pageHeader.backgroundImage', 'PAGE_HEADER_BACKGROUND'],
  ['.page-footer', 'footer', 'components.pageFooter.backgroundImage', 'PAGE_FOOTER_BACKGROUND'],
]

/** Pictures beside the ways to sign in, by the class that their buttons have. */
// biome-ignore format: a table
const graphics: readonly (readonly [icon: string, category: AssetCategoryType])[] = [
  ['email',    'EMAIL_GRAPHIC'],
  ['phone',    'SMS_GRAPHIC'],
  ['app',      'AUTH_APP_GRAPHIC'],
  ['password', 'PASSWORD_GRAPHIC'],
  ['passkey',  'PASSKEY_GRAPHIC'],
]

const sides: Readonly<Record<string, string>> = {
  START: 'start',
  TOP: 'start',
  CENTER: 'center',
  END: 'end',
  BOTTOM: 'end',
}

/** What a document says at a path, as text; empty where it says nothing. */
export function textAt(document: Json, path: string): string {
  const value = path.split('.').reduce<Json | undefined>((at, key) => (isObject(at) ? at[key] : undefined), document)
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''
}

/** Whether a document switches something on. */
export function isOn(document: Json, path: string): boolean {
  return textAt(document, `${path}.enabled`) === 'true'
}

/** The modes that are shown: what the visitor's system says, or always the same one. */
export function modesOf(document: Json): readonly Mode[] {
  const mode = textAt(document, 'categories.global.colorSchemeMode')
  return mode === 'LIGHT' ? ['light'] : mode === 'DARK' ? ['dark'] : ['light', 'dark']
}

/** The image of a category for a mode: the one for that mode, else the one for both, else, if `any` will do, the other mode's. */
export function imageFor(
  images: readonly ImageName[],
  category: AssetCategoryType,
  mode: Mode,
  any: boolean,
): ImageName | undefined {
  const ours = images.filter((image) => image.category === category)
  const wanted = mode === 'light' ? 'LIGHT' : 'DARK'
  const exact =
    ours.find(({ colorMode }) => colorMode === wanted) ?? ours.find(({ colorMode }) => colorMode === 'DYNAMIC')
  return exact ?? (any ? ours[0] : undefined)
}

/** The file that an image is served under, beside the style sheet. */
export function fileOf({ hash, extension }: Pick<ImageName, 'hash' | 'extension'>): string {
  return `${hash}.${extension.toLowerCase()}`
}

/** The style sheet of a whole document and its images; what it is made of has been checked. */
export function managedSheet(document: Json, images: readonly ImageName[]): string {
  const modes = modesOf(document)
  const used = [
    ...backgrounds
      .filter(([, , switched]) => isOn(document, switched))
      .map(([, colour, , category]) => ({ name: `${colour}-image`, category, any: false })),
    ...graphics.map(([icon, category]) => ({ name: `${icon}-graphic`, category, any: true })),
  ].filter(({ category }) => images.some((image) => image.category === category))
  const has = (name: string) => used.some((image) => image.name === name)
  const looks = modes.map((mode) => {
    const pictures = used.map(({ name, category, any }) => {
      const image = imageFor(images, category, mode, any)
      return `--${name}:${image ? `url(${fileOf(image)})` : 'none'}`
    })
    return [...coloursOf(document, mode), ...pictures].join(';')
  })
  const rounded = radii.map(([name, path]) => `--${name}:${textAt(document, path)}px`).join(';')
  const dense = densities[textAt(document, 'categories.global.spacingDensity')]
  const across = sideOf(document, 'categories.form.location.horizontal')
  const along = sideOf(document, 'categories.form.location.vertical')
  return [
    `:root{color-scheme:${modes.join(' ')};${looks[0]};${rounded}${dense ? `;${dense}` : ''}}`,
    looks[1] === undefined ? '' : `@media (prefers-color-scheme:dark){:root{${looks[1]}}}`,
    // On a phone the form has the whole page.
    `@media (min-width:30.01rem){main{place-items:${along} ${across}}${has('page-image') ? behind('body', 'page') : ''}}`,
    ...backgrounds
      .filter(([element, colour]) => element !== 'body' && has(`${colour}-image`))
      .map(([element, colour]) => behind(element, colour)),
    `.brand{justify-content:${sideOf(document, 'components.form.logo.location')}}`,
    `.page-header{justify-content:${sideOf(document, 'components.pageHeader.logo.location')}}`,
    `.page-footer{justify-content:${sideOf(document, 'components.pageFooter.logo.location')}}`,
    textAt(document, 'categories.form.displayGraphics') === 'false' ? withoutGraphics : '',
    ...graphics
      .filter(([icon]) => has(`${icon}-graphic`))
      .map(([icon]) => `.icon-${icon}::before{background:var(--${icon}-graphic) center/contain no-repeat;mask:none}`),
  ].join('\n')
}

/** The style sheet of classic pages, which know no dark look: colours of the default one, and the rules given. */
export function classicSheet(document: Json, rules: string): string {
  return `:root{color-scheme:light;${coloursOf(document, 'light').join(';')}}\n.brand{justify-content:center}\n${rules}`
}

const withoutGraphics =
  '.option{grid-template-columns:1fr .625rem}.option::before{content:none}.option .hint{grid-column:1}.option::after{grid-column:2}'

function behind(element: string, colour: string): string {
  return `${element}{background:var(--${colour}) var(--${colour}-image) center/cover no-repeat}`
}

function coloursOf(document: Json, mode: Mode): string[] {
  const named = colours.map(([name, before, after]) => {
    return `--${name}:${colour(textAt(document, `${before}.${mode}Mode.${after}`))}`
  })
  return [...named, `--shadow:${shadows[mode]}`]
}

/** Depth is no colour of the document, and belongs to a mode all the same. */
const shadows: Readonly<Record<Mode, string>> = {
  light: '0 1px 2px rgb(16 42 54 / 6%), 0 12px 32px -8px rgb(16 42 54 / 14%)',
  dark: '0 1px 2px rgb(0 0 0 / 40%), 0 16px 40px -12px rgb(0 0 0 / 60%)',
}

function colour(digits: string): string {
  return `#${digits.toLowerCase().replace(/ff$/, '')}`
}

function sideOf(document: Json, path: string): string {
  return sides[textAt(document, path)] ?? 'center'
}

function isObject(value: Json | undefined): value is { [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
