import type { Limits } from '../config.ts'
import { PoolError } from '../errors.ts'
import { clearQuota, useQuota } from '../store/attempts.ts'
import type { Db } from '../store/db.ts'
import type { Pool } from '../store/setup/pools.ts'
import type { World } from '../world/world.ts'

const hour = 60 * 60_000

/**
 * How often an hour one user may do what sends a message or tries a secret (AWS developer guide, "Quotas": operations
 * with a limit for each user; where AWS gives a range by risk, the lower end for what sends and the upper for what tries).
 */
const perHour = {
  ConfirmSignUp: 15,
  ResendConfirmationCode: 5,
  ForgotPassword: 5,
  ConfirmForgotPassword: 20,
  ChangePassword: 5,
  GetUserAttributeVerificationCode: 5,
  VerifyUserAttribute: 15,
  // Not AWS's: a user who changes addresses must not be a way to write to strangers.
  UpdateUserAttributes: 20,
  // Not AWS's either. Whoever knows a name can have codes sent to it, so they are counted as those of ForgotPassword are;
  // a code that is answered rightly forgives those before, so that nobody is stopped who reads them.
  SignInCode: 5,
  ResendSignInCode: 5,
  // Nor these, by the address that it comes from. Many people share one: an office, a school, a carrier.
  RegisterClient: 20,
  SignUp: 1000,
} as const satisfies Limits

/** What is limited, by the name of its operation. */
export type LimitedAction = keyof typeof perHour

/** All that can be limited, for the settings. */
export const limitedActions: ReadonlySet<string> = new Set(Object.keys(perHour))

/**
 * Counts an attempt of a user (or of a name that no user has, by its stable id) before it is made; throws LimitExceeded in
 * AWS's words once the hour's are used up. Every node counts in the same row, in one statement.
 */
export async function countAttempt(
  db: Db,
  world: World,
  pool: Pool,
  subject: string,
  action: LimitedAction,
): Promise<void> {
  const most = world.config.limits?.[action] ?? perHour[action]
  const quota = { poolId: pool.id, subject, action, most, window: hour }
  if (!(await useQuota(db, quota, world.now())))
    throw new PoolError('LimitExceeded', 'Attempt limit exceeded, please try after some time.')
}

/**
 * Counts what anybody may do, by the address that it comes from, before it is done; throws TooManyRequests once the hour's
 * are used up. A caller whose address is not known is not counted.
 */
export async function countCaller(
  db: Db,
  world: World,
  pool: Pool,
  address: string | undefined,
  action: LimitedAction,
): Promise<void> {
  if (address === undefined) return
  const most = world.config.limits?.[action] ?? perHour[action]
  const quota = { poolId: pool.id, subject: `address:${address}`, action, most, window: hour }
  if (!(await useQuota(db, quota, world.now()))) throw new PoolError('TooManyRequests', 'Too many requests')
}

/** Forgets the attempts of a user at something, after a success that shows who they are. */
export async function forgiveAttempts(db: Db, pool: Pool, subject: string, action: LimitedAction): Promise<void> {
  await clearQuota(db, { poolId: pool.id, subject, action })
}
