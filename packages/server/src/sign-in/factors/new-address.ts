import { checkAttributes, mergeAttributes, storeAttributes } from '../../directory/attributes.ts'
import type { Address } from '../../directory/triggers/messages.ts'
import { refuseTaken } from '../../directory/verify.ts'
import { PoolError } from '../../errors.ts'
import { askCode } from '../ask.ts'
import { factorAddress, factorsToSetUp } from '../factors.ts'
import type { Outcome } from '../judge.ts'
import { expired, type Ground, type Known, type SignInState } from '../state.ts'
import { enableFactor } from './preferences.ts'

/**
 * Checks an address that somebody wants codes at from now on, and asks for the first one. It becomes the user's when that
 * code is right. Throws InvalidParameter where the pool has no such factor, and what a change of the attribute would throw.
 */
export async function judgeAddress(ground: Ground, known: Known, address: Address): Promise<Outcome> {
  const { db, party } = ground
  const { user } = known
  if (!user) throw expired()
  const factor = address.attribute === 'email' ? 'EMAIL_OTP' : 'SMS_MFA'
  if (!factorsToSetUp(party, user).includes(factor))
    throw new PoolError('InvalidParameter', 'Invalid MFA type selected.')
  const { attribute, value } = address
  const before = user.attributes[attribute]
  if (value !== before) checkAttributes(party.pool, party.client, { [attribute]: value }, before !== undefined)
  await refuseTaken(db, party.pool, user, [address])
  return { ask: (standing) => askCode(ground, known, standing, factor, { newAddress: value }) }
}

/** Makes the address of a step whose code was right the user's, verified, and a second factor of theirs. */
export async function keepAddress(ground: Ground, { user }: Known, { step, newAddress }: SignInState): Promise<void> {
  if (newAddress === undefined || !user || (step !== 'EMAIL_OTP' && step !== 'SMS_MFA')) return
  const { db, world, party } = ground
  const attribute = factorAddress[step]
  const changes = { [attribute]: newAddress, [`${attribute}_verified`]: 'true' }
  await storeAttributes(db, world, party.pool, user, (current) => mergeAttributes(party.pool, current, changes))
  await enableFactor(db, world, user, step)
}
