import { timingSafeEqual } from 'node:crypto'
import { checkAttributes, mergeAttributes, storeAttributes } from '../directory/attributes.ts'
import { migrateUser } from '../directory/migrate.ts'
import { hashPassword, verifyNothing, verifyPassword } from '../directory/passwords/hash.ts'
import { hashQueue } from '../directory/passwords/hash-queue.ts'
import { keepPassword, readVerifier, refuseReused, setPassword, storeKept } from '../directory/passwords/keep.ts'
import { attempt } from '../directory/passwords/lockout.ts'
import { checkPolicy } from '../directory/passwords/policy.ts'
import { provesPassword, type SrpClaim } from '../directory/passwords/srp.ts'
import { hidesExistence } from '../directory/usernames.ts'
import { PoolError } from '../errors.ts'
import { type Db, transaction } from '../store/db.ts'
import { type Attributes, type User, updateUser } from '../store/users.ts'
import { codeMac, missingAttributes } from './ask.ts'
import { checkTotp } from './factors/totp.ts'
import { expired, type Ground, type Known, type Secrets, type SignInState } from './state.ts'

/** AWS's sentence for every wrong name or password. */
export const wrong = 'Incorrect username or password.'

/**
 * The user whose password this is. Unknown users cost the same: the same counter, one hash. Failures count by user id,
 * whatever name and whatever door was used.
 */
export async function provePassword(ground: Ground, known: Known, password: string): Promise<User> {
  const { db, world, party } = ground
  const { subject } = known
  let { user } = known
  // To count an attempt is a durable write: a storm of sign-ins must not become one of writes.
  hashQueue.checkRoom()
  const right = await attempt(db, world, party.pool.id, subject, async () => {
    user ??= await migrate(ground, known, password)
    if (!user?.passwordHash) {
      await verifyNothing(world, password)
      return false
    }
    const checked = await verifyPassword(password, user.passwordHash)
    if (checked.right && checked.outdated) await keepAnew(ground, user, password)
    return checked.right
  })
  if (!user) throw unknown(ground)
  // A user whose password must be reset may have none that could be right (import), as on AWS.
  if (user.status === 'RESET_REQUIRED') throw resetRequired()
  if (!right) throw refusedPassword(ground, user)
  return user
}

/**
 * What a wrong password is answered: on AWS an account that is not confirmed is told so whatever the password
 * (amazon-archives/amazon-cognito-identity-js#288), unless the client hides whether users exist (aws-amplify/amplify-js#9877).
 */
export function refusedPassword({ party: { client } }: Ground, user: User | undefined): PoolError {
  return user?.status === 'UNCONFIRMED' && !hidesExistence(client)
    ? new PoolError('UserNotConfirmed', 'User is not confirmed.')
    : new PoolError('NotAuthorized', wrong)
}

/** Somebody whom the pool's UserMigration trigger knows by name and password, from now on a user of the pool. */
function migrate(ground: Ground, { username }: Known, password: string): Promise<User | undefined> {
  const { db, world, party, validationData } = ground
  const request = { source: 'UserMigration_Authentication', username, password, validationData } as const
  return migrateUser(db, world, party, request, async (user) => {
    const kept = await keepPassword(world, user, password)
    const also = (inner: Db, stored: User) => storeKept(inner, world, party.pool, stored, kept)
    return { passwordHash: kept.hash, also }
  })
}

/** A hash with yesterday's parameters, or one that was imported: from now on today's, and SRP works. */
async function keepAnew({ db, world, party }: Ground, user: User, password: string): Promise<void> {
  const known = await readVerifier(db, world, user)
  if (known)
    return void (await updateUser(db, user, { passwordHash: await hashPassword(world, password) }, world.now()))
  const kept = await keepPassword(world, user, password)
  await transaction(db, async (inner) => {
    await updateUser(inner, user, { passwordHash: kept.hash }, world.now())
    await storeKept(inner, world, party.pool, user, kept)
  })
}

/** Whether an SRP claim proves the password of the exchange under way; counted as a password is. */
export async function proveClaim(
  { db, world, party }: Ground,
  { subject }: Known,
  srp: Secrets['srp'],
  claim: SrpClaim,
): Promise<boolean> {
  if (!srp) throw expired()
  return attempt(db, world, party.pool.id, subject, async () => {
    const proves = await provesPassword(srp.identity, srp.verifier, srp.A, srp, claim)
    return proves && srp.real
  })
}

/**
 * Checks a one-time code that was sent, or throws. Wrong ones have a counter of their own: a right password must not
 * clear it, or who knows the password could guess for ever.
 */
export async function proveCode(ground: Ground, known: Known, { codeMac: right }: SignInState, code: string) {
  const proven = await countCode(ground, known, async () => equal(codeMac(ground, known, code.trim()), right ?? ''))
  if (!proven) throw new PoolError('CodeMismatch', 'Invalid code or auth state for the user.')
}

/** Checks a code of the user's authenticator app, or throws; each code works once. */
export async function proveTotp(ground: Ground, known: Known, code: string): Promise<void> {
  const { db, world } = ground
  const { user } = known
  if (!user) throw expired()
  const proven = await countCode(ground, known, () => checkTotp(db, world, user, code.trim()))
  if (!proven) throw new PoolError('CodeMismatch', 'Invalid code received for user')
}

/** Counts one try of a second factor by user, over all its sessions. */
export function countCode(
  { db, world, party }: Ground,
  { subject }: Known,
  check: () => Promise<boolean>,
): Promise<boolean> {
  return attempt(db, world, party.pool.id, `code:${subject}`, check)
}

/** Checks the answer to NEW_PASSWORD_REQUIRED, and gives what makes it count. */
export async function proveNewPassword(
  ground: Ground,
  { user }: Known,
  newPassword: string,
  given: Attributes,
): Promise<() => Promise<void>> {
  const { db, world, party } = ground
  if (!user) throw expired()
  checkPolicy(party.pool, newPassword)
  const { pool } = party
  const changes = checkedChanges(ground, user, given)
  await refuseReused(db, party.pool, user, newPassword)
  const password = await keepPassword(world, user, newPassword)
  return async () => {
    if (changes) await storeAttributes(db, world, pool, user, (current) => mergeAttributes(pool, current, changes))
    await setPassword(db, world, party.pool, user, { password, status: 'CONFIRMED' })
  }
}

/** The changes of the reply; a required one that is set already cannot be changed here (AWS API reference, RespondToAuthChallenge). */
function checkedChanges(ground: Ground, user: User, given: Attributes): Attributes | undefined {
  const { pool, client } = ground.party
  for (const { Name, Required } of pool.settings.SchemaAttributes ?? []) {
    if (Required && Name && Name in given && user.attributes[Name] && given[Name] !== user.attributes[Name])
      throw new PoolError('NotAuthorized', `Cannot modify an already provided ${Name}`)
  }
  for (const name of missingAttributes(ground, user))
    if (!given[name]) throw new PoolError('InvalidParameter', `Invalid attributes given, ${name} is missing`)
  if (Object.keys(given).length === 0) return undefined
  checkAttributes(pool, client, given, false)
  mergeAttributes(pool, user, given)
  return given
}

/** What a name that no user has is answered, as the client's PreventUserExistenceErrors says. */
export function unknown({ party: { client } }: Ground): PoolError {
  return hidesExistence(client)
    ? new PoolError('NotAuthorized', wrong)
    : new PoolError('UserNotFound', 'User does not exist.')
}

/** AWS's sentence for a user whose password an administrator has reset. */
export function resetRequired(): PoolError {
  return new PoolError('PasswordResetRequired', 'Password reset required for the user')
}

function equal(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)]
  return a.length === b.length && timingSafeEqual(a, b)
}

/** Refuses a user whose password an administrator has reset. */
export function refuseReset({ user }: Known): void {
  if (user?.status === 'RESET_REQUIRED') throw resetRequired()
}
