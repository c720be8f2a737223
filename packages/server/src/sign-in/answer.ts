import type { SrpClaim } from '../directory/passwords/srp.ts'
import type { Party } from '../directory/register.ts'
import { postAuthentication, preAuthentication } from '../directory/triggers/authentication.ts'
import type { ClientMetadata } from '../directory/triggers/event.ts'
import { findUserByAnyName, hidesExistence } from '../directory/usernames.ts'
import { PoolError } from '../errors.ts'
import type { Db } from '../store/db.ts'
import { consumeSignIn, type Door, tryStep } from '../store/sign-ins.ts'
import { type Attributes, findUser, type User } from '../store/users.ts'
import type { World } from '../world/world.ts'
import {
  askChoice,
  askCode,
  askDevice,
  askDeviceVerifier,
  askFactor,
  askForPasskey,
  askNewPassword,
  askPassword,
  askSetUp,
  askTotp,
  askVerifier,
  type Standing,
  shown,
} from './ask.ts'
import { beginCustom, continueCustom, judgeAnswer } from './custom.ts'
import { type DeviceKeys, findDevice, newDeviceKeys, tracksDevices } from './factors/devices.ts'
import { provePasskey } from './factors/passkeys.ts'
import { type FirstFactor, factorsToSetUp, firstFactors, passkeyIsEnough, userFactors } from './factors.ts'
import { type Facts, nextStep, type Proof, type SecondFactor } from './next-step.ts'
import {
  proveClaim,
  proveCode,
  proveNewPassword,
  provePassword,
  proveTotp,
  resetRequired,
  unknown,
  wrong,
} from './prove.ts'
import {
  type Asked,
  type Challenge,
  expired,
  type Ground,
  type Known,
  meet,
  meetAgain,
  openSecrets,
  readState,
  type Secrets,
  type SignInState,
  signInKey,
} from './state.ts'

/** A sign-in that is done. Times are milliseconds. */
export interface Done {
  readonly step: 'done'
  readonly user: User
  readonly authTime: number
  readonly proven: readonly Proof[]
  /** The device that was proven. */
  readonly deviceKey?: string | undefined
  /** Keys for a device that the pool would like to remember. */
  readonly newDevice?: DeviceKeys | undefined
}

/** How a sign-in stands after a proof. */
export type Progress = Done | Asked

/** How somebody begins; `flow` says what the rest means. */
export interface Start {
  readonly door: Door
  readonly username: string
  readonly flow?: 'password' | 'srp' | 'choice' | 'custom'
  readonly password?: string | undefined
  /** SRP_A. */
  readonly A?: string | undefined
  /** PREFERRED_CHALLENGE. */
  readonly preferred?: string | undefined
  readonly deviceKey?: string | undefined
  readonly validationData?: ClientMetadata | undefined
}

/** The reply to a step, by what it holds. */
export type Reply =
  | { readonly kind: 'new-password'; readonly newPassword: string; readonly attributes: Attributes }
  | { readonly kind: 'code'; readonly code: string }
  | { readonly kind: 'choice'; readonly answer: string; readonly password?: string; readonly A?: string }
  | { readonly kind: 'password'; readonly password: string }
  | { readonly kind: 'share'; readonly A: string }
  | { readonly kind: 'claim'; readonly claim: SrpClaim }
  | { readonly kind: 'passkey'; readonly credential: unknown }
  | { readonly kind: 'answer'; readonly answer: string }
  | { readonly kind: 'set-up' }

/** A step that is answered. */
export interface Answer {
  readonly door: Door
  readonly session: string
  readonly step: Challenge
  /** The name, where the door asks for it again. */
  readonly username?: string | undefined
  readonly reply: Reply
  readonly deviceKey?: string | undefined
  readonly metadata?: ClientMetadata | undefined
}

/** Codes get few tries; a new password may be refused by the policy more often. */
const codeTries = 5
const otherTries = 20

/** Begins a sign-in; throws PoolError in AWS's words. */
export async function startSignIn(db: Db, world: World, party: Party, start: Start): Promise<Progress> {
  const ground: Ground = { db, world, party, door: start.door, validationData: start.validationData }
  const known = await meet(ground, start.username)
  const flow = start.flow ?? 'password'
  const standing: Standing = { username: start.username, proven: [], deviceKey: start.deviceKey }
  const hides = hidesExistence(party.client)
  // A wrong password must cost as much for a name that no user has; the other flows look at nothing yet.
  if (!known.user && !hides && flow !== 'password') throw unknown(ground)
  if (known.user || hides) await preAuthentication(world, party.pool, party.client, known, start.validationData)
  switch (flow) {
    case 'password':
      return provenPassword(ground, known, standing, start.password ?? '')
    case 'srp':
      refuseReset(known)
      return askVerifier(ground, known, standing, start.A ?? '')
    case 'custom':
      return customProgress(ground, known, standing, await beginCustom(ground, known, standing, start.A))
    case 'choice':
      return begin(ground, known, standing, start)
  }
}

/** Continues a sign-in: counts the try, checks the reply, consumes the step, and says what is next. */
export async function continueSignIn(db: Db, world: World, party: Party, answer: Answer): Promise<Progress> {
  const { door, session, step, reply, metadata } = answer
  const ground: Ground = { db, world, party, door, metadata }
  const key = signInKey(party, door, session)
  const record = await tryStep(db, key, world.now(), reply.kind === 'code' ? codeTries : otherTries)
  if (!record) throw expired()
  const state = readState(record)
  const known = await meetAgain(ground, record, state)
  if (state.step !== step) throw new PoolError('NotAuthorized', 'Invalid session for the user.')
  await checkName(ground, known, answer.username)
  if (known.user && !known.user.enabled) throw disabled()
  const outcome = await judge(ground, known, state, openSecrets(ground, record, state), reply)
  // The clients that know devices name theirs here, whatever they began with, and leave it out when it is refused.
  const deviceKey = step === 'PASSWORD_VERIFIER' ? answer.deviceKey : (state.deviceKey ?? answer.deviceKey)
  if (!outcome.failed && !outcome.ask) await checkDevice(ground, known.user, deviceKey)
  if (!(await consumeSignIn(db, key, world.now()))) throw expired()
  if (outcome.failed) throw outcome.failed
  await outcome.effect?.()
  const standing: Standing = {
    username: state.username,
    proven: state.proven,
    picked: state.picked,
    custom: state.custom,
    deviceKey,
    ...outcome.change,
  }
  if (outcome.ask) return outcome.ask(standing)
  if (!outcome.proven) return proceed(ground, known, standing)
  // A built-in step of a custom sign-in is told to its triggers under its own name.
  const custom = state.custom && [...state.custom, { challengeName: state.step, challengeResult: true }]
  const proven = [...state.proven, outcome.proven]
  return proceed(ground, await renew(ground, known), { ...standing, proven, custom })
}

/** What a reply came to. */
interface Outcome {
  readonly proven?: Proof
  /** Done by whoever consumes the step. */
  readonly effect?: () => Promise<void>
  readonly change?: Partial<Standing>
  /** Asks something else than what is next. */
  readonly ask?: (standing: Standing) => Promise<Progress>
  /** The step is used up, and refused. */
  readonly failed?: PoolError
}

async function judge(
  ground: Ground,
  known: Known,
  state: SignInState,
  secrets: Secrets,
  reply: Reply,
): Promise<Outcome> {
  switch (state.step) {
    case 'NEW_PASSWORD_REQUIRED':
      if (reply.kind !== 'new-password') throw mismatch()
      return {
        proven: 'new-password',
        effect: await proveNewPassword(ground, known, reply.newPassword, reply.attributes),
      }
    case 'SMS_MFA':
    case 'SMS_OTP':
    case 'EMAIL_OTP':
      if (reply.kind !== 'code') throw mismatch()
      await proveCode(ground, known, state, reply.code)
      return { proven: state.isFirst ? (state.step === 'SMS_OTP' ? 'sms-otp' : 'email-otp') : 'second-factor' }
    case 'SOFTWARE_TOKEN_MFA':
      if (reply.kind !== 'code') throw mismatch()
      await proveTotp(ground, known, reply.code)
      return { proven: 'second-factor' }
    case 'SELECT_MFA_TYPE':
      if (reply.kind !== 'choice') throw mismatch()
      return { change: { picked: readFactor(ground, known, reply.answer) } }
    case 'MFA_SETUP':
      if (!state.isSetUp)
        throw new PoolError(
          'SoftwareTokenNotFound',
          'Software token TOTP multi-factor authentication has not been set up.',
        )
      return { proven: 'second-factor' }
    case 'SELECT_CHALLENGE':
      if (reply.kind !== 'choice') throw mismatch()
      return judgeChoice(ground, known, reply)
    case 'PASSWORD':
      if (reply.kind !== 'password') throw mismatch()
      return { ask: (standing) => provenPassword(ground, known, standing, reply.password) }
    case 'PASSWORD_SRP':
      if (reply.kind !== 'share') throw mismatch()
      return { ask: (standing) => askVerifier(ground, known, standing, reply.A) }
    case 'PASSWORD_VERIFIER': {
      if (reply.kind !== 'claim') throw mismatch()
      const right = await proveClaim(ground, known, secrets.srp, reply.claim)
      refuseReset(known)
      return right ? { proven: 'password' } : { failed: new PoolError('NotAuthorized', wrong) }
    }
    case 'DEVICE_SRP_AUTH':
      if (reply.kind !== 'share') throw mismatch()
      return { ask: (standing) => askDeviceVerifier(ground, known, standing, reply.A) }
    case 'DEVICE_PASSWORD_VERIFIER':
      if (reply.kind !== 'claim') throw mismatch()
      return (await proveClaim(ground, known, secrets.srp, reply.claim))
        ? { proven: 'device' }
        : { failed: new PoolError('NotAuthorized', wrong) }
    case 'WEB_AUTHN': {
      if (reply.kind !== 'passkey') throw mismatch()
      const { user } = known
      const { db, world, party } = ground
      const { right, userVerified } = user
        ? await provePasskey(db, world, party.pool, user, reply.credential, secrets.challenge ?? '')
        : { right: false, userVerified: false }
      // A passkey that is to be worth two factors must have verified the person.
      const enough = right && (userVerified || !passkeyIsEnough(party.pool))
      return enough ? { proven: 'passkey' } : { failed: new PoolError('NotAuthorized', wrong) }
    }
    case 'CUSTOM_CHALLENGE':
      if (reply.kind !== 'answer') throw mismatch()
      return { change: { custom: [...(state.custom ?? []), await judgeAnswer(ground, known, secrets, reply.answer)] } }
  }
}

/** USER_AUTH: at once to the preferred way if the user has it, else the choice. */
async function begin(ground: Ground, known: Known, standing: Standing, start: Start): Promise<Progress> {
  const available: readonly string[] = await firstFactors(ground.db, ground.party.pool, known.user)
  const { preferred, password, A } = start
  if (preferred === undefined || !available.includes(preferred)) return askChoice(ground, known, standing)
  return choose(ground, known, standing, preferred as FirstFactor, password, A)
}

async function judgeChoice(ground: Ground, known: Known, reply: Reply & { kind: 'choice' }): Promise<Outcome> {
  const available: readonly string[] = await firstFactors(ground.db, ground.party.pool, known.user)
  if (!available.includes(reply.answer)) throw new PoolError('InvalidParameter', 'Selected challenge is not available')
  const answer = reply.answer as FirstFactor
  return { ask: (standing) => choose(ground, known, standing, answer, reply.password, reply.A) }
}

function choose(
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
      return askCode(ground, known, standing, factor, true)
  }
}

async function provenPassword(ground: Ground, known: Known, standing: Standing, password: string): Promise<Progress> {
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
      return askCode(ground, known, standing, step, false)
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
async function customProgress(
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
async function checkDevice({ db }: Ground, user: User | undefined, key: string | undefined) {
  if (key === undefined) return undefined
  const device = user && (await findDevice(db, user, key))
  if (!device) throw new PoolError('ResourceNotFound', 'Device does not exist.')
  return device
}

async function factsOf(ground: Ground, user: User, standing: Standing): Promise<Facts> {
  const { pool } = ground.party
  const device = await checkDevice(ground, user, standing.deviceKey)
  const trusted = device?.remembered && pool.settings.DeviceConfiguration?.ChallengeRequiredOnNewDevice
  return {
    status: user.status,
    proven: standing.proven,
    mfa: pool.settings.MfaConfiguration ?? 'OFF',
    factors: userFactors(pool, user),
    preferred: standing.picked ?? secondFactor(user.mfa.preferred),
    canSetUp: factorsToSetUp(pool),
    passkeyIsEnough: passkeyIsEnough(pool),
    device: trusted ? 'trusted' : device?.remembered ? 'known' : 'none',
  }
}

async function finishSignIn({ world, party, door, metadata }: Ground, user: User, standing: Standing): Promise<Done> {
  const { pool, client } = party
  const deviceKey = standing.proven.includes('device') ? standing.deviceKey : undefined
  const tracked = door === 'api' && tracksDevices(pool) && deviceKey === undefined
  await postAuthentication(world, pool, client, user, tracked, metadata)
  return {
    step: 'done',
    user,
    authTime: world.now(),
    proven: standing.proven,
    deviceKey,
    newDevice: tracked ? newDeviceKeys(world, pool, user) : undefined,
  }
}

function readFactor({ party: { pool } }: Ground, { user }: Known, answer: string): SecondFactor {
  // AWS's page says EMAIL_MFA where the challenge is called EMAIL_OTP; clients send either.
  const factor = secondFactor(answer === 'EMAIL_MFA' ? 'EMAIL_OTP' : answer)
  if (!user || !factor || !userFactors(pool, user).includes(factor))
    throw new PoolError('InvalidParameter', 'Invalid MFA type selected.')
  return factor
}

function secondFactor(name: string | undefined): SecondFactor | undefined {
  return (['SMS_MFA', 'SOFTWARE_TOKEN_MFA', 'EMAIL_OTP'] as const).find((factor) => factor === name)
}

/** The user as the store has it now: an effect may have changed it. */
async function renew({ db, party }: Ground, known: Known): Promise<Known> {
  const user = known.user && (await findUser(db, party.pool.id, known.user.id))
  if (known.user && !user) throw expired()
  return { ...known, user }
}

async function checkName(ground: Ground, known: Known, username: string | undefined): Promise<void> {
  if (username === undefined || username === known.username || username === shown(ground, known).shownName) return
  const user = await findUserByAnyName(ground.db, ground.party.pool, username)
  if (!user || user.id !== known.user?.id) throw new PoolError('NotAuthorized', 'Invalid session for the user.')
}

function refuseReset({ user }: Known): void {
  if (user?.status === 'RESET_REQUIRED') throw resetRequired()
}

function disabled(): PoolError {
  return new PoolError('NotAuthorized', 'User is disabled.')
}

function mismatch(): PoolError {
  return new PoolError('InvalidParameter', 'The response does not fit the challenge')
}
