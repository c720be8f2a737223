import type { Context } from 'hono'
import { PoolError } from '../errors.ts'
import { isTagged } from '../settings/own-tags.ts'
import { findClient } from '../store/setup/clients.ts'
import { checkAccessToken } from '../tokens/access.ts'
import { standardTypes, visibleAttributes } from '../tokens/claims.ts'
import type { DomainEnv } from '../web/env.ts'
import { readParameters } from './form.ts'
import { anySite } from './reply.ts'

/**
 * The claims of an access token's user (OpenID Connect Core 5.3; AWS developer guide, "userInfo endpoint"): asked of the
 * store at every call, so that a revoked token is refused. All values are text, as on AWS, but for a strict client.
 */
export async function userInfo(c: Context<DomainEnv>): Promise<Response> {
  const { ground, pool, requestId } = c.var
  const { db, world } = ground
  // Never the address: RFC 6750 section 2.3 discourages a token there, and it would be logged.
  const header = c.req.header('authorization')
  const posted = c.req.method === 'POST' ? await postedToken(c) : undefined
  const both = header !== undefined && posted !== undefined
  const [, token] = both ? [] : (/^Bearer ([\w.-]+)$/i.exec(header ?? `Bearer ${posted ?? ''}`) ?? [])
  if (token === undefined) return refuse(c, 400, 'invalid_request', 'Bad OAuth2 request at UserInfo Endpoint')
  try {
    const access = await checkAccessToken(db, world, token, pool)
    const client = access.pool.id === pool.id ? await findClient(db, access.clientId) : undefined
    if (!client) return refuse(c, 401, 'invalid_token', dead)
    if (!access.scopes.includes('openid'))
      return refuse(c, 401, 'invalid_token', 'Access token does not contain openid scope')
    const attributes = visibleAttributes(client, access.user, access.scopes)
    const claims = isTagged(pool, 'poolhouse:strict', client.id) ? standardTypes(attributes) : attributes
    return reply(c, 200, { sub: access.user.id, ...claims, username: access.user.username })
  } catch (thrown) {
    const error = PoolError.from(thrown)
    if (error.code === 'NotAuthorized' || error.code === 'UserNotFound') return refuse(c, 401, 'invalid_token', dead)
    world.log.error('userInfo', { requestId, error: error.cause })
    return reply(c, 500, { error: 'server_error' })
  }
}

/** A token in a form, as RFC 6750 section 2.2 has it; one way at a time. */
async function postedToken(c: Context<DomainEnv>): Promise<string | undefined> {
  const mediaType = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (mediaType !== 'application/x-www-form-urlencoded') return undefined
  const parameters = await readParameters(c.req.raw).catch(() => undefined)
  return parameters?.get('access_token')
}

/** AWS's sentence, whatever the reason. */
const dead = 'Access token is expired, disabled, or deleted, or the user has globally signed out.'

function refuse(c: Context<DomainEnv>, status: 400 | 401, error: string, description: string): Response {
  const challenge = `Bearer error="${error}", error_description="${description}"`
  return reply(c, status, { error, error_description: description }, { 'www-authenticate': challenge })
}

/** All headers at once and as plain text: a Response that is changed afterwards costs as much as the rest of the call. */
function reply(
  c: Context<DomainEnv>,
  status: number,
  body: Readonly<Record<string, unknown>>,
  headers?: Readonly<Record<string, string>>,
): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      ...anySite,
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-amz-cognito-request-id': c.var.requestId,
      ...headers,
    },
  })
}
