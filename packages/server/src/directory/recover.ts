import { PoolError } from '../errors.ts'
import { type Db, transaction } from '../store/db.ts'
import type { User } from '../store/users.ts'
import type { World } from '../world/world.ts'
import { checkCode, issueCode } from './codes.ts'
import { type CodeDelivery, describeDelivery, queueCode, recoveryAddress, simulatedDelivery } from './messages.ts'
import { keepPassword, setPassword } from './passwords/keep.ts'
import { checkPolicy } from './passwords/policy.ts'
import type { Party } from './register.ts'
import type { ClientMetadata } from './triggers/event.ts'
import { postConfirmation } from './triggers/sign-up.ts'
import { findUserByAnyName, hidesExistence, unknownUserId } from './usernames.ts'

/** Sends a code by which a user who forgot the password sets a new one. */
export async function startRecovery(
  db: Db,
  world: World,
  { pool, client }: Party,
  { username }: { username: string; metadata?: ClientMetadata | undefined },
): Promise<CodeDelivery> {
  const user = await findUserByAnyName(db, pool, username)
  const address = user && recoverable(user) ? recoveryAddress(pool, user.attributes) : undefined
  if (user && address) {
    await transaction(db, async (inner) => {
      const code = await issueCode(inner, world, { poolId: pool.id, userId: user.id, purpose: 'forgot-password' })
      await queueCode(inner, world, pool, user, address, 'ForgotPassword', code)
    })
    return describeDelivery(address)
  }
  if (hidesExistence(client)) {
    // The same answer, and a code that nobody is sent, so that wrong tries end alike too.
    const userId = unknownUserId(world, pool, username)
    await issueCode(db, world, { poolId: pool.id, userId, purpose: 'forgot-password' })
    return simulatedDelivery(world, pool, username)
  }
  // AWS's sentences (public logs: aws-amplify/amplify-js#1182, #2955).
  if (!user) throw new PoolError('UserNotFound', 'Username/client id combination not found.')
  if (!user.enabled) throw new PoolError('NotAuthorized', 'User is disabled.')
  if (user.status === 'FORCE_CHANGE_PASSWORD')
    throw new PoolError('NotAuthorized', 'User password cannot be reset in the current state.')
  throw new PoolError(
    'InvalidParameter',
    'Cannot reset password for the user as there is no registered/verified email or phone_number',
  )
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
  const known = user && recoverable(user) ? user : undefined
  if (!known && !hidesExistence(client)) {
    if (!user) throw new PoolError('UserNotFound', 'Username/client id combination not found.')
    throw new PoolError('NotAuthorized', 'User password cannot be reset in the current state.')
  }
  const userId = known?.id ?? unknownUserId(world, pool, username)
  await checkCode(db, world, { poolId: pool.id, userId, purpose: 'forgot-password' }, code)
  if (!known) return
  const kept = await keepPassword(world, known, password)
  await setPassword(db, world, pool, known, { password: kept, status: 'CONFIRMED' })
  const confirmed: User = { ...known, status: 'CONFIRMED' }
  await postConfirmation(world, pool, client, confirmed, 'PostConfirmation_ConfirmForgotPassword', metadata)
}

function recoverable(user: User): boolean {
  return (
    user.enabled && (user.status === 'CONFIRMED' || user.status === 'RESET_REQUIRED' || user.status === 'UNCONFIRMED')
  )
}
