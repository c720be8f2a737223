import type { Context } from 'hono'
import { PoolError } from '../errors.ts'
import { mayGoOn } from '../sign-in/factors/step-up.ts'
import { depart, wantedProvider } from '../sign-in/federation/depart.ts'
import { tripSeconds } from '../sign-in/federation/trip.ts'
import { currentSession } from '../sign-in/session.ts'
import { errorRedirect, readAuthorization, readTarget } from '../tokens/authorization.ts'
import { finish } from '../tokens/finish.ts'
import { issuerOf } from '../tokens/issuer.ts'
import { readText } from '../web/body.ts'
import { readSessionCookie, tripBinding } from '../web/cookies.ts'
import type { DomainEnv } from '../web/env.ts'

/**
 * The same by POST (OpenID Connect Core 3.1.2.1): the form becomes the address, and the browser comes back by GET, since its
 * cookies do not travel with a form of another site.
 */
export async function authorizeByForm(c: Context<DomainEnv>): Promise<Response> {
  const mediaType = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (mediaType !== 'application/x-www-form-urlencoded')
    throw new PoolError('InvalidRequest', 'The request must be a form.')
  const query = new URLSearchParams(await readText(c.req.raw, largestForm))
  return c.redirect(`${c.var.domain.path}/oauth2/authorize?${query}`, 303)
}

/** What browsers and proxies still take as an address. */
const largestForm = 8 * 1024

/**
 * Starts a sign-in (RFC 6749 section 4.1.1): a browser that is signed in already gets its answer at once, any other goes
 * to the identity provider that is asked for, or to the sign-in page with the same parameters. Throws until client and
 * address are trusted; after that an error goes to the client.
 */
export async function authorize(c: Context<DomainEnv>): Promise<Response> {
  const { ground, pool, domain } = c.var
  const { db, world } = ground
  const { search, searchParams: query } = new URL(c.req.url)
  const { client, redirectUri } = await readTarget(db, pool, query)
  try {
    const authorization = readAuthorization(client, redirectUri, query)
    const session = await currentSession(db, world, pool, client, readSessionCookie(c), c.var.address)
    if (session && (await mayGoOn(db, world, pool, authorization, session)))
      return c.redirect(await finish(db, world, { pool, client, authorization, ...session }))
    if (authorization.prompt === 'none') throw new PoolError('LoginRequired', 'The visitor is not signed in')
    const party = { pool, client }
    const provider = await wantedProvider(db, party, query)
    if (provider) {
      const binding = tripBinding(c, world.random, tripSeconds)
      const leaving = { provider, binding, search, domainUrl: domain.url, authorization }
      return c.redirect(await depart(db, world, party, leaving))
    }
    return c.redirect(`${domain.path}/login?${query}`)
  } catch (thrown) {
    const error = PoolError.from(thrown)
    if (error.code === 'Internal') world.log.error('authorize', { requestId: c.var.requestId, error: error.cause })
    return c.redirect(errorRedirect(redirectUri, query, error, issuerOf(world, pool)))
  }
}
