import { PoolError } from '../errors.ts'
import { findUsedAuthorizationCode, redeemAuthorizationCode } from '../store/authorization-codes.ts'
import { type Db, transaction } from '../store/db.ts'
import { type Grant, revokeGrant } from '../store/grants.ts'
import type { Client } from '../store/setup/clients.ts'
import type { Pool } from '../store/setup/pools.ts'
import { findUser, isSettled, type User } from '../store/users.ts'
import type { World } from '../world/world.ts'
import type { CodeRequest } from './finish.ts'
import { provesChallenge } from './grants/pkce.ts'
import { type Draft, draftTokens, newGrant, signDraft, storeGrant, type Tokens } from './issue.ts'
import { digest } from './opaque.ts'

/** What a client hands in for a code. */
export interface Exchange {
  readonly code: string
  readonly redirectUri: string | undefined
  readonly codeVerifier: string | undefined
  /** The audience, where the client says it again (RFC 8707 section 2.2). */
  readonly resource?: string | undefined
  /** The caller's address, shown in lists of sessions. */
  readonly address?: string | undefined
}

/**
 * Redeems an authorization code for tokens, once. The first attempt uses the code up whatever comes of it; a second use
 * of a code revokes what the first one gave (RFC 6749 section 4.1.2). Every binding is checked: pool, client, address,
 * challenge, and that the user may still sign in.
 */
export async function exchangeCode(
  db: Db,
  world: World,
  pool: Pool,
  client: Client,
  exchange: Exchange,
): Promise<Tokens> {
  // One transaction from the code's use to the grant: a second use finds the grant that it must revoke. A refusal is
  // returned, not thrown, since the code stays used.
  const outcome = await transaction(db, (inner) => redeem(inner, world, pool, client, exchange))
  if (outcome instanceof PoolError) throw outcome
  const { grant, user, nonce, refreshToken } = outcome
  let draft: Draft
  try {
    draft = await draftTokens(db, world, pool, client, user, grant, { source: 'TokenGeneration_HostedAuth', nonce })
  } catch (error) {
    // A trigger that refuses leaves no session behind; the code stays used.
    await revokeGrant(db, pool.id, grant.id, world.now())
    throw error
  }
  const tokens = await signDraft(draft)
  return refreshToken ? { ...tokens, refreshToken } : tokens
}

interface Redeemed {
  readonly grant: Grant
  readonly user: User
  readonly nonce: string | undefined
  readonly refreshToken: string | undefined
}

async function redeem(
  db: Db,
  world: World,
  pool: Pool,
  client: Client,
  exchange: Exchange,
): Promise<Redeemed | PoolError> {
  const codeHash = digest(exchange.code)
  const code = await redeemAuthorizationCode(db, pool.id, codeHash, world.now())
  if (!code) {
    const used = await findUsedAuthorizationCode(db, pool.id, codeHash)
    if (used && used.clientId === client.id) await revokeGrant(db, pool.id, used.grantId, world.now())
    return refused()
  }
  if (code.clientId !== client.id) return refused()
  const { redirectUri, codeChallenge, scopes, nonce, sessionId, context } = JSON.parse(code.request) as CodeRequest
  // AWS's answer for another address (developer guide, "token endpoint").
  if (exchange.redirectUri !== redirectUri) return new PoolError('UnauthorizedClient', 'invalid_redirect')
  if (exchange.resource !== undefined && exchange.resource !== context?.resource)
    return new PoolError('InvalidRequest', 'The code is for another resource')
  // A verifier without a challenge is a downgrade as much as a challenge without a verifier (RFC 9700 section 4.8.2).
  if ((codeChallenge === undefined) !== (exchange.codeVerifier === undefined)) return refused()
  if (codeChallenge !== undefined && !provesChallenge(exchange.codeVerifier ?? '', codeChallenge)) return refused()
  const user = await findUser(db, pool.id, code.userId)
  if (!user?.enabled || !isSettled(user.status) || code.authTime <= user.signedOutAt) return refused()
  const { authTime, grantId } = code
  const granted = {
    user,
    door: 'pages',
    scopes,
    authTime,
    grantId,
    sessionId,
    address: exchange.address,
    context,
  } as const
  const { grant, refreshToken } = newGrant(world, pool, client, { ...granted, refresh: true })
  await storeGrant(db, pool, grant)
  return { grant, refreshToken, user, nonce }
}

function refused(): PoolError {
  return new PoolError('InvalidGrant', 'Invalid or expired authorization code')
}
