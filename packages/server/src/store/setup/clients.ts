// Records that an administrator sets up: pools with their keys, domains, app clients, resource servers, a file each.
// What users do and own is a folder up.
import type { UserPoolClientType } from '@poolhouse/api'
import type { Selectable } from 'kysely'
import type { Db } from '../db.ts'
import { parsedOnce } from '../sql/parsed.ts'
import { prepareSetUp } from '../sql/prepared.ts'
import type { Tables } from '../sql/tables.ts'

/** An app client's settings in AWS's own nouns (DescribeUserPoolClient's members). */
export type ClientSettings = Omit<
  UserPoolClientType,
  'UserPoolId' | 'ClientId' | 'ClientName' | 'ClientSecret' | 'CreationDate' | 'LastModifiedDate'
>

/** An app client of a pool. Times are milliseconds. */
export interface Client {
  readonly poolId: string
  readonly id: string
  readonly name: string
  /** The secret as the vault sealed it at `clients:{id}`; undefined for a public client. */
  readonly secretSealed: string | undefined
  readonly settings: ClientSettings
  /** For how many minutes of a sign-in the client takes a browser's session for it; undefined until it is set. */
  readonly ssoMinutes?: number | undefined
  /** Whether the app has registered itself (RFC 7591). */
  readonly registered?: true
  /** Whether it is held to more than AWS asks for; never stored here: settings/own-tags.ts says for whom. */
  readonly strict?: true
  readonly createdAt: number
  readonly updatedAt: number
}

/** Stores a new client. */
export async function createClient(db: Db, client: Client): Promise<void> {
  await db.insertInto('clients').values(toRow(client)).execute()
}

/** The client of an id in whatever pool it is: client ids are unique over all pools. */
export async function findClient(db: Db, id: string): Promise<Client | undefined> {
  const [row] = await clientById(db, { id })
  return row && fromRow(row)
}

const clientById = prepareSetUp((db, { id }: { id: string }) =>
  db.selectFrom('clients').selectAll().where('id', '=', id),
)

/** A pool's clients in the order of their ids, after the given id; all, or those that did or did not register themselves. */
export async function listClients(
  db: Db,
  poolId: string,
  after: string,
  limit: number,
  registered?: boolean,
): Promise<Client[]> {
  const all = db
    .selectFrom('clients')
    .selectAll()
    .where('pool_id', '=', poolId) // index clients_by_pool
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
  const some = registered === undefined ? all : all.where('type', registered ? '=' : 'is', registered ? 'DCR' : null)
  const rows = await some.execute()
  return rows.map(fromRow)
}

/** How many clients a pool has. */
export async function countClients(db: Db, poolId: string): Promise<number> {
  const { count } = await db
    .selectFrom('clients')
    .select((select) => select.fn.countAll().as('count'))
    .where('pool_id', '=', poolId) // index clients_by_pool
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** The longest time of single sign-on that a client of the pool has set, in minutes; 0 when none has. */
export async function longestSso(db: Db, poolId: string): Promise<number> {
  const { longest } = await db
    .selectFrom('clients')
    .select((select) => select.fn.max('sso_minutes').as('longest'))
    .where('pool_id', '=', poolId) // index clients_by_pool
    .executeTakeFirstOrThrow()
  return Number(longest ?? 0)
}

/** Replaces name and settings; false when somebody else changed or deleted the client since it was read. */
export async function updateClient(db: Db, client: Client, now: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('clients')
    .set({ ...toRow(client), updated_at: Math.max(now, client.updatedAt + 1) })
    .where('pool_id', '=', client.poolId)
    .where('id', '=', client.id)
    .where('updated_at', '=', client.updatedAt)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Every table whose rows belong to a client. */
const clientTables = [
  'sign_ins', 'authorization_codes', 'grants', 'terms', 'login_styles', 'login_images', 'ui_customizations',
] as const // biome-ignore format: a table

/** Deletes a client, its look, its documents and all that was granted to it. Call it in a transaction. */
export async function deleteClient(db: Db, poolId: string, id: string): Promise<void> {
  for (const table of clientTables)
    await db.deleteFrom(table).where('pool_id', '=', poolId).where('client_id', '=', id).execute()
  await db.deleteFrom('clients').where('pool_id', '=', poolId).where('id', '=', id).execute()
}

function toRow(client: Client): Selectable<Tables['clients']> {
  return {
    pool_id: client.poolId,
    id: client.id,
    name: client.name,
    secret_sealed: client.secretSealed ?? null,
    settings: JSON.stringify(client.settings),
    sso_minutes: client.ssoMinutes ?? null,
    type: client.registered ? 'DCR' : null,
    created_at: client.createdAt,
    updated_at: client.updatedAt,
  }
}

function fromRow(row: Selectable<Tables['clients']>): Client {
  return {
    poolId: row.pool_id,
    id: row.id,
    name: row.name,
    secretSealed: row.secret_sealed ?? undefined,
    settings: readSettings(row.id, row.settings),
    ...(row.sso_minutes !== null && { ssoMinutes: row.sso_minutes }),
    ...(row.type === 'DCR' && { registered: true }),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

const readSettings = parsedOnce<ClientSettings>(1000)
