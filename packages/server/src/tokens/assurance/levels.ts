// How sure a sign-in is: what was proven as `amr`, the level that comes of it as `acr`, and hints of who is expected.
// Nothing here asks a visitor anything.
import type { Pool } from '../../store/setup/pools.ts'

/** A way in which somebody has proven to be the user, as `amr` spells it (developer guide, "Authentication levels"). */
export type Method = (typeof methods)[number]

const methods = ['pwd', 'otp', 'sms', 'email_otp', 'swk', 'hwk', 'fed'] as const

/** Those of stored words that are methods. */
export function readMethods(words: readonly string[]): readonly Method[] {
  return methods.filter((method) => words.includes(method))
}

/** A level of authentication; what reaches it is fixed, its name is the pool's. */
export type Level = 1 | 2 | 3 | 4

const levels: readonly Level[] = [1, 2, 3, 4]

/** How sure a sign-in is, as its tokens say. It stays with the grant: a refresh changes neither. */
export interface Assurance {
  readonly acr?: string
  readonly amr: readonly string[]
}

/** The highest level that these methods reach, by AWS's table; undefined for none of them. Pure. */
export function levelOf(proven: readonly Method[]): Level | undefined {
  const has = (...any: Method[]) => any.some((method) => proven.includes(method))
  if (has('pwd') && has('otp')) return 4
  if (has('swk', 'hwk') || (has('pwd') && has('sms', 'email_otp'))) return 3
  if (has('sms', 'email_otp')) return 2
  return has('pwd') ? 1 : undefined
}

/** The name of a level in a pool (API reference, AcrConfiguration). */
export function levelName({ settings }: Pick<Pool, 'settings'>, level: Level): string {
  return settings.AcrConfiguration?.[`Level${level}`]?.AcrValue ?? `urn:cognito:loa:${level}`
}

/** The levels that a request names, in its order; names that nobody knows are left out, as on AWS. */
export function askedLevels(pool: Pool, acrValues: readonly string[]): readonly Level[] {
  // Where the tier has no levels, AWS's pages go on as if none had been asked for.
  if (pool.settings.UserPoolTier === 'LITE') return []
  return acrValues.flatMap((name) => levels.filter((level) => levelName(pool, level) === name))
}

/** What tokens say of a sign-in by these methods. */
export function assuranceOf(pool: Pool, proven: readonly Method[]): Assurance {
  const level = levelOf(proven)
  const amr = [...new Set(proven)]
  return {
    ...(level !== undefined && { acr: levelName(pool, level) }),
    amr: amr.length > 1 ? [...amr, 'mfa'] : amr,
  }
}
