import type { Db } from './db.ts'
import { fromRow, type User } from './users.ts'

/** How ListUsers narrows: one name, one comparison, one value (byte order; no wildcards). */
export interface UserFilter {
  readonly name: string
  readonly prefix: boolean
  readonly value: string
}

/** Users in the order of their names, after the given name. */
export async function listUsers(
  db: Db,
  poolId: string,
  after: string,
  limit: number,
  filter?: UserFilter,
): Promise<User[]> {
  let query = db
    .selectFrom('users')
    .selectAll('users')
    .where('users.pool_id', '=', poolId)
    .where('users.username_key', '>', after) // index users_by_name
    .orderBy('users.username_key')
    .limit(limit)
  if (filter) {
    const { name, prefix, value } = filter
    const column = filterColumns[name]
    if (column) {
      if (column === 'enabled') query = query.where('users.enabled', '=', value === 'Enabled' ? 1 : 0)
      else if (prefix)
        query = query.where(`users.${column}`, '>=', value).where(`users.${column}`, '<', prefixEnd(value))
      else query = query.where(`users.${column}`, '=', value)
    } else {
      query = query.where((where) =>
        where.exists(
          where
            .selectFrom('user_attributes')
            .select('user_attributes.user_id')
            .whereRef('user_attributes.user_id', '=', 'users.id')
            .where('user_attributes.pool_id', '=', poolId)
            .where('user_attributes.name', '=', name) // index users_by_attribute
            .where('user_attributes.value', prefix ? '>=' : '=', value)
            .where('user_attributes.value', '<', prefixEnd(value)),
        ),
      )
    }
  }
  return (await query.execute()).map(fromRow)
}

/** Filter names that are columns; all others are attributes. */
const filterColumns: Readonly<Record<string, 'username_key' | 'status' | 'enabled' | 'id'>> = {
  username: 'username_key',
  'cognito:user_status': 'status',
  status: 'enabled',
  sub: 'id',
}

/** The least text above every text that starts with `prefix`, in byte order. */
function prefixEnd(prefix: string): string {
  return `${prefix}\u{10FFFF}`
}

/** How many users the pool has. */
export async function countUsers(db: Db, poolId: string): Promise<number> {
  const { count } = await db
    .selectFrom('users')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('pool_id', '=', poolId)
    .executeTakeFirstOrThrow()
  return Number(count)
}
