import { newSub } from '../directory/usernames.ts'
import type { Db } from '../store/db.ts'
import { createGrant, type Grant } from '../store/grants.ts'
import { listGroupsOfUser } from '../store/groups.ts'
import type { Client } from '../store/setup/clients.ts'
import type { Pool } from '../store/setup/pools.ts'
import type { Door } from '../store/sign-ins.ts'
import type { User } from '../store/users.ts'
import type { World } from '../world/world.ts'
import { accessClaims, idClaims, lifetimes, type TokenFacts } from './claims.ts'
import { issuerOf } from './issuer.ts'
import { signJwt } from './jwt.ts'
import { keysOf } from './keys.ts'
import { digest, secretToken } from './opaque.ts'

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
}

/** Groups of a user that go into tokens (AWS: at most 100 a user). */
const maxGroups = 100

/** Stores a new grant; the refresh token leaves here once and is kept as a hash. */
export async function openGrant(
  db: Db,
  world: World,
  pool: Pool,
  client: Client,
  granted: Granted,
): Promise<{ grant: Grant; refreshToken: string | undefined }> {
  const refreshToken = granted.refresh ? secretToken(world) : undefined
  const { refresh, access, id } = lifetimes(client)
  const now = world.now()
  const grant: Grant = {
    id: granted.grantId ?? newSub(world),
    poolId: pool.id,
    clientId: client.id,
    userId: granted.user.id,
    refreshHash: refreshToken && digest(refreshToken),
    door: granted.door,
    scopes: granted.scopes,
    authTime: granted.authTime,
    createdAt: now,
    // A row without refresh token outlives its tokens, so that none is checked against a row that was tidied away.
    expiresAt: now + (refreshToken ? refresh : Math.max(access, id)) * 1000,
  }
  await createGrant(db, grant)
  return { grant, refreshToken }
}

/** Stores a new grant and gives its first tokens. */
export async function grantTokens(db: Db, world: World, pool: Pool, client: Client, granted: Granted): Promise<Tokens> {
  const { grant, refreshToken } = await openGrant(db, world, pool, client, granted)
  const tokens = await issueTokens(db, world, pool, client, granted.user, grant, granted.nonce)
  return refreshToken ? { ...tokens, refreshToken } : tokens
}

/** Access and ID token of a grant, as of now: groups and attributes are read anew at every call. */
export async function issueTokens(
  db: Db,
  world: World,
  pool: Pool,
  client: Client,
  user: User,
  grant: Grant,
  nonce?: string,
): Promise<Tokens> {
  const [keys, groups] = await Promise.all([
    keysOf(db, world, pool),
    listGroupsOfUser(db, pool.id, user.id, '', maxGroups),
  ])
  const facts: TokenFacts = {
    issuer: issuerOf(world, pool),
    client,
    user,
    groups,
    scopes: grant.scopes,
    originJti: grant.id,
    eventId: newSub(world),
    authTime: Math.floor(grant.authTime / 1000),
    issuedAt: Math.floor(world.now() / 1000),
  }
  const expiresIn = lifetimes(client).access
  const access = signJwt(keys.access, accessClaims(facts, newSub(world)))
  if (grant.door === 'pages' && !grant.scopes.includes('openid'))
    return { accessToken: await access, idToken: undefined, expiresIn }
  // Hosted sign-in binds the ID token to the access token (at_hash), so its signature must wait; the API has no such claim.
  const bound = grant.door === 'pages' ? await access : undefined
  const [accessToken, idToken] = await Promise.all([
    access,
    signJwt(keys.id, idClaims(facts, newSub(world), { nonce, accessToken: bound })),
  ])
  return { accessToken, idToken, expiresIn }
}
