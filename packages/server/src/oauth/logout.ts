import type { Context } from 'hono'
import { PoolError } from '../errors.ts'
import { closeBrowserSession } from '../sign-in/session.ts'
import { findClient } from '../store/setup/clients.ts'
import { single } from '../tokens/authorization.ts'
import { clearSessionCookie, readSessionCookies } from '../web/cookies.ts'
import type { DomainEnv } from '../web/env.ts'

/**
 * Signs the browser out, of every account that it has (AWS developer guide, "logout endpoint"): with `logout_uri` to one of
 * the client's sign-out addresses, with `redirect_uri` to the sign-in page. An address that is not registered is shown on a page, and the
 * session stays.
 */
export async function logout(c: Context<DomainEnv>): Promise<Response> {
  const { ground, pool, domain } = c.var
  const query = new URL(c.req.url).searchParams
  const client = await findClient(ground.db, single(query, 'client_id') ?? '')
  if (client?.poolId !== pool.id) throw new PoolError('InvalidRequest', 'There is no such client.')
  const logoutUri = single(query, 'logout_uri')
  const redirectUri = single(query, 'redirect_uri')
  if (logoutUri !== undefined && !client.settings.LogoutURLs?.includes(logoutUri))
    throw new PoolError('InvalidRequest', 'The logout_uri is not registered for this client.')
  if (logoutUri === undefined && !client.settings.CallbackURLs?.includes(redirectUri ?? ''))
    throw new PoolError('InvalidRequest', 'The parameter logout_uri is missing.')
  for (const id of readSessionCookies(c)) await closeBrowserSession(ground.db, pool, id)
  clearSessionCookie(c)
  return c.redirect(logoutUri ?? `${domain.path}/login?${query}`)
}
