import { PoolError } from '../../errors.ts'
import { clearAttempts, reserveAttempt, returnAttempt } from '../../store/attempts.ts'
import type { Db } from '../../store/db.ts'
import type { World } from '../../world/world.ts'

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
    const right = await check().catch(async (error: unknown) => {
      // Nobody looked at the proof: a storm of sign-ins must not lock out those who come into it.
      if (error instanceof PoolError && error.code === 'TooManyRequests') await returnAttempt(db, poolId, subject)
      throw error
    })
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
