import { newSub } from '../directory/usernames.ts'
import { supportsProvider } from '../settings/clients.ts'
import { sessionMinutes, ssoMinutes } from '../settings/sessions.ts'
import { type Db, transaction } from '../store/db.ts'
import type { Client } from '../store/setup/clients.ts'
import type { Pool } from '../store/setup/pools.ts'
import { createSession, deleteSession, findSession, touchSession } from '../store/sign-ins.ts'
import { findUser, isSettled, type User } from '../store/users.ts'
import { type Method, readMethods } from '../tokens/assurance/levels.ts'
import { digest, secretToken } from '../tokens/opaque.ts'
import type { World } from '../world/world.ts'
import type { SignedIn } from './factors/step-up.ts'
import type { SamlSession } from './federation/saml/response.ts'
import { forgetSamlSession, rememberSamlSession } from './federation/saml/sign-out.ts'

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
  /** What was proven. */
  readonly methods?: readonly Method[] | undefined
  /** What that provider, if it speaks SAML, calls the session. */
  readonly saml?: SamlSession | undefined
}

/** A session that a browser holds, and who it is. Times are milliseconds. */
export interface HeldSession {
  /** What the cookie holds. */
  readonly id: string
  /** What the session is called in lists. */
  readonly publicId: string | undefined
  readonly user: User
  /** The client that the sign-in was for. */
  readonly clientId: string | undefined
  /** The identity provider that it came through; undefined is the pool itself. */
  readonly provider: string | undefined
  readonly authTime: number
  readonly expiresAt: number
}

/** How many people one browser can be signed in as. */
export const mostAccounts = 5

/**
 * Signs a browser in to the pool's hosted domain; `id` is new at every sign-in and goes into the cookie, `publicId` names
 * the session in lists. It lasts an hour and does not slide, as on AWS, or longer where a client says so.
 *
 * `held` are the ids that the browser came with. None of them is taken over (session fixation): a session of the same user
 * ends and leaves its public name to the new one, so that the apps that it signed in stay its own. Sessions of others end
 * too, as on AWS, unless the visitor asked to have several accounts `beside` each other.
 */
export async function openBrowserSession(
  db: Db,
  world: World,
  pool: Pool,
  { user, authTime, clientId, address, methods, provider, saml }: BrowserSignIn,
  { held = [], beside = false }: { readonly held?: readonly string[]; readonly beside?: boolean } = {},
): Promise<{ id: string; publicId: string; expiresAt: number; others: readonly HeldSession[] }> {
  const before = await heldSessions(db, world, pool, held)
  const mine = before.filter((session) => session.user.id === user.id)
  const others = before.filter((session) => session.user.id !== user.id)
  const kept = beside ? others.slice(0, mostAccounts - 1) : []
  const id = secretToken(world)
  const expiresAt = authTime + (await sessionMinutes(db, pool)) * 60_000
  const publicId = await transaction(db, async (inner) => {
    let name: string | undefined
    // Of two sign-ins at once one ends the old session and has its name.
    for (const session of mine) if (await deleteSession(inner, pool.id, digest(session.id))) name ??= session.publicId
    for (const { id } of others.slice(kept.length)) await deleteSession(inner, pool.id, digest(id))
    const named = name ?? newSub(world)
    const session = { idHash: digest(id), id: named, poolId: pool.id, userId: user.id, clientId, authTime, expiresAt }
    await createSession(inner, { ...session, lastUsedAt: world.now(), lastAddress: address, methods, provider })
    if (saml && provider !== undefined)
      await rememberSamlSession(inner, pool, { sessionId: named, userId: user.id, provider, expiresAt }, saml)
    else if (name !== undefined) await forgetSamlSession(inner, pool, name)
    return named
  })
  return { id, publicId, expiresAt, others: kept }
}

/** Whom a browser is signed in as by the ids it holds, in their order; what has ended or is nobody's is left out. */
export async function heldSessions(
  db: Db,
  world: World,
  pool: Pool,
  ids: readonly string[],
): Promise<readonly HeldSession[]> {
  const sessions: HeldSession[] = []
  for (const id of ids) {
    const found = await findLive(db, world, pool, id)
    if (!found || sessions.some(({ user }) => user.id === found.user.id)) continue
    const { user, session } = found
    const { id: publicId, clientId, provider, authTime, expiresAt } = session
    sessions.push({ id, publicId, user, clientId, provider, authTime, expiresAt })
  }
  return sessions
}

/**
 * Who is signed in by a cookie: the user as of now, if it still may sign in, its sign-in is not too long ago for the
 * client, and it came through a provider that the client lets people in by. Where sessions are tracked this is noted as a
 * use of the session.
 */
export async function currentSession(
  db: Db,
  world: World,
  pool: Pool,
  client: Client,
  id: string | undefined,
  address?: string,
): Promise<(SignedIn & { sessionId: string | undefined }) | undefined> {
  const found = id ? await findLive(db, world, pool, id) : undefined
  if (!found) return undefined
  const { session, user } = found
  const now = world.now()
  if (now >= session.authTime + ssoMinutes(pool, client) * 60_000) return undefined
  if (!supportsProvider(client, session.provider ?? 'COGNITO')) return undefined
  if (pool.sessions?.enabled && now - (session.lastUsedAt ?? 0) >= touchEvery)
    await touchSession(db, session, now, address)
  return { user, authTime: session.authTime, sessionId: session.id, methods: readMethods(session.methods ?? []) }
}

async function findLive(db: Db, world: World, pool: Pool, id: string) {
  const session = await findSession(db, pool.id, digest(id), world.now())
  if (!session) return undefined
  const user = await findUser(db, pool.id, session.userId)
  if (!user?.enabled || !isSettled(user.status) || session.authTime <= user.signedOutAt) return undefined
  return { session, user }
}

/** Signs a browser out of one session. */
export async function closeBrowserSession(db: Db, pool: Pool, id: string | undefined): Promise<void> {
  if (id) await deleteSession(db, pool.id, digest(id))
}
