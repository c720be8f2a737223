// Says which messages of English a language lacks, with their English text, and which it has besides.
// Usage: node tools/missing-words.ts
import { readdirSync, readFileSync } from 'node:fs'
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

if (import.meta.main) {
  for (const file of readdirSync(folder)) {
    const holes = holesOf(read(file))
    if (holes.length > 0) process.exitCode = 1
    for (const hole of holes) console.error(`${file} ${hole}`)
  }
}
