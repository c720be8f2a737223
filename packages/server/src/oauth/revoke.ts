import type { Context } from 'hono'
import { PoolError } from '../errors.ts'
import { revokeToken } from '../tokens/revoke.ts'
import type { DomainEnv } from '../web/env.ts'
import { authenticateClient } from './client-auth.ts'
import { readParameters } from './form.ts'

/**
 * Revokes a refresh token (RFC 7009; AWS developer guide, "revocation endpoint"): 200 without a body, also for a token
 * that is unknown or dead already; never 200 unless it is committed.
 */
export async function revoke(c: Context<DomainEnv>): Promise<Response> {
  const { ground, pool } = c.var
  const parameters = await readParameters(c.req.raw)
  const client = await authenticateClient(
    ground.db,
    ground.world,
    pool,
    c.req.header('authorization'),
    parameters,
  ).catch((error: unknown) => {
    if (!(error instanceof PoolError) || error.code !== 'InvalidClient') throw error
    return undefined
  })
  // AWS answers 401 here, unlike at the token endpoint.
  if (!client) return c.json({ error: 'invalid_client' }, 401, { 'www-authenticate': 'Basic realm="poolhouse"' })
  const token = parameters.get('token')
  if (token === undefined) throw new PoolError('InvalidRequest', 'token is missing')
  await revokeToken(ground.db, ground.world, client, token)
  return c.body(null, 200)
}
