import { checkAttributes, mergeAttributes, storeAttributes } from '../directory/attributes.ts'
import { hashPassword, verifyNothing, verifyPassword } from '../directory/passwords/hash.ts'
import { keepPassword, refuseReused, setPassword } from '../directory/passwords/keep.ts'
import { attempt } from '../directory/passwords/lockout.ts'
import { checkPolicy } from '../directory/passwords/policy.ts'
import type { Party } from '../directory/register.ts'
import { findUserByAnyName, unknownUserId } from '../directory/usernames.ts'
import { PoolError } from '../errors.ts'
import type { Db } from '../store/db.ts'
import { consumeSignIn, createSignIn, type Door, findSignIn, type SignInKey } from '../store/sign-ins.ts'
import { type Attributes, findUser, type User, updateUser } from '../store/users.ts'
import { digest, secretToken } from '../tokens/opaque.ts'
import type { World } from '../world/world.ts'
import { nextStep, type Proof } from './next-step.ts'

/** How a sign-in stands after a proof. */
export type Progress =
  | { readonly step: 'done'; readonly user: User; readonly authTime: number }
  | {
      readonly step: 'NEW_PASSWORD_REQUIRED'
      /** What continues the journey: single use, bound to pool, client and door. */
      readonly session: string
      readonly user: User
      readonly requiredAttributes: readonly string[]
    }

/** A password handed in. */
export interface PasswordProof {
  readonly door: Door
  readonly username: string
  readonly password: string
}

/** The answer to NEW_PASSWORD_REQUIRED. */
export interface NewPasswordProof {
  readonly newPassword: string
  readonly attributes: Attributes
}

/** What is kept between two steps. */
interface SignInState {
  readonly proven: readonly Proof[]
}

/** AWS's sentence for every wrong name or password. */
const wrong = 'Incorrect username or password.'

/** Begins a sign-in with a name and a password; throws PoolError in AWS's words. */
export async function startSignIn(db: Db, world: World, party: Party, proof: PasswordProof): Promise<Progress> {
  const user = await provePassword(db, world, party, proof)
  return proceed(db, world, party, proof.door, user, ['password'])
}

/** Continues a sign-in: consumes its step, checks the reply, and says what is next. */
export async function continueSignIn(
  db: Db,
  world: World,
  party: Party,
  {
    door,
    session,
    username,
    reply,
  }: { door: Door; session: string; username?: string | undefined; reply: NewPasswordProof },
): Promise<Progress> {
  // A reply that the rules refuse must not burn the step: check all that needs no secret first.
  checkPolicy(party.pool, reply.newPassword)
  const key = signInKey(party, door, session)
  const step = await findSignIn(db, key, world.now())
  const user = step?.userId ? await findUser(db, party.pool.id, step.userId) : undefined
  if (!step || !user) throw expired()
  if (username !== undefined && (await findUserByAnyName(db, party.pool, username))?.id !== user.id)
    throw new PoolError('NotAuthorized', 'Invalid session for the user.')
  const state = readState(step.state)
  if (nextStep({ status: user.status, proven: state.proven }) !== 'NEW_PASSWORD_REQUIRED' || !user.enabled)
    throw expired()
  const attributes = newAttributes(party, user, reply.attributes)
  await refuseReused(db, party.pool, user, reply.newPassword)
  const password = await keepPassword(world, user, reply.newPassword)
  if (!(await consumeSignIn(db, key, world.now()))) throw expired()
  if (attributes) await storeAttributes(db, world, party.pool, user, attributes)
  await setPassword(db, world, party.pool, user, { password, status: 'CONFIRMED' })
  const current = await findUser(db, party.pool.id, user.id)
  if (!current) throw expired()
  return proceed(db, world, party, door, current, [...state.proven, 'new-password'])
}

/** The step a session stands at, without consuming it: to show its page. */
export async function findSignInStep(
  db: Db,
  world: World,
  party: Party,
  { door, session }: { door: Door; session: string },
): Promise<{ step: 'NEW_PASSWORD_REQUIRED'; user: User; requiredAttributes: readonly string[] } | undefined> {
  const record = await findSignIn(db, signInKey(party, door, session), world.now())
  const user = record?.userId ? await findUser(db, party.pool.id, record.userId) : undefined
  if (!record || !user) return undefined
  const step = nextStep({ status: user.status, proven: readState(record.state).proven })
  return step === 'NEW_PASSWORD_REQUIRED'
    ? { step, user, requiredAttributes: missingAttributes(party, user) }
    : undefined
}

/**
 * The user whose name and password these are. Unknown users cost the same: the same counter, one hash. The lockout counts
 * by user id, whatever name was used.
 */
async function provePassword(db: Db, world: World, { pool, client }: Party, proof: PasswordProof): Promise<User> {
  const user = await findUserByAnyName(db, pool, proof.username)
  const subject = user?.id ?? unknownUserId(world, pool, proof.username)
  const right = await attempt(db, world, pool.id, subject, async () => {
    if (!user?.passwordHash) {
      await verifyNothing(world, proof.password)
      return false
    }
    const { right, outdated } = await verifyPassword(proof.password, user.passwordHash)
    if (right && outdated)
      await updateUser(db, user, { passwordHash: await hashPassword(world, proof.password) }, world.now())
    return right
  })
  if (!user) {
    if (client.settings.PreventUserExistenceErrors === 'ENABLED') throw new PoolError('NotAuthorized', wrong)
    throw new PoolError('UserNotFound', 'User does not exist.')
  }
  // A user whose password must be reset may have none that could be right (import), as on AWS.
  if (user.status === 'RESET_REQUIRED')
    throw new PoolError('PasswordResetRequired', 'Password reset required for the user')
  if (!right) throw new PoolError('NotAuthorized', wrong)
  return user
}

/** Says what is next for a user with these proofs, and stores the step when something is left to ask. */
async function proceed(
  db: Db,
  world: World,
  party: Party,
  door: Door,
  user: User,
  proven: readonly Proof[],
): Promise<Progress> {
  if (!user.enabled) throw new PoolError('NotAuthorized', 'User is disabled.')
  if (user.status === 'FORCE_CHANGE_PASSWORD' && (user.passwordExpiresAt ?? Number.POSITIVE_INFINITY) <= world.now())
    throw new PoolError('NotAuthorized', 'Temporary password has expired and must be reset by an administrator.')
  const step = nextStep({ status: user.status, proven })
  switch (step) {
    case 'done':
      return { step, user, authTime: world.now() }
    case 'NEW_PASSWORD_REQUIRED': {
      const session = secretToken(world)
      const minutes = party.client.settings.AuthSessionValidity ?? 3
      await createSignIn(db, {
        ...signInKey(party, door, session),
        userId: user.id,
        state: JSON.stringify({ proven } satisfies SignInState),
        expiresAt: world.now() + minutes * 60_000,
      })
      return { step, session, user, requiredAttributes: missingAttributes(party, user) }
    }
    case 'CONFIRM_SIGN_UP':
      throw new PoolError('UserNotConfirmed', 'User is not confirmed.')
    case 'RESET_PASSWORD':
      throw new PoolError('PasswordResetRequired', 'Password reset required for the user')
    case 'PASSWORD':
      throw new PoolError('NotAuthorized', wrong)
  }
}

/** Required attributes that an invited user does not have yet. */
function missingAttributes({ pool }: Party, user: User): string[] {
  return (pool.settings.SchemaAttributes ?? []).flatMap(({ Name, Required }) =>
    Required && Name !== undefined && Name !== 'sub' && !user.attributes[Name] ? [Name] : [],
  )
}

/** The attributes after the reply; a required one that is set already cannot be changed here (AWS API reference, RespondToAuthChallenge). */
function newAttributes(party: Party, user: User, given: Attributes): Attributes | undefined {
  const { pool, client } = party
  for (const { Name, Required } of pool.settings.SchemaAttributes ?? []) {
    if (Required && Name && Name in given && user.attributes[Name] && given[Name] !== user.attributes[Name])
      throw new PoolError('NotAuthorized', `Cannot modify an already provided ${Name}`)
  }
  for (const name of missingAttributes(party, user))
    if (!given[name]) throw new PoolError('InvalidParameter', `Invalid attributes given, ${name} is missing`)
  if (Object.keys(given).length === 0) return undefined
  checkAttributes(pool, client, given, false)
  return mergeAttributes(pool, user, given)
}

function signInKey({ pool, client }: Party, door: Door, session: string): SignInKey {
  return { idHash: digest(session), poolId: pool.id, clientId: client.id, door }
}

function readState(text: string): SignInState {
  return JSON.parse(text) as SignInState
}

function expired(): PoolError {
  return new PoolError('NotAuthorized', 'Invalid session for the user, session is expired.')
}
