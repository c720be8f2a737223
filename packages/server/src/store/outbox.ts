import { type Selectable, sql } from 'kysely'
import type { Message, World } from '../world/world.ts'
import type { Db } from './db.ts'
import type { Tables } from './sql/tables.ts'

/** A message in the outbox with what became of it. Times are milliseconds. */
export interface StoredMessage extends Message {
  /** How often it was handed to the mail server or is being handed to it now. */
  readonly tries: number
  readonly sentAt: number | undefined
  /** Why it was given up. */
  readonly failure: string | undefined
}

/** Sorts after every time: a message that was given up is never due. */
const never = Number.MAX_SAFE_INTEGER

/** Writes a message into the outbox, in the caller's transaction; what is in it is sealed, since codes are secrets. */
export async function insertMessage(db: Db, world: World, message: Message): Promise<void> {
  const { id, poolId, channel, kind, to, createdAt: writtenAt, ...content } = message
  // A pool's clock may be ahead; a message goes out by the server's.
  const createdAt = world.base?.now() ?? writtenAt
  await db
    .insertInto('outbox')
    .values({
      id,
      pool_id: poolId,
      channel,
      kind,
      recipient: to,
      content_sealed: world.vault.seal(place(id), JSON.stringify(content)),
      created_at: createdAt,
      tries: 0,
      next_at: createdAt,
      sent_at: null,
      failure: null,
    })
    .execute()
}

/**
 * Takes messages that are due, oldest first, for `lease` milliseconds: no other node gets them in that time. A node
 * that dies with one leaves it to the others afterwards; only then may a message go out twice.
 */
export async function claimMessages(db: Db, world: World, limit: number, lease: number): Promise<StoredMessage[]> {
  const now = world.now()
  const due = await db
    .selectFrom('outbox')
    .select(['id', 'next_at'])
    .where('sent_at', 'is', null) // index outbox_waiting
    .where('next_at', '<=', now)
    .orderBy('next_at')
    .limit(limit)
    .execute()
  const claimed: StoredMessage[] = []
  for (const { id, next_at } of due) {
    // The time it was due at is the version of the row: of any number of nodes one changes it.
    const row = await db
      .updateTable('outbox')
      .set((update) => ({ tries: update('tries', '+', 1), next_at: now + lease }))
      .where('id', '=', id)
      .where('sent_at', 'is', null)
      .where('next_at', '=', next_at)
      .returningAll()
      .executeTakeFirst()
    if (row) claimed.push(fromRow(world, row))
  }
  return claimed
}

/** Records that a message was taken by the mail server; unless `keep`, its content is forgotten. */
export async function markSent(db: Db, id: string, now: number, keep: boolean): Promise<void> {
  await db
    .updateTable('outbox')
    .set({ sent_at: now, ...(!keep && { content_sealed: '' }) })
    .where('id', '=', id)
    .execute()
}

/** Makes a claimed message due again. */
export async function postponeMessage(db: Db, id: string, nextAt: number): Promise<void> {
  await db.updateTable('outbox').set({ next_at: nextAt }).where('id', '=', id).where('sent_at', 'is', null).execute()
}

/** Gives a message up; unless `keep`, its content is forgotten. */
export async function abandonMessage(db: Db, id: string, failure: string, keep: boolean): Promise<void> {
  await db
    .updateTable('outbox')
    .set({ next_at: never, failure, ...(!keep && { content_sealed: '' }) })
    .where('id', '=', id)
    .execute()
}

/** What an inbox asks for. */
export interface MessageFilter {
  readonly to?: string | undefined
  readonly kind?: string | undefined
  /** Only messages made after this time. */
  readonly after?: number | undefined
}

/** Messages whose content is still there, newest first. */
export async function listMessages(
  db: Db,
  world: World,
  { to, kind, after }: MessageFilter,
  limit: number,
): Promise<StoredMessage[]> {
  let query = db
    .selectFrom('outbox')
    .selectAll()
    .where('content_sealed', '<>', '')
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .limit(limit)
  if (to !== undefined) query = query.where('recipient', '=', to)
  if (kind !== undefined) query = query.where('kind', '=', kind)
  if (after !== undefined) query = query.where('created_at', '>', after)
  return (await query.execute()).map((row) => fromRow(world, row))
}

/** One message whose content is still there. */
export async function findMessage(db: Db, world: World, id: string): Promise<StoredMessage | undefined> {
  const row = await db
    .selectFrom('outbox')
    .selectAll()
    .where('id', '=', id)
    .where('content_sealed', '<>', '')
    .executeTakeFirst()
  return row && fromRow(world, row)
}

/** Empties the outbox. */
export async function deleteMessages(db: Db): Promise<void> {
  await db.deleteFrom('outbox').execute()
}

/** Forgets messages that are done, but for the newest `keep` and those made after `before`. */
export async function trimMessages(db: Db, keep: number, before: number): Promise<void> {
  const done = sql<boolean>`(sent_at is not null or failure is not null)`
  const newest = db.selectFrom('outbox').select('id').orderBy('created_at', 'desc').limit(keep)
  await db.deleteFrom('outbox').where(done).where('created_at', '<=', before).where('id', 'not in', newest).execute()
}

function place(id: string): string {
  return `outbox:${id}`
}

function fromRow(world: World, row: Selectable<Tables['outbox']>): StoredMessage {
  const content = JSON.parse(world.vault.open(place(row.id), row.content_sealed)) as Omit<
    Message,
    'id' | 'poolId' | 'channel' | 'kind' | 'to' | 'createdAt'
  >
  return {
    ...content,
    id: row.id,
    poolId: row.pool_id,
    channel: row.channel as Message['channel'],
    kind: row.kind,
    to: row.recipient,
    createdAt: row.created_at,
    tries: row.tries,
    sentAt: row.sent_at ?? undefined,
    failure: row.failure ?? undefined,
  }
}
