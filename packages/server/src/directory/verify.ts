import { PoolError } from '../errors.ts'
import { type Db, transaction } from '../store/db.ts'
import { insertMessage } from '../store/outbox.ts'
import type { Client } from '../store/setup/clients.ts'
import type { Pool } from '../store/setup/pools.ts'
import type { Attributes, User } from '../store/users.ts'
import type { World } from '../world/world.ts'
import { storeAttributes } from './attributes.ts'
import { newCode, storeCode, tryCode } from './codes.ts'
import { type CodeDelivery, composeCode, describeDelivery } from './messages.ts'
import type { ClientMetadata } from './triggers/event.ts'

const addresses = ['email', 'phone_number'] as const

/**
 * Sends codes to addresses of a user: to those that differ from `before` and that the pool verifies by itself, or to the
 * one that is asked for by name.
 */
export async function queueVerifications(
  db: Db,
  world: World,
  pool: Pool,
  user: User,
  before: Attributes,
  asked?: string,
  context: { client?: Client | undefined; metadata?: ClientMetadata | undefined } = {},
): Promise<CodeDelivery[]> {
  const deliveries: CodeDelivery[] = []
  if (asked !== undefined && !addresses.some((name) => name === asked))
    throw new PoolError('InvalidParameter', 'Attribute cannot be verified.')
  for (const attribute of addresses) {
    const value = user.attributes[attribute]
    const wanted = asked
      ? asked === attribute
      : value !== before[attribute] && pool.settings.AutoVerifiedAttributes?.includes(attribute)
    if (!wanted) continue
    if (!value) {
      if (asked) throw new PoolError('InvalidParameter', `User does not have the attribute ${attribute}.`)
      continue
    }
    const code = newCode(world)
    const kind = asked ? 'VerifyUserAttribute' : 'UpdateUserAttribute'
    const party = { pool, client: context.client }
    const message = await composeCode(world, party, user, { attribute, value }, kind, code, context)
    const key = { poolId: pool.id, userId: user.id, purpose: `verify:${attribute}` } as const
    await transaction(db, async (inner) => {
      await storeCode(inner, world, key, code, value)
      await insertMessage(inner, world, message)
    })
    deliveries.push(describeDelivery({ attribute, value }))
  }
  return deliveries
}

/** Verifies an address by the code that went to it; a code for an address that changed since is dead. */
export async function verifyAttribute(
  db: Db,
  world: World,
  pool: Pool,
  user: User,
  attribute: string,
  code: string,
): Promise<void> {
  const value = user.attributes[attribute]
  if (!addresses.some((name) => name === attribute) || !value)
    throw new PoolError('InvalidParameter', 'Attribute cannot be verified.')
  const key = { poolId: pool.id, userId: user.id, purpose: `verify:${attribute}` } as const
  const attributes = { ...user.attributes, [`${attribute}_verified`]: 'true' }
  const refusal = await transaction(db, async (inner) => {
    const wrong = await tryCode(inner, world, key, code, value)
    return wrong ?? storeAttributes(inner, world, pool, user, attributes)
  })
  if (refusal) throw refusal
}
