// Writes the pages that are printed from code: docs/operations.md from the table of operations and
// docs/guide/settings.md from config.ts. With --check nothing is written: it fails if a page would change.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type OperationName, operations as shapes } from '../packages/api/src/index.ts'
import type { Setting } from '../packages/server/src/config.ts'

const reference = 'https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_'

/** The page of all operations: who may call each, and whether this version answers it, else why not. */
export function operationsPage(
  contract: Readonly<Record<string, { readonly signed: boolean }>>,
  handlers: Readonly<Record<string, object>>,
  refusal: string,
): string {
  const rows = Object.entries(contract).map(([name, { signed }]) => {
    const handler = handlers[name]
    if (handler === undefined) throw new Error(`${name} is missing from the table of operations`)
    const refused = 'refused' in handler ? cell(String(handler.refused)) : undefined
    return { name, signed, refused }
  })
  const answered = rows.filter(({ refused }) => refused === undefined).length
  return `# Operations

<!-- Written by tools/generate-docs.ts from packages/server/src/cognito/operations.ts. Do not edit. -->

${answered} of the ${rows.length} operations of the user pools API are answered in this version. The others are refused with
\`${refusal}\` and the reason below; a name that Amazon Cognito does not know gets
\`UnknownOperationException\`. Signed operations need AWS Signature Version 4 with a key of the server; the others are
called by anybody, and carry what they need: a client id, a session, an access token.

| operation | caller | here |
| --- | --- | --- |
${rows.map(({ name, signed, refused }) => `| [${name}](${reference}${name}.html) | ${signed ? 'signed' : 'anybody'} | ${refused === undefined ? 'answered' : `refused: ${refused}`} |`).join('\n')}
`
}

/** The page of all settings of a server. */
export function settingsPage(settings: readonly Setting[]): string {
  return `# Settings

<!-- Written by tools/generate-docs.ts from packages/server/src/config.ts. Do not edit. -->

A setting is taken from its flag, else from its variable, else from the file that the variable's name followed by \`_FILE\`
names, else from \`settings\` in the configuration file, where it is named as its flag without the dashes.

| flag | variable | without it | meaning |
| --- | --- | --- | --- |
${settings.map(({ flag, variable, fallback, meaning }) => `| \`${flag.replaceAll('|', '\\|')}\` | \`${variable}\` | ${cell(fallback)} | ${cell(meaning)} |`).join('\n')}
`
}

/** Text that stays inside its cell of a Markdown table. */
function cell(text: string): string {
  return text.replace(/\s+/g, ' ').replaceAll('|', '\\|').replaceAll('<', '&lt;')
}

if (import.meta.main) {
  const { operations } = await import('../packages/server/src/cognito/operations.ts')
  const { needsSignature } = await import('../packages/server/src/cognito/sigv4.ts')
  const { refuse } = await import('../packages/server/src/cognito/refuse.ts')
  const { PoolError } = await import('../packages/server/src/errors.ts')
  const refusal = await refuse('an example')().catch((error: unknown) => PoolError.from(error).failure.aws)
  const { settings } = await import('../packages/server/src/config.ts')
  const callers = Object.fromEntries(
    Object.keys(shapes).map((name) => [name, { signed: needsSignature(name as OperationName) }]),
  )
  const pages = {
    'docs/operations.md': operationsPage(callers, operations, refusal),
    'docs/guide/settings.md': settingsPage(settings),
  }
  for (const [path, page] of Object.entries(pages)) {
    const file = fileURLToPath(new URL(`../${path}`, import.meta.url))
    if (existsSync(file) && readFileSync(file, 'utf8') === page) continue
    if (process.argv.includes('--check')) {
      console.error(`${path} is not up to date. Run: npm run generate`)
      process.exitCode = 1
    } else {
      writeFileSync(file, page)
      console.log(`${path} written`)
    }
  }
}
