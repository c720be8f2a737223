import { writeUuid } from '../../directory/usernames.ts'
import { PoolError } from '../../errors.ts'
import { type Db, transaction } from '../../store/db.ts'
import type { Client } from '../../store/setup/clients.ts'
import type { Pool } from '../../store/setup/pools.ts'
import { deleteSessionOfUser, listSessions } from '../../store/sign-ins.ts'
import {
  deleteSessionsElsewhere,
  listLiveGrants,
  revokeGrantOfUser,
  revokeGrantsElsewhere,
  revokeGrantsOfSession,
} from '../../store/user-sessions.ts'
import type { User } from '../../store/users.ts'
import type { World } from '../../world/world.ts'

/** What a user is signed in by: an app's tokens, or a browser at the hosted pages. Times are milliseconds. */
export interface Session {
  readonly id: string
  readonly type: 'TOKEN' | 'SSO'
  readonly clientId: Client['id'] | undefined
  readonly createdAt: number
  readonly lastUsedAt: number
  readonly lastAddress: string | undefined
  /** The browser session that the tokens came through. */
  readonly originId: string | undefined
  readonly current: boolean
}

/** AWS gives all sessions of a user in one page of at most this many (API reference, AdminListUserSessions). */
const mostListed = 125

/** A user's live sessions, the most recently used first; `grantId` is the one that asks. */
export async function sessionsOf(
  db: Db,
  world: World,
  pool: Pool,
  user: User,
  grantId?: string,
): Promise<readonly Session[]> {
  if (!pool.sessions?.enabled) throw untracked()
  return everySession(db, world, pool, user, grantId)
}

/** The same for the user's own eyes, where the pool tracks nothing too: a session's last use is then its beginning. */
export async function everySession(
  db: Db,
  world: World,
  pool: Pool,
  user: User,
  grantId?: string,
): Promise<readonly Session[]> {
  const now = world.now()
  const [grants, browsers] = await Promise.all([
    listLiveGrants(db, pool.id, user.id, now, mostListed),
    listSessions(db, pool.id, user.id, now, mostListed),
  ])
  const ofTokens = grants.map(
    ({ id, clientId, createdAt, lastUsedAt, lastAddress, sessionId }): Session => ({
      id: writeSessionId('tkn', id),
      type: 'TOKEN',
      clientId,
      createdAt,
      lastUsedAt,
      lastAddress,
      originId: sessionId && writeSessionId('sso', sessionId),
      current: id === grantId,
    }),
  )
  const ofBrowsers = browsers.flatMap(({ id, clientId, authTime, lastUsedAt = authTime, lastAddress }): Session[] => {
    if (id === undefined || authTime <= user.signedOutAt) return []
    const times = { createdAt: authTime, lastUsedAt }
    const sso = writeSessionId('sso', id)
    return [{ id: sso, type: 'SSO', clientId, ...times, lastAddress, originId: undefined, current: false }]
  })
  return [...ofTokens, ...ofBrowsers].sort((a, b) => b.lastUsedAt - a.lastUsedAt).slice(0, mostListed)
}

/**
 * Ends one session of a user; `linked` ends with a token session the browser session it came through, with a browser
 * session the token sessions that came through it. A caller cannot end the session it calls with.
 */
export async function endSession(db: Db, world: World, pool: Pool, user: User, request: SessionEnd): Promise<void> {
  if (!pool.sessions?.enabled) throw untracked()
  await endAnySession(db, world, pool, user, request)
}

/** Which session is to end, and who says so. */
export interface SessionEnd {
  readonly id: string
  readonly linked: boolean
  readonly grantId?: string | undefined
}

/** The same by the user's own hand, where the pool tracks nothing too. */
export async function endAnySession(
  db: Db,
  world: World,
  pool: Pool,
  user: User,
  { id, linked, grantId }: SessionEnd,
): Promise<void> {
  const named = readSessionId(id)
  if (!named) throw missing()
  if (named.type === 'tkn' && named.id === grantId)
    throw new PoolError('InvalidParameter', 'The current session cannot be revoked.')
  await transaction(db, async (inner) => {
    if (named.type === 'tkn') {
      const ended = await revokeGrantOfUser(inner, pool.id, user.id, named.id, world.now())
      if (!ended) throw missing()
      if (linked && ended.sessionId) await deleteSessionOfUser(inner, pool.id, user.id, ended.sessionId, world.now())
      return
    }
    if (!(await deleteSessionOfUser(inner, pool.id, user.id, named.id, world.now()))) throw missing()
    if (linked) await revokeGrantsOfSession(inner, pool.id, user.id, named.id, world.now(), grantId)
  })
}

/**
 * Ends every session of a user but one of a browser and what came through it: whoever else is signed in, with whatever
 * app, is signed out.
 */
export async function endOtherSessions(db: Db, world: World, user: User, keep: string | undefined): Promise<void> {
  await transaction(db, async (inner) => {
    await revokeGrantsElsewhere(inner, user.poolId, user.id, keep, world.now())
    await deleteSessionsElsewhere(inner, user.poolId, user.id, keep)
  })
}

type SessionKind = 'tkn' | 'sso'

/** 28 characters, as on AWS: the kind, and the UUID in base 36. */
export function writeSessionId(type: SessionKind, uuid: string): string {
  return (
    type +
    BigInt(`0x${uuid.replaceAll('-', '')}`)
      .toString(36)
      .padStart(25, '0')
  )
}

/** What a session's id names; undefined when it is not one. */
export function readSessionId(id: string): { type: SessionKind; id: string } | undefined {
  const [, type, digits] = /^(tkn|sso)([0-9a-z]{25})$/.exec(id) ?? []
  if (!type || !digits) return undefined
  const number = [...digits].reduce((sum, digit) => sum * 36n + BigInt(Number.parseInt(digit, 36)), 0n)
  if (number >= 1n << 128n) return undefined
  const hex = number.toString(16).padStart(32, '0')
  return { type: type === 'tkn' ? 'tkn' : 'sso', id: writeUuid(hex) }
}

function missing(): PoolError {
  return new PoolError('ResourceNotFound', 'Session not found.')
}

/** AWS does not document what it answers for a pool that tracks nothing. */
function untracked(): PoolError {
  return new PoolError('InvalidParameter', 'Session tracking is not enabled for the user pool.')
}
