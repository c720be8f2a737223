import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { retryAfter } from '../errors.ts'
import { allClients } from '../store/setup/customizations.ts'
import type { DomainEnv } from '../web/env.ts'
import { formToken } from '../web/forms.ts'
import { readLanguage } from '../web/language.ts'
import { findLook, type Look } from './branding/look.ts'
import { ownDocument } from './branding/own.ts'
import type { Journey } from './journey.ts'
import { type Frame, layout, type View } from './parts/layout.ts'

/** Answers with a page; without a journey it is one that leads nowhere. */
export async function show(
  c: Context<DomainEnv>,
  journey: Journey | undefined,
  view: (frame: Frame) => View,
  status: ContentfulStatusCode = 200,
): Promise<Response> {
  const { pool, domain, ground } = c.var
  const { config } = ground.world
  const frame: Frame = {
    language: readLanguage(c),
    path: domain.path,
    search: journey?.search ?? '',
    query: new URL(c.req.url).search,
    poolName: pool.name,
    appName: journey?.party.client.name,
    token: journey ? formToken(c) : '',
    look: await lookOf(c, journey),
    inbox: config.mode === 'development' ? `${config.publicUrl}/inbox` : undefined,
  }
  setHeaders(c, journey)
  // What a page says depends on these besides its address.
  c.header('Content-Language', frame.language.tag)
  c.header('Vary', 'Accept-Language, Cookie', { append: true })
  if (status === 429) c.header('retry-after', String(retryAfter))
  const shown = view(frame)
  return c.html(await ((await ownDocument(c, frame, shown, journey !== undefined)) ?? layout(frame, shown)), status)
}

/**
 * A page that leads nowhere still says in its address whose it is; a look is all that this decides. A look that cannot be
 * found keeps no page from being shown, least of all that of an error.
 */
async function lookOf(c: Context<DomainEnv>, journey: Journey | undefined): Promise<Look | undefined> {
  try {
    return await findLook(c, journey?.party.client.id ?? c.req.query('client_id') ?? allClients)
  } catch (error) {
    const { ground, pool, requestId } = c.var
    ground.world.log.error('look not found', { requestId, poolId: pool.id, error })
    return undefined
  }
}

/** Sends the browser on, with GET whatever it came with: never 307, which would post a password again (RFC 9700 section 4.12). */
export function seeOther(c: Context<DomainEnv>, address: string): Response {
  setHeaders(c, undefined)
  return c.redirect(address, 303)
}

/** Sends the browser to another page of this journey. */
export function seePage(c: Context<DomainEnv>, { search }: Pick<Journey, 'search'>, page: string): Response {
  return seeOther(c, `${c.var.domain.path}${page}${search}`)
}

const powers = [
  'accelerometer', 'autoplay', 'camera', 'clipboard-read', 'display-capture', 'encrypted-media', 'fullscreen', 'geolocation',
  'gyroscope', 'hid', 'magnetometer', 'microphone', 'midi', 'payment', 'picture-in-picture', 'screen-wake-lock', 'serial',
  'usb', 'xr-spatial-tracking',
] as const // biome-ignore format: a table

function setHeaders(c: Context<DomainEnv>, journey: Journey | undefined): void {
  const targets = journey ? formTargets(journey) : []
  const policy = [
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self' data:",
    "script-src 'self'",
    `form-action ${["'self'", ...targets].join(' ')}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ]
  c.header('Content-Security-Policy', policy.join('; '))
  c.header('X-Frame-Options', 'DENY')
  c.header('X-Content-Type-Options', 'nosniff')
  // Nothing leaves to other origins, as with no-referrer; but that one makes browsers send `Origin: null` with our own
  // forms (Fetch standard, "append a request Origin header"), and the origin of a form is checked.
  c.header('Referrer-Policy', 'same-origin')
  c.header('Cross-Origin-Opener-Policy', 'same-origin')
  c.header('Cross-Origin-Resource-Policy', 'same-origin')
  c.header('Permissions-Policy', powers.map((power) => `${power}=()`).join(', '))
  c.header('Cache-Control', 'no-store')
  c.header('X-Robots-Tag', 'noindex')
  if (c.var.domain.secure) c.header('Strict-Transport-Security', 'max-age=63072000; includeSubDomains')
}

/** More than this many origins, and the header outgrows what browsers and proxies take. */
const mostTargets = 20

/**
 * Where a form may lead besides here. Chromium holds form-action against every redirect that follows a POST, so that
 * the client's address must be in it, and the client's other addresses too: many callbacks redirect to the app itself.
 */
function formTargets({ authorization, party: { client } }: Journey): string[] {
  const { CallbackURLs = [], LogoutURLs = [] } = client.settings
  const sources = [authorization.redirectUri, ...CallbackURLs, ...LogoutURLs].flatMap(sourceOf)
  return [...new Set(sources)].slice(0, mostTargets)
}

/** A CSP source that matches an address: its origin, or the scheme of an app's own (`myapp:`) and of what CSP cannot name. */
function sourceOf(address: string): string[] {
  if (!URL.canParse(address)) return []
  const { protocol, hostname, origin } = new URL(address)
  const isWeb = protocol === 'https:' || protocol === 'http:'
  return [isWeb && /^[a-z\d.-]+$/.test(hostname) ? origin : protocol]
}
