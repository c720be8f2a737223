// The website's back end: an API that believes access tokens only, and the server that gives it and the pages out.
// Here: who is calling, the three routes that answer it, headers, files, configuration of the front end.
// Not here: passwords, sessions, cookies: the pool has the first, the browser the second, and nobody needs the third.
import { type AccessClaims, createVerifier, type VerifierOptions } from '@poolhouse/verifier'
import { getAuth, requireAuth } from '@poolhouse/verifier/hono'
import { type Context, Hono } from 'hono'
import type { Refusal, UserAnswer } from './answers.ts'

/** Whose tokens the API believes; the rest is for tests and closed networks. */
export interface ApiOptions extends Pick<VerifierOptions<'access'>, 'jwks' | 'userinfoUrl' | 'now' | 'fetch'> {
  readonly issuer: string
  readonly clientId: string
}

/**
 * The API under /api. `/user` checks a token by itself, without asking anybody; `/checked-user` also asks the pool
 * whether it was revoked, which costs a request per call and notices at once.
 */
export function createApi({ issuer, clientId, userinfoUrl, ...options }: ApiOptions): Hono {
  const offline = createVerifier({ ...options, issuer, clientId, tokenUse: 'access' })
  const asking = createVerifier({
    ...options,
    issuer,
    clientId,
    userinfoUrl,
    tokenUse: 'access',
    revocation: 'userinfo',
  })
  const now = options.now ?? Date.now

  const answer = (c: Context) => {
    const { claims, groups, scopes } = getAuth(c)
    c.header('Cache-Control', 'no-store')
    // The API may stop trusting any token when it likes. A client that renews and tries again need not care.
    if (c.req.query('refuse') === tokenId(claims)) return refuse(c)
    return c.json<UserAnswer>({
      greeting: `Hello, ${claims.username ?? 'whoever you are'}`,
      sub: claims.sub,
      username: claims.username ?? null,
      groups: [...groups],
      scopes: [...scopes],
      token: {
        id: tokenId(claims),
        issuedAt: claims.iat,
        expiresAt: claims.exp,
        secondsLeft: Math.max(0, Math.floor(claims.exp - now() / 1000)),
      },
    })
  }

  return new Hono()
    .get('/user', requireAuth(offline), answer)
    .get('/checked-user', requireAuth(asking), answer)
    .notFound((c) => c.json<Refusal>({ error: 'not_found', error_description: 'The API has no such address' }, 404))
    .onError((error, c) => {
      console.error(error)
      return c.json<Refusal>({ error: 'server_error', error_description: 'The API failed; its log says why' }, 500)
    })
}

/** RFC 6750 section 3.1: invalid_token tells the client that another token may do. */
function refuse(c: Context): Response {
  const description = 'The token was refused because you asked for it'
  c.header('WWW-Authenticate', `Bearer error="invalid_token", error_description="${description}"`)
  return c.json<Refusal>({ error: 'invalid_token', error_description: description }, 401)
}

/** Tokens of clients with revocation switched off have no id of their own. */
function tokenId({ jti, sub, iat }: AccessClaims): string {
  return jti ?? `${sub}.${iat}`
}
