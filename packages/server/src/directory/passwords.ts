import { hash, verify } from '@node-rs/argon2'
import { PoolError } from '../errors.ts'
import { clearAttempts, reserveAttempt } from '../store/attempts.ts'
import type { Db } from '../store/db.ts'
import type { Pool } from '../store/setup/pools.ts'
import type { World } from '../world/world.ts'

/** argon2id as OWASP's Password Storage Cheat Sheet gives it (equal to m=19456, t=2; faster on small machines). */
// 2 is Argon2id in the library's numbering, whose enum does not survive type stripping.
const argon2id = { algorithm: 2, memoryCost: 7168, timeCost: 5, parallelism: 1 } as const
const currentParameters = '$argon2id$v=19$m=7168,t=5,p=1$'

/** What the pool asks of a password. */
export interface PasswordPolicy {
  readonly minimumLength: number
  readonly requireUppercase: boolean
  readonly requireLowercase: boolean
  readonly requireNumbers: boolean
  readonly requireSymbols: boolean
}

/** The policy of a pool; AWS's default where it sets none. */
export function passwordPolicy(pool: Pool): PasswordPolicy {
  const policy = pool.settings.Policies?.PasswordPolicy
  return {
    minimumLength: policy?.MinimumLength ?? 8,
    requireUppercase: policy?.RequireUppercase ?? true,
    requireLowercase: policy?.RequireLowercase ?? true,
    requireNumbers: policy?.RequireNumbers ?? true,
    requireSymbols: policy?.RequireSymbols ?? true,
  }
}

/** The symbols AWS counts (developer guide, "Adding user pool password requirements"); a space inside counts as well. */
const symbol = /[\^$*.[\]{}()?"!@#%&/\\,><':;|_~`=+\- ]/

/** Refuses a password that the pool's policy does not allow, in AWS's words. */
export function checkPolicy(pool: Pool, password: string): void {
  const policy = passwordPolicy(pool)
  const refuse = (why: string): never => {
    throw new PoolError('InvalidPassword', `Password did not conform with policy: ${why}`)
  }
  if ([...password].length < policy.minimumLength) refuse('Password not long enough')
  if ([...password].length > 256) refuse('Password too long')
  if (policy.requireUppercase && !/\p{Lu}/u.test(password)) refuse('Password must have uppercase characters')
  if (policy.requireLowercase && !/\p{Ll}/u.test(password)) refuse('Password must have lowercase characters')
  if (policy.requireNumbers && !/\p{Nd}/u.test(password)) refuse('Password must have numeric characters')
  if (policy.requireSymbols && !symbol.test(password)) refuse('Password must have symbol characters')
  if (/^\s|\s$/.test(password)) refuse('Password must not start or end with white space')
}

/** The PHC string of a password. */
export async function hashPassword(world: World, password: string): Promise<string> {
  return hash(password.normalize('NFKC'), { ...argon2id, salt: world.random(16) })
}

/** Whether a password is the one of a PHC string, and whether its parameters are still today's. */
export async function verifyPassword(password: string, phc: string): Promise<{ right: boolean; outdated: boolean }> {
  return { right: await verify(phc, password.normalize('NFKC')), outdated: !phc.startsWith(currentParameters) }
}

/** Does the work of a verification and learns nothing: for unknown users, whose answer must take as long. */
export async function verifyNothing(world: World, password: string): Promise<void> {
  await hashPassword(world, password)
}

/** A password that satisfies every policy, for users whom an administrator creates without one. */
export function temporaryPassword(world: World, pool: Pool): string {
  const sets = ['ABCDEFGHJKLMNPQRSTUVWXYZ', 'abcdefghijkmnopqrstuvwxyz', '23456789', '!@#%&*+-=?']
  const length = Math.max(12, passwordPolicy(pool).minimumLength)
  const all = sets.join('')
  const picked = Array.from({ length }, (_, index) => pick(world, sets[index] ?? all))
  // A known order of kinds would give away the first four characters' sets.
  for (let i = picked.length - 1; i > 0; i--) {
    const j = below(world, i + 1)
    ;[picked[i], picked[j]] = [picked[j] ?? '', picked[i] ?? '']
  }
  return picked.join('')
}

function pick(world: World, letters: string): string {
  return letters[below(world, letters.length)] ?? ''
}

/** An even draw below `limit`: draws that would favour small numbers are thrown away. */
export function below(world: World, limit: number): number {
  const ceiling = 2 ** 32 - (2 ** 32 % limit)
  for (;;) {
    const number = Buffer.from(world.random(4)).readUInt32BE()
    if (number < ceiling) return number % limit
  }
}

/** Five failures, then 2^(n-5) seconds up to 15 minutes; 15 idle minutes forget (AWS developer guide, "authentication"). */
const lockout = { free: 5, maxWait: 15 * 60_000, forgetAfter: 15 * 60_000 }

/** Attempts under way in this process by subject. */
const underWay = new Map<string, Promise<unknown>>()

/**
 * Runs one attempt of a subject (a user id, or the stable id of a name that no user has). The attempt is counted as a
 * failure before `check` runs and forgotten when it answers true; while locked, `check` does not run. Attempts of one
 * subject queue in a process, so that honest ones at the same moment do not lock each other out.
 */
export async function attempt(
  db: Db,
  world: World,
  poolId: string,
  subject: string,
  check: () => Promise<boolean>,
): Promise<boolean> {
  const place = `${poolId}\0${subject}`
  const before = underWay.get(place)
  const run = async () => {
    await before?.catch(() => {})
    if (!(await reserveAttempt(db, poolId, subject, world.now(), lockout)))
      throw new PoolError('NotAuthorized', 'Password attempts exceeded')
    const right = await check()
    if (right) await clearAttempts(db, poolId, subject)
    return right
  }
  const mine = run()
  underWay.set(place, mine)
  try {
    return await mine
  } finally {
    if (underWay.get(place) === mine) underWay.delete(place)
  }
}
