import type { Party } from '../directory/register.ts'
import { preAuthentication } from '../directory/triggers/authentication.ts'
import type { ClientMetadata } from '../directory/triggers/event.ts'
import { findUserByAnyName, hidesExistence } from '../directory/usernames.ts'
import { PoolError } from '../errors.ts'
import type { Db } from '../store/db.ts'
import { consumeSignIn, type Door, tryStep } from '../store/sign-ins.ts'
import { findUser } from '../store/users.ts'
import type { Level } from '../tokens/assurance/levels.ts'
import type { World } from '../world/world.ts'
import { askChoice, askVerifier, type Standing, shown } from './ask.ts'
import { beginCustom } from './custom.ts'
import { type FirstFactor, firstFactors } from './factors.ts'
import { judge, type Reply } from './judge.ts'
import { checkDevice, choose, customProgress, disabled, type Progress, proceed, provenPassword } from './proceed.ts'
import { refuseReset, unknown } from './prove.ts'
import { takeConfirmed } from './sign-up.ts'
import {
  type Challenge,
  expired,
  type Ground,
  type Known,
  meet,
  meetAgain,
  openSecrets,
  readState,
  signInKey,
} from './state.ts'

/** How somebody begins; `flow` says what the rest means. */
export interface Start {
  readonly door: Door
  /** The caller's address. */
  readonly address?: string | undefined
  readonly username: string
  readonly flow?: 'password' | 'srp' | 'choice' | 'custom'
  readonly password?: string | undefined
  /** SRP_A. */
  readonly A?: string | undefined
  /** What a confirmed sign-up goes on by. */
  readonly session?: string | undefined
  /** PREFERRED_CHALLENGE. */
  readonly preferred?: string | undefined
  readonly deviceKey?: string | undefined
  /** The levels of authentication that the app asks for. */
  readonly levels?: readonly Level[] | undefined
  readonly validationData?: ClientMetadata | undefined
}

/** A step that is answered. */
export interface Answer {
  readonly door: Door
  /** The caller's address. */
  readonly address?: string | undefined
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
  const { door, address, validationData } = start
  const ground: Ground = { db, world, party, door, address, validationData }
  const known = await meet(ground, start.username)
  const flow = start.flow ?? 'password'
  const standing: Standing = { username: start.username, proven: [], deviceKey: start.deviceKey, levels: start.levels }
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
      if (start.session === undefined) return begin(ground, known, standing, start)
      return proceed(ground, known, { ...standing, proven: await takeConfirmed(ground, known, start.session) })
  }
}

/** Continues a sign-in: counts the try, checks the reply, consumes the step, and says what is next. */
export async function continueSignIn(db: Db, world: World, party: Party, answer: Answer): Promise<Progress> {
  const { door, address, session, step, reply, metadata } = answer
  const ground: Ground = { db, world, party, door, address, metadata }
  const key = signInKey(party, door, session)
  const record = await tryStep(db, key, world.now(), reply.kind === 'code' ? codeTries : otherTries)
  if (!record) throw expired()
  const state = readState(record)
  const known = await meetAgain(ground, record, state)
  if (state.step !== step) throw new PoolError('NotAuthorized', 'Invalid session for the user.')
  await checkName(ground, known, answer.username)
  // Who has proven nothing yet learns nothing of the account.
  if (state.proven.length > 0 && known.user && !known.user.enabled) throw disabled()
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
    second: state.second,
    levels: state.levels,
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

/** USER_AUTH: at once to the preferred way if the user has it, else the choice. */
async function begin(ground: Ground, known: Known, standing: Standing, start: Start): Promise<Progress> {
  const available: readonly string[] = await firstFactors(ground.db, ground.party.pool, known.user)
  const { preferred, password, A } = start
  if (preferred === undefined || !available.includes(preferred)) return askChoice(ground, known, standing)
  return choose(ground, known, standing, preferred as FirstFactor, password, A)
}
