import { PoolError } from '../errors.ts'
import { type Db, transaction } from '../store/db.ts'
import { insertMessage } from '../store/outbox.ts'
import type { Pool } from '../store/setup/pools.ts'
import { type User, updateUser } from '../store/users.ts'
import type { World } from '../world/world.ts'
import { checkCode, newCode, storeCode } from './codes.ts'
import { countAttempt } from './limits.ts'
import { type CodeDelivery, composeCode, describeDelivery, recoveryAddress, simulatedDelivery } from './messages.ts'
import { migrateUser } from './migrate.ts'
import { keepPassword, refuseReused, setPassword } from './passwords/keep.ts'
import { checkPolicy } from './passwords/policy.ts'
import type { Party } from './register.ts'
import type { ClientMetadata } from './triggers/event.ts'
import { postConfirmation } from './triggers/sign-up.ts'
import { findUserByAnyName, hidesExistence, unknownUserId } from './usernames.ts'

/** Sends a code by which a user who forgot the password sets a new one. */
export async function startRecovery(
  db: Db,
  world: World,
  party: Party,
  { username, metadata }: { username: string; metadata?: ClientMetadata | undefined },
): Promise<CodeDelivery> {
  const { pool, client } = party
  const found = await findUserByAnyName(db, pool, username)
  await countAttempt(db, world, pool, found?.id ?? unknownUserId(world, pool, username), 'ForgotPassword')
  const request = { source: 'UserMigration_ForgotPassword', username, metadata } as const
  const user = found ?? (await migrateUser(db, world, { pool, client }, request))
  const address = user && recoverable(user) ? recoveryAddress(pool, user.attributes) : undefined
  const code = newCode(world)
  if (user && address) {
    const message = await composeCode(world, party, user, address, 'ForgotPassword', code, { metadata })
    await transaction(db, async (inner) => {
      await storeCode(inner, world, { poolId: pool.id, userId: user.id, purpose: 'forgot-password' }, code)
      await insertMessage(inner, world, message)
    })
    return describeDelivery(address)
  }
  if (hidesExistence(client)) {
    // The same answer, and a code that nobody is sent, so that wrong tries end alike too.
    const userId = unknownUserId(world, pool, username)
    await storeCode(db, world, { poolId: pool.id, userId, purpose: 'forgot-password' }, code)
    return simulatedDelivery(world, pool, username)
  }
  // AWS's sentences (public logs: aws-amplify/amplify-js#1182, #2955).
  if (!user) throw new PoolError('UserNotFound', 'Username/client id combination not found.')
  if (!user.enabled) throw new PoolError('NotAuthorized', 'User is disabled.')
  if (user.status === 'FORCE_CHANGE_PASSWORD')
    throw new PoolError('NotAuthorized', 'User password cannot be reset in the current state.')
  throw noAddress()
}

/**
 * Makes a user's password worthless until the user sets a new one, by the code that goes out now (AdminResetUserPassword):
 * sign-in answers PasswordResetRequired, and recovery completes it.
 */
export async function requireReset(
  db: Db,
  world: World,
  pool: Pool,
  user: User,
  metadata?: ClientMetadata,
): Promise<void> {
  if (!recoverable(user) || user.status === 'UNCONFIRMED')
    throw user.enabled
      ? new PoolError('NotAuthorized', 'User password cannot be reset in the current state.')
      : new PoolError('NotAuthorized', 'User is disabled.')
  const address = recoveryAddress(pool, user.attributes)
  if (!address) throw noAddress()
  const code = newCode(world)
  const message = await composeCode(world, { pool }, user, address, 'ForgotPassword', code, { metadata })
  await transaction(db, async (inner) => {
    await updateUser(inner, user, { status: 'RESET_REQUIRED' }, world.now())
    await storeCode(inner, world, { poolId: pool.id, userId: user.id, purpose: 'forgot-password' }, code)
    await insertMessage(inner, world, message)
  })
}

/** Sets a new password by the code; every session and grant of before ends. */
export async function finishRecovery(
  db: Db,
  world: World,
  { pool, client }: Party,
  {
    username,
    code,
    password,
    metadata,
  }: { username: string; code: string; password: string; metadata?: ClientMetadata | undefined },
): Promise<void> {
  checkPolicy(pool, password)
  const user = await findUserByAnyName(db, pool, username)
  const subject = user?.id ?? unknownUserId(world, pool, username)
  await countAttempt(db, world, pool, subject, 'ConfirmForgotPassword')
  const known = user && recoverable(user) ? user : undefined
  if (!known && !hidesExistence(client)) {
    if (!user) throw new PoolError('UserNotFound', 'Username/client id combination not found.')
    throw new PoolError('NotAuthorized', 'User password cannot be reset in the current state.')
  }
  const userId = known?.id ?? unknownUserId(world, pool, username)
  const key = { poolId: pool.id, userId, purpose: 'forgot-password' } as const
  await checkCode(db, world, key, code)
  if (!known) return
  // Only who has the code learns that a password was used before; the same code then serves for another one.
  await refuseReused(db, pool, known, password).catch(async (error: unknown) => {
    await storeCode(db, world, key, code.trim())
    throw error
  })
  const kept = await keepPassword(world, known, password)
  await setPassword(db, world, pool, known, { password: kept, status: 'CONFIRMED' })
  const confirmed: User = { ...known, status: 'CONFIRMED' }
  await postConfirmation(world, pool, client, confirmed, 'PostConfirmation_ConfirmForgotPassword', metadata)
}

function noAddress(): PoolError {
  return new PoolError(
    'InvalidParameter',
    'Cannot reset password for the user as there is no registered/verified email or phone_number',
  )
}

function recoverable(user: User): boolean {
  return (
    user.enabled && (user.status === 'CONFIRMED' || user.status === 'RESET_REQUIRED' || user.status === 'UNCONFIRMED')
  )
}
