import { PoolError } from '../errors.ts'
import type { Db } from '../store/db.ts'
import { type Attributes, releaseAlias, type User } from '../store/users.ts'
import type { World } from '../world/world.ts'
import { checkAttributes, checkRequired } from './attributes.ts'
import { insertUser, nameNewUser, newUser, type Party } from './register.ts'
import { askMigration, type MigrationRequest } from './triggers/migration.ts'
import { aliasesOf, findUserByAnyName, hidesExistence } from './usernames.ts'

/** What is stored of the password that a migrated user signed in with. */
export interface MigratedPassword {
  readonly passwordHash: string
  /** What else is stored with it, in the transaction that creates the user. */
  readonly also?: (db: Db, user: User) => Promise<void>
}

/**
 * Creates a user whom the UserMigration trigger knows; undefined when nobody does. `makePassword` runs once the user has
 * a name, outside the transaction. Of any number of simultaneous callers one creates the user, all get it.
 */
export async function migrateUser(
  db: Db,
  world: World,
  party: Party,
  request: MigrationRequest,
  makePassword?: (user: User) => Promise<MigratedPassword>,
): Promise<User | undefined> {
  const { pool, client } = party
  const answer = await askMigration(world, pool, client, request)
  if (!answer) return undefined
  try {
    const { username, ...given } = answer.attributes
    const name = nameNewUser(world, pool, username ?? request.username, given)
    const attributes = withVerification(name.attributes)
    checkAttributes(pool, 'administrator', attributes, false)
    checkRequired(pool, attributes)
    const bare = newUser(world, pool, name, attributes, { status: answer.status })
    const password = await makePassword?.(bare)
    const user: User = {
      ...bare,
      passwordHash: password?.passwordHash,
      ...(answer.smsMfa && attributes.phone_number && { mfa: { enabled: ['SMS_MFA'] } }),
    }
    const makeRoom = async (inner: Db) => {
      for (const alias of aliasesOf(pool, attributes)) await releaseAlias(inner, pool.id, alias)
    }
    const also = async (inner: Db) => password?.also?.(inner, user)
    await insertUser(db, pool, user, also, answer.forceAlias ? makeRoom : undefined)
    return user
  } catch (error) {
    if (!(error instanceof PoolError)) throw error
    // Somebody else moved in with the same name at the same moment: it is the same person.
    const there = error.code === 'UsernameExists' ? await findUserByAnyName(db, pool, request.username) : undefined
    if (there) return there
    world.log.warn('user not migrated', { poolId: pool.id, clientId: client.id, trigger: 'UserMigration', error })
    if (hidesExistence(client)) return undefined
    // AWS's sentence (public logs: aws-amplify/amplify-js#1850 and others).
    throw new PoolError('UserNotFound', `Exception migrating user in app client ${client.id}`, error)
  }
}

/** AWS shows addresses that are not verified as such. */
function withVerification(attributes: Attributes): Attributes {
  const complete: Record<string, string> = { ...attributes }
  for (const kind of ['email', 'phone_number'] as const)
    if (complete[kind] && !complete[`${kind}_verified`]) complete[`${kind}_verified`] = 'false'
  return complete
}
