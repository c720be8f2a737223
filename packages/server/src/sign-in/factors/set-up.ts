import { PoolError } from '../../errors.ts'
import type { Db } from '../../store/db.ts'
import { findClient } from '../../store/setup/clients.ts'
import { findPool } from '../../store/setup/pools.ts'
import { consumeSignIn, type Door, findSignInAnywhere, type SignInRecord, tryStep } from '../../store/sign-ins.ts'
import type { User } from '../../store/users.ts'
import { digest } from '../../tokens/opaque.ts'
import { atPoolTime } from '../../world/clock.ts'
import type { World } from '../../world/world.ts'
import { factorsToSetUp } from '../factors.ts'
import { expired, type Ground, type Known, meetAgain, readState, type SignInState, storeStep } from '../state.ts'
import { enableFactor } from './preferences.ts'
import { beginAuthenticator, confirmCounted } from './totp.ts'

const mostTries = 5

/**
 * Gives a user who must set up MFA on the way in a secret for an authenticator app, and the session that continues
 * (AssociateSoftwareToken with a Session).
 */
export async function associateInSession(
  db: Db,
  world: World,
  session: string,
  door: Door = 'api',
): Promise<{ secret: string; session: string }> {
  const { ground, record, state, known, user } = await findSetUp(db, world, session, door)
  await consume(ground, record)
  const secret = await beginAuthenticator(db, ground.world, user)
  const next = { ...state, isSetUp: undefined, sealed: undefined }
  // Kept for the page that shows it; a client of the API has it in its answer.
  const kept = door === 'pages' ? { authenticator: secret } : undefined
  return { secret, session: await storeStep(ground, known, next, kept) }
}

/**
 * Checks the first code of the new app; from then on the factor is the user's, and the session can answer MFA_SETUP
 * (VerifySoftwareToken with a Session). Throws EnableSoftwareToken for a wrong code, which leaves the session.
 */
export async function verifyInSession(
  db: Db,
  world: World,
  session: string,
  code: string,
  name: string | undefined,
  door: Door = 'api',
): Promise<{ session: string }> {
  const { ground, record, state, known, user } = await findSetUp(db, world, session, door)
  if (!(await tryStep(db, record, ground.world.now(), mostTries))) throw expired()
  await confirmCounted(db, ground.world, user, code, name)
  await consume(ground, record)
  await enableFactor(db, ground.world, user, 'SOFTWARE_TOKEN_MFA')
  return { session: await storeStep(ground, known, { ...state, isSetUp: true, sealed: undefined }) }
}

interface SetUp {
  readonly ground: Ground
  readonly record: SignInRecord
  readonly state: SignInState
  readonly known: Known
  readonly user: User
}

/** The session alone says which pool and client it is of: the operation names neither. */
async function findSetUp(db: Db, world: World, session: string, door: Door): Promise<SetUp> {
  const record = await findSignInAnywhere(db, digest(session), door)
  const pool = record && (await findPool(db, record.poolId))
  const client = record && (await findClient(db, record.clientId))
  if (!record || !pool || !client) throw expired()
  const ground: Ground = { db, world: atPoolTime(world, pool), party: { pool, client }, door }
  const state = readState(record)
  const known = await meetAgain(ground, record, state)
  const { user } = known
  if (record.expiresAt <= ground.world.now() || state.step !== 'MFA_SETUP' || !user?.enabled) throw expired()
  // AWS's words (AssociateSoftwareToken in a pool without it).
  if (!factorsToSetUp(ground.party, user).includes('SOFTWARE_TOKEN_MFA'))
    throw new PoolError('SoftwareTokenNotFound', 'Software Token MFA has not been enabled by the userPool')
  return { ground, record, state, known, user }
}

async function consume({ db, world }: Ground, record: SignInRecord): Promise<void> {
  if (!(await consumeSignIn(db, record, world.now()))) throw expired()
}
