import type { Db } from '../store/db.ts'
import type { Pool } from '../store/setup/pools.ts'
import { createSession, deleteSession, findSession } from '../store/sign-ins.ts'
import { findUser, type User } from '../store/users.ts'
import { digest, secretToken } from '../tokens/opaque.ts'
import type { World } from '../world/world.ts'

/** The hosted session lasts one hour and does not slide, as on AWS (developer guide, "managed login"). */
const lifetime = 60 * 60_000

/** Signs a browser in to the pool's hosted domain; `id` is new at every sign-in and goes into the cookie. */
export async function openBrowserSession(
  db: Db,
  world: World,
  pool: Pool,
  user: User,
  authTime: number,
): Promise<{ id: string; expiresAt: number }> {
  const id = secretToken(world)
  const expiresAt = world.now() + lifetime
  await createSession(db, { idHash: digest(id), poolId: pool.id, userId: user.id, authTime, expiresAt })
  return { id, expiresAt }
}

/** Who is signed in by a cookie: the user as of now, if it still may sign in. */
export async function currentSession(
  db: Db,
  world: World,
  pool: Pool,
  id: string | undefined,
): Promise<{ user: User; authTime: number } | undefined> {
  if (!id) return undefined
  const session = await findSession(db, pool.id, digest(id), world.now())
  const user = session && (await findUser(db, pool.id, session.userId))
  if (!session || !user?.enabled || user.status !== 'CONFIRMED' || session.authTime <= user.signedOutAt)
    return undefined
  return { user, authTime: session.authTime }
}

/** Signs a browser out. */
export async function closeBrowserSession(db: Db, pool: Pool, id: string | undefined): Promise<void> {
  if (id) await deleteSession(db, pool.id, digest(id))
}
