import type { Selectable } from 'kysely'
import { type Db, transaction } from './db.ts'
import { prepare } from './sql/prepared.ts'
import type { Tables } from './sql/tables.ts'
import { type User, fromRow as userFromRow } from './users.ts'

/** A group of a pool; the lowest precedence wins. Times are milliseconds. */
export interface Group {
  readonly poolId: string
  readonly name: string
  readonly description: string | undefined
  readonly precedence: number | undefined
  readonly roleArn: string | undefined
  readonly createdAt: number
  readonly updatedAt: number
}

/** Stores a new group; false when the name is taken. */
export async function createGroup(db: Db, group: Group): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('groups')
    .values({
      pool_id: group.poolId,
      name: group.name,
      description: group.description ?? null,
      precedence: group.precedence ?? null,
      role_arn: group.roleArn ?? null,
      created_at: group.createdAt,
      updated_at: group.updatedAt,
    })
    .onConflict((conflict) => conflict.columns(['pool_id', 'name']).doNothing())
    .executeTakeFirst()
  return numInsertedOrUpdatedRows === 1n
}

/** The group of a name. */
export async function findGroup(db: Db, poolId: string, name: string): Promise<Group | undefined> {
  const row = await db
    .selectFrom('groups')
    .selectAll()
    .where('pool_id', '=', poolId)
    .where('name', '=', name)
    .executeTakeFirst()
  return row && fromRow(row)
}

/** A pool's groups by name, after the given name. */
export async function listGroups(db: Db, poolId: string, after: string, limit: number): Promise<Group[]> {
  const rows = await db
    .selectFrom('groups')
    .selectAll()
    .where('pool_id', '=', poolId)
    .where('name', '>', after)
    .orderBy('name')
    .limit(limit)
    .execute()
  return rows.map(fromRow)
}

/** Replaces a group's description, precedence and role. */
export async function updateGroup(db: Db, group: Group): Promise<void> {
  await db
    .updateTable('groups')
    .set({
      description: group.description ?? null,
      precedence: group.precedence ?? null,
      role_arn: group.roleArn ?? null,
      updated_at: group.updatedAt,
    })
    .where('pool_id', '=', group.poolId)
    .where('name', '=', group.name)
    .execute()
}

/** Deletes a group and its memberships. */
export async function deleteGroup(db: Db, poolId: string, name: string): Promise<void> {
  await transaction(db, async (inner) => {
    await inner.deleteFrom('members').where('pool_id', '=', poolId).where('group_name', '=', name).execute()
    await inner.deleteFrom('groups').where('pool_id', '=', poolId).where('name', '=', name).execute()
  })
}

/** Takes a user out of a group. */
export async function removeMember(db: Db, poolId: string, name: string, userId: string): Promise<void> {
  await db
    .deleteFrom('members')
    .where('pool_id', '=', poolId)
    .where('user_id', '=', userId)
    .where('group_name', '=', name)
    .execute()
}

/** Puts a user into a group; nothing happens when the user is in it already. */
export async function addMember(db: Db, poolId: string, name: string, userId: string, now: number): Promise<void> {
  await db
    .insertInto('members')
    .values({ pool_id: poolId, group_name: name, user_id: userId, created_at: now })
    .onConflict((conflict) => conflict.columns(['pool_id', 'user_id', 'group_name']).doNothing())
    .execute()
}

/** A user's groups by name, after the given name. */
export async function listGroupsOfUser(
  db: Db,
  poolId: string,
  userId: string,
  after: string,
  limit: number,
): Promise<Group[]> {
  const rows = await groupsOfUser(db, { poolId, userId, after, limit })
  return rows.map(fromRow)
}

type Page = { poolId: string; userId: string; after: string; limit: number }
const groupsOfUser = prepare((db, { poolId, userId, after, limit }: Page) =>
  db
    .selectFrom('members')
    .innerJoin('groups', (join) =>
      join.onRef('groups.pool_id', '=', 'members.pool_id').onRef('groups.name', '=', 'members.group_name'),
    )
    .selectAll('groups')
    .where('members.pool_id', '=', poolId) // the primary key of members
    .where('members.user_id', '=', userId)
    // By the member's own column: by the group's, SQLite would walk all groups of the pool.
    .where('members.group_name', '>', after)
    .orderBy('members.group_name')
    .limit(limit),
)

/** A group's users in the order of their names, after the given name. */
export async function listMembers(db: Db, poolId: string, name: string, after: string, limit: number): Promise<User[]> {
  const rows = await db
    .selectFrom('members')
    .innerJoin('users', (join) =>
      join.onRef('users.pool_id', '=', 'members.pool_id').onRef('users.id', '=', 'members.user_id'),
    )
    .selectAll('users')
    .where('members.pool_id', '=', poolId)
    .where('members.group_name', '=', name) // index members_by_group
    .where('users.username_key', '>', after)
    .orderBy('users.username_key')
    .limit(limit)
    .execute()
  return rows.map(userFromRow)
}

function fromRow(row: Selectable<Tables['groups']>): Group {
  return {
    poolId: row.pool_id,
    name: row.name,
    description: row.description ?? undefined,
    precedence: row.precedence ?? undefined,
    roleArn: row.role_arn ?? undefined,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
