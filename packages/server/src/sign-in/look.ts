import { countAttempt } from '../directory/limits.ts'
import type { CodeDelivery } from '../directory/messages.ts'
import type { Party } from '../directory/register.ts'
import { PoolError } from '../errors.ts'
import { type Db, transaction } from '../store/db.ts'
import { insertMessage } from '../store/outbox.ts'
import { consumeSignIn, type Door, findSignIn, replaceState, type SignInRecord } from '../store/sign-ins.ts'
import type { World } from '../world/world.ts'
import { askFactor, askSetUp, codeDelivery, drawCode, missingAttributes, type SentCodeStep, shown } from './ask.ts'
import { askPasskey } from './factors/passkeys.ts'
import { factorAddress, factorsToSetUp, firstWays, userFactors } from './factors.ts'
import type { SecondFactor } from './next-step.ts'
import {
  type Asked,
  expired,
  findKnown,
  type Ground,
  type Known,
  lifetimeOf,
  openSecrets,
  readState,
  type SignInState,
  signInKey,
} from './state.ts'

/** A session and the door it is of. */
export interface Held {
  readonly door: Door
  readonly session: string
}

/** A step that a session stands at, with all that its page needs; as it was asked, or as it would be asked now. */
export interface StepInSight extends Omit<Asked, 'session' | 'srp' | 'deviceKey'> {
  readonly requiredAttributes: readonly string[]
  /** Whether it is asked instead of a password. */
  readonly isFirst: boolean
  /** Whether the pool's functions ask again after an answer that they called wrong. */
  readonly wasWrong: boolean
  /** Whether it can be left for another factor of the same kind. */
  readonly hasOther: boolean
  /** Where the codes of the factors to choose from go. */
  readonly deliveries?: Readonly<Partial<Record<SecondFactor, CodeDelivery>>>
  /** The secret of the authenticator app that is being set up, in base32. */
  readonly secret?: string | undefined
}

/** The step a session stands at, without consuming it: to show its page. */
export async function findSignInStep(db: Db, world: World, party: Party, held: Held): Promise<StepInSight | undefined> {
  const found = await find(db, world, party, held)
  if (!found) return undefined
  const { ground, known, state } = found
  const { user } = known
  return {
    ...shown(ground, known),
    step: state.step,
    isFirst: isFirst(state),
    wasWrong: state.step === 'CUSTOM_CHALLENGE' && state.custom?.at(-1)?.challengeResult === false,
    hasOther: await hasOther(found),
    requiredAttributes: user && state.step === 'NEW_PASSWORD_REQUIRED' ? missingAttributes(ground, user) : [],
    ...(await detailsOf(found)),
  }
}

/**
 * Sends a new code for the same step and makes the old one void. The tries of the step stay counted, or whoever asks for
 * codes could guess without end.
 */
export async function resendCode(db: Db, world: World, party: Party, held: Held): Promise<void> {
  const found = await find(db, world, party, held)
  if (!found) throw expired()
  const { ground, known, state, record } = found
  const step = sentCodeStep(state)
  if (!step) throw new PoolError('InvalidParameter', 'The step has no code that could be sent.')
  await countAttempt(db, world, party.pool, known.subject, 'ResendSignInCode')
  const { codeMac, message } = await drawCode(ground, known, { step, newAddress: state.newAddress })
  const after = {
    state: JSON.stringify({ ...state, codeMac } satisfies SignInState),
    expiresAt: world.now() + lifetimeOf(party, held.door, state),
  }
  const replaced = await transaction(db, async (inner) => {
    const mine = await replaceState(inner, record, after, world.now())
    if (mine && message) await insertMessage(inner, world, message)
    return mine
  })
  if (!replaced) throw expired()
}

/** Leaves a second factor that cannot be answered just now, and asks which one to use or to set up instead. */
export async function askOther(db: Db, world: World, party: Party, held: Held): Promise<Asked> {
  const found = await find(db, world, party, held)
  if (!found) throw expired()
  const { ground, known, state, record } = found
  if (isFirst(state) || !(await hasOther(found)))
    throw new PoolError('InvalidParameter', 'There is no other factor to choose.')
  if (!(await consumeSignIn(db, record, world.now()))) throw expired()
  const { username, proven, deviceKey, newAddress } = state
  const standing = { username, proven, deviceKey }
  return newAddress === undefined ? askFactor(ground, known, standing) : askSetUp(ground, known, standing)
}

interface Found {
  readonly ground: Ground
  readonly record: SignInRecord
  readonly state: SignInState
  readonly known: Known
}

async function find(db: Db, world: World, party: Party, { door, session }: Held): Promise<Found | undefined> {
  const ground: Ground = { db, world, party, door }
  const record = await findSignIn(db, signInKey(party, door, session), world.now())
  if (!record) return undefined
  const state = readState(record)
  const known = await findKnown(ground, record, state)
  return known && { ground, record, state, known }
}

async function detailsOf({ ground, known, state, record }: Found): Promise<Partial<StepInSight>> {
  const { db, world, party } = ground
  const { user } = known
  const sent = sentCodeStep(state)
  if (sent) return { delivery: codeDelivery(ground, known, { step: sent, newAddress: state.newAddress }) }
  switch (state.step) {
    case 'SELECT_MFA_TYPE': {
      const factors = user ? userFactors(party.pool, user) : []
      const deliveries = factors.flatMap((factor) =>
        factor in factorAddress ? [[factor, codeDelivery(ground, known, { step: factor as SentCodeStep })]] : [],
      )
      return { factors, deliveries: Object.fromEntries(deliveries) }
    }
    case 'MFA_SETUP':
      return {
        factors: user ? factorsToSetUp(party, user) : [],
        secret: openSecrets(ground, record, state).authenticator,
      }
    case 'CUSTOM_CHALLENGE':
      return { parameters: openSecrets(ground, record, state).publicParameters ?? {} }
    case 'WEB_AUTHN': {
      const { challenge } = openSecrets(ground, record, state)
      return { options: (await askPasskey(db, world, party.pool, user, challenge)).options }
    }
    default:
      return {}
  }
}

async function hasOther({ ground: { db, party }, known: { user }, state }: Found): Promise<boolean> {
  // A new address may be mistyped.
  if (state.newAddress !== undefined) return true
  if (isFirst(state)) return (await firstWays(db, party.pool, user)).length > 1
  const isSecond = sentCodeStep(state) !== undefined || state.step === 'SOFTWARE_TOKEN_MFA'
  // In a custom sign-in the triggers have said which it is.
  return isSecond && !state.custom && user !== undefined && userFactors(party.pool, user).length > 1
}

function isFirst({ step, isFirst }: SignInState): boolean {
  return isFirst === true || step === 'WEB_AUTHN'
}

function sentCodeStep({ step }: SignInState): SentCodeStep | undefined {
  return step === 'SMS_MFA' || step === 'EMAIL_OTP' || step === 'SMS_OTP' ? step : undefined
}
