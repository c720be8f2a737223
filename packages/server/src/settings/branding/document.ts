// How hosted pages look: AWS's settings document, images, classic style sheets, each checked before it is stored, so that
// nothing in them can do more than look. No page and no route lives here.
import type { Json } from '@poolhouse/api'
import { PoolError } from '../../errors.ts'

/** A part of the document that describes what these pages do not have: it is stored, given back, and has no effect. */
const kept = Symbol('kept')

type Shape = { readonly [key: string]: Shape | string | number | boolean | typeof kept }

const both = (light: Shape, dark: Shape): Shape => ({ lightMode: light, darkMode: dark })

/**
 * The document as AWS's branding editor writes it, with the default look as its values (AWS API reference,
 * CreateManagedLoginBranding, examples; the AWS provider's acceptance tests have it whole). A colour is eight hexadecimal
 * digits, red, green, blue, alpha. AWS itself calls signUp, instructions and sessionTimerDisplay reserved for the future.
 */
// biome-ignore format: a table
export const defaultDocument = {
  categories: {
    auth: { authMethodOrder: kept, federation: kept },
    form: {
      displayGraphics: true,
      instructions: kept,
      languageSelector: kept,
      location: { horizontal: 'CENTER', vertical: 'CENTER' },
      sessionTimerDisplay: kept,
    },
    global: {
      colorSchemeMode: 'DYNAMIC',
      pageFooter: { enabled: false },
      pageHeader: { enabled: false },
      spacingDensity: 'REGULAR',
    },
    signUp: kept,
  },
  componentClasses: {
    buttons: { borderRadius: 8 },
    divider: both({ borderColor: 'dbe3e8ff' }, { borderColor: '28363cff' }),
    dropDown: kept,
    focusState: both({ borderColor: '0b6380ff' }, { borderColor: '63c3deff' }),
    idpButtons: kept,
    input: {
      borderRadius: 8,
      ...both(
        { defaults: { backgroundColor: 'ffffffff', borderColor: '76878fff' }, placeholderColor: '51636dff' },
        { defaults: { backgroundColor: '151e22ff', borderColor: '71838bff' }, placeholderColor: 'a2b2baff' },
      ),
    },
    inputDescription: both({ textColor: '51636dff' }, { textColor: 'a2b2baff' }),
    inputLabel: both({ textColor: '14232bff' }, { textColor: 'e7eef1ff' }),
    link: both(
      { defaults: { textColor: '0b6380ff' }, hover: { textColor: '084d64ff' } },
      { defaults: { textColor: '63c3deff' }, hover: { textColor: '8ad5eaff' } },
    ),
    optionControls: both(
      { defaults: kept, selected: { backgroundColor: '0b6380ff', foregroundColor: kept } },
      { defaults: kept, selected: { backgroundColor: '63c3deff', foregroundColor: kept } },
    ),
    statusIndicator: both(
      {
        error: { backgroundColor: kept, borderColor: kept, indicatorColor: 'b3261eff' },
        pending: kept,
        success: { backgroundColor: 'eef7f1ff', borderColor: '14683cff', indicatorColor: '14683cff' },
        warning: kept,
      },
      {
        error: { backgroundColor: kept, borderColor: kept, indicatorColor: 'ff9d94ff' },
        pending: kept,
        success: { backgroundColor: '14261cff', borderColor: '86d9a8ff', indicatorColor: '86d9a8ff' },
        warning: kept,
      },
    ),
  },
  components: {
    alert: {
      borderRadius: 6,
      ...both(
        { error: { backgroundColor: 'fdf1f0ff', borderColor: 'b3261eff' } },
        { error: { backgroundColor: '2c1b1bff', borderColor: 'ff9d94ff' } },
      ),
    },
    favicon: { enabledTypes: kept },
    form: {
      backgroundImage: { enabled: false },
      borderRadius: 16,
      ...both(
        { backgroundColor: 'ffffffff', borderColor: 'dbe3e8ff' },
        { backgroundColor: '151e22ff', borderColor: '28363cff' },
      ),
      logo: { enabled: false, formInclusion: 'IN', location: 'START', position: 'TOP' },
    },
    idpButton: {
      custom: kept,
      standard: both(
        {
          active: { backgroundColor: 'f3f6f8ff', borderColor: '0b6380ff', textColor: '14232bff' },
          defaults: { backgroundColor: 'ffffffff', borderColor: '76878fff', textColor: '14232bff' },
          hover: { backgroundColor: 'f3f6f8ff', borderColor: '0b6380ff', textColor: '14232bff' },
        },
        {
          active: { backgroundColor: '0d1417ff', borderColor: '63c3deff', textColor: 'e7eef1ff' },
          defaults: { backgroundColor: '151e22ff', borderColor: '71838bff', textColor: 'e7eef1ff' },
          hover: { backgroundColor: '0d1417ff', borderColor: '63c3deff', textColor: 'e7eef1ff' },
        },
      ),
    },
    pageBackground: { image: { enabled: true }, ...both({ color: 'f3f6f8ff' }, { color: '0d1417ff' }) },
    pageFooter: {
      backgroundImage: { enabled: false },
      ...both(
        { background: { color: 'ffffffff' }, borderColor: 'dbe3e8ff' },
        { background: { color: '151e22ff' }, borderColor: '28363cff' },
      ),
      logo: { enabled: false, location: 'START' },
    },
    pageHeader: {
      backgroundImage: { enabled: false },
      ...both(
        { background: { color: 'ffffffff' }, borderColor: 'dbe3e8ff' },
        { background: { color: '151e22ff' }, borderColor: '28363cff' },
      ),
      logo: { enabled: false, location: 'START' },
    },
    pageText: both(
      { bodyColor: '14232bff', descriptionColor: '51636dff', headingColor: '14232bff' },
      { bodyColor: 'e7eef1ff', descriptionColor: 'a2b2baff', headingColor: 'e7eef1ff' },
    ),
    phoneNumberSelector: kept,
    primaryButton: both(
      {
        active: { backgroundColor: '084d64ff', textColor: 'ffffffff' },
        defaults: { backgroundColor: '0b6380ff', textColor: 'ffffffff' },
        disabled: kept,
        hover: { backgroundColor: '084d64ff', textColor: 'ffffffff' },
      },
      {
        active: { backgroundColor: '8ad5eaff', textColor: '04212bff' },
        defaults: { backgroundColor: '63c3deff', textColor: '04212bff' },
        disabled: kept,
        hover: { backgroundColor: '8ad5eaff', textColor: '04212bff' },
      },
    ),
    secondaryButton: both(
      {
        active: { backgroundColor: 'f3f6f8ff', borderColor: '0b6380ff', textColor: '084d64ff' },
        defaults: { backgroundColor: 'ffffffff', borderColor: '76878fff', textColor: '0b6380ff' },
        hover: { backgroundColor: 'f3f6f8ff', borderColor: '0b6380ff', textColor: '084d64ff' },
      },
      {
        active: { backgroundColor: '0d1417ff', borderColor: '63c3deff', textColor: '8ad5eaff' },
        defaults: { backgroundColor: '151e22ff', borderColor: '71838bff', textColor: '63c3deff' },
        hover: { backgroundColor: '0d1417ff', borderColor: '63c3deff', textColor: '8ad5eaff' },
      },
    ),
  },
} as const satisfies Shape

const sides = ['START', 'CENTER', 'END']

/** What a word may be, by its key. */
const words: Readonly<Record<string, readonly string[]>> = {
  horizontal: sides,
  vertical: ['TOP', 'CENTER', 'BOTTOM', 'START', 'END'],
  location: sides,
  position: ['TOP', 'BOTTOM'],
  formInclusion: ['IN', 'OUT'],
  colorSchemeMode: ['LIGHT', 'DARK', 'DYNAMIC'],
  spacingDensity: ['COMPACT', 'REGULAR', 'COMFORTABLE'],
}

const longest = 100_000
const largestRadius = 100

/** Refuses a document that is none of AWS's shape, naming the first member that is wrong: its values end up in a style sheet. */
export function checkDocument(given: Json): void {
  if (JSON.stringify(given).length > longest) throw wrong('Settings', `at most ${longest} characters of JSON`)
  checkMembers(given, defaultDocument, 'Settings')
}

function checkMembers(given: unknown, shape: Shape, path: string): void {
  if (!isObject(given)) throw wrong(path, 'an object')
  for (const [key, value] of Object.entries(given)) {
    const at = `${path}.${key}`
    const wanted = Object.hasOwn(shape, key) ? shape[key] : undefined
    if (wanted === undefined) throw new PoolError('InvalidParameter', `${at} is not a member of the settings document.`)
    if (wanted === kept) continue
    if (typeof wanted === 'object') checkMembers(value, wanted, at)
    else checkValue(value, wanted, words[key], at)
  }
}

function checkValue(value: unknown, wanted: string | number | boolean, one: readonly string[] = [], at: string): void {
  if (typeof wanted === 'boolean' && typeof value !== 'boolean') throw wrong(at, 'true or false')
  if (typeof wanted === 'number' && !(typeof value === 'number' && value >= 0 && value <= largestRadius))
    throw wrong(at, `a number from 0 to ${largestRadius}`)
  if (typeof wanted !== 'string') return
  if (one.length > 0) {
    if (typeof value !== 'string' || !one.includes(value)) throw wrong(at, `one of ${one.join(', ')}`)
  } else if (typeof value !== 'string' || !/^[\da-f]{8}$/i.test(value)) throw wrong(at, 'a colour of eight hex digits')
}

function wrong(path: string, wanted: string): PoolError {
  return new PoolError('InvalidParameter', `${path} must be ${wanted}.`)
}

/**
 * One document laid over another: what the second has wins, member by member; what is only kept is replaced whole. Both
 * must have been checked.
 */
export function mergeDocuments(under: Json | undefined, over: Json | undefined): Json {
  return mergeMembers(under, over, defaultDocument)
}

/** The whole document that a style's own comes to, with the default look where it says nothing. */
export function wholeDocument(given: Json | undefined): Json {
  return mergeDocuments(plain(defaultDocument), given)
}

function mergeMembers(under: unknown, over: unknown, shape: Shape): Json {
  const [below, above] = [isObject(under) ? under : {}, isObject(over) ? over : {}]
  const merged: Record<string, Json> = {}
  // The keys are those of the shape, so that no key of a caller's choice is ever assigned.
  for (const [key, wanted] of Object.entries(shape)) {
    const value =
      typeof wanted === 'object' && isObject(above[key])
        ? mergeMembers(below[key], above[key], wanted)
        : ((above[key] ?? below[key]) as Json | undefined)
    if (value !== undefined) merged[key] = value
  }
  return merged
}

function plain(shape: Shape): Json {
  return Object.fromEntries(
    Object.entries(shape).flatMap(([key, value]): [string, Json][] =>
      typeof value === 'symbol' ? [] : [[key, typeof value === 'object' ? plain(value) : value]],
    ),
  )
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
