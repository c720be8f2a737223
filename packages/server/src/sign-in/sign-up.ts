import { verificationAddress } from '../directory/messages.ts'
import type { Party } from '../directory/register.ts'
import { findUserByAnyName } from '../directory/usernames.ts'
import type { Db } from '../store/db.ts'
import { consumeSignIn } from '../store/sign-ins.ts'
import type { World } from '../world/world.ts'
import { firstFactors } from './factors.ts'
import type { Proof } from './next-step.ts'
import { expired, type Ground, type Known, readState, signInKey, storeStep } from './state.ts'

/**
 * What lets whoever has just confirmed an account sign in without a second code (API reference, Session of ConfirmSignUp and
 * InitiateAuth); call it when the code was right. The code is worth what a one-time code is: undefined where that is no way
 * to begin. aws-amplify wants it without sending the Session of SignUp, so none is asked for, and SignUp gives none. Its
 * door is its own: no challenge can be answered with it.
 */
export async function openConfirmed(db: Db, world: World, party: Party, username: string): Promise<string | undefined> {
  if (!party.client.settings.ExplicitAuthFlows?.includes('ALLOW_USER_AUTH')) return undefined
  const user = await findUserByAnyName(db, party.pool, username)
  const address = user && verificationAddress(party.pool, user.attributes)
  if (!address) return undefined
  const isText = address.attribute === 'phone_number'
  if (!(await firstFactors(db, party.pool, user)).includes(isText ? 'SMS_OTP' : 'EMAIL_OTP')) return undefined
  const known: Known = { user, username, subject: user.id }
  const proven: Proof[] = [isText ? 'sms-otp' : 'email-otp']
  return storeStep({ db, world, party, door: 'sign-up' }, known, { username, step: 'SELECT_CHALLENGE', proven })
}

/** What it stands for, once: whoever signs in must be who signed up. */
export async function takeConfirmed(
  { db, world, party }: Ground,
  { user }: Known,
  session: string,
): Promise<readonly Proof[]> {
  const record = await consumeSignIn(db, signInKey(party, 'sign-up', session), world.now())
  if (!record || !user || user.id !== record.userId) throw expired()
  return readState(record).proven
}
