import { isUtf8 } from 'node:buffer'

/** A JSON object as read: frozen, all the way down. */
export type JsonObject = { readonly [name: string]: unknown }

const maxDepth = 32

/**
 * The object that the bytes spell, frozen, or undefined when they are not exactly one JSON object in valid UTF-8 without a
 * byte order mark, without duplicate names (RFC 8725 section 2.6: two readers may see two values) and without the names
 * that a careless merge turns into a prototype.
 */
export function readJsonObject(bytes: Buffer): JsonObject | undefined {
  if (!isUtf8(bytes)) return undefined
  const text = bytes.toString('utf8')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // The SyntaxError quotes its input, which may be a token: it is dropped.
    return undefined
  }
  if (!isObject(value)) return undefined
  return freeze(value, '', 1) === countNames(text) ? value : undefined
}

/** Whether a value read from JSON is an object, and neither an array nor null. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The member of that name that the object itself has; what a polluted Object.prototype offers is not a member. */
export function member(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined
}

/** Freezes and counts the names; NaN, which equals no count, for what is too deep or names a prototype. */
function freeze(value: unknown, name: string, depth: number): number {
  if (typeof value !== 'object' || value === null) return 0
  if (depth > maxDepth) return Number.NaN
  Object.freeze(value)
  let names = 0
  if (isObject(value)) {
    for (const key of Object.keys(value)) {
      if (key === '__proto__' || (key === 'prototype' && name === 'constructor')) return Number.NaN
      names += 1 + freeze(value[key], key, depth + 1)
    }
  } else if (Array.isArray(value)) {
    for (const item of value) names += freeze(item, '', depth + 1)
  }
  return names
}

/**
 * In valid JSON every colon outside of a string ends a name, so more of them than names in the value means duplicates.
 * Leaps from quote to quote: this runs for every token.
 */
function countNames(text: string): number {
  let names = 0
  let start = 0
  for (;;) {
    const open = text.indexOf('"', start)
    const end = open < 0 ? text.length : open
    for (let i = start; i < end; i++) if (text.charCodeAt(i) === 0x3a) names++
    if (open < 0) return names
    start = endOfString(text, open)
  }
}

/** The place after the quote that closes the string: the first with an even number of backslashes before it. */
function endOfString(text: string, open: number): number {
  let close = open
  let escapes = 1
  while (escapes % 2 === 1) {
    close = text.indexOf('"', close + 1)
    escapes = 0
    while (text.charCodeAt(close - 1 - escapes) === 0x5c) escapes++
  }
  return close + 1
}
