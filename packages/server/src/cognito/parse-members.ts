// Reading the members of an input by their shapes: types first, then limits, in AWS's words.
// A wrong type ends the reading at once; broken limits are gathered, because AWS reports them together.
import { type Constraint, constraints, enums, type Member, structures } from '@poolhouse/api'
import { PoolError } from '../errors.ts'
import { compilePattern } from './parse-pattern.ts'

/** Reads one value found at `path`: gives what handlers see, or throws, or adds to `faults` what AWS would say. */
export type Read = (value: unknown, path: string, faults: string[]) => unknown

/** One limit of a value: how AWS spells it, and whether the value keeps it. */
interface Rule {
  readonly says: string
  readonly keeps: (value: never) => boolean
}

/** A value without members of its own: how it is converted, and its limits. */
interface Scalar {
  readonly convert: (value: unknown) => unknown
  readonly rules: readonly Rule[]
}

const startOfList = 'Start of list found where not expected'
const startOfObject = 'Start of structure or map found where not expected.'
const notNull = 'Member must not be null'

/** AWS echoes what it refuses. A bound keeps the answer smaller than the question. */
const longestEcho = 1024

/** The refusal of a value of the wrong type: the sentences of AWS's JSON front end, as clients log them. */
function wrongType(value: unknown, otherwise: string | ((token: string) => string)): PoolError {
  if (Array.isArray(value)) return new PoolError('Serialization', startOfList)
  if (typeof value === 'object' && value !== null) return new PoolError('Serialization', startOfObject)
  const token = typeof value === 'boolean' ? String(value) : typeof value
  const message = typeof otherwise === 'string' ? otherwise : otherwise(`${token.toUpperCase()}_VALUE`)
  return new PoolError('Serialization', message)
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function toText(value: unknown): string {
  if (typeof value !== 'string') throw wrongType(value, (token) => `${token} can not be converted to a String`)
  return value
}

/** An infinite number (1e999) goes on to the range check, which every integer has. */
function toInteger(value: unknown): number {
  if (typeof value !== 'number' || (Number.isFinite(value) && !Number.isInteger(value)))
    throw wrongType(value, (token) => `${token} can not be converted to an Integer`)
  return value
}

/** AWS takes any text for true, "false" and "no" included. Only the one that cannot be a mistake is taken here. */
function toBoolean(value: unknown): boolean {
  if (value === 'true') return true
  if (typeof value !== 'boolean') throw wrongType(value, (token) => `${token} can not be converted to a Boolean`)
  return value
}

/** Epoch seconds on the wire, milliseconds inside; bounded as a Date is. */
function toTimestamp(value: unknown): number {
  if (typeof value !== 'number' || !(Math.abs(value) <= 8.64e12))
    throw wrongType(value, (token) => `${token} can not be converted to milliseconds since epoch`)
  return Math.round(value * 1000)
}

function toBytes(value: unknown): Uint8Array {
  if (typeof value !== 'string' || value.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(value))
    throw wrongType(value, 'only base-64-encoded strings are convertible to bytes')
  return new Uint8Array(Buffer.from(value, 'base64'))
}

/** Lengths are counted in Unicode scalar values (Smithy 2.0, length trait); a cheap look settles nearly every text. */
function countCharacters(text: string): number {
  let pairs = 0
  for (let at = 0; at < text.length; at++) if ((text.charCodeAt(at) & 0xfc00) === 0xd800) pairs++
  return text.length - pairs
}

const keepsMax = (text: string, max: number) =>
  text.length <= max || (text.length <= 2 * max && countCharacters(text) <= max)
const keepsMin = (text: string, min: number) =>
  text.length >= 2 * min || (text.length >= min && countCharacters(text) >= min)

const atMost = (max: number, of = 'length') => `Member must have ${of} less than or equal to ${max}`
const atLeast = (min: number, of = 'length') => `Member must have ${of} greater than or equal to ${min}`

function textRules({ min, max, pattern }: Constraint): Rule[] {
  const rules: Rule[] = []
  if (max !== undefined) rules.push({ says: atMost(max), keeps: (text: string) => keepsMax(text, max) })
  if (min !== undefined) rules.push({ says: atLeast(min), keeps: (text: string) => keepsMin(text, min) })
  if (pattern !== undefined) {
    const expression = compilePattern(pattern)
    const says = `Member must satisfy regular expression pattern: ${pattern}`
    rules.push({ says, keeps: (text: string) => expression.test(text) })
  }
  return rules
}

/** Integers are Java's: 32 bits where the contract says nothing narrower. */
function numberRules({ min = -(2 ** 31), max = 2 ** 31 - 1 }: Constraint): Rule[] {
  return [
    { says: atMost(max, 'value'), keeps: (value: number) => value <= max },
    { says: atLeast(min, 'value'), keeps: (value: number) => value >= min },
  ]
}

/** The limits of a list, a map or a run of bytes: its size. */
function sizeRules<Value>({ min, max }: Constraint, size: (value: Value) => number): Rule[] {
  const rules: Rule[] = []
  if (max !== undefined) rules.push({ says: atMost(max), keeps: (value: Value) => size(value) <= max })
  if (min !== undefined) rules.push({ says: atLeast(min), keeps: (value: Value) => size(value) >= min })
  return rules
}

function enumRule(values: readonly string[]): Rule {
  const known = new Set(values)
  const says = `Member must satisfy enum value set: [${values.join(', ')}]`
  return { says, keeps: (text: string) => known.has(text) }
}

function scalarOf(type: string, constraint: Constraint): Scalar {
  switch (type) {
    case 'string':
      return { convert: toText, rules: textRules(constraint) }
    case 'integer':
      return { convert: toInteger, rules: numberRules(constraint) }
    case 'boolean':
      return { convert: toBoolean, rules: [] }
    case 'timestamp':
      return { convert: toTimestamp, rules: [] }
    case 'blob':
      return { convert: toBytes, rules: sizeRules(constraint, (bytes: Uint8Array) => bytes.length) }
    case 'json':
      return { convert: (value) => value, rules: [] }
    default:
      return { convert: toText, rules: [enumRule(enums[type]!), ...textRules(constraint)] }
  }
}

/** "Value '…' at 'path' failed to satisfy constraint: …"; a sensitive value, or none worth printing, is left out. */
function fault(path: string, says: string, echo: string | undefined): string {
  const value = echo === undefined ? '' : ` '${echo.length > longestEcho ? `${echo.slice(0, longestEcho)}…` : echo}'`
  return `Value${value} at '${path}' failed to satisfy constraint: ${says}`
}

const nullFault = (path: string) => `Value null at '${path}' failed to satisfy constraint: ${notNull}`

const keepsAll = (rules: readonly Rule[], value: unknown) => rules.every((rule) => rule.keeps(value as never))
const spell = (rules: readonly Rule[]) => `[${rules.map((rule) => rule.says).join(', ')}]`

function addFaults(
  rules: readonly Rule[],
  value: unknown,
  path: string,
  faults: string[],
  echo: () => string | undefined,
) {
  for (const rule of rules) if (!rule.keeps(value as never)) faults.push(fault(path, rule.says, echo()))
}

function readScalar({ convert, rules }: Scalar, hidden: boolean): Read {
  return (value, path, faults) => {
    const converted = convert(value)
    addFaults(rules, converted, path, faults, () =>
      hidden || typeof converted === 'object' ? undefined : String(converted),
    )
    return converted
  }
}

/** AWS blames the list, not its element, when the elements have no members of their own. */
function readScalars(element: Scalar, sizes: readonly Rule[], hidden: boolean): Read {
  return (value, path, faults) => {
    if (!Array.isArray(value)) throw wrongType(value, 'Unexpected field type')
    const hasNull = value.includes(null)
    const list = value.map((item) => (item === null ? null : element.convert(item)))
    const echo = () => (hidden ? undefined : `[${list.join(', ')}]`)
    addFaults(sizes, list, path, faults, echo)
    if (hasNull || !list.every((item) => keepsAll(element.rules, item))) {
      const rules = hasNull ? [...element.rules, { says: notNull, keeps: () => false }] : element.rules
      faults.push(fault(path, `Member must satisfy constraint: ${spell(rules)}`, echo()))
    }
    return list
  }
}

function readList(element: Read, sizes: readonly Rule[]): Read {
  return (value, path, faults) => {
    if (!Array.isArray(value)) throw wrongType(value, 'Unexpected field type')
    addFaults(sizes, value, path, faults, () => undefined)
    return value.map((item, index) => {
      const at = `${path}.${index + 1}.member`
      return item === null ? void faults.push(nullFault(at)) : element(item, at, faults)
    })
  }
}

/** A map has no prototype: `__proto__` and `constructor` are keys like any other. A null value is no value. */
function readMap(keys: Scalar, element: Scalar | Read, sizes: readonly Rule[], hidden: boolean): Read {
  return (value, path, faults) => {
    if (!isObject(value)) throw wrongType(value, 'Unexpected field type')
    const map: Record<string, unknown> = Object.create(null)
    for (const [key, item] of Object.entries(value)) {
      if (item === null) continue
      map[key] = typeof element === 'function' ? element(item, `${path}.${key}.member`, faults) : element.convert(item)
    }
    const echo = () =>
      hidden || typeof element === 'function'
        ? undefined
        : `{${Object.keys(map)
            .map((key) => `${key}=${map[key]}`)
            .join(', ')}}`
    addFaults(sizes, map, path, faults, echo)
    if (!Object.keys(map).every((key) => keepsAll(keys.rules, key)))
      faults.push(fault(path, `Map keys must satisfy constraint: ${spell(keys.rules)}`, echo()))
    if (typeof element !== 'function' && !Object.values(map).every((item) => keepsAll(element.rules, item)))
      faults.push(fault(path, `Map value must satisfy constraint: ${spell(element.rules)}`, echo()))
    return map
  }
}

function readMember(structure: string, name: string, { type, many, sensitive }: Member): Read {
  const constraint = constraints[`${structure}.${name}`] ?? constraints[name] ?? {}
  const hidden = sensitive === true
  const inner = type in structures ? readStructure(type) : scalarOf(type, many ? (constraint.each ?? {}) : constraint)
  if (many === 'list') {
    const sizes = sizeRules(constraint, (list: unknown[]) => list.length)
    return typeof inner === 'function' ? readList(inner, sizes) : readScalars(inner, sizes, hidden)
  }
  if (many === 'map') {
    const sizes = sizeRules(constraint, (map: object) => Object.keys(map).length)
    return readMap(scalarOf('string', constraint.keys ?? {}), inner, sizes, hidden)
  }
  return typeof inner === 'function' ? inner : readScalar(inner, hidden)
}

/** AWS spells a member in its messages as Java does: userPoolId. */
const spellStep = (name: string) => name.charAt(0).toLowerCase() + name.slice(1)

/** Reads a structure: its known members are copied, all others ignored as AWS does; null is the same as absent. */
export function readStructure(structure: string): Read {
  const members = Object.entries(structures[structure]!).map(([name, member]) => ({
    name,
    step: spellStep(name),
    required: member.required === true,
    read: readMember(structure, name, member),
  }))
  return (value, path, faults) => {
    if (!isObject(value)) throw wrongType(value, 'Unexpected field type')
    const read: Record<string, unknown> = {}
    for (const member of members) {
      const given = value[member.name]
      const at = path === '' ? member.step : `${path}.${member.step}`
      if (given !== undefined && given !== null) read[member.name] = member.read(given, at, faults)
      else if (member.required) faults.push(nullFault(at))
    }
    return read
  }
}
