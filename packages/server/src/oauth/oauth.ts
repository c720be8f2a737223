// Door 2: OAuth 2.0 and OpenID Connect on a hosted domain, and a pool's discovery documents.
// No pages and no rules: an endpoint reads its parameters, asks the rules, and replies in the protocol's shape.
import { Hono, type MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'
import type { DomainEnv } from '../web/env.ts'
import { authorize, authorizeByForm } from './authorize.ts'
import { logout, logoutByForm } from './logout.ts'
import { register } from './register.ts'
import { anySite, oauthErrors } from './reply.ts'
import { revoke } from './revoke.ts'
import { token } from './token.ts'
import { userInfo } from './user-info.ts'

/** The endpoints below a hosted domain. What `authorize` and `logout` throw is for a page (http/ shows it). */
export const oauth: Hono<DomainEnv> = new Hono<DomainEnv>()
  .get('/oauth2/authorize', authorize)
  .post('/oauth2/authorize', authorizeByForm)
  .get('/logout', logout)
  .post('/logout', logoutByForm)

// The middleware of hono/cors answers the preflight alone, since on an answer it would take Node's server off its fast
// path; userInfo, which is called with every request of some sites, writes its own headers.
const anyOrigin: MiddlewareHandler<DomainEnv> = async (c, next) => {
  for (const [name, value] of Object.entries(anySite)) c.header(name, value)
  await next()
}
for (const path of ['/oauth2/token', '/oauth2/revoke', '/oauth2/register'] as const)
  oauth.options(path, cors({ origin: '*' })).use(path, anyOrigin)
oauth
  .options('/oauth2/userInfo', cors({ origin: '*' }))
  .post('/oauth2/token', oauthErrors(token))
  .post('/oauth2/revoke', oauthErrors(revoke))
  .post('/oauth2/register', oauthErrors(register))
  .get('/oauth2/userInfo', userInfo)
  .post('/oauth2/userInfo', userInfo)
