import { type Api, enums, type Member, type OperationName, operations, structures } from '@poolhouse/api'
import { type PoolError, retryAfter } from '../errors.ts'

/** The content type of every answer of this door. */
export const contentType = 'application/x-amz-json-1.1'

/** Turns one value that a handler gave into what stands on the wire. */
type Write = (value: unknown) => unknown

const asIs: Write = (value) => value

const writers = new Map<string, Write>()

/** Only what the shape knows is written: a record that a handler passes on whole cannot leak its other columns. */
function writerOf(structure: string): Write {
  const known = writers.get(structure)
  if (known) return known
  const members = Object.entries(structures[structure]!).map(([name, member]) => ({ name, write: writeMember(member) }))
  const made: Write = (value) => {
    const given = value as Readonly<Record<string, unknown>>
    const written: Record<string, unknown> = {}
    for (const { name, write } of members) {
      const member = given[name]
      if (member !== undefined && member !== null) written[name] = write(member)
    }
    return written
  }
  writers.set(structure, made)
  return made
}

function writeMember({ type, many }: Member): Write {
  const write = writeOne(type)
  if (many === undefined || write === asIs) return write
  if (many === 'list') return (value) => (value as readonly unknown[]).map(write)
  return (value) => {
    const map: Record<string, unknown> = Object.create(null)
    for (const [key, item] of Object.entries(value as object)) map[key] = write(item)
    return map
  }
}

/** Times are epoch seconds with a fraction (AWS JSON 1.1), bytes are base64. */
function writeOne(type: string): Write {
  if (type === 'timestamp') return (value) => (value as number) / 1000
  if (type === 'blob') return (value) => Buffer.from(value as Uint8Array).toString('base64')
  return Object.hasOwn(structures, type) ? writerOf(type) : asIs
}

/**
 * The body of a successful answer. An operation without an output answers with none, as on AWS. `strict` is for
 * development and tests: an output that breaks the contract throws instead of being sent with parts left out.
 */
export function replyBody<Op extends OperationName>(name: Op, output: Api[Op]['output'], strict = false): string {
  if (strict) {
    const problems = checkOutput(name, output)
    if (problems.length > 0) throw new Error(`${name} gave an output that breaks the contract: ${problems.join('; ')}`)
  }
  const shape = operations[name].output
  return shape === null ? '' : JSON.stringify(writerOf(shape)(output))
}

const scalarChecks: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  integer: Number.isSafeInteger,
  boolean: (value) => typeof value === 'boolean',
  timestamp: (value) => Number.isSafeInteger(value) && Math.abs(Number(value)) <= 8.64e15,
  blob: (value) => value instanceof Uint8Array,
  json: (value) => JSON.stringify(value) !== undefined,
}

/** What is wrong with an output by the contract: unknown members, missing ones, wrong types. Values are not quoted. */
export function checkOutput<Op extends OperationName>(name: Op, output: Api[Op]['output']): string[] {
  const shape = operations[name].output
  if (shape !== null) return checkStructure(shape, output, '')
  return Object.keys(output).length > 0 ? ['an output where there is none'] : []
}

function checkStructure(structure: string, value: unknown, path: string): string[] {
  if (!isRecord(value)) return [`${path || structure} is not a structure`]
  const members = structures[structure]!
  const at = (key: string) => (path ? `${path}.${key}` : key)
  const unknown = Object.keys(value).filter((key) => !Object.hasOwn(members, key))
  return [
    ...unknown.map((key) => `${at(key)} is unknown to ${structure}`),
    ...Object.entries(members).flatMap(([key, member]) => {
      if (value[key] !== undefined) return checkMember(member, value[key], at(key))
      return member.required ? [`${at(key)} is missing`] : []
    }),
  ]
}

function checkMember({ type, many }: Member, value: unknown, path: string): string[] {
  if (many === undefined) return checkOne(type, value, path)
  if (many === 'list' ? !Array.isArray(value) : !isRecord(value)) return [`${path} is not a ${many}`]
  return Object.entries(value as object).flatMap(([key, item]) => checkOne(type, item, `${path}.${key}`))
}

function checkOne(type: string, value: unknown, path: string): string[] {
  if (Object.hasOwn(structures, type)) return checkStructure(type, value, path)
  const fits = scalarChecks[type]?.(value) ?? enums[type]!.some((known) => known === value)
  return fits ? [] : [`${path} is not of type ${type}`]
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)

/**
 * The answer to a failed call, as the SDKs read it: the error's name in the body and in a header, the row's status.
 * A SerializationException comes from AWS's front end, which spells its member with a capital (seen on the live API).
 */
export function failure(error: PoolError): Response {
  const { aws, status } = error.failure
  const body = { __type: aws, [aws === 'SerializationException' ? 'Message' : 'message']: error.message }
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      'content-type': contentType,
      'x-amzn-errortype': aws,
      ...(status === 429 && { 'retry-after': String(retryAfter) }),
    },
  })
}
