import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { CookieOptions } from 'hono/utils/cookie'
import type { DomainEnv } from './env.ts'

/** Cookies of a hosted domain; all but the last two carry AWS's names (developer guide, "Managed login" cookies). */
export type CookieName = 'cognito' | 'XSRF-TOKEN' | 'csrf-state' | 'lang' | 'poolhouse-step' | 'poolhouse-accounts'

/** No value of ours comes near this; what is longer was not written by us. */
const longestValue = 4096

/** The value a browser sent under a name, or undefined when it sent none that could be ours. */
export function readCookie(c: Context<DomainEnv>, name: CookieName): string | undefined {
  const value = getCookie(c, wireName(c, name))
  return value === undefined || value === '' || value.length > longestValue ? undefined : value
}

/** Sets a cookie of this domain; without `seconds` it ends with the browser. */
export function writeCookie(c: Context<DomainEnv>, name: CookieName, value: string, seconds?: number): void {
  setCookie(c, wireName(c, name), value, seconds === undefined ? attributes(c) : { ...attributes(c), maxAge: seconds })
}

/** Takes a cookie back. */
export function clearCookie(c: Context<DomainEnv>, name: CookieName): void {
  deleteCookie(c, wireName(c, name), attributes(c))
}

/** The id of the browser session, as the browser says. */
export function readSessionCookie(c: Context<DomainEnv>): string | undefined {
  return readCookie(c, 'cognito')
}

/** Gives the browser its session id for as long as the session lasts. Times are milliseconds. */
export function setSessionCookie(c: Context<DomainEnv>, id: string, expiresAt: number, now: number): void {
  writeCookie(c, 'cognito', id, Math.max(0, Math.floor((expiresAt - now) / 1000)))
}

/**
 * What trips to identity providers are bound to: random, the same for all trips of this browser while one may be under
 * way. Being Lax, the cookie comes with no request that another site posts. `random` gives 32 bytes, `seconds` is how long
 * a trip may take.
 */
export function tripBinding(c: Context<DomainEnv>, random: (size: number) => Uint8Array, seconds: number): string {
  const binding = readTripBinding(c) ?? Buffer.from(random(32)).toString('base64url')
  writeCookie(c, 'csrf-state', binding, seconds)
  return binding
}

/** What this browser's trips are bound to, if it has begun one. */
export function readTripBinding(c: Context<DomainEnv>): string | undefined {
  const value = readCookie(c, 'csrf-state')
  return value && /^[\w-]{43}$/.test(value) ? value : undefined
}

/** Takes every session id back. */
export function clearSessionCookie(c: Context<DomainEnv>): void {
  clearCookie(c, 'cognito')
  if (readCookie(c, 'poolhouse-accounts')) clearCookie(c, 'poolhouse-accounts')
}

/** A session as its browser holds it: the id in the cookie and when it ends, in milliseconds. */
interface Held {
  readonly id: string
  readonly expiresAt: number
}

/** The ids of every account that this browser is signed in with, as it says: first the one that apps are told of. */
export function readSessionCookies(c: Context<DomainEnv>): string[] {
  const current = readSessionCookie(c)
  const others = readCookie(c, 'poolhouse-accounts')?.split('.') ?? []
  return [...new Set([...(current ? [current] : []), ...others])].filter(Boolean).slice(0, mostHeld)
}

/** More ids than a browser is given are not ours. */
const mostHeld = 8

/** Gives the browser its sessions, the one that apps are told of first; none signs it out. */
export function setSessionCookies(c: Context<DomainEnv>, [current, ...others]: readonly Held[], now: number): void {
  if (!current) {
    clearSessionCookie(c)
    return
  }
  setSessionCookie(c, current.id, current.expiresAt, now)
  if (others.length > 0) {
    const seconds = Math.floor((Math.max(...others.map(({ expiresAt }) => expiresAt)) - now) / 1000)
    writeCookie(c, 'poolhouse-accounts', others.map(({ id }) => id).join('.'), Math.max(0, seconds))
  } else if (readCookie(c, 'poolhouse-accounts')) clearCookie(c, 'poolhouse-accounts')
}

/**
 * `__Host-` keeps a sibling subdomain from planting our cookies (RFC 6265bis section 4.1.3.2), but asks for Secure and
 * Path=/; the path style of development has neither.
 */
function wireName(c: Context<DomainEnv>, name: CookieName): string {
  const { secure, path } = c.var.domain
  return secure && path === '' ? `__Host-${name}` : name
}

function attributes(c: Context<DomainEnv>): CookieOptions {
  const { secure, path } = c.var.domain
  // Lax, not Strict: the visitor comes from the app's site and must be recognised.
  return { path: path || '/', httpOnly: true, sameSite: 'Lax', secure }
}
