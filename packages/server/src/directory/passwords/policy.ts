import { PoolError } from '../../errors.ts'
import type { Pool } from '../../store/setup/pools.ts'
import type { World } from '../../world/world.ts'

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
