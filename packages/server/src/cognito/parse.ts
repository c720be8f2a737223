// Door 1: POST / with X-Amz-Target, the JSON API. A request is parsed, resolved, run and replied to, a file for each.
// Here: from a body to a typed input, or a refusal in AWS's words. No look-ups and no rules: a body is judged by the
// contract alone.
import { type Api, type OperationName, operations } from '@poolhouse/api'
import { PoolError } from '../errors.ts'
import { type Read, readStructure } from './parse-members.ts'

const targetPrefix = 'AWSCognitoIdentityProviderService.'

/** The operation that the header X-Amz-Target names. */
export function operationName(target: string | undefined): OperationName {
  const name = target?.startsWith(targetPrefix) ? target.slice(targetPrefix.length) : ''
  if (!isOperation(name)) throw new PoolError('UnknownOperation', 'Unknown operation')
  return name
}

const isOperation = (name: string): name is OperationName => Object.hasOwn(operations, name)

/** Operations that carry images, all of them signed. AWS takes 2 MB (API reference, CreateManagedLoginBranding). */
const withImages: ReadonlySet<OperationName> = new Set([
  'CreateManagedLoginBranding',
  'UpdateManagedLoginBranding',
  'SetUICustomization',
])

/** The most bytes that the body of a request for this operation may have. */
export function bodyLimit(name: OperationName): number {
  return withImages.has(name) ? 2 * 1024 * 1024 : 256 * 1024
}

/** Far above what any operation can use: a pool with fifty attributes has some 500 keys, at depth five. */
const deepest = 16
const mostKeys = 2_000
const mostCommas = 10_000

const malformed = (message: string) => new PoolError('Serialization', message)

/**
 * Looks over the text once, in linear time, before anything is built from it: depth, number of keys and of elements.
 * Text that no store can keep (U+0000, half a surrogate pair) is refused here too, wherever it stands.
 */
function checkText(text: string): void {
  let depth = 0
  let keys = 0
  let commas = 0
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22: // "
        at = endOfString(text, at + 1)
        break
      case 0x3a: // :
        if (++keys > mostKeys) throw malformed('Too many members')
        break
      case 0x2c: // ,
        if (++commas > mostCommas) throw malformed('Too many elements')
        break
      case 0x5b: // [
      case 0x7b: // {
        if (++depth > deepest) throw malformed('Too deeply nested')
        break
      case 0x5d: // ]
      case 0x7d: // }
        depth--
    }
  }
}

/** The index of the quote that ends a string, or of the end of the text; JSON.parse finds what is wrong then. */
function endOfString(text: string, start: number): number {
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 0x22) return at
    if (code !== 0x5c) continue
    at++
    if (text.charCodeAt(at) !== 0x75) continue
    const unit = text.slice(at + 1, at + 5)
    at += 4
    if (unit === '0000') throw malformed('Text must not contain U+0000')
    if (!/^d[89a-f]/i.test(unit)) continue
    // A high surrogate must be followed at once by a low one; a low one alone is half a pair as well.
    if (!/^d[89ab]/i.test(unit) || !/^\\ud[c-f]/i.test(text.slice(at + 1, at + 5)))
      throw malformed('Text is not Unicode')
    at += 6
  }
  return text.length
}

/** JSON.parse's own message quotes the body, passwords included: it is not passed on, not even as a cause. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw malformed('The request body is not valid JSON')
  }
}

const readers = new Map<OperationName, Read>()

function readerOf(name: OperationName): Read {
  const known = readers.get(name)
  if (known) return known
  const made = readStructure(operations[name].input)
  readers.set(name, made)
  return made
}

/** How many broken limits are spelled out; the count in front is always that of all. */
const mostSpelled = 50

/** The input of an operation: typed, complete and within AWS's limits, or a refusal as AWS words it. */
export function parseInput<Op extends OperationName>(name: Op, text: string): Api[Op]['input'] {
  if (text.length > bodyLimit(name)) throw new PoolError('TooLarge', 'The request body is too large')
  if (!text.isWellFormed()) throw malformed('Text is not Unicode')
  checkText(text)
  const faults: string[] = []
  const input = readerOf(name)(parseJson(text), '', faults)
  if (faults.length > 0) {
    const detected = faults.length === 1 ? '1 validation error detected' : `${faults.length} validation errors detected`
    throw new PoolError('InvalidParameter', `${detected}: ${faults.slice(0, mostSpelled).join('; ')}`)
  }
  return input as Api[Op]['input']
}
