// Tools: one script per file, run by hand or by CI. Nothing here ships.
// This one writes packages/api/src/generated.ts (types) and shapes.ts (the same as data) from the run-time
// schemas and the declarations of the installed AWS SDK. `--check` writes nothing and fails if a file would change.
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Member, Operation, Structure } from '../packages/api/src/terms.ts'

const packageName = '@aws-sdk/client-cognito-identity-provider'
const require = createRequire(new URL('../packages/api/package.json', import.meta.url))
const root = dirname(require.resolve(`${packageName}/package.json`))
const version: unknown = require(`${packageName}/package.json`).version
const sdk: Readonly<Record<string, unknown>> = require(packageName)

const read = (path: string) => readFileSync(join(root, 'dist-types', path), 'utf8')

/** Stops the run: the SDK has changed in a way that this script does not know. */
function fail(reason: string): never {
  throw new Error(`${packageName} ${version}: ${reason}`)
}

const scalars: Readonly<Record<string, string>> = {
  string: 'string',
  number: 'integer',
  boolean: 'boolean',
  Date: 'timestamp',
  Uint8Array: 'blob',
  __DocumentType: 'json',
}

/** Values that the documentation names and the SDK's enumerations lack: GetClientToken's page asks for this flow. */
const undeclared: Readonly<Record<string, readonly string[]>> = {
  ExplicitAuthFlowsType: ['ALLOW_CLIENT_TOKEN_AUTH'],
}

/** Every enumeration with its values. */
function readEnums(): Map<string, readonly string[]> {
  const names = [...read('models/enums.d.ts').matchAll(/^export declare const (\w+): \{$/gm)].map((match) => match[1]!)
  const valuesOf = (name: string) => [
    ...Object.values(sdk[name] as Record<string, string>),
    ...(undeclared[name] ?? []),
  ]
  return new Map(names.sort().map((name) => [name, valuesOf(name).sort()]))
}

/** Every structure as the declarations have it: optional members carry a question mark, required ones do not. */
function readStructures(enums: ReadonlyMap<string, unknown>): Map<string, Structure> {
  const declarations = read('models/models_0.d.ts') + read('models/models_1.d.ts')
  const found = [...declarations.matchAll(/^export interface (\w+) \{$([\s\S]*?)^\}$/gm)]
  const names = new Set(found.map((match) => match[1]!))
  return new Map(
    found
      .map((match): [string, Structure] => {
        const structure: Record<string, Member> = {}
        for (const [, name, optional, declared] of match[2]!.matchAll(/^ {4}(\w+)(\??): (.+) \| undefined;$/gm)) {
          const [, map, list, single] =
            declared!.match(/^(?:Record<string, (\w+)>|(\w+)\[\]|(\w+))$/) ?? fail(declared!)
          const inner = map ?? list ?? single!
          const type = scalars[inner] ?? (enums.has(inner) || names.has(inner) ? inner : fail(`type ${inner}`))
          structure[name!] = {
            type,
            ...(map ? { many: 'map' } : list ? { many: 'list' } : {}),
            ...(optional ? {} : { required: true }),
            ...(isSensitive(match[1]!, name!) ? { sensitive: true } : {}),
          }
        }
        return [match[1]!, structure]
      })
      .sort(([left], [right]) => (left < right ? -1 : 1)),
  )
}

const hasBit = (traits: unknown) => (Number(traits) & 8) !== 0

/**
 * Whether a member is marked sensitive, by itself, by its type or by the structure around it. A structure's schema is [3, namespace, name, traits, names, types]; a type is
 * a number, a schema, a function giving one, or a pair of either with traits; bit 8 of the traits means sensitive.
 */
function isSensitive(structure: string, member: string): boolean {
  const schema = sdk[`${structure}$`]
  if (!Array.isArray(schema) || schema[0] !== 3) fail(`no schema of ${structure}`)
  const at = schema[4].indexOf(member)
  if (at < 0) fail(`no schema of ${structure}.${member}`)
  const marked = (type: unknown): boolean => {
    if (typeof type === 'function') return marked(type())
    if (!Array.isArray(type)) return false
    const [schemaOrKind, pairTraits, , traits] = type
    return typeof schemaOrKind === 'number' ? hasBit(traits) : hasBit(pairTraits) || marked(schemaOrKind)
  }
  return hasBit(schema[3]) || marked(schema[5][at])
}

/** Every operation, with the structures of its schema, the errors its command's documentation names and its scheme. */
function readOperations(structures: ReadonlyMap<string, Structure>): Map<string, Operation> {
  const Client = sdk.CognitoIdentityProviderClient as new (
    options: object,
  ) => {
    config: { httpAuthSchemeProvider: (asked: object) => { schemeId: string }[] }
  }
  const { config } = new Client({ region: 'us-east-1' })
  const operations = Object.values(sdk).filter((schema) => Array.isArray(schema) && schema[0] === 9) as unknown[][]
  return new Map(
    operations
      .map(([, , name, , input, output]): [string, Operation] => {
        const nameOf = (schema: unknown) => {
          const found = (schema as () => unknown)()
          return found === 'unit' ? null : String((found as unknown[])[2])
        }
        const [takes, gives] = [nameOf(input), nameOf(output)]
        if (!takes || !structures.has(takes) || (gives && !structures.has(gives))) fail(`structures of ${name}`)
        const throws = read(`commands/${name}Command.d.ts`).matchAll(/@throws \{@link (\w+Exception)\} \(/g)
        const schemes = config.httpAuthSchemeProvider({ operation: name, region: 'us-east-1' })
        return [
          String(name),
          {
            input: takes,
            output: gives,
            signed: !schemes.some((scheme) => scheme.schemeId === 'smithy.api#noAuth'),
            errors: [...throws].map((match) => match[1]!).sort(),
          },
        ]
      })
      .sort(([left], [right]) => (left < right ? -1 : 1)),
  )
}

const enums = readEnums()
const structures = readStructures(enums)
const operations = readOperations(structures)
const errors = Object.values(sdk)
  .filter((schema) => Array.isArray(schema) && schema[0] === -3)
  .map((schema) => String((schema as unknown[])[2]))
  .filter((name) => name.endsWith('Exception') && name !== 'CognitoIdentityProviderServiceException')
  .sort()

const header = `// Written by tools/generate-api.ts from ${packageName} ${version} (Apache-2.0, see NOTICE). Do not edit.`

/** A value as this house writes it: single quotes, no quotes around names. */
const quote = (value: unknown) => JSON.stringify(value).replaceAll('"', "'")
const fields = (value: object) =>
  Object.entries(value)
    .map(([key, field]) => `${key}: ${quote(field)}`)
    .join(', ')

/** A union too long for one line gets a line for each of its members. */
function union(values: readonly string[]): string {
  const line = values.map(quote).join(' | ')
  return line.length < 90 ? line : values.map((value) => `\n  | ${quote(value)}`).join('')
}

/** The TypeScript type of a member. */
function typeOf({ type, many }: Member): string {
  const inner = { integer: 'number', timestamp: 'Milliseconds', blob: 'Uint8Array', json: 'Json' }[type] ?? type
  return many === 'list' ? `${inner}[]` : many === 'map' ? `Record<string, ${inner}>` : inner
}

function writeTypes(): string {
  const enumerations = [...enums].map(([name, values]) => `export type ${name} = ${union(values)}\n`)
  const interfaces = [...structures].map(([name, structure]) => {
    const lines = Object.entries(structure).map(([key, member]) =>
      member.required ? `  ${key}: ${typeOf(member)}\n` : `  ${key}?: ${typeOf(member)} | undefined\n`,
    )
    return lines.length
      ? `export interface ${name} {\n${lines.join('')}}\n`
      : `export type ${name} = Record<string, never>\n`
  })
  const rows = [...operations].map(
    ([name, { input, output }]) => `  ${name}: { input: ${input}; output: ${output ?? 'Record<string, never>'} }\n`,
  )
  return [
    `${header}\nimport type { Json, Milliseconds } from './terms.ts'\n`,
    '/** What each operation takes and gives. */',
    `export interface Api {\n${rows.join('')}}\n`,
    '/** The name of an operation, as in the header X-Amz-Target. */',
    'export type OperationName = keyof Api\n',
    '/** The errors that the operations declare. */',
    `export type AwsErrorName = ${union(errors)}\n`,
    ...enumerations,
    ...interfaces,
  ].join('\n')
}

function writeShapes(): string {
  const enumerations = [...enums].map(([name, values]) => `  ${name}: [${values.map(quote).join(', ')}],\n`)
  const shapes = [...structures].map(([name, structure]) => {
    const lines = Object.entries(structure).map(([key, member]) => `    ${key}: { ${fields(member)} },\n`)
    return lines.length ? `  ${name}: {\n${lines.join('')}  },\n` : `  ${name}: {},\n`
  })
  const rows = [...operations].map(
    ([name, { errors: declared, ...rest }]) =>
      `  ${name}: {\n    ${fields(rest)},\n    errors: [${declared.map(quote).join(', ')}],\n  },\n`,
  )
  return [
    header,
    "import type { AwsErrorName, OperationName } from './generated.ts'",
    "import type { Operation, Structure } from './terms.ts'\n",
    '/** Every operation. */',
    `export const operations: Readonly<Record<OperationName, Operation<AwsErrorName>>> = {\n${rows.join('')}}\n`,
    '/** Every structure. */',
    `export const structures: Readonly<Record<string, Structure>> = {\n${shapes.join('')}}\n`,
    '/** The values of every enumeration. */',
    `export const enums: Readonly<Record<string, readonly string[]>> = {\n${enumerations.join('')}}\n`,
  ].join('\n')
}

const check = process.argv.includes('--check')
for (const [file, text] of [
  ['generated.ts', writeTypes()],
  ['shapes.ts', writeShapes()],
] as const) {
  const path = new URL(`../packages/api/src/${file}`, import.meta.url)
  if (!check) writeFileSync(path, text)
  else if (readFileSync(path, 'utf8') !== text) {
    console.error(`packages/api/src/${file} is out of date: run node tools/generate-api.ts`)
    process.exitCode = 1
  }
}
