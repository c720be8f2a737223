import type { Selectable } from 'kysely'
import type { Db } from './db.ts'
import type { Tables } from './sql/tables.ts'

/** Who a user is at an identity provider: (provider, subject) is the identity, never an e-mail address. */
export interface Identity {
  readonly poolId: string
  readonly provider: string
  readonly subject: string
  readonly userId: string
  /** SAML, OIDC, Google, … as AWS's `identities` attribute names it. */
  readonly providerType: string
  readonly issuer: string | undefined
  /** Whether the user was made by signing in with it; others are linked to a user that was there. */
  readonly primary: boolean
  /** Milliseconds. */
  readonly createdAt: number
}

/** Stores an identity; false when it is somebody's already. */
export async function createIdentity(db: Db, identity: Identity): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('identities')
    .values({
      pool_id: identity.poolId,
      provider: identity.provider,
      subject: identity.subject,
      user_id: identity.userId,
      provider_type: identity.providerType,
      issuer: identity.issuer ?? null,
      is_primary: identity.primary ? 1 : 0,
      created_at: identity.createdAt,
    })
    .onConflict((conflict) => conflict.columns(['pool_id', 'provider', 'subject']).doNothing())
    .executeTakeFirst()
  return numInsertedOrUpdatedRows === 1n
}

/** The identity of a subject at a provider. */
export async function findIdentity(
  db: Db,
  poolId: string,
  provider: string,
  subject: string,
): Promise<Identity | undefined> {
  const row = await db
    .selectFrom('identities')
    .selectAll()
    .where('pool_id', '=', poolId)
    .where('provider', '=', provider)
    .where('subject', '=', subject)
    .executeTakeFirst()
  return row && fromRow(row)
}

/** The identities of any of these subjects at a provider. */
export async function findIdentities(
  db: Db,
  poolId: string,
  provider: string,
  subjects: readonly string[],
): Promise<Identity[]> {
  const rows = await db
    .selectFrom('identities')
    .selectAll()
    .where('pool_id', '=', poolId)
    .where('provider', '=', provider)
    .where('subject', 'in', subjects)
    .execute()
  return rows.map(fromRow)
}

/** A user's identities, oldest first. */
export async function listIdentities(db: Db, poolId: string, userId: string): Promise<Identity[]> {
  const rows = await db
    .selectFrom('identities')
    .selectAll()
    .where('pool_id', '=', poolId)
    .where('user_id', '=', userId) // index identities_by_user
    .orderBy('created_at')
    .orderBy('provider')
    .orderBy('subject')
    .execute()
  return rows.map(fromRow)
}

/** Takes an identity away from the user who has it; false when that user has none such. */
export async function deleteIdentity(
  db: Db,
  { poolId, provider, subject, userId }: Pick<Identity, 'poolId' | 'provider' | 'subject' | 'userId'>,
): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('identities')
    .where('pool_id', '=', poolId)
    .where('provider', '=', provider)
    .where('subject', '=', subject)
    .where('user_id', '=', userId)
    .executeTakeFirst()
  return numDeletedRows === 1n
}

function fromRow(row: Selectable<Tables['identities']>): Identity {
  return {
    poolId: row.pool_id,
    provider: row.provider,
    subject: row.subject,
    userId: row.user_id,
    providerType: row.provider_type,
    issuer: row.issuer ?? undefined,
    primary: row.is_primary === 1,
    createdAt: row.created_at,
  }
}
