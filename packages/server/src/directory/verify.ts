import { PoolError } from '../errors.ts'
import { type Db, transaction } from '../store/db.ts'
import type { Pool } from '../store/setup/pools.ts'
import type { Attributes, User } from '../store/users.ts'
import type { World } from '../world/world.ts'
import { storeAttributes } from './attributes.ts'
import { issueCode, tryCode } from './codes.ts'
import { type CodeDelivery, describeDelivery, queueCode } from './messages.ts'

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
    await transaction(db, async (inner) => {
      const code = await issueCode(
        inner,
        world,
        { poolId: pool.id, userId: user.id, purpose: `verify:${attribute}` },
        value,
      )
      const kind = asked ? 'VerifyUserAttribute' : 'UpdateUserAttribute'
      await queueCode(inner, world, pool, user, { attribute, value }, kind, code)
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
