import type { Context } from 'hono'
import { acceptedLanguage, english, findLanguage, type Language } from '../languages/languages.ts'
import { readCookie, writeCookie } from './cookies.ts'
import type { DomainEnv } from './env.ts'

/** Seconds that a browser keeps the language that was asked for. */
const kept = 365 * 24 * 3600

/**
 * The language of whoever looks at a page: what the address asks for (AWS's parameter `lang`, which travels with the
 * authorization request), what this browser was shown before, what it says it likes, English. What an address asks for
 * is kept in AWS's cookie `lang`.
 */
export function readLanguage(c: Context<DomainEnv>): Language {
  const known = found.get(c.req.raw)
  if (known) return known
  const asked = findLanguage(c.req.query('lang') ?? '')
  const before = findLanguage(readCookie(c, 'lang') ?? '')
  if (asked && asked !== before) writeCookie(c, 'lang', asked.tag, kept)
  const language = asked ?? before ?? acceptedLanguage(c.req.header('accept-language') ?? '') ?? english
  found.set(c.req.raw, language)
  return language
}

/** What was found for a request, which is asked more than once, and whose cookie is written once. */
const found = new WeakMap<Request, Language>()
