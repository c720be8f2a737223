// The one listener's routes: hosts and paths to doors, health, discovery. No door's work is done here.
import { Hono } from 'hono'
import { cors } from 'hono/cors'
import { cognito } from '../cognito/endpoint.ts'
import { discovery } from '../oauth/discovery.ts'
import { oauth } from '../oauth/oauth.ts'
import { showFailure } from '../pages/error.ts'
import { pages } from '../pages/pages.ts'
import { durable } from '../store/db.ts'
import { findPool, findPoolByDomain, type Pool } from '../store/setup/pools.ts'
import { jwks } from '../tokens/keys.ts'
import type { DomainEnv, Ground } from '../web/env.ts'
import { atPoolTime } from '../world/clock.ts'
import type { World } from '../world/world.ts'
import { type Bindings, clientAddress } from './address.ts'
import { type AtHost, ownNames, readHost } from './hosts.ts'
import { createInbox } from './inbox/inbox.ts'

/** A server's routes. */
export interface App {
  fetch(request: Request, bindings?: Bindings): Promise<Response>
  /** From now on /health/ready says no, so that no new requests are sent here. */
  drain(): void
}

/** What travels with a request inside: what the listener knows, and the hosted domain whose host it came to. */
type Env = Bindings & { readonly atHost?: AtHost | undefined }
type AppEnv = { Bindings: Env; Variables: { requestId: string } }

/** How long clients may keep keys and discovery: short enough that a new key is seen before it signs. */
const documentAge = 'public, max-age=300'

/** Puts the doors together over a database and a world. */
export function createApp(ground: Ground): App {
  const { db, world } = ground
  let ready = true
  const app = new Hono<AppEnv>()
  app.use(async (c, next) => {
    c.set('requestId', newRequestId(ground))
    await next()
  })

  app.get('/health/live', (c) => c.text('live\n'))
  app.get('/health/ready', async (c) => {
    // A node that cannot reach its store is of no use to anyone.
    const stored =
      ready &&
      (await db
        .selectFrom('migrations')
        .select('name')
        .limit(1)
        .execute()
        .catch(() => undefined))
    return stored ? c.text('ready\n') : c.text('not ready\n', 503)
  })

  app.options('/', cors({ origin: '*', allowMethods: ['POST'], maxAge: 172_800 }))

  const document = (write: (pool: Pool) => Promise<unknown>) => async (c: { req: { param(name: 'pool'): string } }) => {
    const pool = await findPool(db, c.req.param('pool'))
    const status = pool ? 200 : 404
    const body = pool ? await write(pool) : { message: 'User pool does not exist.' }
    return Response.json(body, { status, headers: { 'cache-control': pool ? documentAge : 'no-store' } })
  }
  app.use('/:pool/.well-known/*', cors({ origin: '*' }))
  app.get(
    '/:pool/.well-known/jwks.json',
    document((pool) => jwks(db, pool)),
  )
  app.get(
    '/:pool/.well-known/openid-configuration',
    document((pool) => discovery(db, world, pool)),
  )

  if (world.config.mode === 'development') app.route('/inbox', createInbox(ground))
  app.route('/domains/:domain', hostedDomain(ground))

  app.notFound((c) => c.json({ message: 'Not found' }, 404))
  app.onError((error, c) => {
    world.log.error('request failed', { requestId: c.var.requestId, error })
    return c.json({ message: 'Internal error' }, 500)
  })
  const hostOf = readHost(ground)
  return {
    async fetch(request, bindings) {
      const answer = (atHost: AtHost | undefined) => {
        // The busiest address by far goes to its door past the router, which would cost more than some operations do.
        if (!atHost && request.method === 'POST' && isRoot(request.url))
          return cognito(ground, request, newRequestId(ground), clientAddress(world.config, request, bindings))
        return app.fetch(atHost ? toPath(request, atHost) : request, { ...bindings, atHost })
      }
      const atHost = hostOf(request)
      const response = await answer(atHost instanceof Promise ? await atHost : atHost)
      // What an answer was read from may be somebody else's write that is a moment away from the disk.
      const pending = durable(db)
      if (!pending) return response
      return pending.then(
        () => response,
        (error: unknown) => {
          world.log.error('commit failed', { error })
          return Response.json({ message: 'Internal error' }, { status: 500 })
        },
      )
    },
    drain: () => {
      ready = false
    },
  }
}

/** A hosted domain's doors: finds the domain and its pool, then pages and OAuth take over. */
function hostedDomain(ground: Ground): Hono<DomainEnv> {
  const { db, world } = ground
  const hosted = new Hono<DomainEnv>()
  hosted.use(async (c, next) => {
    const name = c.req.param('domain') ?? ''
    const pool = await findPoolByDomain(db, name)
    if (!pool) return c.json({ message: 'There is no such domain.' }, 404)
    const { atHost } = c.env as Env
    const base = baseOf(world, c.req.url)
    const path = atHost ? '' : `/domains/${name}`
    const url = atHost ? `${base.slice(0, base.indexOf(':'))}://${atHost.host}` : `${base}${path}`
    if (c.req.method === 'GET' && c.req.header('accept')?.includes('text/html')) {
      const elsewhere = sameMachine(c.req.url, url)
      if (elsewhere) return c.redirect(elsewhere)
    }
    c.set('ground', { db, world: atPoolTime(world, pool) })
    c.set('pool', pool)
    c.set('domain', { name, url, path, secure: url.startsWith('https:') })
    c.set('address', clientAddress(world.config, c.req.raw, c.env as Env))
    await next()
  })
  hosted.route('/', oauth)
  hosted.route('/', pages)
  hosted.onError(showFailure)
  return hosted
}

/** Whether an absolute address is that of the root; a query is ignored as the router does. */
function isRoot(url: string): boolean {
  const slash = url.indexOf('/', url.indexOf('://') + 3)
  return slash === url.length - 1 || url.charCodeAt(slash + 1) === 0x3f
}

/** The same request below the path of its domain. */
function toPath(request: Request, { domain }: AtHost): Request {
  const url = new URL(request.url)
  return new Request(`${url.origin}/domains/${domain}${url.pathname}${url.search}`, request)
}

/** The address that the browser used: the TLS one of development when it came there, else the public one. */
function baseOf({ config }: World, url: string): string {
  return config.secureUrl && url.startsWith('https:') ? config.secureUrl : config.publicUrl
}

/**
 * Where a page opened under another of this machine's names is: a form sent from 127.0.0.1 to localhost would come from
 * another site, and its cookies would not be there.
 */
function sameMachine(requested: string, domainUrl: string): string | undefined {
  const url = new URL(requested)
  const own = new URL(domainUrl)
  if (url.hostname === own.hostname || !ownNames.has(url.hostname) || !ownNames.has(own.hostname)) return undefined
  return `${own.origin}${url.pathname}${url.search}`
}

/** Names a request in the log and to the caller. */
function newRequestId({ world }: Ground): string {
  return Buffer.from(world.random(16)).toString('hex')
}
