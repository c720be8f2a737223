import { PoolError } from '../errors.ts'
import type { Language } from '../languages/languages.ts'
import { type Db, transaction } from '../store/db.ts'
import { insertMessage } from '../store/outbox.ts'
import type { Client } from '../store/setup/clients.ts'
import { listIdentityProviders } from '../store/setup/identity-providers.ts'
import type { Pool } from '../store/setup/pools.ts'
import { AliasTaken, type Attributes, createUser, noMfa, type User, updateUser } from '../store/users.ts'
import type { World } from '../world/world.ts'
import { aliasExists, checkAttributes, checkRequired, storeAttributes } from './attributes.ts'
import { checkCode, newCode, storeCode, tryCode } from './codes.ts'
import { countAttempt, countCaller } from './limits.ts'
import {
  type CodeDelivery,
  composeCode,
  confirmationLink,
  describeDelivery,
  simulatedDelivery,
  verificationAddress,
} from './messages.ts'
import { keepPassword, storeKept } from './passwords/keep.ts'
import { checkPolicy } from './passwords/policy.ts'
import type { ClientMetadata } from './triggers/event.ts'
import { postConfirmation, preSignUp } from './triggers/sign-up.ts'
import {
  aliasesOfUser,
  findUserByAnyName,
  hidesExistence,
  namedByAttribute,
  newSub,
  unknownUserId,
  usernameKey,
} from './usernames.ts'

/** The pool and the app client that somebody acts through. */
export interface Party {
  readonly pool: Pool
  readonly client: Client
  /** The language of the page that asks; the API has none. */
  readonly language?: Language | undefined
}

/** What a visitor hands in to sign up. */
export interface Registration {
  readonly username: string
  readonly password?: string | undefined
  readonly attributes: Attributes
  readonly validationData?: ClientMetadata | undefined
  readonly metadata?: ClientMetadata | undefined
  /** Where the visitor is: of the sign-ups from one address only so many are taken. */
  readonly address?: string | undefined
}

/**
 * Signs a visitor up: a user that waits for its code, or a confirmed one when PreSignUp says so. Refusals leave nothing
 * behind; of any number of simultaneous sign-ups of one name one succeeds, the others get UsernameExists.
 */
export async function register(
  db: Db,
  world: World,
  party: Party,
  registration: Registration,
): Promise<{ user: User; confirmed: boolean; delivery: CodeDelivery | undefined }> {
  const { pool, client } = party
  if (pool.settings.AdminCreateUserConfig?.AllowAdminCreateUserOnly)
    throw new PoolError('NotAuthorized', 'SignUp is not permitted for this user pool')
  const { password, metadata } = registration
  if (password === undefined && !goesWithout(pool, registration))
    throw new PoolError('InvalidParameter', 'Password is required to sign up in this user pool')
  await countCaller(db, world, pool, registration.address, 'SignUp')
  const name = nameNewUser(world, pool, registration.username, registration.attributes)
  checkAttributes(pool, client, registration.attributes, false)
  checkRequired(pool, name.attributes)
  if (password !== undefined) checkPolicy(pool, password)
  await refuseTaken(db, pool, registration.username)
  await refuseProviderName(db, pool, registration.username)
  const answer = await preSignUp(world, pool, client, {
    source: 'PreSignUp_SignUp',
    username: name.username,
    attributes: name.attributes,
    validationData: registration.validationData,
    metadata,
  })
  const confirmed = answer.autoConfirmUser
  const attributes: Record<string, string> = {
    ...name.attributes,
    ...(name.attributes.email && answer.autoVerifyEmail && { email_verified: 'true' }),
    ...(name.attributes.phone_number && answer.autoVerifyPhone && { phone_number_verified: 'true' }),
  }
  for (const kind of ['email', 'phone_number'] as const)
    if (attributes[kind] && !attributes[`${kind}_verified`]) attributes[`${kind}_verified`] = 'false'
  const owner = { poolId: pool.id, username: name.username }
  const kept = password === undefined ? undefined : await keepPassword(world, owner, password)
  const user = newUser(world, pool, name, attributes, {
    status: confirmed ? 'CONFIRMED' : 'UNCONFIRMED',
    passwordHash: kept?.hash,
  })
  const address = confirmed ? undefined : verificationAddress(pool, attributes)
  const code = newCode(world)
  const message =
    address &&
    (await composeCode(world, party, user, address, 'SignUp', code, {
      metadata,
      link: await confirmationLink(db, world, { pool, client }, user.username, code),
    }))
  await insertUser(db, pool, user, async (inner) => {
    if (kept) await storeKept(inner, world, pool, user, kept)
    if (!message) return
    await storeCode(inner, world, { poolId: pool.id, userId: user.id, purpose: 'sign-up' }, code)
    await insertMessage(inner, world, message)
  })
  if (confirmed) await postConfirmation(world, pool, client, user, 'PostConfirmation_ConfirmSignUp', metadata)
  return { user, confirmed, delivery: address && describeDelivery(address) }
}

/** Whether somebody can sign up without a password: the pool lets in by a code to an address that is given (API reference, SignUp). */
function goesWithout({ settings }: Pool, { username, attributes }: Registration): boolean {
  const allowed = settings.Policies?.SignInPolicy?.AllowedFirstAuthFactors ?? []
  const isNamed = (kind: 'email' | 'phone_number') => settings.UsernameAttributes?.includes(kind) && username !== ''
  return (
    (allowed.includes('EMAIL_OTP') && Boolean(attributes.email || isNamed('email'))) ||
    (allowed.includes('SMS_OTP') && Boolean(attributes.phone_number || isNamed('phone_number')))
  )
}

/** Confirms an account by the code that went to its address, which is verified by it. */
export async function confirmRegistration(
  db: Db,
  world: World,
  { pool, client }: Party,
  confirmation: {
    username: string
    code: string
    forceAlias?: boolean | undefined
    metadata?: ClientMetadata | undefined
  },
): Promise<void> {
  const user = await findUserByAnyName(db, pool, confirmation.username)
  await countAttempt(db, world, pool, user?.id ?? unknownUserId(world, pool, confirmation.username), 'ConfirmSignUp')
  if (!user) {
    if (!hidesExistence(client)) throw new PoolError('UserNotFound', 'Username/client id combination not found.')
    const userId = unknownUserId(world, pool, confirmation.username)
    return checkCode(db, world, { poolId: pool.id, userId, purpose: 'sign-up' }, confirmation.code)
  }
  if (user.status !== 'UNCONFIRMED')
    throw hidesExistence(client)
      ? new PoolError('ExpiredCode', 'Invalid code provided, please request a code again.')
      : new PoolError('NotAuthorized', `User cannot be confirmed. Current status is ${user.status}`)
  const address = verificationAddress(pool, user.attributes)
  const verified = ({ attributes }: User): Attributes =>
    address && attributes[address.attribute] === address.value
      ? { ...attributes, [`${address.attribute}_verified`]: 'true' }
      : attributes
  const key = { poolId: pool.id, userId: user.id, purpose: 'sign-up' } as const
  // The code and what it does are one: an alias that is taken leaves the code for a second call that forces it.
  const refusal = await transaction(db, async (inner) => {
    const wrong = await tryCode(inner, world, key, confirmation.code)
    if (wrong) return wrong
    if (!(await updateUser(inner, user, { status: 'CONFIRMED' }, world.now(), 'UNCONFIRMED')))
      throw new PoolError('NotAuthorized', 'User cannot be confirmed. Current status is CONFIRMED')
    return storeAttributes(inner, world, pool, user, verified, confirmation.forceAlias)
  })
  if (refusal) throw refusal
  const confirmed: User = { ...user, status: 'CONFIRMED', attributes: verified(user) }
  await postConfirmation(world, pool, client, confirmed, 'PostConfirmation_ConfirmSignUp', confirmation.metadata)
}

/** Sends a new code to an account that waits for one; the old code dies. */
export async function resendConfirmation(
  db: Db,
  world: World,
  party: Party,
  { username, metadata }: { username: string; metadata?: ClientMetadata | undefined },
): Promise<CodeDelivery> {
  const { pool, client } = party
  const user = await findUserByAnyName(db, pool, username)
  await countAttempt(db, world, pool, user?.id ?? unknownUserId(world, pool, username), 'ResendConfirmationCode')
  const code = newCode(world)
  if (user?.status === 'UNCONFIRMED') {
    const address = verificationAddress(pool, user.attributes)
    if (!address) throw new PoolError('InvalidParameter', 'Auto verification not turned on.')
    const message = await composeCode(world, party, user, address, 'ResendCode', code, {
      metadata,
      link: await confirmationLink(db, world, { pool, client }, user.username, code),
    })
    await transaction(db, async (inner) => {
      await storeCode(inner, world, { poolId: pool.id, userId: user.id, purpose: 'sign-up' }, code)
      await insertMessage(inner, world, message)
    })
    return describeDelivery(address)
  }
  if (hidesExistence(client)) {
    // The same answer, and the same writes: a code that nobody is sent.
    const userId = unknownUserId(world, pool, username)
    await storeCode(db, world, { poolId: pool.id, userId, purpose: 'sign-up' }, code)
    return simulatedDelivery(world, pool, username)
  }
  if (!user) throw new PoolError('UserNotFound', 'Username/client id combination not found.')
  throw new PoolError('InvalidParameter', 'User is already confirmed.')
}

/** The name and the attributes that a new user gets under the pool's naming mode (AWS developer guide, "Customizing sign-in attributes"). */
export function nameNewUser(
  world: World,
  pool: Pool,
  given: string,
  attributes: Attributes,
): { id: string; username: string; attributes: Attributes } {
  const id = newSub(world)
  const isEmail = /^[^\s@]+@[^\s@]+$/.test(given)
  const isPhone = /^\+[1-9]\d{1,14}$/.test(given)
  const byName = pool.settings.UsernameAttributes ?? []
  if (namedByAttribute(pool)) {
    if (isEmail && byName.includes('email')) return { id, username: id, attributes: { email: given, ...attributes } }
    if (isPhone && byName.includes('phone_number'))
      return { id, username: id, attributes: { phone_number: given, ...attributes } }
    const wanted =
      byName.length > 1 ? 'either an email or a phone number' : byName[0] === 'email' ? 'an email' : 'a phone number'
    throw new PoolError('InvalidParameter', `Username should be ${wanted}.`)
  }
  const byAlias = pool.settings.AliasAttributes ?? []
  if (isEmail && byAlias.includes('email'))
    throw new PoolError(
      'InvalidParameter',
      'Username cannot be of email format, since user pool is configured for email alias.',
    )
  if (isPhone && byAlias.includes('phone_number'))
    throw new PoolError(
      'InvalidParameter',
      'Username cannot be of phone number format, since user pool is configured for phone number alias.',
    )
  return { id, username: foldName(pool, given), attributes }
}

/** AWS stores names of case-insensitive pools in lower case. */
export function foldName(pool: Pool, name: string): string {
  return pool.settings.UsernameConfiguration?.CaseSensitive === true ? name : name.toLowerCase()
}

/** A user record with what every new user has. */
export function newUser(
  world: World,
  pool: Pool,
  { id, username }: { id: string; username: string },
  attributes: Attributes,
  rest: Pick<User, 'status'> & Partial<Pick<User, 'passwordHash' | 'passwordExpiresAt'>>,
): User {
  const now = world.now()
  return {
    poolId: pool.id,
    id,
    username,
    usernameKey: usernameKey(pool, username),
    status: rest.status,
    enabled: true,
    attributes,
    passwordHash: rest.passwordHash,
    passwordExpiresAt: rest.passwordExpiresAt,
    mfa: noMfa,
    signedOutAt: 0,
    createdAt: now,
    updatedAt: now,
  }
}

/**
 * Stores a new user, and what `also` writes, in one transaction; a taken name or alias is refused in AWS's words, unless
 * `before` made room for it.
 */
export async function insertUser(
  db: Db,
  pool: Pool,
  user: User,
  also: (db: Db) => Promise<void>,
  before: (db: Db) => Promise<void> = async () => {},
): Promise<void> {
  try {
    await transaction(db, async (inner) => {
      await before(inner)
      if (!(await createUser(inner, user, aliasesOfUser(pool, user)))) throw taken()
      await also(inner)
    })
  } catch (error) {
    if (!(error instanceof AliasTaken)) throw error
    if (namedByAttribute(pool)) throw takenAttribute(error.alias.kind)
    throw aliasExists(error)
  }
}

async function refuseTaken(db: Db, pool: Pool, given: string): Promise<void> {
  if (!(await findUserByAnyName(db, pool, given))) return
  if (!namedByAttribute(pool)) throw taken()
  throw takenAttribute(given.includes('@') ? 'email' : 'phone_number')
}

/** The names of a provider's users are nobody else's to take: whoever did could keep a person from ever signing in. */
async function refuseProviderName(db: Db, pool: Pool, given: string): Promise<void> {
  const [prefix = '', ...rest] = given.normalize('NFKC').toLowerCase().split('_')
  if (rest.length === 0) return
  const providers = await listIdentityProviders(db, pool.id, '', 300)
  if (providers.some(({ name }) => name.normalize('NFKC').toLowerCase() === prefix)) throw taken()
}

function taken(): PoolError {
  return new PoolError('UsernameExists', 'User already exists')
}

function takenAttribute(kind: string): PoolError {
  return new PoolError('UsernameExists', `An account with the given ${kind} already exists.`)
}
