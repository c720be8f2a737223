import { PoolError } from '../../errors.ts'
import { clearAttempts } from '../../store/attempts.ts'
import { type Db, transaction } from '../../store/db.ts'
import { listPasswords, notePassword } from '../../store/factors/password-history.ts'
import { findVerifier, putVerifier } from '../../store/factors/verifiers.ts'
import { revokeGrantsOfUser } from '../../store/grants.ts'
import type { Pool } from '../../store/setup/pools.ts'
import { deleteSessionsOfUser, deleteSignInsOfUser } from '../../store/sign-ins.ts'
import { type User, updateUser } from '../../store/users.ts'
import type { World } from '../../world/world.ts'
import { hashPassword, verifyPassword } from './hash.ts'
import { makeVerifier, type SrpIdentity } from './srp.ts'

/** A password in the two forms it is kept in: a hash for doors that get to see it, a verifier for those that do not. */
export interface KeptPassword {
  /** A PHC string. */
  readonly hash: string
  /** Hexadecimal. */
  readonly salt: string
  /** Hexadecimal; sealed before it is stored. */
  readonly verifier: string
}

/** Whose password it is: the name goes into the verifier. */
type Owner = Pick<User, 'poolId' | 'id' | 'username'>

/** The name and group of a user's SRP: the pool's id after `_`, and the user name, never an alias. */
export function srpIdentity({ poolId, username }: Pick<User, 'poolId' | 'username'>): SrpIdentity {
  return { group: poolId.slice(poolId.indexOf('_') + 1), name: username }
}

/** Makes both forms of a password. */
export async function keepPassword(
  world: World,
  owner: Pick<User, 'poolId' | 'username'>,
  password: string,
): Promise<KeptPassword> {
  const salt = Buffer.from(world.random(16)).toString('hex')
  return {
    hash: await hashPassword(world, password),
    salt,
    verifier: makeVerifier(srpIdentity(owner), password, salt),
  }
}

/**
 * Stores what goes with a password's hash, which is the user record's: verifier and history. Call it in the transaction
 * that stores the hash.
 */
export async function storeKept(db: Db, world: World, pool: Pool, owner: Owner, kept: KeptPassword): Promise<void> {
  const { poolId, id: userId } = owner
  const verifierSealed = world.vault.seal(`verifiers:${poolId}:${userId}`, kept.verifier)
  await putVerifier(db, { poolId, userId, salt: kept.salt, verifierSealed })
  if (historySize(pool) > 0) await notePassword(db, poolId, userId, kept.hash, world.now())
}

/** The salt and verifier of a user, both hexadecimal; undefined for one who cannot use SRP. */
export async function readVerifier(
  db: Db,
  world: World,
  user: User,
): Promise<{ salt: string; verifier: string } | undefined> {
  const record = await findVerifier(db, user.poolId, user.id)
  return (
    record && {
      salt: record.salt,
      verifier: world.vault.open(`verifiers:${user.poolId}:${user.id}`, record.verifierSealed),
    }
  )
}

/** Refuses a password that the user had before, as far back as the pool's policy looks (PasswordHistorySize). */
export async function refuseReused(db: Db, pool: Pool, user: User, password: string): Promise<void> {
  const size = historySize(pool)
  if (size === 0) return
  const past = await listPasswords(db, user.poolId, user.id, size)
  const known = new Set(user.passwordHash === undefined ? past : [user.passwordHash, ...past])
  for (const hash of [...known].slice(0, size))
    if ((await verifyPassword(password, hash)).right)
      throw new PoolError('PasswordHistory', 'Password has previously been used')
}

/**
 * Makes a password the user's; browser sessions, grants (except `keepGrant`, the one that asked) and sign-ins that have begun
 * with the one before end, and failed attempts are forgotten.
 */
export async function setPassword(
  db: Db,
  world: World,
  pool: Pool,
  user: User,
  change: { password: KeptPassword; status?: User['status']; passwordExpiresAt?: number | undefined },
  keepGrant = '',
): Promise<void> {
  const { password, ...rest } = change
  await transaction(db, async (inner) => {
    await updateUser(inner, user, { passwordExpiresAt: undefined, ...rest, passwordHash: password.hash }, world.now())
    await storeKept(inner, world, pool, user, password)
    await revokeGrantsOfUser(inner, user.poolId, user.id, world.now(), keepGrant)
    await deleteSessionsOfUser(inner, user.poolId, user.id)
    await deleteSignInsOfUser(inner, user.poolId, user.id)
    await clearAttempts(inner, user.poolId, user.id)
  })
}

function historySize(pool: Pool): number {
  return pool.settings.Policies?.PasswordPolicy?.PasswordHistorySize ?? 0
}
