// Writes packages/server/src/languages/parameters.ts: what each message has to be told, so that the compiler knows.
import { readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { IntlMessageFormat } from 'intl-messageformat'

/** What a message has to be told, and the marks (`<link>…</link>`) that it carries. */
export interface Shape {
  readonly values: Readonly<Record<string, 'string' | 'number'>>
  readonly marks: readonly string[]
}

type Element = ReturnType<IntlMessageFormat['getAst']>[number]

// The parser's TYPE is an enum of another package; these are its members that carry a name.
const [argument, number, select, plural, tag] = [1, 2, 5, 6, 8]

/** The shape of an ICU message; throws on one that cannot be read, or that has dates, which nothing formats yet. */
export function shapeOf(text: string, language: string): Shape {
  const values: Record<string, 'string' | 'number'> = {}
  const marks = new Set<string>()
  const visit = (elements: readonly Element[]): void => {
    for (const element of elements) {
      if (!('value' in element)) continue
      const { type, value: name } = element
      if (type === argument) values[name] ??= 'string'
      else if (type === number) values[name] = 'number'
      else if (type === select || type === plural) {
        values[name] = type === plural ? 'number' : 'string'
        if ('options' in element) for (const option of Object.values(element.options)) visit(option.value)
      } else if (type === tag) {
        marks.add(name)
        if ('children' in element) visit(element.children)
      } else if (type !== 0) throw new Error(`a message with an element of type ${type}: ${text}`)
    }
  }
  visit(new IntlMessageFormat(text, language).getAst())
  return { values, marks: [...marks].sort() }
}

/** parameters.ts for a catalogue. A link has to be told its address; the other marks stand for themselves. */
export function parametersFile(catalogue: Readonly<Record<string, string>>): string {
  const shapes = Object.entries(catalogue).map(([id, text]) => [id, shapeOf(text, 'en')] as const)
  const told = shapes.flatMap(([id, { values, marks }]) => {
    const fields = Object.entries({ ...values, ...(marks.includes('link') && { link: 'string' }) })
    if (fields.length === 0 && marks.length === 0) return []
    const type = fields.map(([name, kind]) => `readonly ${name}: ${kind}`).join('; ')
    return [`  '${id}': ${type === '' ? 'Record<never, never>' : `{ ${type} }`}\n`]
  })
  const marked = shapes.flatMap(([id, { marks }]) => (marks.length > 0 ? [`  | '${id}'\n`] : []))
  return `// Written by tools/generate-parameters.ts from catalogues/en.json. Do not edit.

/** What each message has to be told, where it has to be told anything. */
// biome-ignore format: a table
export interface Parameters {
${told.join('')}}

/** The messages with markup. */
// biome-ignore format: a table
export type MarkedId =
${marked.join('')}`
}

if (import.meta.main) {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const folder = join(root, 'packages/server/src/languages')
  const file = join(folder, 'parameters.ts')
  const written = parametersFile(JSON.parse(readFileSync(join(folder, 'catalogues/en.json'), 'utf8')))
  const name = relative(process.cwd(), file)
  if (readFileSync(file, 'utf8') !== written) {
    if (process.argv.includes('--check')) {
      console.error(`${name} is not up to date. Run: npm run generate`)
      process.exitCode = 1
    } else {
      writeFileSync(file, written)
      console.log(`${name} written`)
    }
  }
}
