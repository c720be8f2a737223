import { newSub } from '../directory/usernames.ts'
import { createAuthorizationCode } from '../store/authorization-codes.ts'
import type { Db } from '../store/db.ts'
import type { GrantContext } from '../store/grants.ts'
import type { Client } from '../store/setup/clients.ts'
import type { Pool } from '../store/setup/pools.ts'
import type { User } from '../store/users.ts'
import type { World } from '../world/world.ts'
import { assuranceOf, type Method } from './assurance/levels.ts'
import { type AuthorizationRequest, answerUrl } from './authorization.ts'
import { grantTokens } from './issue.ts'
import { issuerOf } from './issuer.ts'
import { digest } from './opaque.ts'

/** A code lives five minutes, as on AWS (developer guide, "authorize endpoint"). */
const codeLifetime = 5 * 60_000

/** A strict client's (RFC 9700 section 2.1.1 and OWASP ASVS 10.4.3 want it short). */
const strictCodeLifetime = 60_000

/** What of the request comes back with the code. */
export interface CodeRequest {
  readonly redirectUri: string
  readonly scopes: readonly string[]
  readonly nonce?: string | undefined
  readonly codeChallenge?: string | undefined
  /** The browser session that the sign-in belongs to. */
  readonly sessionId?: string | undefined
  readonly context?: GrantContext | undefined
}

/** A sign-in that is done and the request that asked for it. Times are milliseconds. */
export interface Finished {
  readonly pool: Pool
  readonly client: Client
  readonly user: User
  readonly authorization: AuthorizationRequest
  readonly authTime: number
  /** The browser session's public id. */
  readonly sessionId?: string | undefined
  /** What was proven at the sign-in. */
  readonly methods?: readonly Method[] | undefined
}

/** Ends an authorization: the client's address with a code, or with tokens in the fragment. */
export async function finish(
  db: Db,
  world: World,
  { pool, client, user, authorization, authTime, sessionId, methods = [] }: Finished,
): Promise<string> {
  const { redirectUri, scopes, state, nonce, codeChallenge, responseType } = authorization
  const context = contextOf(pool, authorization, methods)
  const iss = issuerOf(world, pool)
  if (responseType === 'token') {
    const tokens = await grantTokens(db, world, pool, client, {
      user,
      door: 'pages',
      scopes,
      authTime,
      nonce,
      sessionId,
      context,
      refresh: false,
    })
    return answerUrl(redirectUri, 'token', {
      access_token: tokens.accessToken,
      id_token: tokens.idToken,
      token_type: 'Bearer',
      expires_in: String(tokens.expiresIn),
      state,
      iss,
    })
  }
  const code = newSub(world)
  await createAuthorizationCode(db, {
    codeHash: digest(code),
    poolId: pool.id,
    clientId: client.id,
    userId: user.id,
    request: JSON.stringify({ redirectUri, scopes, nonce, codeChallenge, sessionId, context } satisfies CodeRequest),
    authTime,
    grantId: newSub(world),
    expiresAt: world.now() + (client.strict ? strictCodeLifetime : codeLifetime),
  })
  return answerUrl(redirectUri, 'code', { code, state, iss })
}

/** How sure the sign-in was is said to whom it matters: AWS adds `acr` and `amr` where a level or an age is asked for. */
function contextOf(
  pool: Pool,
  { resource, acrValues, maxAge }: AuthorizationRequest,
  methods: readonly Method[],
): GrantContext | undefined {
  const isAsked = pool.settings.UserPoolTier !== 'LITE' && (acrValues.length > 0 || maxAge !== undefined)
  const assurance = isAsked ? assuranceOf(pool, methods) : undefined
  return resource === undefined && !assurance ? undefined : { ...(resource && { resource }), ...assurance }
}
