// The rules of accounts: names, attributes, passwords, codes, messages, the life from sign-up to deletion.
// Nothing here knows a protocol; sign-in and tokens are built on it.
import { PoolError } from '../errors.ts'
import type { Db } from '../store/db.ts'
import type { Client } from '../store/setup/clients.ts'
import type { Pool } from '../store/setup/pools.ts'
import {
  type Alias,
  type AliasKind,
  type Attributes,
  findUser,
  findUserByAlias,
  findUserByName,
  type User,
} from '../store/users.ts'
import type { World } from '../world/world.ts'

/** Lower case under the pool's rule: names are case-insensitive unless the pool says otherwise (UsernameConfiguration). */
export function foldCase(pool: Pool, name: string): string {
  return pool.settings.UsernameConfiguration?.CaseSensitive === true ? name : name.toLowerCase()
}

/**
 * The key a user name is unique by: NFKC and the pool's case rule, so that look-alikes by encoding (full width, ligatures,
 * the Kelvin sign) are one name (Unicode UAX #15).
 */
export function usernameKey(pool: Pool, username: string): string {
  return foldCase(pool, username.normalize('NFKC'))
}

/** Whether users of the pool are named by e-mail address or phone number, and their user name is their `sub`. */
export function namedByAttribute(pool: Pool): boolean {
  return (pool.settings.UsernameAttributes ?? []).length > 0
}

/**
 * The aliases that a user's attributes give. E-mail and phone count once they are verified; in a pool that names its
 * users by them they count from the start, since the address is the name (AWS developer guide, "Customizing sign-in attributes").
 */
export function aliasesOf(pool: Pool, attributes: Attributes): Alias[] {
  const byName = pool.settings.UsernameAttributes ?? []
  const byAlias = pool.settings.AliasAttributes ?? []
  const aliases: Alias[] = []
  const add = (kind: AliasKind, counts: boolean) => {
    const value = attributes[kind]
    if (value && counts) aliases.push({ kind, value: aliasKey(pool, kind, value) })
  }
  for (const kind of ['email', 'phone_number'] as const)
    add(kind, byName.includes(kind) || (byAlias.includes(kind) && attributes[`${kind}_verified`] === 'true'))
  add('preferred_username', byAlias.includes('preferred_username'))
  return aliases
}

/**
 * The aliases of a user. Somebody who signs in through a provider alone has none: an alias is a name to type, and an
 * address that a provider tells must neither take one from a user of the pool nor be refused because of one.
 */
export function aliasesOfUser(pool: Pool, { status, attributes }: Pick<User, 'status' | 'attributes'>): Alias[] {
  return status === 'EXTERNAL_PROVIDER' ? [] : aliasesOf(pool, attributes)
}

function aliasKey(pool: Pool, kind: AliasKind, value: string): string {
  return kind === 'phone_number' ? value : usernameKey(pool, value)
}

/** The user whom a person means by a name: user name, `sub`, or one of the pool's aliases. */
export async function findUserByAnyName(db: Db, pool: Pool, name: string): Promise<User | undefined> {
  const byName = await findUserByName(db, pool.id, usernameKey(pool, name))
  if (byName) return byName
  const kinds = new Set([...(pool.settings.UsernameAttributes ?? []), ...(pool.settings.AliasAttributes ?? [])])
  for (const kind of kinds) {
    const user = await findUserByAlias(db, pool.id, { kind, value: aliasKey(pool, kind, name) })
    if (user) return user
  }
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(name) ? findUser(db, pool.id, name) : undefined
}

/** As findUserByAnyName, for callers who may know that there is no such user. */
export async function getUserByAnyName(db: Db, pool: Pool, name: string): Promise<User> {
  const user = await findUserByAnyName(db, pool, name)
  if (!user) throw new PoolError('UserNotFound', 'User does not exist.')
  return user
}

/** Whether a client's answers must not tell if a user exists (PreventUserExistenceErrors; the API's default is LEGACY). */
export function hidesExistence({ settings }: Client): boolean {
  return settings.PreventUserExistenceErrors === 'ENABLED'
}

/**
 * A stable id for a name that no user has, so that codes, counters and fakes of unknown users live and die as real
 * ones do. It can never be a real id, which has hyphens in a UUID's places.
 */
export function unknownUserId(world: World, pool: Pool, username: string): string {
  return `unknown:${world.vault.mac('unknown-user', `${pool.id}\0${usernameKey(pool, username)}`)}`
}

/** A `sub`: shaped as a UUID (RFC 9562 version 4). */
export function newSub(world: World): string {
  const bytes = Buffer.from(world.random(16))
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  return writeUuid(bytes.toString('hex'))
}

/** 32 hexadecimal digits as a UUID is written (RFC 9562 section 4). */
export function writeUuid(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-')
}
