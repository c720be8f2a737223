// The inbox of development: messages and trigger calls for eyes and for tests, and the clocks of pools.
// It shows codes and passwords, so nothing here answers in production, to a foreign host, or across origins.
import { type Context, Hono } from 'hono'
import type { Ground } from '../../web/env.ts'
import { addClock } from './clock.ts'
import { addMessages } from './messages.ts'
import { addTriggers } from './triggers.ts'

/**
 * The inbox of development. It answers only when it was called by a name of this machine (or the server's own): a
 * foreign page whose name is made to point here gets nothing. There is no CORS, and no other site may change anything.
 */
export function createInbox(ground: Ground): Hono {
  const { config } = ground.world
  const app = new Hono()
  app.use(async (context, next) => {
    if (config.mode !== 'development') return context.notFound()
    if (!isOwnHost(context.req.header('host') ?? '', config.publicUrl))
      return context.text('The inbox answers to localhost and to the public address alone.', 403)
    if (context.req.method !== 'GET' && isFromElsewhere(context))
      return context.text('The inbox is changed by its own page and by programs alone.', 403)
    await next()
    for (const [name, value] of Object.entries(headers)) context.header(name, value)
  })
  addMessages(app, ground)
  addTriggers(app, ground)
  addClock(app, ground)
  return app
}

const headers = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
} as const

/** Names that no foreign DNS entry can be: loopback, and the address that the operator gave. */
function isOwnHost(host: string, publicUrl: string): boolean {
  if (host === new URL(publicUrl).host) return true
  const name = host.replace(/:\d+$/, '')
  return name === '127.0.0.1' || name === '[::1]' || name === 'localhost' || name.endsWith('.localhost')
}

/** Whether a page of another origin makes the request: a form may post without asking first. Programs send neither header. */
function isFromElsewhere({ req }: Context): boolean {
  const site = req.header('sec-fetch-site')
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true
  const origin = req.header('origin')
  return origin !== undefined && URL.parse(origin)?.host !== req.header('host')
}
