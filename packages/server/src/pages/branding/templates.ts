import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { extname, join } from 'node:path'

/** What a template may have in `{{…}}`. Every slot is filled with what is safe where it stands: HTML, or escaped text. */
export const slots = [
  'head', 'header', 'logo', 'content', 'errors', 'heading', 'form', 'links', 'footer', 'title', 'pool', 'app', 'language',
  'direction', 'assets',
] as const // biome-ignore format: a table

export type Slot = (typeof slots)[number]

/** A template: text, and slots in it. */
export type Template = readonly (string | { readonly slot: Slot })[]

/** A file that templates may load. */
export interface TemplateFile {
  readonly type: string
  readonly body: Uint8Array
}

/** A folder of templates, as far as it could be read. */
export interface Templates {
  /** By the name of the page. */
  readonly pages: ReadonlyMap<string, Template>
  readonly files: ReadonlyMap<string, TemplateFile>
  /** Of all files: their address changes when one does. */
  readonly hash: string
  /** What is wrong, a sentence for each fault, with file and line. */
  readonly faults: readonly string[]
}

// biome-ignore format: a table
const types: Readonly<Record<string, string>> = {
  '.css':  'text/css; charset=utf-8',
  '.ico':  'image/x-icon',
  '.jpeg': 'image/jpeg',
  '.jpg':  'image/jpeg',
  '.png':  'image/png',
  '.svg':  'image/svg+xml',
  '.webp': 'image/webp',
}

/** The page whose template stands in for those that have none. */
export const anyPage = 'page'

/** The name of the template of a page: its path with hyphens, `/passkeys/add` is `passkeys-add`. */
export function templateName(path: string): string {
  return path.split('/').filter(Boolean).join('-')
}

/**
 * Reads a folder: `NAME.html` for each page that is to look different, and in `assets/` the style sheets and images
 * that they load. `names` are those of the pages that there are.
 */
export function readTemplates(folder: string, names: ReadonlySet<string>): Templates {
  const faults: string[] = []
  const pages = new Map<string, Template>()
  for (const file of filesIn(folder).filter((name) => extname(name) === '.html')) {
    const name = file.slice(0, -'.html'.length)
    if (!names.has(name)) faults.push(`${file}: there is no such page; the names are ${[...names].sort().join(', ')}.`)
    const template = parseTemplate(readFileSync(join(folder, file), 'utf8'), file, faults)
    pages.set(name, template)
  }
  const files = new Map<string, TemplateFile>()
  const hash = createHash('sha256')
  for (const file of filesIn(join(folder, 'assets'))) {
    const type = types[extname(file).toLowerCase()]
    if (type === undefined) {
      faults.push(`assets/${file}: only ${Object.keys(types).join(', ')} can be served.`)
      continue
    }
    const body = new Uint8Array(readFileSync(join(folder, 'assets', file)))
    files.set(file, { type, body })
    hash.update(`${file} ${body.length}\n`).update(body)
  }
  return { pages, files, hash: hash.digest('hex').slice(0, 16), faults }
}

/** What has to be in a template, in the words of its author. */
// biome-ignore format: a table
const needed: readonly (readonly [slots: readonly Slot[], why: string])[] = [
  [['head'],   'it loads the styles and says what the page is called'],
  [['header'], 'it says when the server is not for real accounts'],
]

const parts: readonly Slot[] = ['errors', 'heading', 'form', 'links']

function parseTemplate(text: string, file: string, faults: string[]): Template {
  const template: (string | { slot: Slot })[] = []
  const found = new Map<string, number>()
  let end = 0
  for (const { 0: whole, 1: name = '', index } of text.matchAll(/\{\{\s*([^{}]*?)\s*\}\}/g)) {
    const slot = slots.find((one) => one === name)
    if (slot === undefined)
      faults.push(`${at(text, index, file)}: {{${name}}} is no slot; there are ${slots.join(', ')}.`)
    else template.push(text.slice(end, index), { slot })
    found.set(name, (found.get(name) ?? 0) + 1)
    end = index + whole.length
  }
  template.push(text.slice(end))
  for (const [missing, why] of needed)
    for (const slot of missing) if (!found.has(slot)) faults.push(`${file}: the slot {{${slot}}} is missing: ${why}.`)
  const apart = parts.filter((slot) => found.has(slot))
  if (!found.has('content') && apart.length < parts.length)
    faults.push(
      `${file}: the slot {{content}} is missing, or in its place ${parts
        .filter((slot) => !found.has(slot))
        .map((slot) => `{{${slot}}}`)
        .join(', ')}.`,
    )
  for (const slot of ['head', 'header', 'content', ...parts])
    if ((found.get(slot) ?? 0) > 1) faults.push(`${file}: the slot {{${slot}}} stands there more than once.`)
  if (found.has('content') && apart.length > 0) faults.push(`${file}: {{content}} has {{${apart[0]}}} in it already.`)
  for (const [pattern, what] of useless) {
    const match = pattern.exec(text)
    if (match) faults.push(`${at(text, match.index, file)}: ${what}`)
  }
  return template
}

/** What the pages' Content-Security-Policy keeps from working, said before somebody looks for the reason. */
// biome-ignore format: a table
const useless: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/<script\b/i,                     'the pages run no script but their own.'],
  [/<style\b|\sstyle\s*=/i,          'the pages take styles from files only: put them into assets/ and load {{assets}}/NAME.css.'],
  [/<[^>]*\son[a-z]+\s*=/i,          'the pages run no script in attributes.'],
  [/<(?:iframe|object|embed|base)\b/i, 'the pages embed nothing.'],
  [/=\s*\{\{/, 'a slot in an attribute needs quotes around it.'],
  [/<form\b/i,                       'the pages bring their own forms: {{content}} or {{form}}.'],
]

function at(text: string, index: number, file: string): string {
  return `${file}, line ${text.slice(0, index).split('\n').length}`
}

function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map(({ name }) => name)
    .sort()
}

/** Tells whether anything in a folder has changed since the last time. */
export function stampOf(folder: string): string {
  return [folder, join(folder, 'assets')]
    .flatMap((place) => filesIn(place).map((file) => join(place, file)))
    .map((path) => {
      const stat = statSync(path, { throwIfNoEntry: false })
      return `${path} ${stat?.mtimeMs} ${stat?.size}`
    })
    .join('\n')
}
