import type { Selectable } from 'kysely'
import type { Db } from './db.ts'
import { prepare } from './sql/prepared.ts'
import type { Tables } from './sql/tables.ts'

/** The life of an account, in AWS's words. */
export type UserStatus = 'UNCONFIRMED' | 'CONFIRMED' | 'FORCE_CHANGE_PASSWORD' | 'RESET_REQUIRED' | 'EXTERNAL_PROVIDER'

/** Whether an account of this status is one that can be signed in: nothing is left to confirm, reset or replace. */
export function isSettled(status: UserStatus): boolean {
  return status === 'CONFIRMED' || status === 'EXTERNAL_PROVIDER'
}

/** Attribute values by name, all of them text as on AWS: `email`, `email_verified` ("true"), `custom:team`, … */
export type Attributes = Readonly<Record<string, string>>

/** A second factor, by the name that UserMFASettingList gives it. */
export type MfaFactor = 'SMS_MFA' | 'SOFTWARE_TOKEN_MFA' | 'EMAIL_OTP' | 'WEB_AUTHN'

/** The second factors that a user switched on, and the preferred one among them. */
export interface MfaPreferences {
  readonly enabled: readonly MfaFactor[]
  readonly preferred?: MfaFactor | undefined
}

/** A user of a pool; `id` is the `sub`. Times are milliseconds. */
export interface User {
  readonly poolId: string
  readonly id: string
  readonly username: string
  /** The name under the pool's case rule; unique in the pool. */
  readonly usernameKey: string
  readonly status: UserStatus
  readonly enabled: boolean
  readonly attributes: Attributes
  /** A PHC string; undefined for a user without password. */
  readonly passwordHash: string | undefined
  /** After this a temporary password no longer signs in. */
  readonly passwordExpiresAt: number | undefined
  /** The second factors the user chose. */
  readonly mfa: MfaPreferences
  /** Tokens issued up to this time are refused. */
  readonly signedOutAt: number
  readonly createdAt: number
  readonly updatedAt: number
}

/** The attributes that a user can be found by when the pool makes them aliases. */
export const aliasKinds = ['email', 'phone_number', 'preferred_username'] as const
export type AliasKind = (typeof aliasKinds)[number]

/** A name besides the user name that leads to a user. */
export interface Alias {
  readonly kind: AliasKind
  readonly value: string
}

/** Stores a new user with its aliases; false when the name is taken. Call it in a transaction. */
export async function createUser(db: Db, user: User, aliases: readonly Alias[]): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('users')
    .values(toRow(user))
    .onConflict((conflict) => conflict.columns(['pool_id', 'username_key']).doNothing())
    .executeTakeFirst()
  if (numInsertedOrUpdatedRows !== 1n) return false
  await writeAttributes(db, user)
  await writeAliases(db, user, aliases)
  return true
}

/** The user of an id. */
export async function findUser(db: Db, poolId: string, id: string): Promise<User | undefined> {
  const [row] = await userById(db, { poolId, id })
  return row && fromRow(row)
}

const userById = prepare((db, { poolId, id }: { poolId: string; id: string }) =>
  db.selectFrom('users').selectAll().where('pool_id', '=', poolId).where('id', '=', id),
)

/** The user of a name under the pool's case rule. */
export async function findUserByName(db: Db, poolId: string, usernameKey: string): Promise<User | undefined> {
  const [row] = await userByName(db, { poolId, usernameKey })
  return row && fromRow(row)
}

const userByName = prepare(
  (db, { poolId, usernameKey }: { poolId: string; usernameKey: string }) =>
    db.selectFrom('users').selectAll().where('pool_id', '=', poolId).where('username_key', '=', usernameKey), // index users_by_name
)

/** The user whom an alias leads to. */
export async function findUserByAlias(db: Db, poolId: string, alias: Alias): Promise<User | undefined> {
  const row = await db
    .selectFrom('users')
    .innerJoin('aliases', (join) =>
      join.onRef('aliases.pool_id', '=', 'users.pool_id').onRef('aliases.user_id', '=', 'users.id'),
    )
    .selectAll('users')
    .where('aliases.pool_id', '=', poolId) // the primary key of aliases
    .where('aliases.kind', '=', alias.kind)
    .where('aliases.value', '=', alias.value)
    .executeTakeFirst()
  return row && fromRow(row)
}

/** The columns of a user that change on their own. */
export interface UserChange {
  readonly status?: UserStatus
  readonly enabled?: boolean
  readonly passwordHash?: string
  readonly passwordExpiresAt?: number | undefined
  readonly mfa?: MfaPreferences
  readonly signedOutAt?: number
}

/**
 * Changes columns of a user; with `ifStatus`, only while the user has that status. False when nobody was changed:
 * of any number of simultaneous callers that leave a status, one wins.
 */
export async function updateUser(
  db: Db,
  user: Pick<User, 'poolId' | 'id'>,
  change: UserChange,
  now: number,
  ifStatus?: UserStatus,
): Promise<boolean> {
  let query = db
    .updateTable('users')
    .set({
      updated_at: now,
      ...(change.status !== undefined && { status: change.status }),
      ...(change.enabled !== undefined && { enabled: change.enabled ? 1 : 0 }),
      ...(change.passwordHash !== undefined && { password_hash: change.passwordHash }),
      ...('passwordExpiresAt' in change && { password_expires_at: change.passwordExpiresAt ?? null }),
      ...(change.mfa !== undefined && { mfa: writeMfa(change.mfa) }),
      ...(change.signedOutAt !== undefined && { signed_out_at: change.signedOutAt }),
    })
    .where('pool_id', '=', user.poolId)
    .where('id', '=', user.id)
  if (ifStatus) query = query.where('status', '=', ifStatus)
  return (await query.executeTakeFirst()).numUpdatedRows === 1n
}

/** Replaces all attributes of a user, their search index, and the aliases. Call it in a transaction. */
export async function replaceAttributes(
  db: Db,
  user: User,
  attributes: Attributes,
  aliases: readonly Alias[],
  now: number,
): Promise<void> {
  await db
    .updateTable('users')
    .set({ attributes: JSON.stringify(attributes), updated_at: now })
    .where('pool_id', '=', user.poolId)
    .where('id', '=', user.id)
    .execute()
  for (const table of ['user_attributes', 'aliases'] as const)
    await db.deleteFrom(table).where('pool_id', '=', user.poolId).where('user_id', '=', user.id).execute()
  await writeAttributes(db, { ...user, attributes })
  await writeAliases(db, user, aliases)
}

/**
 * Holds a user's row to the end of the transaction: whoever else holds it waits. False when there is no such user.
 */
export async function lockUser(db: Db, user: Pick<User, 'poolId' | 'id'>): Promise<boolean> {
  // A write of what is there already locks the row on both stores.
  const { numUpdatedRows } = await db
    .updateTable('users')
    .set((update) => ({ updated_at: update.ref('updated_at') }))
    .where('pool_id', '=', user.poolId)
    .where('id', '=', user.id)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Takes a user's password away, whatever is kept of it. Call it in a transaction. */
export async function removePassword(db: Db, user: Pick<User, 'poolId' | 'id'>, now: number): Promise<void> {
  await db
    .updateTable('users')
    .set({ password_hash: null, password_expires_at: null, updated_at: now })
    .where('pool_id', '=', user.poolId)
    .where('id', '=', user.id)
    .execute()
  await db.deleteFrom('verifiers').where('pool_id', '=', user.poolId).where('user_id', '=', user.id).execute()
}

/** Writes one attribute that is nobody's alias, or takes it away; the others stay as they are. Call it in a transaction. */
export async function writeAttribute(
  db: Db,
  user: Pick<User, 'poolId' | 'id'>,
  name: string,
  value: string | undefined,
  now: number,
): Promise<void> {
  const current = await findUser(db, user.poolId, user.id)
  if (!current) return
  const { [name]: _, ...others } = current.attributes
  const attributes = value === undefined ? others : { ...others, [name]: value }
  await db
    .updateTable('users')
    .set({ attributes: JSON.stringify(attributes), updated_at: now })
    .where('pool_id', '=', user.poolId)
    .where('id', '=', user.id)
    .execute()
  await db
    .deleteFrom('user_attributes')
    .where('pool_id', '=', user.poolId)
    .where('user_id', '=', user.id)
    .where('name', '=', name)
    .execute()
  if (value !== undefined)
    await db.insertInto('user_attributes').values({ pool_id: user.poolId, user_id: user.id, name, value }).execute()
}

/** Takes an alias away from whoever has it: a later user who verified the address becomes its owner. */
export async function releaseAlias(db: Db, poolId: string, alias: Alias): Promise<void> {
  await db
    .deleteFrom('aliases')
    .where('pool_id', '=', poolId)
    .where('kind', '=', alias.kind)
    .where('value', '=', alias.value)
    .execute()
}

/** Deletes a user and all that belongs to it. Call it in a transaction. */
export async function deleteUser(db: Db, poolId: string, id: string): Promise<boolean> {
  for (const table of [
    'user_attributes', 'aliases', 'members', 'codes', 'sign_ins', 'sessions', 'authorization_codes', 'grants',
    'verifiers', 'authenticators', 'passkeys', 'devices', 'password_history', 'identities',
  ] as const) // biome-ignore format: a table
    await db.deleteFrom(table).where('pool_id', '=', poolId).where('user_id', '=', id).execute()
  const { numDeletedRows } = await db
    .deleteFrom('users')
    .where('pool_id', '=', poolId)
    .where('id', '=', id)
    .executeTakeFirst()
  return numDeletedRows === 1n
}

async function writeAttributes(db: Db, user: User): Promise<void> {
  const rows = Object.entries(user.attributes).map(([name, value]) => ({
    pool_id: user.poolId,
    user_id: user.id,
    name,
    value,
  }))
  if (rows.length > 0) await db.insertInto('user_attributes').values(rows).execute()
}

/** The attempt to store an alias that another user holds. */
export class AliasTaken extends Error {
  readonly alias: Alias
  constructor(alias: Alias) {
    super(`${alias.kind} is taken`)
    this.alias = alias
  }
}

async function writeAliases(db: Db, user: Pick<User, 'poolId' | 'id'>, aliases: readonly Alias[]): Promise<void> {
  for (const alias of aliases) {
    const { numInsertedOrUpdatedRows } = await db
      .insertInto('aliases')
      .values({ pool_id: user.poolId, kind: alias.kind, value: alias.value, user_id: user.id })
      .onConflict((conflict) => conflict.columns(['pool_id', 'kind', 'value']).doNothing())
      .executeTakeFirst()
    if (numInsertedOrUpdatedRows !== 1n) throw new AliasTaken(alias)
  }
}

function toRow(user: User): Selectable<Tables['users']> {
  return {
    pool_id: user.poolId,
    id: user.id,
    username: user.username,
    username_key: user.usernameKey,
    status: user.status,
    enabled: user.enabled ? 1 : 0,
    attributes: JSON.stringify(user.attributes),
    password_hash: user.passwordHash ?? null,
    password_expires_at: user.passwordExpiresAt ?? null,
    mfa: writeMfa(user.mfa),
    signed_out_at: user.signedOutAt,
    created_at: user.createdAt,
    updated_at: user.updatedAt,
  }
}

/** What a user has who chose no second factor. */
export const noMfa: MfaPreferences = { enabled: [] }

function writeMfa(mfa: MfaPreferences): string {
  return mfa.enabled.length === 0 ? '' : JSON.stringify(mfa)
}

/** A user as its row says. */
export function fromRow(row: Selectable<Tables['users']>): User {
  return {
    poolId: row.pool_id,
    id: row.id,
    username: row.username,
    usernameKey: row.username_key,
    status: row.status as UserStatus,
    enabled: row.enabled === 1,
    attributes: JSON.parse(row.attributes) as Attributes,
    passwordHash: row.password_hash ?? undefined,
    passwordExpiresAt: row.password_expires_at ?? undefined,
    mfa: row.mfa === '' ? noMfa : (JSON.parse(row.mfa) as MfaPreferences),
    signedOutAt: row.signed_out_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
