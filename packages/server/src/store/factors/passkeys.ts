import type { Selectable } from 'kysely'
import { type Db, transaction } from '../db.ts'
import type { Tables } from '../sql/tables.ts'

/** A passkey of a user. */
export interface Passkey {
  readonly poolId: string
  /** The credential id in base64url; unique in the pool. */
  readonly id: string
  readonly userId: string
  /** The COSE public key in base64url. */
  readonly publicKey: string
  /** The signature counter at its last use; 0 for the authenticators that keep none. */
  readonly counter: number
  readonly name: string
  /** The relying party that it was made for. */
  readonly relyingParty: string
  readonly attachment: string | undefined
  readonly transports: readonly string[]
  /** Milliseconds. */
  readonly createdAt: number
}

/** Stores a new passkey, unless its id is known in the pool ('taken') or the user has `most` of them ('full'). */
export async function createPasskey(db: Db, passkey: Passkey, most: number): Promise<'created' | 'taken' | 'full'> {
  return transaction(db, async (inner) => {
    // Writing the user's row lets one transaction of a user count at a time, on every node.
    await inner
      .updateTable('users')
      .set((row) => ({ updated_at: row.ref('updated_at') }))
      .where('pool_id', '=', passkey.poolId)
      .where('id', '=', passkey.userId)
      .execute()
    const { count } = await inner
      .selectFrom('passkeys')
      .select((select) => select.fn.countAll<number | string>().as('count'))
      .where('pool_id', '=', passkey.poolId)
      .where('user_id', '=', passkey.userId) // index passkeys_by_user
      .executeTakeFirstOrThrow()
    if (Number(count) >= most) return 'full'
    const { numInsertedOrUpdatedRows } = await inner
      .insertInto('passkeys')
      .values(toRow(passkey))
      .onConflict((conflict) => conflict.columns(['pool_id', 'id']).doNothing())
      .executeTakeFirst()
    return numInsertedOrUpdatedRows === 1n ? 'created' : 'taken'
  })
}

/** The passkey of a credential id. */
export async function findPasskey(db: Db, poolId: string, id: string): Promise<Passkey | undefined> {
  const row = await db
    .selectFrom('passkeys')
    .selectAll()
    .where('pool_id', '=', poolId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row && fromRow(row)
}

/** All passkeys of a user, oldest first. */
export async function passkeysOfUser(db: Db, poolId: string, userId: string): Promise<Passkey[]> {
  const rows = await db
    .selectFrom('passkeys')
    .selectAll()
    .where('pool_id', '=', poolId)
    .where('user_id', '=', userId) // index passkeys_by_user
    .orderBy('created_at')
    .orderBy('id')
    .execute()
  return rows.map(fromRow)
}

/**
 * Moves a passkey's counter on: only upwards, or from nothing to nothing. False when it would go back, which a copied
 * authenticator shows (WebAuthn section 6.1.1), or when the passkey is gone.
 */
export async function moveCounter(
  db: Db,
  { poolId, id, userId }: Pick<Passkey, 'poolId' | 'id' | 'userId'>,
  counter: number,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('passkeys')
    .set({ counter })
    .where('pool_id', '=', poolId)
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .where('counter', counter === 0 ? '=' : '<', counter)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Gives a passkey of a user another name; false when they have none of that id. */
export async function nameKey(
  db: Db,
  { poolId, id, userId }: Pick<Passkey, 'poolId' | 'id' | 'userId'>,
  name: string,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('passkeys')
    .set({ name })
    .where('pool_id', '=', poolId)
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Deletes a passkey of a user; false when they have none of that id. */
export async function removePasskey(
  db: Db,
  { poolId, id, userId }: Pick<Passkey, 'poolId' | 'id' | 'userId'>,
): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('passkeys')
    .where('pool_id', '=', poolId)
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .executeTakeFirst()
  return numDeletedRows === 1n
}

function toRow(passkey: Passkey): Selectable<Tables['passkeys']> {
  return {
    pool_id: passkey.poolId,
    id: passkey.id,
    user_id: passkey.userId,
    public_key: passkey.publicKey,
    counter: passkey.counter,
    name: passkey.name,
    relying_party: passkey.relyingParty,
    attachment: passkey.attachment ?? null,
    transports: JSON.stringify(passkey.transports),
    created_at: passkey.createdAt,
  }
}

function fromRow(row: Selectable<Tables['passkeys']>): Passkey {
  return {
    poolId: row.pool_id,
    id: row.id,
    userId: row.user_id,
    publicKey: row.public_key,
    counter: row.counter,
    name: row.name,
    relyingParty: row.relying_party,
    attachment: row.attachment ?? undefined,
    transports: JSON.parse(row.transports) as string[],
    createdAt: row.created_at,
  }
}
