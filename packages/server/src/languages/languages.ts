// What people read, a catalogue of messages a language, and which language somebody reads. Pure: it knows no page, no
// mail and no rule, and imports nothing of the server, so that every room may use it.

/** A language that we speak. */
export interface Language {
  /** BCP 47, as AWS's `lang` parameter spells it. */
  readonly tag: string
  readonly dir: 'ltr' | 'rtl'
  /** What its speakers call it. */
  readonly name: string
}

/** The language of whoever asks for one that we do not speak. */
export const english: Language = { tag: 'en', dir: 'ltr', name: 'English' }

/** Every language that there is a catalogue of: AWS's twelve (developer guide, "Managed login localization"), and two more. */
// biome-ignore format: a table
export const languages: readonly Language[] = [
  { tag: 'de',    dir: 'ltr', name: 'Deutsch' },
  english,
  { tag: 'es',    dir: 'ltr', name: 'Español' },
  { tag: 'fr',    dir: 'ltr', name: 'Français' },
  { tag: 'id',    dir: 'ltr', name: 'Bahasa Indonesia' },
  { tag: 'it',    dir: 'ltr', name: 'Italiano' },
  { tag: 'nl',    dir: 'ltr', name: 'Nederlands' },
  { tag: 'pt-BR', dir: 'ltr', name: 'Português (Brasil)' },
  { tag: 'ja',    dir: 'ltr', name: '日本語' },
  { tag: 'ko',    dir: 'ltr', name: '한국어' },
  { tag: 'zh-CN', dir: 'ltr', name: '简体中文' },
  { tag: 'zh-TW', dir: 'ltr', name: '繁體中文' },
  { tag: 'ar',    dir: 'rtl', name: 'العربية' },
  { tag: 'he',    dir: 'rtl', name: 'עברית' },
]

/** The language that somebody means by a tag: `pt-PT`, `zh-Hant-HK`, `de_AT` and the outdated `iw` are understood. */
export function findLanguage(tag: string): Language | undefined {
  const asked = readTag(tag)
  if (!asked) return undefined
  return (
    languages.find((language) => language.tag === asked.baseName) ??
    languages.find((language) => isWritten(asked, new Intl.Locale(language.tag)))
  )
}

/** The languages of an Accept-Language header (RFC 9110 section 12.5.4): the one that is liked best and that we speak. */
export function acceptedLanguage(header: string): Language | undefined {
  const ranges = header.slice(0, longestHeader).split(',').map(readRange)
  const liked = ranges.filter(({ weight }) => weight > 0).sort((left, right) => right.weight - left.weight)
  for (const { tag } of liked) {
    const found = findLanguage(tag)
    if (found) return found
  }
  return undefined
}

/** No browser sends more; a header of thousands of tags would only keep us busy. */
const longestHeader = 500

function readRange(range: string): { tag: string; weight: number } {
  const [tag = '', ...parameters] = range.split(';').map((part) => part.trim())
  const weight = parameters.find((one) => /^q=/i.test(one))?.slice(2) ?? '1'
  return { tag, weight: /^[01](\.\d{0,3})?$/.test(weight) ? Number(weight) : 0 }
}

function readTag(tag: string): Intl.Locale | undefined {
  const text = tag.replaceAll('_', '-')
  if (!/^[a-z]{2,3}(-[a-z\d]{2,8}){0,3}$/i.test(text)) return undefined
  try {
    return new Intl.Locale(text)
  } catch {
    // Of the right letters, and yet no tag.
    return undefined
  }
}

/** Whether whoever reads one reads the other: the same language in the same script. */
function isWritten(left: Intl.Locale, right: Intl.Locale): boolean {
  const [a, b] = [left.maximize(), right.maximize()]
  return a.language === b.language && a.script === b.script
}
