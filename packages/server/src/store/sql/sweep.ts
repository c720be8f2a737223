import type { Db } from '../db.ts'

/** How long a used or expired row is kept: a code that is used a second time must still be known as used. */
const keepFor = 24 * 60 * 60_000

const expiring = [
  'sign_ins',
  'sessions',
  'authorization_codes',
  'grants',
  'codes',
  'trips',
  'saml_messages',
  'saml_sessions',
] as const

/** Tidies what has expired. Nothing depends on it: expiry is checked on read. */
export async function sweep(db: Db, now: number): Promise<void> {
  for (const table of expiring)
    await db
      .deleteFrom(table)
      .where('expires_at', '<', now - keepFor)
      .execute()
  await db
    .deleteFrom('quotas')
    .where('resets_at', '<', now - keepFor)
    .execute()
  await db
    .deleteFrom('attempts')
    .where('last_at', '<', now - keepFor)
    .execute()
}
