import { PoolError } from '../errors.ts'
import { type Db, transaction } from '../store/db.ts'
import { revokeGrantsOfUser } from '../store/grants.ts'
import { insertMessage } from '../store/outbox.ts'
import type { Pool } from '../store/setup/pools.ts'
import { deleteSessionsOfUser } from '../store/sign-ins.ts'
import { type Attributes, deleteUser, releaseAlias, type User, updateUser } from '../store/users.ts'
import type { Message, World } from '../world/world.ts'
import { checkAttributes } from './attributes.ts'
import { countAttempt } from './limits.ts'
import { composeCode } from './messages.ts'
import { verifyNothing, verifyPassword } from './passwords/hash.ts'
import { keepPassword, refuseReused, setPassword, storeKept } from './passwords/keep.ts'
import { attempt } from './passwords/lockout.ts'
import { checkPolicy, temporaryPassword } from './passwords/policy.ts'
import { insertUser, nameNewUser, newUser } from './register.ts'
import type { ClientMetadata } from './triggers/event.ts'
import type { Address } from './triggers/messages.ts'
import { postConfirmation, preSignUp } from './triggers/sign-up.ts'
import { aliasesOf, findUserByAnyName } from './usernames.ts'

/** What an administrator hands in for a new user. */
export interface Invitation {
  readonly username: string
  readonly attributes: Attributes
  readonly temporaryPassword?: string | undefined
  readonly validationData?: ClientMetadata | undefined
  readonly metadata?: ClientMetadata | undefined
  readonly forceAlias?: boolean | undefined
  readonly action?: 'RESEND' | 'SUPPRESS' | undefined
  readonly mediums?: readonly ('EMAIL' | 'SMS')[] | undefined
}

const day = 24 * 60 * 60_000

/**
 * Creates a user with a temporary password and sends it (AdminCreateUser). RESEND sends a new one to a user who has not
 * used theirs; SUPPRESS sends nothing.
 */
export async function inviteUser(db: Db, world: World, pool: Pool, invitation: Invitation): Promise<User> {
  const password = invitation.temporaryPassword ?? temporaryPassword(world, pool)
  checkPolicy(pool, password)
  if (invitation.action === 'RESEND') return resendInvitation(db, world, pool, invitation, password)
  const name = nameNewUser(world, pool, invitation.username, invitation.attributes)
  checkAttributes(pool, 'administrator', invitation.attributes, false)
  if (await findUserByAnyName(db, pool, invitation.username))
    throw new PoolError('UsernameExists', 'User account already exists')
  const answer = await preSignUp(world, pool, undefined, {
    source: 'PreSignUp_AdminCreateUser',
    username: name.username,
    attributes: name.attributes,
    validationData: invitation.validationData,
    metadata: invitation.metadata,
  })
  const attributes: Record<string, string> = {
    ...name.attributes,
    ...(name.attributes.email && answer.autoVerifyEmail && { email_verified: 'true' }),
    ...(name.attributes.phone_number && answer.autoVerifyPhone && { phone_number_verified: 'true' }),
  }
  const kept = await keepPassword(world, { poolId: pool.id, username: name.username }, password)
  const user = newUser(world, pool, name, attributes, {
    status: 'FORCE_CHANGE_PASSWORD',
    passwordHash: kept.hash,
    passwordExpiresAt: temporaryUntil(world, pool),
  })
  const messages =
    invitation.action === 'SUPPRESS' ? [] : await composeInvitations(world, pool, user, invitation, password)
  await insertUser(
    db,
    pool,
    user,
    async (inner) => {
      await storeKept(inner, world, pool, user, kept)
      for (const message of messages) await insertMessage(inner, world, message)
    },
    invitation.forceAlias
      ? async (inner) => {
          for (const alias of aliasesOf(pool, attributes)) await releaseAlias(inner, pool.id, alias)
        }
      : undefined,
  )
  return user
}

async function resendInvitation(
  db: Db,
  world: World,
  pool: Pool,
  invitation: Invitation,
  password: string,
): Promise<User> {
  const user = await findUserByAnyName(db, pool, invitation.username)
  if (!user) throw new PoolError('UserNotFound', 'User does not exist.')
  if (user.status !== 'FORCE_CHANGE_PASSWORD')
    throw new PoolError(
      'UnsupportedUserState',
      `Resend not possible. ${user.username} status is not FORCE_CHANGE_PASSWORD`,
    )
  const kept = await keepPassword(world, user, password)
  const messages = await composeInvitations(world, pool, user, invitation, password)
  await transaction(db, async (inner) => {
    await setPassword(inner, world, pool, user, { password: kept, passwordExpiresAt: temporaryUntil(world, pool) })
    for (const message of messages) await insertMessage(inner, world, message)
  })
  return user
}

async function composeInvitations(
  world: World,
  pool: Pool,
  user: User,
  { mediums, metadata }: Invitation,
  password: string,
): Promise<Message[]> {
  const messages: Message[] = []
  for (const address of invitationAddresses(user.attributes, mediums))
    messages.push(await composeCode(world, { pool }, user, address, 'AdminCreateUser', password, { metadata }))
  return messages
}

/** AWS sends invitations by SMS unless told otherwise; a user without phone is sent an e-mail. */
function invitationAddresses(attributes: Attributes, mediums: readonly ('EMAIL' | 'SMS')[] | undefined): Address[] {
  const { email, phone_number: phone } = attributes
  const wanted = mediums?.length ? mediums : phone ? ['SMS'] : ['EMAIL']
  return [
    ...(wanted.includes('SMS') && phone ? [{ attribute: 'phone_number', value: phone } as const] : []),
    ...(wanted.includes('EMAIL') && email ? [{ attribute: 'email', value: email } as const] : []),
  ]
}

function temporaryUntil(world: World, pool: Pool): number {
  return world.now() + (pool.settings.Policies?.PasswordPolicy?.TemporaryPasswordValidityDays ?? 7) * day
}

/** Sets a password for a user: for good, or until the user picks another at the next sign-in. */
export async function assignPassword(
  db: Db,
  world: World,
  pool: Pool,
  user: User,
  password: string,
  permanent: boolean,
): Promise<void> {
  checkPolicy(pool, password)
  await refuseReused(db, pool, user, password)
  await setPassword(db, world, pool, user, {
    password: await keepPassword(world, user, password),
    status: permanent ? 'CONFIRMED' : 'FORCE_CHANGE_PASSWORD',
    passwordExpiresAt: permanent ? undefined : temporaryUntil(world, pool),
  })
}

/** Changes a password by the old one; wrong ones count for the lockout. The grant that asks stays, the others end. */
export async function changePassword(
  db: Db,
  world: World,
  pool: Pool,
  user: User,
  previous: string,
  proposed: string,
  keepGrant: string | undefined,
): Promise<void> {
  checkPolicy(pool, proposed)
  await countAttempt(db, world, pool, user.id, 'ChangePassword')
  const right = await attempt(db, world, pool.id, user.id, async () => {
    if (user.passwordHash) return (await verifyPassword(previous, user.passwordHash)).right
    await verifyNothing(world, previous)
    return false
  })
  if (!right) throw new PoolError('NotAuthorized', 'Incorrect username or password.')
  await refuseReused(db, pool, user, proposed)
  await setPassword(db, world, pool, user, { password: await keepPassword(world, user, proposed) }, keepGrant)
}

/** Confirms an account in the user's place; no address is verified by it. */
export async function confirmUser(
  db: Db,
  world: World,
  pool: Pool,
  user: User,
  metadata?: ClientMetadata,
): Promise<void> {
  if (!(await updateUser(db, user, { status: 'CONFIRMED' }, world.now(), 'UNCONFIRMED')))
    throw new PoolError('NotAuthorized', `User cannot be confirmed. Current status is ${user.status}`)
  await postConfirmation(
    world,
    pool,
    undefined,
    { ...user, status: 'CONFIRMED' },
    'PostConfirmation_ConfirmSignUp',
    metadata,
  )
}

/** Deletes a user and all that belongs to it. */
export async function removeUser(db: Db, user: User): Promise<void> {
  await transaction(db, (inner) => deleteUser(inner, user.poolId, user.id))
}

/** Lets a user sign in again. What ended with the disabling stays ended. */
export async function enableUser(db: Db, world: World, user: User): Promise<void> {
  await updateUser(db, user, { enabled: true }, world.now())
}

/** Keeps a user from signing in, and ends every session and token (AWS API reference, AdminDisableUser). */
export async function disableUser(db: Db, world: World, user: User): Promise<void> {
  const now = world.now()
  await transaction(db, async (inner) => {
    await updateUser(inner, user, { enabled: false, signedOutAt: now }, now)
    await revokeGrantsOfUser(inner, user.poolId, user.id, now)
    await deleteSessionsOfUser(inner, user.poolId, user.id)
  })
}
