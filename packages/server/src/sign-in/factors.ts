import { mayWrite } from '../directory/attributes.ts'
import type { Party } from '../directory/register.ts'
import type { Db } from '../store/db.ts'
import type { Pool } from '../store/setup/pools.ts'
import type { User } from '../store/users.ts'
import { listPasskeys } from './factors/passkeys.ts'
import type { SecondFactor } from './next-step.ts'

/** A way to begin a sign-in, by the name AvailableChallenges gives it. */
export type FirstFactor = 'PASSWORD' | 'PASSWORD_SRP' | 'EMAIL_OTP' | 'SMS_OTP' | 'WEB_AUTHN'

/** The second factors that a pool has switched on. */
export function poolFactors({ settings }: Pool): SecondFactor[] {
  const factors: SecondFactor[] = []
  if (settings.SmsMfaConfiguration) factors.push('SMS_MFA')
  if (settings.SoftwareTokenMfaConfiguration?.Enabled) factors.push('SOFTWARE_TOKEN_MFA')
  if (settings.EmailMfaConfiguration) factors.push('EMAIL_OTP')
  return factors
}

/** Where the codes of a factor go. */
export const factorAddress = { SMS_MFA: 'phone_number', SMS_OTP: 'phone_number', EMAIL_OTP: 'email' } as const

/**
 * The second factors that can be asked of a user: chosen by the user and switched on in the pool. Where the pool demands
 * MFA, a verified address counts without a choice (developer guide, "Adding MFA to a user pool").
 */
export function userFactors(pool: Pool, user: User): SecondFactor[] {
  const chosen = poolFactors(pool).filter((factor) => user.mfa.enabled.includes(factor) && reaches(user, factor))
  if (chosen.length > 0 || pool.settings.MfaConfiguration !== 'ON') return chosen
  return poolFactors(pool).filter((factor) => factor !== 'SOFTWARE_TOKEN_MFA' && isVerified(user, factor))
}

/**
 * The second factors that a user without any could set up on the way in: an app, and the addresses that can be written
 * through this client or wait to be proven (API reference, RespondToAuthChallenge: MFAS_CAN_SETUP lists what the pool has).
 */
export function factorsToSetUp({ pool, client }: Party, user: User): SecondFactor[] {
  return poolFactors(pool).filter((factor) => {
    if (factor === 'SOFTWARE_TOKEN_MFA') return true
    return Boolean(user.attributes[factorAddress[factor]]) || mayWrite(client, factorAddress[factor])
  })
}

/** Whether a passkey is worth two factors in this pool. */
export function passkeyIsEnough({ settings }: Pool): boolean {
  return settings.WebAuthnConfiguration?.FactorConfiguration === 'MULTI_FACTOR_WITH_USER_VERIFICATION'
}

/** Whether a passkey proves enough: one that is to be worth two factors must have verified the person. */
export function isEnough(pool: Pool, { right, userVerified }: { right: boolean; userVerified: boolean }): boolean {
  return right && (userVerified || !passkeyIsEnough(pool))
}

/**
 * The ways a user can begin a sign-in of USER_AUTH. One-time codes do not go with MFA, passkeys do where they are worth
 * two factors (developer guide, "Passwordless sign-in"). People of other providers have none here. An unknown name has what most users have.
 */
export async function firstFactors(db: Db, pool: Pool, user: User | undefined): Promise<FirstFactor[]> {
  const allowed = new Set<string>(pool.settings.Policies?.SignInPolicy?.AllowedFirstAuthFactors ?? ['PASSWORD'])
  const withMfa =
    pool.settings.MfaConfiguration === 'ON' ||
    (pool.settings.MfaConfiguration === 'OPTIONAL' && user !== undefined && userFactors(pool, user).length > 0)
  const factors: FirstFactor[] = []
  if (user?.status === 'EXTERNAL_PROVIDER') return factors
  if (allowed.has('PASSWORD') && (!user || user.passwordHash !== undefined)) factors.push('PASSWORD', 'PASSWORD_SRP')
  for (const factor of ['EMAIL_OTP', 'SMS_OTP'] as const)
    if (allowed.has(factor) && !withMfa && (user ? isVerified(user, factor) : factor === 'EMAIL_OTP'))
      factors.push(factor)
  if (
    allowed.has('WEB_AUTHN') &&
    user &&
    (!withMfa || passkeyIsEnough(pool)) &&
    (await listPasskeys(db, user)).length > 0
  )
    factors.push('WEB_AUTHN')
  return factors
}

/** The ways to begin that a page can offer: a browser without script knows no SRP. */
export async function firstWays(db: Db, pool: Pool, user: User | undefined): Promise<FirstWay[]> {
  const factors = await firstFactors(db, pool, user)
  return factors.filter((factor) => factor !== 'PASSWORD_SRP')
}

/** A way to begin on a page. */
export type FirstWay = Exclude<FirstFactor, 'PASSWORD_SRP'>

/**
 * Whether visitors of the pages choose how to begin: where the client has USER_AUTH and the pool more than passwords
 * (developer guide, "Configure authentication methods for managed login").
 */
export function offersChoice({ pool, client }: Party): boolean {
  const allowed = pool.settings.Policies?.SignInPolicy?.AllowedFirstAuthFactors ?? []
  return (
    client.settings.ExplicitAuthFlows?.includes('ALLOW_USER_AUTH') === true &&
    allowed.some((factor) => factor !== 'PASSWORD')
  )
}

/** Whether a client may sign people in by the pool's own challenges, and the pool has the functions for it. */
export function offersChallenge({ pool, client }: Party): boolean {
  const { ExplicitAuthFlows: flows = [] } = client.settings
  const { DefineAuthChallenge, CreateAuthChallenge, VerifyAuthChallengeResponse } = pool.settings.LambdaConfig ?? {}
  const allowed = flows.includes('ALLOW_CUSTOM_AUTH') || flows.includes('CUSTOM_AUTH_FLOW_ONLY')
  return allowed && Boolean(DefineAuthChallenge && CreateAuthChallenge && VerifyAuthChallengeResponse)
}

/** The second factor of a name, if it is one. */
export function secondFactor(name: string | undefined): SecondFactor | undefined {
  return (['SMS_MFA', 'SOFTWARE_TOKEN_MFA', 'EMAIL_OTP'] as const).find((factor) => factor === name)
}

function reaches(user: User, factor: SecondFactor): boolean {
  return factor === 'SOFTWARE_TOKEN_MFA' || Boolean(user.attributes[factorAddress[factor]])
}

function isVerified(user: User, factor: keyof typeof factorAddress | SecondFactor): boolean {
  if (factor === 'SOFTWARE_TOKEN_MFA') return false
  const attribute = factorAddress[factor]
  return Boolean(user.attributes[attribute]) && user.attributes[`${attribute}_verified`] === 'true'
}
