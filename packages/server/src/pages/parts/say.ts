import { html } from 'hono/html'
import type { Language } from '../../languages/languages.ts'
import {
  type Mark,
  message,
  type PlainId,
  type Sentence,
  type Told,
  write,
  writeMarked,
} from '../../languages/messages.ts'
import type { MarkedId, Parameters } from '../../languages/parameters.ts'
import type { Html } from './layout.ts'

/** Whoever something is said to. */
export interface Reader {
  readonly language: Language
}

/** A message without markup, in the language of the page. */
export function say<Id extends PlainId>({ language }: Reader, id: Id, ...values: Told<Id>): string {
  return write(language, message(id, ...values))
}

/** A sentence that was made before the language was known. */
export function sayAgain({ language }: Reader, sentence: Sentence): string {
  return write(language, sentence)
}

/** A message with markup, as HTML: what it is told is escaped, `<link>` leads to the address that it is told. */
export function sayMarked<Id extends MarkedId>({ language }: Reader, id: Id, values: Parameters[Id]): Html {
  const link: Mark<Html> = (inside) => html`<a href="${'link' in values ? values.link : ''}">${[...inside]}</a>`
  return html`${[...writeMarked<Id, Html>(language, id, values, { ...marks, link })]}`
}

// style.css isolates both: a name may be written the other way round than the sentence that it stands in.
const marks: Readonly<Record<string, Mark<Html>>> = {
  strong: (inside) => html`<strong>${[...inside]}</strong>`,
  code: (inside) => html`<code>${[...inside]}</code>`,
}
