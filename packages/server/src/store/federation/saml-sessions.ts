import type { Selectable } from 'kysely'
import type { Db } from '../db.ts'
import type { Tables } from '../sql/tables.ts'

/** A browser session that came through a SAML provider: what either side calls it when it ends. */
export interface SamlSessionRecord {
  readonly poolId: string
  /** The public id of the browser session. */
  readonly sessionId: string
  readonly userId: string
  readonly provider: string
  /** What the provider calls the user. */
  readonly nameId: string
  readonly sessionIndex: string | undefined
  /** The NameID's attributes, JSON. */
  readonly qualifiers: Readonly<Record<string, string>>
  /** Milliseconds. */
  readonly expiresAt: number
}

/** Remembers how a session began; one that goes on under its name began anew. */
export async function storeSamlSession(db: Db, session: SamlSessionRecord): Promise<void> {
  const changing = {
    user_id: session.userId,
    provider: session.provider,
    name_id: session.nameId,
    session_index: session.sessionIndex ?? null,
    qualifiers: JSON.stringify(session.qualifiers),
    expires_at: session.expiresAt,
  }
  await db
    .insertInto('saml_sessions')
    .values({ pool_id: session.poolId, session_id: session.sessionId, ...changing })
    .onConflict((conflict) => conflict.columns(['pool_id', 'session_id']).doUpdateSet(changing))
    .execute()
}

/** Takes the record of a session that ends; of any number of simultaneous callers one gets it. */
export async function consumeSamlSession(
  db: Db,
  poolId: string,
  sessionId: string,
): Promise<SamlSessionRecord | undefined> {
  const row = await db
    .deleteFrom('saml_sessions')
    .where('pool_id', '=', poolId)
    .where('session_id', '=', sessionId)
    .returningAll()
    .executeTakeFirst()
  return row && fromRow(row)
}

/** The providers that a pool has sessions of under a NameID. */
export async function findProvidersOfName(db: Db, poolId: string, nameId: string, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('saml_sessions')
    .select('provider')
    .distinct()
    .where('pool_id', '=', poolId) // index saml_sessions_by_name
    .where('name_id', '=', nameId)
    .orderBy('provider')
    .limit(limit)
    .execute()
  return rows.map(({ provider }) => provider)
}

/** Takes the records of a provider's user, or of some of its session indexes there; none named means all. */
export async function consumeSamlSessionsOf(
  db: Db,
  { poolId, provider, nameId }: Pick<SamlSessionRecord, 'poolId' | 'provider' | 'nameId'>,
  sessionIndexes: readonly string[],
): Promise<SamlSessionRecord[]> {
  const all = db
    .deleteFrom('saml_sessions')
    .where('pool_id', '=', poolId) // index saml_sessions_by_name
    .where('provider', '=', provider)
    .where('name_id', '=', nameId)
  const some = sessionIndexes.length === 0 ? all : all.where('session_index', 'in', sessionIndexes)
  return (await some.returningAll().execute()).map(fromRow)
}

function fromRow(row: Selectable<Tables['saml_sessions']>): SamlSessionRecord {
  return {
    poolId: row.pool_id,
    sessionId: row.session_id,
    userId: row.user_id,
    provider: row.provider,
    nameId: row.name_id,
    sessionIndex: row.session_index ?? undefined,
    qualifiers: JSON.parse(row.qualifiers) as Record<string, string>,
    expiresAt: row.expires_at,
  }
}
