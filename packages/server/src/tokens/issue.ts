import type { ClientMetadata } from '../directory/triggers/event.ts'
import { preTokenGeneration, type TokenSource } from '../directory/triggers/tokens.ts'
import { newSub } from '../directory/usernames.ts'
import { liveScopes } from '../settings/resource-servers.ts'
import { type Db, transaction } from '../store/db.ts'
import { createGrant, type Grant, type GrantContext } from '../store/grants.ts'
import { listGroupsOfUser } from '../store/groups.ts'
import type { Client } from '../store/setup/clients.ts'
import type { Pool } from '../store/setup/pools.ts'
import type { Door } from '../store/sign-ins.ts'
import { revokeAllButNewest } from '../store/user-sessions.ts'
import type { User } from '../store/users.ts'
import type { World } from '../world/world.ts'
import { accessClaims, atHash, groupFacts, idClaims, lifetimes, type TokenFacts } from './claims.ts'
import { customizeAccess, customizeId, readCustomization } from './customize.ts'
import { makeRefreshToken } from './grants/refresh-token.ts'
import { issuerOf } from './issuer.ts'
import { type Claims, signJwt } from './jwt.ts'
import { type Keys, keysOf } from './keys.ts'
import { digest } from './opaque.ts'

/** A set of tokens; `expiresIn` is the access token's life in seconds. */
export interface Tokens {
  readonly accessToken: string
  /** Absent when the scopes hold no `openid` (hosted sign-in only). */
  readonly idToken: string | undefined
  readonly refreshToken?: string
  readonly expiresIn: number
}

/** A sign-in that is done, and what it is worth. Times are milliseconds. */
export interface Granted {
  readonly user: User
  readonly door: Door
  readonly scopes: readonly string[]
  readonly authTime: number
  readonly nonce?: string | undefined
  /** The grant's id when it was fixed beforehand (authorization code). */
  readonly grantId?: string
  /** Whether a refresh token is given; not in the implicit flow. */
  readonly refresh: boolean
  /** What the PreTokenGeneration trigger is told it is; by default a sign-in through the door. */
  readonly source?: TokenSource | undefined
  /** What the caller sends along for the PreTokenGeneration trigger. */
  readonly metadata?: ClientMetadata | undefined
  /** The remembered device that signed in; its refresh needs the key again. */
  readonly deviceKey?: string | undefined
  /** The browser session that it came through. */
  readonly sessionId?: string | undefined
  /** The caller's address, shown in lists of sessions. */
  readonly address?: string | undefined
  /** What every token says besides. */
  readonly context?: GrantContext | undefined
}

/** What makes a set of tokens different from the next one of the same grant. */
export interface Occasion {
  readonly source: TokenSource
  readonly metadata?: ClientMetadata | undefined
  readonly nonce?: string | undefined
}

/** Groups of a user that go into tokens (AWS: at most 100 a user). */
const maxGroups = 100

/** A new grant that is not stored yet, with its refresh token. */
export function newGrant(
  world: World,
  pool: Pool,
  client: Client,
  granted: Granted,
): { grant: Grant; refreshToken: string | undefined } {
  const { refresh, access, id } = lifetimes(client)
  const now = world.now()
  const grant: Grant = {
    id: granted.grantId ?? newSub(world),
    poolId: pool.id,
    clientId: client.id,
    userId: granted.user.id,
    refreshHash: undefined,
    generation: 0,
    refreshSalt: granted.refresh ? Buffer.from(world.random(16)).toString('base64url') : undefined,
    door: granted.door,
    scopes: granted.scopes,
    authTime: granted.authTime,
    createdAt: now,
    // A row without refresh token outlives its tokens, so that none is checked against a row that was tidied away.
    expiresAt: now + (granted.refresh ? refresh : Math.max(access, id)) * 1000,
    lastUsedAt: now,
    lastAddress: granted.address,
    deviceKey: granted.deviceKey,
    sessionId: granted.sessionId,
    context: granted.context,
  }
  if (!granted.refresh) return { grant, refreshToken: undefined }
  const refreshToken = makeRefreshToken(world, grant)
  return { grant: { ...grant, refreshHash: digest(refreshToken) }, refreshToken }
}

/** Stores a new grant; where sessions are tracked, the user's least recently used ones make room for it. */
export async function storeGrant(db: Db, pool: Pool, grant: Grant): Promise<void> {
  const { sessions } = pool
  if (!sessions?.enabled || grant.refreshHash === undefined) return createGrant(db, grant)
  await transaction(db, async (inner) => {
    await revokeAllButNewest(inner, pool.id, grant.userId, sessions.maxPerUser - 1, grant.createdAt)
    await createGrant(inner, grant)
  })
}

/** Gives the first tokens of a new grant. The grant is stored once the triggers agree. */
export async function grantTokens(db: Db, world: World, pool: Pool, client: Client, granted: Granted): Promise<Tokens> {
  const { grant, refreshToken } = newGrant(world, pool, client, granted)
  const source = granted.door === 'pages' ? 'TokenGeneration_HostedAuth' : 'TokenGeneration_Authentication'
  const { metadata, nonce } = granted
  const occasion = { source: granted.source ?? source, metadata, nonce } as const
  const draft = await draftTokens(db, world, pool, client, granted.user, grant, occasion)
  await storeGrant(db, pool, grant)
  const tokens = await signDraft(draft)
  return refreshToken ? { ...tokens, refreshToken } : tokens
}

/** Claims that wait to be signed. */
export interface Draft {
  readonly keys: Keys
  readonly access: Claims
  readonly id: Claims | undefined
  /** Whether the ID token names the access token that it came with. */
  readonly bound: boolean
  readonly expiresIn: number
}

/**
 * The claims of a grant's next tokens, as of now: groups and attributes are read anew at every call, and the
 * PreTokenGeneration trigger has its say. It stores nothing, so that a trigger that refuses leaves nothing behind.
 */
export async function draftTokens(
  db: Db,
  world: World,
  pool: Pool,
  client: Client,
  user: User,
  grant: Grant,
  { source, metadata, nonce }: Occasion,
): Promise<Draft> {
  const [keys, groups, scopes] = await Promise.all([
    keysOf(db, world, pool),
    listGroupsOfUser(db, pool.id, user.id, '', maxGroups),
    liveScopes(db, pool, grant.scopes),
  ])
  const facts: TokenFacts = {
    issuer: issuerOf(world, pool),
    client,
    user,
    groups: groupFacts(groups),
    scopes,
    deviceKey: grant.deviceKey,
    originJti: grant.id,
    eventId: newSub(world),
    authTime: Math.floor(grant.authTime / 1000),
    issuedAt: Math.floor(world.now() / 1000),
    context: grant.context,
  }
  const bound = grant.door === 'pages'
  const access = accessClaims(facts, newSub(world))
  const id = bound && !scopes.includes('openid') ? undefined : idClaims(facts, newSub(world), nonce)
  const request = { source, user, groups: facts.groups, scopes, metadata }
  const answer = await preTokenGeneration(world, pool, client, request)
  const rest = { keys, bound, expiresIn: lifetimes(client).access }
  if (!answer) return { ...rest, access, id }
  const customization = readCustomization(answer)
  return { ...rest, access: customizeAccess(access, customization), id: id && customizeId(id, customization) }
}

/** Signs what was drafted. */
export async function signDraft({ keys, access, id, bound, expiresIn }: Draft): Promise<Tokens> {
  const signing = signJwt(keys.access, access)
  if (!id) return { accessToken: await signing, idToken: undefined, expiresIn }
  // Hosted sign-in binds the ID token to the access token (at_hash), so its signature must wait; the API has no such claim.
  const claims = bound ? { ...id, at_hash: atHash(await signing) } : id
  const [accessToken, idToken] = await Promise.all([signing, signJwt(keys.id, claims)])
  return { accessToken, idToken, expiresIn }
}
