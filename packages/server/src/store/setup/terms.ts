import type { TermsEnforcementType, TermsSourceType } from '@poolhouse/api'
import type { Selectable } from 'kysely'
import { type Db, isUniqueViolation } from '../db.ts'
import type { Tables } from '../sql/tables.ts'

/** A document that whoever signs up through a client is shown, in AWS's nouns. Times are milliseconds. */
export interface Terms {
  readonly poolId: string
  readonly id: string
  readonly clientId: string
  readonly name: string
  readonly source: TermsSourceType
  readonly enforcement: TermsEnforcementType
  /** Addresses by language: `cognito:default`, `cognito:french`, … */
  readonly links: Readonly<Record<string, string>>
  readonly createdAt: number
  readonly updatedAt: number
}

/** Stores a new document; false when the client has one of that name. */
export async function createTerms(db: Db, terms: Terms): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('terms')
    .values({
      pool_id: terms.poolId,
      id: terms.id,
      client_id: terms.clientId,
      name: terms.name,
      source: terms.source,
      enforcement: terms.enforcement,
      links: JSON.stringify(terms.links),
      created_at: terms.createdAt,
      updated_at: terms.updatedAt,
    })
    .onConflict((conflict) => conflict.columns(['pool_id', 'client_id', 'name']).doNothing())
    .executeTakeFirst()
  return numInsertedOrUpdatedRows === 1n
}

/** The document of an id. */
export async function findTerms(db: Db, poolId: string, id: string): Promise<Terms | undefined> {
  const row = await db
    .selectFrom('terms')
    .selectAll()
    .where('pool_id', '=', poolId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row && fromRow(row)
}

/** The documents of a client. */
export async function termsOfClient(db: Db, poolId: string, clientId: string): Promise<Terms[]> {
  const rows = await db
    .selectFrom('terms')
    .selectAll()
    .where('pool_id', '=', poolId) // index terms_by_client
    .where('client_id', '=', clientId)
    .execute()
  return rows.map(fromRow)
}

/** A pool's documents in the order of their ids, after the given one. */
export async function listTerms(db: Db, poolId: string, after: string, limit: number): Promise<Terms[]> {
  const rows = await db
    .selectFrom('terms')
    .selectAll()
    .where('pool_id', '=', poolId) // the primary key
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map(fromRow)
}

/** How many documents a pool has. */
export async function countTerms(db: Db, poolId: string): Promise<number> {
  const { count } = await db
    .selectFrom('terms')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('pool_id', '=', poolId)
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** Replaces what can change, and says what came of it: somebody else may have changed the document since it was read. */
export async function updateTerms(db: Db, terms: Terms, now: number): Promise<'changed' | 'overtaken' | 'taken'> {
  try {
    const { numUpdatedRows } = await db
      .updateTable('terms')
      .set({
        name: terms.name,
        source: terms.source,
        enforcement: terms.enforcement,
        links: JSON.stringify(terms.links),
        // Two writes in one millisecond must still differ.
        updated_at: Math.max(now, terms.updatedAt + 1),
      })
      .where('pool_id', '=', terms.poolId)
      .where('id', '=', terms.id)
      .where('updated_at', '=', terms.updatedAt)
      .executeTakeFirst()
    return numUpdatedRows === 1n ? 'changed' : 'overtaken'
  } catch (error) {
    if (isUniqueViolation(error)) return 'taken'
    throw error
  }
}

/** Deletes a document; false when the pool has none of that id. */
export async function deleteTerms(db: Db, poolId: string, id: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('terms')
    .where('pool_id', '=', poolId)
    .where('id', '=', id)
    .executeTakeFirst()
  return numDeletedRows === 1n
}

function fromRow(row: Selectable<Tables['terms']>): Terms {
  return {
    poolId: row.pool_id,
    id: row.id,
    clientId: row.client_id,
    name: row.name,
    source: row.source as TermsSourceType,
    enforcement: row.enforcement as TermsEnforcementType,
    links: JSON.parse(row.links) as Record<string, string>,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
