import type { Context } from 'hono'
import { PoolError, retryAfter } from '../errors.ts'
import type { DomainEnv } from '../web/env.ts'

type Endpoint = (c: Context<DomainEnv>) => Promise<Response>

/** Any site may call token, revoke and userInfo, as on AWS: they look at no cookie. */
export const anySite = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'x-amz-cognito-request-id,www-authenticate',
} as const

/** Answers what an endpoint throws as RFC 6749 section 5.2 says: JSON, never cached. */
export function oauthErrors(endpoint: Endpoint): Endpoint {
  return async (c) => {
    c.header('cache-control', 'no-store')
    c.header('pragma', 'no-cache')
    c.header('x-amz-cognito-request-id', c.var.requestId)
    try {
      return await endpoint(c)
    } catch (thrown) {
      return failure(c, PoolError.from(thrown))
    }
  }
}

function failure(c: Context<DomainEnv>, error: PoolError): Response {
  const { requestId, ground } = c.var
  if (error.code === 'Internal') {
    ground.world.log.error('oauth', { requestId, error: error.cause })
    return c.json({ error: 'server_error' }, 500)
  }
  ground.world.log.info('oauth', { requestId, outcome: error.code })
  const { oauth, status } = error.failure
  if (status === 429) c.header('retry-after', String(retryAfter))
  // AWS says why in few cases; a wrong secret or code gets the bare word, so that nothing can be told apart.
  const silent = error.code === 'InvalidClient' || error.failure.oauth === 'invalid_grant'
  return c.json({ error: oauth, ...(!silent && { error_description: error.message }) }, status)
}
