import { readFileSync } from 'node:fs'
import { IntlMessageFormat } from 'intl-messageformat'
import en from './catalogues/en.json' with { type: 'json' }
import { english, type Language } from './languages.ts'
import type { MarkedId, Parameters } from './parameters.ts'

/** The name of a message, as in en.json. */
export type MessageId = keyof typeof en

/** The name of a message without markup. */
export type PlainId = Exclude<MessageId, MarkedId>

/** The name of a message that needs to be told nothing. */
export type UntoldId = Exclude<PlainId, keyof Parameters>

/** What a message has to be told, as a rest parameter: nothing where it has no parameters. */
export type Told<Id extends MessageId> = Id extends keyof Parameters ? [values: Parameters[Id]] : []

/** Something to be said, before it is known in which language. */
export interface Message {
  readonly id: PlainId
  readonly values?: Values
}

type Values = Readonly<Record<string, string | number>>

/** Something to be said: a message of ours, or a text that somebody else has written already. */
export type Sentence = Message | string

/** A message with what it has to be told. */
export function message<Id extends PlainId>(id: Id, ...[values]: Told<Id>): Message {
  return values === undefined ? { id } : { id, values: { ...values } }
}

/** A sentence in a language. */
export function write({ tag }: Language, sentence: Sentence): string {
  if (typeof sentence === 'string') return sentence
  const text = compiled(tag, sentence.id).format(sentence.values)
  return Array.isArray(text) ? text.join('') : String(text)
}

/** What becomes of a marked part of a message, such as `<strong>…</strong>`. */
export type Mark<Piece> = (inside: readonly (string | Piece)[]) => Piece

/** A message with markup in a language: the pieces of text, and what the marks make of the pieces that they enclose. */
export function writeMarked<Id extends MarkedId, Piece extends object>(
  { tag }: Language,
  id: Id,
  values: Parameters[Id],
  marks: Readonly<Record<string, Mark<Piece>>>,
): readonly (string | Piece)[] {
  const pieces = compiled(tag, id).format<Piece>({ ...values, ...markers(marks) })
  return Array.isArray(pieces) ? pieces : [pieces]
}

function markers<Piece>(marks: Readonly<Record<string, Mark<Piece>>>) {
  return Object.fromEntries(
    Object.entries(marks).map(([name, mark]) => [name, (inside: (string | Piece)[]) => mark(inside)]),
  )
}

/** Compiled messages by language and name: to compile one takes a hundred times as long as to write it. */
const cache = new Map<string, IntlMessageFormat>()

function compiled(tag: string, id: MessageId): IntlMessageFormat {
  const key = `${tag} ${id}`
  const known = cache.get(key)
  if (known) return known
  // A test finds the holes of a catalogue; whoever meets one all the same reads English.
  const format = new IntlMessageFormat(catalogue(tag)[id] ?? en[id], tag)
  cache.set(key, format)
  return format
}

/** The messages of a language as they are written down. */
export type Catalogue = Readonly<Partial<Record<MessageId, string>>>

const catalogues = new Map<string, Catalogue>([[english.tag, en]])

/** The catalogue of one of the languages; read when it is first spoken. */
export function catalogue(tag: Language['tag']): Catalogue {
  let known = catalogues.get(tag)
  if (!known) {
    known = JSON.parse(readFileSync(new URL(`catalogues/${tag}.json`, import.meta.url), 'utf8')) as Catalogue
    catalogues.set(tag, known)
  }
  return known
}
