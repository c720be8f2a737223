// Says which messages of English a language lacks, with their English text, and which it has besides.
// Usage: node tools/missing-words.ts [--order]; with --order it brings the others into the order of English.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('../packages/server/src/languages/catalogues/', import.meta.url))

type Messages = Readonly<Record<string, string | undefined>>

function read(file: string): Messages {
  return JSON.parse(readFileSync(join(folder, file), 'utf8'))
}

/** What a catalogue lacks or has too much, a line each. */
export function holesOf(messages: Messages): string[] {
  const english = read('en.json')
  const missing = Object.entries(english).filter(([id]) => messages[id] === undefined)
  const surplus = Object.keys(messages).filter((id) => english[id] === undefined)
  return [
    ...missing.map(([id, text]) => `lacks ${JSON.stringify(id)}: ${JSON.stringify(text)}`),
    ...surplus.map((id) => `has ${JSON.stringify(id)}, which English has not`),
  ]
}

/** A catalogue in the order of English, an empty line between the groups. */
function ordered(messages: Messages): string {
  let group: string | undefined
  const lines = Object.keys(read('en.json')).flatMap((id) => {
    if (messages[id] === undefined) return []
    const [own] = id.split('.')
    const gap = group === undefined || group === own ? '' : '\n'
    group = own
    return [`${gap}  ${JSON.stringify(id)}: ${JSON.stringify(messages[id])}`]
  })
  return `{\n${lines.join(',\n')}\n}\n`
}

if (import.meta.main) {
  const orders = process.argv.includes('--order')
  for (const file of readdirSync(folder)) {
    if (orders && file !== 'en.json') writeFileSync(join(folder, file), ordered(read(file)))
    const holes = holesOf(read(file))
    if (holes.length > 0) process.exitCode = 1
    for (const hole of holes) console.error(`${file} ${hole}`)
  }
}
