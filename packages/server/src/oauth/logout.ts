import type { Context } from 'hono'
import { PoolError } from '../errors.ts'
import { isTagged, isTaggedForAny } from '../settings/own-tags.ts'
import { samlSignOut } from '../sign-in/federation/saml/sign-out.ts'
import { closeBrowserSession, currentSession } from '../sign-in/session.ts'
import { type Client, findClient } from '../store/setup/clients.ts'
import { readHint } from '../tokens/assurance/hint.ts'
import { answerUrl, single } from '../tokens/authorization.ts'
import { readText } from '../web/body.ts'
import { clearSessionCookie, readSessionCookie, readSessionCookies } from '../web/cookies.ts'
import type { DomainEnv } from '../web/env.ts'

/**
 * Signs the browser out, of every account that it has (AWS developer guide, "logout endpoint"): with `logout_uri` to one of the client's sign-out
 * addresses, with `redirect_uri` to the sign-in page. An address that is not registered is shown on a page, and the
 * session stays. A request without both is OpenID Connect's, where the pool's tag has switched that on. Who
 * came through a SAML provider with sign-out there goes by way of it.
 */
export async function logout(c: Context<DomainEnv>): Promise<Response> {
  const { pool, domain } = c.var
  const query = new URL(c.req.url).searchParams
  const logoutUri = single(query, 'logout_uri')
  const redirectUri = single(query, 'redirect_uri')
  if (!logoutUri && !redirectUri && isTaggedForAny(pool, 'poolhouse:rp-initiated-logout')) return logoutByHint(c, query)
  const client = await getClient(c, single(query, 'client_id') ?? '')
  if (logoutUri !== undefined && !client.settings.LogoutURLs?.includes(logoutUri))
    throw new PoolError('InvalidRequest', 'The logout_uri is not registered for this client.')
  if (logoutUri === undefined && !client.settings.CallbackURLs?.includes(redirectUri ?? ''))
    throw new PoolError('InvalidRequest', 'The parameter logout_uri is missing.')
  return c.redirect(await signOut(c, logoutUri ?? `${domain.path}/login?${query}`))
}

/** The same by POST (OpenID Connect RP-Initiated Logout 1.0 section 2): the browser comes back by GET, with its cookies. */
export async function logoutByForm(c: Context<DomainEnv>): Promise<Response> {
  const mediaType = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (mediaType !== 'application/x-www-form-urlencoded')
    throw new PoolError('InvalidRequest', 'The request must be a form.')
  return c.redirect(`${c.var.domain.path}/logout?${new URLSearchParams(await readText(c.req.raw, 16 * 1024))}`, 303)
}

/**
 * OpenID Connect RP-Initiated Logout 1.0: whoever has an ID token of the visitor signs out at once and is led back to a
 * registered address. Without one the visitor is asked, and led nowhere (sections 2 and 3).
 */
async function logoutByHint(c: Context<DomainEnv>, query: URLSearchParams): Promise<Response> {
  const { ground, pool, domain } = c.var
  const { db, world } = ground
  const token = single(query, 'id_token_hint')
  const hint = token === undefined ? undefined : await readHint(db, world, pool, token)
  if (token !== undefined && !hint) throw new PoolError('InvalidRequest', 'The id_token_hint is not one of ours.')
  const named = single(query, 'client_id')
  if (hint && named !== undefined && named !== hint.clientId)
    throw new PoolError('InvalidRequest', 'The id_token_hint is another client’s.')
  const clientId = hint?.clientId ?? named
  const client = clientId === undefined ? undefined : await getClient(c, clientId)
  if (client && !isTagged(pool, 'poolhouse:rp-initiated-logout', client.id))
    throw new PoolError('InvalidRequest', 'The parameter logout_uri is missing.')
  const back = single(query, 'post_logout_redirect_uri')
  const state = single(query, 'state')
  if (back !== undefined && !client?.settings.LogoutURLs?.includes(back))
    throw new PoolError('InvalidRequest', 'The post_logout_redirect_uri is not registered for this client.')
  // Somebody else's token says nothing of who is here.
  const session = client && (await currentSession(db, world, pool, client, readSessionCookie(c)))
  if (!hint || (session && session.user.id !== hint.userId)) return c.redirect(`${domain.path}/signout`)
  const onward = back === undefined ? `${domain.path}/signedout` : answerUrl(back, 'code', { state })
  return c.redirect(await signOut(c, onward))
}

async function getClient(c: Context<DomainEnv>, id: string): Promise<Client> {
  const client = await findClient(c.var.ground.db, id)
  if (client?.poolId !== c.var.pool.id) throw new PoolError('InvalidRequest', 'There is no such client.')
  return client
}

/** Ends the browser's sessions, and gives where it goes next: onward, or first to a provider that ends its own. */
async function signOut(c: Context<DomainEnv>, onward: string): Promise<string> {
  const { ground, pool } = c.var
  const { db, world } = ground
  let provider: string | undefined
  for (const id of readSessionCookies(c)) {
    // One provider can be visited on the way; the sessions of other accounts end here alone.
    provider ??= await samlSignOut(db, world, pool, id, onward)
    await closeBrowserSession(db, pool, id)
  }
  clearSessionCookie(c)
  return provider ?? onward
}
