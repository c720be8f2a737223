import { postAuthentication } from '../directory/triggers/authentication.ts'
import { PoolError } from '../errors.ts'
import type { Device } from '../store/factors/devices.ts'
import type { User } from '../store/users.ts'
import type { Method } from '../tokens/assurance/levels.ts'
import {
  askCode,
  askDevice,
  askFactor,
  askForPasskey,
  askNewPassword,
  askPassword,
  askSetUp,
  askTotp,
  askVerifier,
  type Standing,
} from './ask.ts'
import { continueCustom } from './custom.ts'
import { type DeviceKeys, findDevice, newDeviceKeys, touchDevice, tracksDevices } from './factors/devices.ts'
import { methodsOf, stepUpFactors } from './factors/step-up.ts'
import { type FirstFactor, factorsToSetUp, passkeyIsEnough, secondFactor, userFactors } from './factors.ts'
import type { SamlSession } from './federation/saml/response.ts'
import { type Facts, nextStep, type Proof } from './next-step.ts'
import { provePassword, resetRequired, unknown, wrong } from './prove.ts'
import type { Asked, Ground, Known } from './state.ts'

/** A sign-in that is done. Times are milliseconds. */
export interface Done {
  readonly step: 'done'
  readonly user: User
  readonly authTime: number
  readonly proven: readonly Proof[]
  /** The same as `amr` spells it. */
  readonly methods: readonly Method[]
  /** The device that was proven. */
  readonly deviceKey?: string | undefined
  /** The identity provider that it came through. */
  readonly provider?: string | undefined
  /** What a SAML provider calls the session. */
  readonly saml?: SamlSession | undefined
  /** Keys for a device that the pool would like to remember. */
  readonly newDevice?: DeviceKeys | undefined
}

/** How a sign-in stands after a proof. */
export type Progress = Done | Asked

/** Asks for what a first factor needs, or takes what came along already. */
export function choose(
  ground: Ground,
  known: Known,
  standing: Standing,
  factor: FirstFactor,
  password: string | undefined,
  A: string | undefined,
): Promise<Progress> {
  switch (factor) {
    case 'PASSWORD':
      return password === undefined
        ? askPassword(ground, known, standing, factor)
        : provenPassword(ground, known, standing, password)
    case 'PASSWORD_SRP':
      return A === undefined ? askPassword(ground, known, standing, factor) : askVerifier(ground, known, standing, A)
    case 'WEB_AUTHN':
      return askForPasskey(ground, known, standing)
    case 'EMAIL_OTP':
    case 'SMS_OTP':
      return askCode(ground, known, standing, factor, { isFirst: true })
  }
}

/** Goes on with a password that is right; throws when it is not. */
export async function provenPassword(
  ground: Ground,
  known: Known,
  standing: Standing,
  password: string,
): Promise<Progress> {
  const user = await provePassword(ground, known, password)
  return proceed(ground, { ...known, user }, { ...standing, proven: [...standing.proven, 'password'] })
}

/** Says what is next for a user with these proofs, and asks it when something is left to ask. */
export async function proceed(ground: Ground, known: Known, standing: Standing): Promise<Progress> {
  const { user } = known
  if (user && !user.enabled) throw disabled()
  if (standing.custom && !standing.proven.includes('custom'))
    return customProgress(ground, known, standing, await continueCustom(ground, known, standing))
  if (!user) throw unknown(ground)
  const { world } = ground
  if (user.status === 'FORCE_CHANGE_PASSWORD' && (user.passwordExpiresAt ?? Number.POSITIVE_INFINITY) <= world.now())
    throw new PoolError('NotAuthorized', 'Temporary password has expired and must be reset by an administrator.')
  const step = nextStep(await factsOf(ground, user, standing))
  switch (step) {
    case 'done':
      return finishSignIn(ground, user, standing)
    case 'NEW_PASSWORD_REQUIRED':
      return askNewPassword(ground, known, standing)
    case 'SMS_MFA':
    case 'EMAIL_OTP':
      return askCode(ground, known, standing, step)
    case 'SOFTWARE_TOKEN_MFA':
      return askTotp(ground, known, standing)
    case 'SELECT_MFA_TYPE':
      return askFactor(ground, known, standing)
    case 'MFA_SETUP':
      return askSetUp(ground, known, standing)
    case 'DEVICE_SRP_AUTH':
      return askDevice(ground, known, standing)
    case 'CONFIRM_SIGN_UP':
      throw new PoolError('UserNotConfirmed', 'User is not confirmed.')
    case 'RESET_PASSWORD':
      throw resetRequired()
    case 'NO_FACTOR':
      throw new PoolError('MfaMethodNotFound', 'No MFA mechanism registered in the account.')
    case 'FIRST_FACTOR':
      throw new PoolError('NotAuthorized', wrong)
  }
}

/** What a custom sign-in's triggers decided, carried out. */
export async function customProgress(
  ground: Ground,
  known: Known,
  standing: Standing,
  decided: Awaited<ReturnType<typeof continueCustom>>,
): Promise<Progress> {
  if ('asked' in decided) return decided.asked
  return proceed(ground, known, { ...standing, proven: [...standing.proven, 'custom'] })
}

/**
 * The device that the caller named. A device that is not the user's is refused before the step is used up: the clients
 * forget it then and send the same proof again (amazon-cognito-identity-js, aws-amplify's retryOnResourceNotFoundException).
 * A name that no user has gets no other answer.
 */
export async function checkDevice(
  { db }: Ground,
  user: User | undefined,
  key: string | undefined,
): Promise<Device | undefined> {
  if (key === undefined) return undefined
  const device = user && (await findDevice(db, user, key))
  if (!device) throw new PoolError('ResourceNotFound', 'Device does not exist.')
  return device
}

async function factsOf(ground: Ground, user: User, standing: Standing): Promise<Facts> {
  const { party } = ground
  const { pool } = party
  const device = await checkDevice(ground, user, standing.deviceKey)
  const trusted = device?.remembered && pool.settings.DeviceConfiguration?.ChallengeRequiredOnNewDevice
  const factors = userFactors(pool, user)
  return {
    second: standing.second,
    stepUp: stepUpFactors(standing.levels ?? [], standing.proven, factors),
    status: user.status,
    proven: standing.proven,
    mfa: pool.settings.MfaConfiguration ?? 'OFF',
    factors,
    preferred: standing.picked ?? secondFactor(user.mfa.preferred),
    canSetUp: factorsToSetUp(party, user),
    passkeyIsEnough: passkeyIsEnough(pool),
    device: trusted ? 'trusted' : device?.remembered ? 'known' : 'none',
  }
}

async function finishSignIn(ground: Ground, user: User, standing: Standing): Promise<Done> {
  const { db, world, party, door, address, metadata } = ground
  const { pool, client } = party
  const deviceKey = standing.proven.includes('device') ? standing.deviceKey : undefined
  // A device that is known but not remembered proves nothing, and is no new one either.
  const tracked = door === 'api' && tracksDevices(pool) && standing.deviceKey === undefined
  await postAuthentication(world, pool, client, user, tracked, metadata)
  if (deviceKey !== undefined) await touchDevice(db, world, user, deviceKey, address)
  return {
    step: 'done',
    user,
    authTime: world.now(),
    proven: standing.proven,
    methods: methodsOf(standing.proven, standing.second),
    provider: standing.provider,
    deviceKey,
    newDevice: tracked ? newDeviceKeys(world, pool, user) : undefined,
  }
}

/** AWS's sentence for an account that an administrator has switched off. */
export function disabled(): PoolError {
  return new PoolError('NotAuthorized', 'User is disabled.')
}
