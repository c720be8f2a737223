import { timingSafeEqual } from 'node:crypto'
import type { Context } from 'hono'
import { readText } from './body.ts'
import { readCookie, writeCookie } from './cookies.ts'
import type { DomainEnv } from './env.ts'

/** The hidden field of every form; AWS's name for it. */
export const tokenField = '_csrf'

/** The largest form taken: every field of ours is far below. */
const largestForm = 16 * 1024

/** The fields of a form by name. */
export type Form = ReadonlyMap<string, string>

/** Why a form was not taken, and the status that says so. */
export type FormRefusal =
  | { readonly refused: 'cross-site' | 'token'; readonly status: 403 }
  | { readonly refused: 'media-type'; readonly status: 415 }
  | { readonly refused: 'malformed'; readonly status: 400 }

/**
 * The token of this browser's forms (RFC 6749 section 10.12, OWASP "CSRF Prevention": HMAC over a pre-session). A
 * browser without pre-session gets one with the response.
 */
export function formToken(c: Context<DomainEnv>): string {
  const known = readPreSession(c) ?? begun.get(c.req.raw)
  if (known) return tokenOf(c, known)
  const preSession = Buffer.from(c.var.ground.world.random(32)).toString('base64url')
  writeCookie(c, 'XSRF-TOKEN', preSession)
  begun.set(c.req.raw, preSession)
  return tokenOf(c, preSession)
}

/** Pre-sessions by the request that began them, which asks for its token more than once. */
const begun = new WeakMap<Request, string>()

/**
 * The form of a POST that came from a page of ours in this browser. A browser always says where a cross-site POST comes
 * from; the token holds even where it says nothing.
 */
export async function readForm(c: Context<DomainEnv>): Promise<Form | FormRefusal> {
  const site = c.req.header('sec-fetch-site')
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return { refused: 'cross-site', status: 403 }
  const origin = c.req.header('origin')
  if (origin !== undefined && origin !== new URL(c.var.domain.url).origin) return { refused: 'cross-site', status: 403 }
  const mediaType = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (mediaType !== 'application/x-www-form-urlencoded') return { refused: 'media-type', status: 415 }
  const form = parseForm(await readText(c.req.raw, largestForm))
  if (!form) return { refused: 'malformed', status: 400 }
  const preSession = readPreSession(c)
  const token = form.get(tokenField)
  if (!preSession || !token || !equal(token, tokenOf(c, preSession))) return { refused: 'token', status: 403 }
  return form
}

/**
 * Fields of application/x-www-form-urlencoded, or undefined when a field comes twice, an escape is broken or not UTF-8,
 * a byte is not escaped that a browser escapes, or there is a NUL. URLSearchParams would replace what it cannot read: a
 * password must be taken exactly or not at all.
 */
export function parseForm(body: string): Form | undefined {
  if (/[^\x20-\x7e]/.test(body)) return undefined
  const form = new Map<string, string>()
  for (const pair of body.split('&')) {
    if (pair === '') continue
    const cut = pair.includes('=') ? pair.indexOf('=') : pair.length
    const name = decode(pair.slice(0, cut))
    const value = decode(pair.slice(cut + 1))
    if (name === undefined || value === undefined || form.has(name)) return undefined
    form.set(name, value)
  }
  return form
}

function decode(text: string): string | undefined {
  try {
    const decoded = decodeURIComponent(text.replaceAll('+', ' '))
    return decoded.includes('\0') ? undefined : decoded
  } catch {
    return undefined
  }
}

function readPreSession(c: Context<DomainEnv>): string | undefined {
  const value = readCookie(c, 'XSRF-TOKEN')
  return value && /^[\w-]{43}$/.test(value) ? value : undefined
}

function tokenOf(c: Context<DomainEnv>, preSession: string): string {
  return c.var.ground.world.vault.mac('csrf', `${preSession}|${c.var.domain.name}`)
}

function equal(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)]
  return a.length === b.length && timingSafeEqual(a, b)
}
