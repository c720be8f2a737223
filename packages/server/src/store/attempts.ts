import { sql } from 'kysely'
import type { Db } from './db.ts'
import { prepareWrite } from './sql/prepared.ts'

/** The lockout rule: how many failures are free, and how the wait grows. Times are milliseconds. */
export interface AttemptRule {
  readonly free: number
  /** The longest wait. */
  readonly maxWait: number
  /** Quiet time after which failures are forgotten. */
  readonly forgetAfter: number
}

/**
 * Reserves an attempt before the proof is checked: counts it as a failure and sets the wait that a failure earns, in one
 * statement, so that parallel guesses cannot outrun the counter (Keycloak CVE-2024-4629). False while locked; such
 * attempts are not counted.
 */
export async function reserveAttempt(
  db: Db,
  poolId: string,
  subject: string,
  now: number,
  rule: AttemptRule,
): Promise<boolean> {
  const { free, maxWait, forgetAfter } = rule
  // Idle time counts from the end of the last wait.
  const { rows } = await countFailure(db, { poolId, subject, now, quietSince: now - forgetAfter, free, maxWait })
  return rows.length > 0
}

type Reservation = {
  poolId: string
  subject: string
  now: number
  quietSince: number
  free: number
  maxWait: number
}
const countFailure = prepareWrite((db, { poolId, subject, now, quietSince, free, maxWait }: Reservation) => {
  const idle = sql`(attempts.last_at <= ${quietSince} and attempts.locked_until <= ${quietSince})`
  const failures = sql<number>`case when ${idle} then 1 else attempts.failures + 1 end`
  // 2^(n - free) seconds from the free-th failure on: shifted, since neither store has an exact integer power.
  const wait = sql<number>`case
    when ${idle} or attempts.failures + 1 < ${free} then 0
    when attempts.failures + 1 - ${free} > 20 then ${maxWait}
    when (1 << cast(attempts.failures + 1 - ${free} as integer)) * 1000 > ${maxWait} then ${maxWait}
    else (1 << cast(attempts.failures + 1 - ${free} as integer)) * 1000 end`
  return db
    .insertInto('attempts')
    .values({ pool_id: poolId, subject, failures: 1, locked_until: 0, last_at: now })
    .onConflict((conflict) =>
      conflict
        .columns(['pool_id', 'subject'])
        .doUpdateSet({ failures, locked_until: sql<number>`cast(${now} as bigint) + ${wait}`, last_at: now })
        .where('attempts.locked_until', '<=', now),
    )
    .returning('failures')
})

/**
 * Takes back a reservation whose proof was never looked at. The wait it set goes with it: had there been one before, it
 * was over, or there would have been no reservation.
 */
export async function returnAttempt(db: Db, poolId: string, subject: string): Promise<void> {
  await db
    .updateTable('attempts')
    .set({ failures: sql<number>`attempts.failures - 1`, locked_until: 0 })
    .where('pool_id', '=', poolId)
    .where('subject', '=', subject)
    .where('failures', '>', 0)
    .execute()
}

/** Forgets the failures of a subject after a success. */
export async function clearAttempts(db: Db, poolId: string, subject: string): Promise<void> {
  await forget(db, { poolId, subject })
}

const forget = prepareWrite((db, { poolId, subject }: { poolId: string; subject: string }) =>
  db.deleteFrom('attempts').where('pool_id', '=', poolId).where('subject', '=', subject),
)

/** How often a subject may do something in a window that begins with the first time. Times are milliseconds. */
export interface Quota {
  readonly poolId: string
  readonly subject: string
  readonly action: string
  readonly most: number
  readonly window: number
}

/** Uses a quota once, in one statement; false when it is used up, and then nothing is counted. */
export async function useQuota(db: Db, quota: Quota, now: number): Promise<boolean> {
  const { poolId, subject, action, most, window } = quota
  if (most < 1) return false
  const over = sql<boolean>`quotas.resets_at <= ${now}`
  const resetsAt = now + window
  const row = await db
    .insertInto('quotas')
    .values({ pool_id: poolId, subject, action, used: 1, resets_at: resetsAt })
    .onConflict((conflict) =>
      conflict
        .columns(['pool_id', 'subject', 'action'])
        .doUpdateSet({
          used: sql<number>`case when ${over} then 1 else quotas.used + 1 end`,
          resets_at: sql<number>`case when ${over} then cast(${resetsAt} as bigint) else quotas.resets_at end`,
        })
        .where((where) => where.or([where('quotas.used', '<', most), where('quotas.resets_at', '<=', now)])),
    )
    .returning('used')
    .executeTakeFirst()
  return row !== undefined
}

/** Forgets what was used of a quota. */
export async function clearQuota(
  db: Db,
  { poolId, subject, action }: Pick<Quota, 'poolId' | 'subject' | 'action'>,
): Promise<void> {
  await db
    .deleteFrom('quotas')
    .where('pool_id', '=', poolId)
    .where('subject', '=', subject)
    .where('action', '=', action)
    .execute()
}
