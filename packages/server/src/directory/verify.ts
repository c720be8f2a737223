import { PoolError } from '../errors.ts'
import { type CodeKey, deleteCode, findPendingAddress } from '../store/codes.ts'
import { type Db, transaction } from '../store/db.ts'
import { insertMessage } from '../store/outbox.ts'
import type { Pool } from '../store/setup/pools.ts'
import { type Attributes, findUserByAlias, type User } from '../store/users.ts'
import type { Message, World } from '../world/world.ts'
import { aliasExists, checkAttributes, checkDeletion, mergeAttributes, storeAttributes } from './attributes.ts'
import { newCode, storeCode, tryCode } from './codes.ts'
import { countAttempt } from './limits.ts'
import { type CodeDelivery, composeCode, describeDelivery } from './messages.ts'
import type { ClientMetadata } from './triggers/event.ts'
import type { Address, MessageParty } from './triggers/messages.ts'
import { aliasesOfUser } from './usernames.ts'

const addresses = ['email', 'phone_number'] as const

/** A code for an address, composed and not yet stored. */
interface Verification {
  readonly address: Address
  readonly code: string
  readonly message: Message
  /** Whether the address is the user's only once it is proven. */
  readonly pending: boolean
}

/**
 * Changes attributes of a user, by an administrator or through an app client, and sends codes to new addresses that the
 * pool verifies by itself. An address that must be proven first waits for VerifyUserAttribute, and the old one stays,
 * unless an administrator calls it verified in the same breath (AWS API reference, AdminUpdateUserAttributes).
 */
export async function changeAttributes(
  db: Db,
  world: World,
  party: MessageParty,
  user: User,
  changes: Attributes,
  metadata?: ClientMetadata,
): Promise<CodeDelivery[]> {
  const { pool, client } = party
  checkAttributes(pool, client ?? 'administrator', changes, true)
  const waiting = waitingAddresses(pool, user, changes)
  const applied = Object.fromEntries(
    Object.entries(changes).filter(([name]) => !waiting.some(({ attribute }) => name.startsWith(attribute))),
  )
  const attributes = mergeAttributes(pool, user, applied)
  await refuseTaken(db, pool, user, waiting)
  const changed = addresses.flatMap((attribute) => {
    const value = attributes[attribute]
    const isNew = value !== undefined && value !== user.attributes[attribute]
    return isNew && attributes[`${attribute}_verified`] !== 'true' && verifies(pool, attribute)
      ? [{ attribute, value }]
      : []
  })
  if (client && changed.length + waiting.length > 0)
    await countAttempt(db, world, pool, user.id, 'UpdateUserAttributes')
  const verifications: Verification[] = []
  const subject = { ...user, attributes }
  for (const [list, pending] of [[changed, false], [waiting, true]] as const) // biome-ignore format: two rows
    for (const address of list)
      verifications.push(await compose(world, party, subject, address, 'UpdateUserAttribute', pending, metadata))
  await transaction(db, async (inner) => {
    await storeAttributes(inner, world, pool, user, (current) => mergeAttributes(pool, current, applied))
    // A code for an address that is overtaken by this change must not bring it back.
    for (const attribute of addresses) if (attribute in applied) await deleteCode(inner, keyOf(user, attribute))
    for (const verification of verifications) await store(inner, world, user, verification)
  })
  return verifications.map(({ address }) => describeDelivery(address))
}

/** Takes attributes away from a user, by an administrator or through an app client. */
export async function deleteAttributes(
  db: Db,
  world: World,
  { pool, client }: MessageParty,
  user: User,
  names: readonly string[],
): Promise<void> {
  checkDeletion(pool, client ?? 'administrator', names)
  const emptied = Object.fromEntries(names.map((name) => [name, '']))
  await transaction(db, async (inner) => {
    await storeAttributes(inner, world, pool, user, (current) => mergeAttributes(pool, current, emptied))
    for (const attribute of addresses) if (names.includes(attribute)) await deleteCode(inner, keyOf(user, attribute))
  })
}

/** Sends a code to an address of a user that is asked for by name: the one that waits, or the one that there is. */
export async function requestVerification(
  db: Db,
  world: World,
  party: MessageParty,
  user: User,
  name: string,
  metadata?: ClientMetadata,
): Promise<CodeDelivery> {
  const attribute = addresses.find((known) => known === name)
  if (!attribute) throw new PoolError('InvalidParameter', 'Attribute cannot be verified.')
  const pending = await findPendingAddress(db, keyOf(user, attribute), world.now())
  await countAttempt(db, world, party.pool, user.id, 'GetUserAttributeVerificationCode')
  const value = pending ?? user.attributes[attribute]
  if (!value) throw new PoolError('InvalidParameter', `User does not have the attribute ${attribute}.`)
  const address = { attribute, value }
  const kind = 'VerifyUserAttribute'
  const verification = await compose(world, party, user, address, kind, pending !== undefined, metadata)
  await transaction(db, (inner) => store(inner, world, user, verification))
  return describeDelivery(address)
}

/**
 * Verifies an address by the code that went to it; one that waited becomes the user's. A code for an address that
 * changed since is dead.
 */
export async function verifyAttribute(
  db: Db,
  world: World,
  pool: Pool,
  user: User,
  name: string,
  code: string,
): Promise<void> {
  const attribute = addresses.find((known) => known === name)
  const key = attribute && keyOf(user, attribute)
  const value = key && ((await findPendingAddress(db, key, world.now())) ?? user.attributes[attribute])
  if (!key || !value) throw new PoolError('InvalidParameter', 'Attribute cannot be verified.')
  await countAttempt(db, world, pool, user.id, 'VerifyUserAttribute')
  const verified = { [attribute]: value, [`${attribute}_verified`]: 'true' }
  const refusal = await transaction(db, async (inner) => {
    const wrong = await tryCode(inner, world, key, code, value)
    return wrong ?? storeAttributes(inner, world, pool, user, (current) => ({ ...current.attributes, ...verified }))
  })
  if (refusal) throw refusal
}

/** New addresses that the pool wants proven before they are the user's. */
function waitingAddresses({ settings }: Pool, user: User, changes: Attributes): Address[] {
  const first = settings.UserAttributeUpdateSettings?.AttributesRequireVerificationBeforeUpdate ?? []
  return addresses.flatMap((attribute) => {
    const value = changes[attribute]
    const isNew = value !== undefined && value !== '' && value !== user.attributes[attribute]
    const proven = changes[`${attribute}_verified`]?.toLowerCase() === 'true'
    return isNew && !proven && first.includes(attribute) ? [{ attribute, value }] : []
  })
}

/** Whoever cannot get an address is told before a code goes to it: throws AliasExists. */
export async function refuseTaken(db: Db, pool: Pool, user: User, waiting: readonly Address[]): Promise<void> {
  for (const { attribute, value } of waiting)
    for (const alias of aliasesOfUser(pool, {
      status: user.status,
      attributes: { [attribute]: value, [`${attribute}_verified`]: 'true' },
    })) {
      const owner = await findUserByAlias(db, pool.id, alias)
      if (owner && owner.id !== user.id) throw aliasExists({ alias })
    }
}

function verifies({ settings }: Pool, attribute: Address['attribute']): boolean {
  return settings.AutoVerifiedAttributes?.includes(attribute) ?? false
}

async function compose(
  world: World,
  party: MessageParty,
  user: User,
  address: Address,
  kind: 'UpdateUserAttribute' | 'VerifyUserAttribute',
  pending: boolean,
  metadata: ClientMetadata | undefined,
): Promise<Verification> {
  const code = newCode(world)
  const message = await composeCode(world, party, user, address, kind, code, { metadata })
  return { address, code, message, pending }
}

async function store(db: Db, world: World, user: User, { address, code, message, pending }: Verification) {
  await storeCode(db, world, keyOf(user, address.attribute), code, address.value, pending)
  await insertMessage(db, world, message)
}

function keyOf(user: User, attribute: Address['attribute']): CodeKey {
  return { poolId: user.poolId, userId: user.id, purpose: `verify:${attribute}` }
}
