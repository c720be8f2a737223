import { newSub } from '../directory/usernames.ts'
import { supportsProvider } from '../settings/clients.ts'
import { sessionMinutes, ssoMinutes } from '../settings/sessions.ts'
import type { Db } from '../store/db.ts'
import type { Client } from '../store/setup/clients.ts'
import type { Pool } from '../store/setup/pools.ts'
import { createSession, deleteSession, findSession, touchSession } from '../store/sign-ins.ts'
import { findUser, isSettled, type User } from '../store/users.ts'
import { digest, secretToken } from '../tokens/opaque.ts'
import type { World } from '../world/world.ts'

/** How exactly a tracked session's last use is known: a write a minute at most. */
const touchEvery = 60_000

/** Who signed in with a browser, for which client and from where. */
export interface BrowserSignIn {
  readonly user: User
  readonly authTime: number
  readonly clientId?: string | undefined
  readonly address?: string | undefined
  /** The identity provider that it came through; undefined is the pool itself. */
  readonly provider?: string | undefined
}

/**
 * Signs a browser in to the pool's hosted domain; `id` is new at every sign-in and goes into the cookie, `publicId` names
 * the session in lists. It lasts an hour and does not slide, as on AWS, or longer where a client says so.
 */
export async function openBrowserSession(
  db: Db,
  world: World,
  pool: Pool,
  { user, authTime, clientId, address, provider }: BrowserSignIn,
): Promise<{ id: string; publicId: string; expiresAt: number }> {
  const id = secretToken(world)
  const publicId = newSub(world)
  const expiresAt = authTime + (await sessionMinutes(db, pool)) * 60_000
  const session = { idHash: digest(id), id: publicId, poolId: pool.id, userId: user.id, clientId, authTime, expiresAt }
  await createSession(db, { ...session, lastUsedAt: world.now(), lastAddress: address, provider })
  return { id, publicId, expiresAt }
}

/**
 * Who is signed in by a cookie: the user as of now, if it still may sign in, its sign-in is not too long ago for the
 * client, and it came through a provider that the client lets people in by. Where sessions are tracked this is noted as a use of the session.
 */
export async function currentSession(
  db: Db,
  world: World,
  pool: Pool,
  client: Client,
  id: string | undefined,
  address?: string,
): Promise<{ user: User; authTime: number; sessionId: string | undefined } | undefined> {
  if (!id) return undefined
  const now = world.now()
  const session = await findSession(db, pool.id, digest(id), now)
  if (!session || now >= session.authTime + ssoMinutes(pool, client) * 60_000) return undefined
  if (!supportsProvider(client, session.provider ?? 'COGNITO')) return undefined
  const user = await findUser(db, pool.id, session.userId)
  if (!user?.enabled || !isSettled(user.status) || session.authTime <= user.signedOutAt) return undefined
  if (pool.sessions?.enabled && now - (session.lastUsedAt ?? 0) >= touchEvery)
    await touchSession(db, session, now, address)
  return { user, authTime: session.authTime, sessionId: session.id }
}

/** Signs a browser out. */
export async function closeBrowserSession(db: Db, pool: Pool, id: string | undefined): Promise<void> {
  if (id) await deleteSession(db, pool.id, digest(id))
}
