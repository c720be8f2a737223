import type { Selectable } from 'kysely'
import type { Db } from './db.ts'
import { prepareWrite } from './sql/prepared.ts'
import type { Tables } from './sql/tables.ts'

/**
 * Which door a sign-in came through: a Session of the JSON API must never work as a cookie of the pages, and one of a
 * sign-up never as either.
 */
export type Door = 'api' | 'pages' | 'sign-up'

/** A journey that has begun and not ended; `state` belongs to the rules in sign-in/. Times are milliseconds. */
export interface SignInRecord {
  /** SHA-256 of what the caller holds. */
  readonly idHash: string
  readonly poolId: string
  readonly clientId: string
  readonly userId: string | undefined
  readonly door: Door
  readonly state: string
  readonly expiresAt: number
}

/** Stores a journey's next step. */
export async function createSignIn(db: Db, record: SignInRecord): Promise<void> {
  await insertSignIn(db, rowOf(record))
}

const insertSignIn = prepareWrite((db, row: ReturnType<typeof rowOf>) =>
  db.insertInto('sign_ins').values({
    id_hash: row.id_hash,
    pool_id: row.pool_id,
    client_id: row.client_id,
    user_id: row.user_id,
    door: row.door,
    state: row.state,
    expires_at: row.expires_at,
  }),
)

function rowOf(record: SignInRecord) {
  return {
    id_hash: record.idHash,
    pool_id: record.poolId,
    client_id: record.clientId,
    user_id: record.userId ?? null,
    door: record.door,
    state: record.state,
    expires_at: record.expiresAt,
  }
}

/** Stores a record unless there is one of its name already; of any number of simultaneous callers one hears true. */
export async function createSignInOnce(db: Db, record: SignInRecord): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('sign_ins')
    .values(rowOf(record))
    .onConflict((conflict) => conflict.column('id_hash').doNothing())
    .executeTakeFirst()
  return (numInsertedOrUpdatedRows ?? 0n) > 0n
}

/** Where a journey must be found for a step to count. */
export type SignInKey = Pick<SignInRecord, 'idHash' | 'poolId' | 'clientId' | 'door'>

/** Takes a journey's step out of the store; of any number of simultaneous callers one gets it. */
export async function consumeSignIn(db: Db, key: SignInKey, now: number): Promise<SignInRecord | undefined> {
  const { rows } = await takeSignIn(db, { ...places(key), now })
  return recordOf(key, rows)
}

/** The parts of a key, each a parameter. */
function places({ idHash, poolId, clientId, door }: SignInKey) {
  return { idHash, poolId, clientId, door }
}

function recordOf(key: SignInKey, [row]: readonly Selectable<Tables['sign_ins']>[]): SignInRecord | undefined {
  return row && { ...key, userId: row.user_id ?? undefined, state: row.state, expiresAt: row.expires_at }
}

const takeSignIn = prepareWrite((db, at: ReturnType<typeof places> & { now: number }) =>
  db
    .deleteFrom('sign_ins')
    .where('id_hash', '=', at.idHash)
    .where('pool_id', '=', at.poolId)
    .where('client_id', '=', at.clientId)
    .where('door', '=', at.door)
    .where('expires_at', '>', at.now)
    .returningAll(),
)

/**
 * Counts a try of a step before the proof is looked at, and gives the step; undefined when it is gone, over, or was tried
 * `most` times.
 */
export async function tryStep(db: Db, key: SignInKey, now: number, most: number): Promise<SignInRecord | undefined> {
  const { rows } = await countTry(db, { ...places(key), now, most })
  return recordOf(key, rows)
}

const countTry = prepareWrite((db, at: ReturnType<typeof places> & { now: number; most: number }) =>
  db
    .updateTable('sign_ins')
    .set((set) => ({ tries: set('tries', '+', 1) }))
    .where('id_hash', '=', at.idHash)
    .where('pool_id', '=', at.poolId)
    .where('client_id', '=', at.clientId)
    .where('door', '=', at.door)
    .where('expires_at', '>', at.now)
    .where('tries', '<', at.most)
    .returningAll(),
)

/**
 * Gives a step another state and end, and leaves its tries counted; false when it is gone, over, or no longer as it was
 * read.
 */
export async function replaceState(
  db: Db,
  before: SignInRecord,
  after: Pick<SignInRecord, 'state' | 'expiresAt'>,
  now: number,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('sign_ins')
    .set({ state: after.state, expires_at: after.expiresAt })
    .where('id_hash', '=', before.idHash)
    .where('pool_id', '=', before.poolId)
    .where('client_id', '=', before.clientId)
    .where('door', '=', before.door)
    .where('expires_at', '>', now)
    .where('state', '=', before.state)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Ends all journeys of a user that have begun: what was proven in them is proven no more. */
export async function deleteSignInsOfUser(db: Db, poolId: string, userId: string): Promise<void> {
  await db.deleteFrom('sign_ins').where('pool_id', '=', poolId).where('user_id', '=', userId).execute()
}

/** Reads a journey's step without consuming it: to show its page. */
export async function findSignIn(db: Db, key: SignInKey, now: number): Promise<SignInRecord | undefined> {
  const row = await db
    .selectFrom('sign_ins')
    .selectAll()
    .where('id_hash', '=', key.idHash)
    .where('pool_id', '=', key.poolId)
    .where('client_id', '=', key.clientId)
    .where('door', '=', key.door)
    .where('expires_at', '>', now)
    .executeTakeFirst()
  return recordOf(key, row ? [row] : [])
}

/** A step whose pool and client the caller does not name; expiry is the caller's to check, by the pool's clock. */
export async function findSignInAnywhere(db: Db, idHash: string, door: Door): Promise<SignInRecord | undefined> {
  const row = await db
    .selectFrom('sign_ins')
    .selectAll()
    .where('id_hash', '=', idHash)
    .where('door', '=', door)
    .executeTakeFirst()
  return (
    row && {
      idHash,
      door,
      poolId: row.pool_id,
      clientId: row.client_id,
      userId: row.user_id ?? undefined,
      state: row.state,
      expiresAt: row.expires_at,
    }
  )
}

/** A browser that is signed in to a pool's hosted domain. Times are milliseconds. */
export interface BrowserSession {
  readonly idHash: string
  /** What the session is called where it is listed: a UUID, no secret. */
  readonly id?: string | undefined
  readonly poolId: string
  readonly userId: string
  /** The client that the sign-in was for. */
  readonly clientId?: string | undefined
  readonly authTime: number
  readonly lastUsedAt?: number | undefined
  readonly lastAddress?: string | undefined
  /** The identity provider that it came through; undefined is the pool itself. */
  readonly provider?: string | undefined
  /** By what the visitor signed in, as `amr` spells it. */
  readonly methods?: readonly string[] | undefined
  readonly expiresAt: number
}

/** Stores a session. */
export async function createSession(db: Db, session: BrowserSession): Promise<void> {
  await db
    .insertInto('sessions')
    .values({
      id_hash: session.idHash,
      id: session.id ?? null,
      pool_id: session.poolId,
      user_id: session.userId,
      client_id: session.clientId ?? null,
      auth_time: session.authTime,
      created_at: session.authTime,
      last_used_at: session.lastUsedAt ?? session.authTime,
      last_address: session.lastAddress ?? null,
      provider: session.provider ?? null,
      methods: session.methods?.join(' ') ?? null,
      expires_at: session.expiresAt,
    })
    .execute()
}

/** The session of a cookie's hash, while it lasts. */
export async function findSession(
  db: Db,
  poolId: string,
  idHash: string,
  now: number,
): Promise<BrowserSession | undefined> {
  const row = await db
    .selectFrom('sessions')
    .selectAll()
    .where('id_hash', '=', idHash)
    .where('pool_id', '=', poolId)
    .where('expires_at', '>', now)
    .executeTakeFirst()
  return row && sessionFromRow(row)
}

/** A user's sessions that last, the most recently used first. */
export async function listSessions(
  db: Db,
  poolId: string,
  userId: string,
  now: number,
  limit: number,
): Promise<BrowserSession[]> {
  const rows = await db
    .selectFrom('sessions')
    .selectAll()
    .where('pool_id', '=', poolId) // index sessions_by_user
    .where('user_id', '=', userId)
    .where('id', 'is not', null)
    .where('expires_at', '>', now)
    .orderBy('last_used_at', 'desc')
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map(sessionFromRow)
}

/** Notes that a session was used now, and from where. */
export async function touchSession(
  db: Db,
  { poolId, idHash }: Pick<BrowserSession, 'poolId' | 'idHash'>,
  now: number,
  address: string | undefined,
): Promise<void> {
  await db
    .updateTable('sessions')
    .set({ last_used_at: now, ...(address !== undefined && { last_address: address }) })
    .where('id_hash', '=', idHash)
    .where('pool_id', '=', poolId)
    .where('last_used_at', '<', now)
    .execute()
}

/** Ends a session of a user by its public id; false when there is none. */
export async function deleteSessionOfUser(
  db: Db,
  poolId: string,
  userId: string,
  id: string,
  now: number,
): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('sessions')
    .where('pool_id', '=', poolId)
    .where('user_id', '=', userId)
    .where('id', '=', id)
    .where('expires_at', '>', now)
    .executeTakeFirst()
  return numDeletedRows > 0n
}

function sessionFromRow(row: Selectable<Tables['sessions']>): BrowserSession {
  return {
    idHash: row.id_hash,
    poolId: row.pool_id,
    userId: row.user_id,
    authTime: row.auth_time,
    lastUsedAt: row.last_used_at,
    expiresAt: row.expires_at,
    ...(row.id !== null && { id: row.id }),
    ...(row.client_id !== null && { clientId: row.client_id }),
    ...(row.provider !== null && { provider: row.provider }),
    ...(row.last_address !== null && { lastAddress: row.last_address }),
    ...(row.methods !== null && { methods: row.methods.split(' ').filter(Boolean) }),
  }
}

/** Ends one session; of any number of simultaneous callers one hears true. */
export async function deleteSession(db: Db, poolId: string, idHash: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('sessions')
    .where('id_hash', '=', idHash)
    .where('pool_id', '=', poolId)
    .executeTakeFirst()
  return numDeletedRows > 0n
}

/** Ends all sessions of a user. */
export async function deleteSessionsOfUser(db: Db, poolId: string, userId: string): Promise<void> {
  await db.deleteFrom('sessions').where('pool_id', '=', poolId).where('user_id', '=', userId).execute()
}
