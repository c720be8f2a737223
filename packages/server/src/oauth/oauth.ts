// Door 2: OAuth 2.0 and OpenID Connect on a hosted domain, and a pool's discovery documents.
// No pages and no rules: an endpoint reads its parameters, asks the rules, and replies in the protocol's shape.
import { Hono, type MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'
import type { DomainEnv } from '../web/env.ts'
import { authorize } from './authorize.ts'
import { logout } from './logout.ts'
import { oauthErrors } from './reply.ts'
import { revoke } from './revoke.ts'
import { token } from './token.ts'
import { userInfo } from './user-info.ts'

/** The endpoints below a hosted domain. What `authorize` and `logout` throw is for a page (http/ shows it). */
export const oauth: Hono<DomainEnv> = new Hono<DomainEnv>().get('/oauth2/authorize', authorize).get('/logout', logout)

const exposed = ['x-amz-cognito-request-id', 'www-authenticate']

// Any site may call these three, as on AWS: they look at no cookie. The middleware of hono/cors answers the preflight
// alone, since on an answer it would take Node's server off its fast path.
const anyOrigin: MiddlewareHandler<DomainEnv> = async (c, next) => {
  c.header('access-control-allow-origin', '*')
  c.header('access-control-expose-headers', exposed.join(','))
  await next()
}
for (const path of ['/oauth2/token', '/oauth2/revoke', '/oauth2/userInfo'] as const)
  oauth.options(path, cors({ origin: '*' })).use(path, anyOrigin)
oauth
  .post('/oauth2/token', oauthErrors(token))
  .post('/oauth2/revoke', oauthErrors(revoke))
  .get('/oauth2/userInfo', userInfo)
  .post('/oauth2/userInfo', userInfo)
