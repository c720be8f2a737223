// Door 2: OAuth 2.0 and OpenID Connect on a hosted domain, and a pool's discovery documents.
// No pages and no rules: an endpoint reads its parameters, asks the rules, and replies in the protocol's shape.
import { Hono } from 'hono'
import { cors } from 'hono/cors'
import type { DomainEnv } from '../web/env.ts'
import { authorize } from './authorize.ts'
import { logout } from './logout.ts'
import { oauthErrors } from './reply.ts'
import { revoke } from './revoke.ts'
import { token } from './token.ts'
import { userInfo } from './user-info.ts'

/** The endpoints below a hosted domain. What `authorize` and `logout` throw is for a page (http/ shows it). */
export const oauth: Hono<DomainEnv> = new Hono<DomainEnv>()
  // Any site may call these three, as on AWS: they look at no cookie.
  .use('/oauth2/token', cors({ origin: '*', exposeHeaders: ['x-amz-cognito-request-id', 'www-authenticate'] }))
  .use('/oauth2/revoke', cors({ origin: '*', exposeHeaders: ['x-amz-cognito-request-id', 'www-authenticate'] }))
  .use('/oauth2/userInfo', cors({ origin: '*', exposeHeaders: ['x-amz-cognito-request-id', 'www-authenticate'] }))
  .get('/oauth2/authorize', authorize)
  .get('/logout', logout)
  .post('/oauth2/token', oauthErrors(token))
  .post('/oauth2/revoke', oauthErrors(revoke))
  .get('/oauth2/userInfo', userInfo)
  .post('/oauth2/userInfo', userInfo)
