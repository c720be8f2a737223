import type { CodeDelivery } from '../directory/messages.ts'
import type { SrpIdentity } from '../directory/passwords/srp.ts'
import type { Party } from '../directory/register.ts'
import type { ChallengeResult, Visitor } from '../directory/triggers/authentication.ts'
import type { ClientMetadata } from '../directory/triggers/event.ts'
import { findUserByAnyName, unknownUserId } from '../directory/usernames.ts'
import { PoolError } from '../errors.ts'
import { type Db, transaction } from '../store/db.ts'
import { createSignIn, type Door, type SignInKey, type SignInRecord } from '../store/sign-ins.ts'
import { findUser, type User } from '../store/users.ts'
import type { Level } from '../tokens/assurance/levels.ts'
import { digest, secretToken } from '../tokens/opaque.ts'
import type { World } from '../world/world.ts'
import type { FirstFactor } from './factors.ts'
import type { Proof, SecondFactor } from './next-step.ts'

/** What a sign-in can ask a client for, by the wire names of ChallengeName. */
export type Challenge =
  | FirstFactor
  | SecondFactor
  | 'PASSWORD_VERIFIER'
  | 'SELECT_CHALLENGE'
  | 'NEW_PASSWORD_REQUIRED'
  | 'SELECT_MFA_TYPE'
  | 'MFA_SETUP'
  | 'CUSTOM_CHALLENGE'
  | 'DEVICE_SRP_AUTH'
  | 'DEVICE_PASSWORD_VERIFIER'

/** What a sign-in does its work with. */
export interface Ground {
  readonly db: Db
  readonly world: World
  readonly party: Party
  readonly door: Door
  /** The caller's address. */
  readonly address?: string | undefined
  /** What the caller of this step sends along for triggers. */
  readonly metadata?: ClientMetadata | undefined
  /** The same of the call that began, which other triggers get. */
  readonly validationData?: ClientMetadata | undefined
}

/** What is kept between two steps, in clear. */
export interface SignInState {
  /** The name the visitor gave. */
  readonly username: string
  readonly step: Challenge
  readonly proven: readonly Proof[]
  /** The MAC of the code that was sent. */
  readonly codeMac?: string | undefined
  /** A one-time code that is a first factor, not a second one. */
  readonly isFirst?: true | undefined
  /** The second factor picked at SELECT_MFA_TYPE. */
  readonly picked?: SecondFactor | undefined
  /** The identity provider that the visitor came back from. */
  readonly provider?: string | undefined
  /** The second factor that was proven. */
  readonly second?: SecondFactor | undefined
  /** The levels of authentication that the app asks for. */
  readonly levels?: readonly Level[] | undefined
  /** The device that the caller named. */
  readonly deviceKey?: string | undefined
  /** The steps of a custom sign-in that are over. */
  readonly custom?: readonly ChallengeResult[] | undefined
  /** MFA_SETUP: whether the new authenticator has shown a code. */
  readonly isSetUp?: true | undefined
  /** The address that a code sets up as a second factor; it is the user's only once the code was right. */
  readonly newAddress?: string | undefined
  /** What must not be read from the database, sealed to this record. */
  readonly sealed?: string | undefined
}

/** What is sealed in a state. */
export interface Secrets {
  /** An SRP exchange under way. */
  readonly srp?: {
    readonly identity: SrpIdentity
    readonly verifier: string
    readonly A: string
    readonly B: string
    readonly secret: string
    /** False for a name that no user has: then nothing proves. */
    readonly real: boolean
  }
  /** The challenge of a passkey. */
  readonly challenge?: string
  /** The secret of an authenticator app that is being set up: for the eyes of whoever began to, and of no other session. */
  readonly authenticator?: string
  /** What CreateAuthChallenge kept to itself. */
  readonly privateParameters?: Readonly<Record<string, string>>
  readonly challengeMetadata?: string | undefined
  /** What it shows; kept for the page that shows it again. */
  readonly publicParameters?: Readonly<Record<string, string>> | undefined
}

/** A step that is asked of the client; which members are there depends on the step. */
export interface Asked {
  readonly step: Challenge
  /** What continues the sign-in: single use, bound to pool, client and door. For SRP it is the SECRET_BLOCK. */
  readonly session: string
  readonly user: User | undefined
  /** USER_ID_FOR_SRP: the user name, or what a name that no user has would look like. */
  readonly shownName: string
  readonly requiredAttributes?: readonly string[]
  readonly delivery?: CodeDelivery | undefined
  readonly factors?: readonly SecondFactor[]
  readonly available?: readonly FirstFactor[]
  readonly srp?: { readonly salt: string; readonly B: string }
  readonly options?: unknown
  readonly deviceKey?: string
  readonly parameters?: Readonly<Record<string, string>>
}

/** Somebody on the way in; `subject` is what failures are counted by, also for a name that no user has. */
export interface Known extends Visitor {
  readonly subject: string
}

/** Whoever a name means. */
export async function meet({ db, world, party: { pool } }: Ground, username: string): Promise<Known> {
  const user = await findUserByAnyName(db, pool, username)
  return { user, username, subject: user?.id ?? unknownUserId(world, pool, username) }
}

/** Whoever a stored step is about. */
export async function meetAgain(ground: Ground, record: SignInRecord, state: SignInState): Promise<Known> {
  const known = await findKnown(ground, record, state)
  if (!known) throw expired()
  return known
}

/** Whoever a stored step is about; undefined when that user was deleted. */
export async function findKnown(
  { db, world, party: { pool } }: Ground,
  { userId }: SignInRecord,
  { username }: SignInState,
): Promise<Known | undefined> {
  if (userId === undefined) return { user: undefined, username, subject: unknownUserId(world, pool, username) }
  const user = await findUser(db, pool.id, userId)
  return user && { user, username, subject: user.id }
}

/**
 * Stores a step and gives what continues it; `also` writes in the same transaction. The step lives as long as the
 * client's AuthSessionValidity says.
 */
export async function storeStep(
  { db, world, party, door }: Ground,
  { user }: Known,
  state: SignInState,
  secrets?: Secrets,
  also?: (db: Db) => Promise<void>,
): Promise<string> {
  const session = secretToken(world)
  const key = signInKey(party, door, session)
  const sealed = secrets && world.vault.seal(sealPlace(key), JSON.stringify(secrets))
  const record: SignInRecord = {
    ...key,
    userId: user?.id,
    state: JSON.stringify({ ...state, sealed } satisfies SignInState),
    expiresAt: world.now() + lifetimeOf(party, door, state),
  }
  if (also)
    await transaction(db, async (inner) => {
      await createSignIn(inner, record)
      await also(inner)
    })
  else await createSignIn(db, record)
  return session
}

/** How long a step lives, in milliseconds. */
export function lifetimeOf({ client }: Party, door: Door, { step }: Pick<SignInState, 'step'>): number {
  const minutes = client.settings.AuthSessionValidity ?? 3
  // Whoever is sent to find an app first needs longer than somebody who has one. Only pages know that they wait for a person.
  return (door === 'pages' && step === 'MFA_SETUP' ? Math.max(15, minutes) : minutes) * 60_000
}

/** Where a session of this party and door is found. */
export function signInKey({ pool, client }: Party, door: Door, session: string): SignInKey {
  return { idHash: digest(session), poolId: pool.id, clientId: client.id, door }
}

/** What a record says. */
export function readState({ state }: SignInRecord): SignInState {
  return JSON.parse(state) as SignInState
}

/** What is sealed in a record. */
export function openSecrets({ world }: Ground, record: SignInRecord, { sealed }: SignInState): Secrets {
  return sealed === undefined ? {} : (JSON.parse(world.vault.open(sealPlace(record), sealed)) as Secrets)
}

/** The session is over, used, or somebody else's, in AWS's words. */
export function expired(): PoolError {
  return new PoolError('SessionExpired', 'Invalid session for the user, session is expired.')
}

function sealPlace({ idHash }: SignInKey): string {
  return `sign_ins:${idHash}`
}
