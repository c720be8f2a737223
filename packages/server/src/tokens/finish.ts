import { newSub } from '../directory/usernames.ts'
import { createAuthorizationCode } from '../store/authorization-codes.ts'
import type { Db } from '../store/db.ts'
import type { Client } from '../store/setup/clients.ts'
import type { Pool } from '../store/setup/pools.ts'
import type { User } from '../store/users.ts'
import type { World } from '../world/world.ts'
import { type AuthorizationRequest, answerUrl } from './authorization.ts'
import { grantTokens } from './issue.ts'
import { digest } from './opaque.ts'

/** A code lives five minutes, as on AWS (developer guide, "authorize endpoint"). */
const codeLifetime = 5 * 60_000

/** What of the request comes back with the code. */
export interface CodeRequest {
  readonly redirectUri: string
  readonly scopes: readonly string[]
  readonly nonce?: string | undefined
  readonly codeChallenge?: string | undefined
  /** The browser session that the sign-in belongs to. */
  readonly sessionId?: string | undefined
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
}

/** Ends an authorization: the client's address with a code, or with tokens in the fragment. */
export async function finish(
  db: Db,
  world: World,
  { pool, client, user, authorization, authTime, sessionId }: Finished,
): Promise<string> {
  const { redirectUri, scopes, state, nonce, codeChallenge, responseType } = authorization
  if (responseType === 'token') {
    const tokens = await grantTokens(db, world, pool, client, {
      user,
      door: 'pages',
      scopes,
      authTime,
      nonce,
      sessionId,
      refresh: false,
    })
    return answerUrl(redirectUri, 'token', {
      access_token: tokens.accessToken,
      id_token: tokens.idToken,
      token_type: 'Bearer',
      expires_in: String(tokens.expiresIn),
      state,
    })
  }
  const code = newSub(world)
  await createAuthorizationCode(db, {
    codeHash: digest(code),
    poolId: pool.id,
    clientId: client.id,
    userId: user.id,
    request: JSON.stringify({ redirectUri, scopes, nonce, codeChallenge, sessionId } satisfies CodeRequest),
    authTime,
    grantId: newSub(world),
    expiresAt: world.now() + codeLifetime,
  })
  return answerUrl(redirectUri, 'code', { code, state })
}
