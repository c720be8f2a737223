import { PoolError } from '../../errors.ts'
import type { Db } from '../../store/db.ts'
import { type MfaFactor, type MfaPreferences, type User, updateUser } from '../../store/users.ts'
import type { World } from '../../world/world.ts'
import { factorAddress } from '../factors.ts'
import { listPasskeys } from './passkeys.ts'
import { hasAuthenticator } from './totp.ts'

/** What a caller says of one factor; what is left out stays. */
export interface FactorChoice {
  readonly Enabled?: boolean | undefined
  readonly PreferredMfa?: boolean | undefined
}

/** Choices by factor. */
export type FactorChoices = Readonly<Partial<Record<MfaFactor, FactorChoice | undefined>>>

const all = ['SMS_MFA', 'SOFTWARE_TOKEN_MFA', 'EMAIL_OTP', 'WEB_AUTHN'] as const

/** Sets which second factors a user uses, and which one first (SetUserMFAPreference, AdminSetUserMFAPreference). */
export async function choosePreferences(db: Db, world: World, user: User, choices: FactorChoices): Promise<void> {
  const enabled = new Set(user.mfa.enabled)
  let preferred = user.mfa.preferred
  const asked = all.filter((factor) => choices[factor]?.PreferredMfa)
  if (asked.length > 1) throw new PoolError('InvalidParameter', 'Only one MFA method can be set as preferred.')
  for (const factor of all) {
    const choice = choices[factor]
    if (!choice) continue
    if (choice.Enabled) {
      await checkUsable(db, user, factor)
      enabled.add(factor)
    }
    if (choice.Enabled === false) {
      if (choice.PreferredMfa)
        throw new PoolError('InvalidParameter', 'An MFA method that is not enabled cannot be preferred.')
      enabled.delete(factor)
    }
    if (choice.PreferredMfa === false && preferred === factor) preferred = undefined
    if (choice.PreferredMfa) preferred = factor
  }
  if (asked[0] && !enabled.has(asked[0]))
    throw new PoolError('InvalidParameter', 'An MFA method that is not enabled cannot be preferred.')
  if (preferred && !enabled.has(preferred)) preferred = undefined
  await storePreferences(db, world, user, { enabled: [...enabled], preferred })
}

/** Switches one factor on, beside those that are: for a user who has just set it up. */
export async function enableFactor(db: Db, world: World, user: User, factor: MfaFactor): Promise<void> {
  if (user.mfa.enabled.includes(factor)) return
  await storePreferences(db, world, user, { ...user.mfa, enabled: [...user.mfa.enabled, factor] })
}

/** Switches one factor off: it can no longer be answered. */
export async function disableFactor(db: Db, world: World, user: User, factor: MfaFactor): Promise<void> {
  const { enabled, preferred } = user.mfa
  await storePreferences(db, world, user, {
    enabled: enabled.filter((other) => other !== factor),
    preferred: preferred === factor ? undefined : preferred,
  })
}

async function storePreferences(db: Db, world: World, user: User, mfa: MfaPreferences): Promise<void> {
  await updateUser(db, user, { mfa }, world.now())
}

/** A factor that could not be answered would lock its user out. */
async function checkUsable(db: Db, user: User, factor: MfaFactor): Promise<void> {
  switch (factor) {
    case 'SOFTWARE_TOKEN_MFA':
      if (await hasAuthenticator(db, user)) return
      throw new PoolError('InvalidParameter', 'User has not verified software token mfa')
    case 'WEB_AUTHN':
      if ((await listPasskeys(db, user)).length > 0) return
      throw new PoolError('InvalidParameter', 'User has no passkey')
    case 'SMS_MFA':
    case 'EMAIL_OTP':
      if (user.attributes[factorAddress[factor]]) return
      throw new PoolError('InvalidParameter', `User does not have delivery config set to turn on ${factor}`)
  }
}
