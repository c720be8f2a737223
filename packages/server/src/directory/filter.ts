import { PoolError } from '../errors.ts'
import type { UserFilter } from '../store/list-users.ts'
import type { Pool } from '../store/setup/pools.ts'
import { usernameKey } from './usernames.ts'

/** What ListUsers can search for (AWS API reference, ListUsers, Filter). */
const searchable = new Set([
  'username',
  'email',
  'phone_number',
  'name',
  'given_name',
  'family_name',
  'preferred_username',
  'cognito:user_status',
  'status',
  'sub',
])

/**
 * Reads a ListUsers filter: `name = "value"` or `name ^= "value"`, with `\"` and `\\` inside the quotes. Anything else is
 * refused; the value goes into a statement as a value, never as text of it.
 */
export function readFilter(pool: Pool, text: string | undefined): UserFilter | undefined {
  if (text === undefined || text.trim() === '') return undefined
  const match = /^\s*"?([\w:]+)"?\s*(\^?=)\s*"((?:[^"\\]|\\["\\])*)"\s*$/u.exec(text)
  if (!match) throw new PoolError('InvalidParameter', 'Error while parsing filter.')
  const [, name = '', operator, quoted = ''] = match
  if (!searchable.has(name)) throw new PoolError('InvalidParameter', `Invalid search attribute: ${name}`)
  const value = quoted.replaceAll(/\\(["\\])/g, '$1')
  return { name, prefix: operator === '^=', value: name === 'username' ? usernameKey(pool, value) : value }
}
