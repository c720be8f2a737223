import { PoolError } from '../../../errors.ts'
import type { Db } from '../../../store/db.ts'
import { takeMessage } from '../../../store/federation/saml.ts'
import {
  consumeSamlSession,
  consumeSamlSessionsOf,
  findProvidersOfName,
  storeSamlSession,
} from '../../../store/federation/saml-sessions.ts'
import { findIdentityProvider } from '../../../store/setup/identity-providers.ts'
import type { Pool } from '../../../store/setup/pools.ts'
import { deleteSessionOfUser, findSession } from '../../../store/sign-ins.ts'
import { digest } from '../../../tokens/opaque.ts'
import type { World } from '../../../world/world.ts'
import { notTaken } from './flow.ts'
import { samlSigningKey } from './keys.ts'
import { peekLogout, readLogoutRequest, readLogoutResponse } from './logout.ts'
import { entityIdOf, openProvider, providerNow, type SamlProvider } from './provider.ts'
import { logoutRequest, logoutResponse, messageId, redirectAddress } from './request.ts'
import type { SamlSession } from './response.ts'

/** The path that providers post sign-out messages to, below a hosted domain (AWS developer guide, "federation endpoints"). */
export const samlSignOutPath = '/saml2/logout'

/** How long somebody may take to sign out at a provider, in milliseconds. */
const journeyTime = 15 * 60_000

/** A NameID may be known to several providers of a pool; more than these are nobody's. */
const mostProviders = 10

/** A browser session that a provider vouched for. */
export interface RememberedSession {
  readonly sessionId: string
  readonly userId: string
  readonly provider: string
  /** Milliseconds. */
  readonly expiresAt: number
}

/** Remembers what a provider calls a browser session, so that either side can end it. */
export async function rememberSamlSession(
  db: Db,
  pool: Pool,
  remembered: RememberedSession,
  { nameId, sessionIndex, ...qualifiers }: SamlSession,
): Promise<void> {
  const given = Object.entries(qualifiers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))
  await storeSamlSession(db, {
    ...remembered,
    poolId: pool.id,
    nameId,
    sessionIndex,
    qualifiers: Object.fromEntries(given) as Record<string, string>,
  })
}

/** Forgets what a provider called a session that goes on under its name without the provider. */
export async function forgetSamlSession(db: Db, pool: Pool, sessionId: string): Promise<void> {
  await consumeSamlSession(db, pool.id, sessionId)
}

/**
 * Where a browser whose session ends must go first, because its provider is to end its own (IDPSignout); undefined where
 * it need not. From there it comes back with an answer, and goes on to `onward`.
 */
export async function samlSignOut(
  db: Db,
  world: World,
  pool: Pool,
  cookie: string | undefined,
  onward: string,
): Promise<string | undefined> {
  const session = cookie === undefined ? undefined : await findSession(db, pool.id, digest(cookie), world.now())
  const known = session?.id === undefined ? undefined : await consumeSamlSession(db, pool.id, session.id)
  const provider = known && (await findIdentityProvider(db, pool.id, known.provider))
  if (!known || provider?.type !== 'SAML') return undefined
  // Whoever wants to leave must not be kept by a provider that cannot be reached.
  const opened = await openProvider(db, world, provider).catch((error: unknown) => {
    world.log.warn('SAML sign-out without its provider', { poolId: pool.id, error })
    return undefined
  })
  if (!opened?.switches.signOut || !opened.metadata.signOut) return undefined
  const destination = opened.metadata.signOut.request
  const head = { id: messageId(world), now: providerNow(world), destination, issuer: entityIdOf(pool) }
  const { nameId, sessionIndex, qualifiers } = known
  return redirectAddress({
    parameter: 'SAMLRequest',
    xml: logoutRequest(head, { nameId, sessionIndex, ...qualifiers }),
    destination,
    relayState: sealJourney(world, pool, {
      provider: provider.name,
      requestId: head.id,
      onward,
      until: world.now() + journeyTime,
    }),
    key: await samlSigningKey(db, world, pool),
  })
}

/** Where a browser goes on to that comes back from signing out at a provider. */
export async function samlSignedOut(
  db: Db,
  world: World,
  pool: Pool,
  { posted, relayState, recipient }: { posted: string; relayState: string; recipient: string },
): Promise<string> {
  // The address is ours: RelayState is sealed, so nobody is led elsewhere by it.
  const journey = openJourney(world, pool, relayState)
  const record = await findIdentityProvider(db, pool.id, journey.provider)
  if (record?.type !== 'SAML') throw notTaken(new Error('the provider is gone'))
  const provider = await openProvider(db, world, record)
  const answered = await readLogoutResponse(posted, expectation(provider, recipient, world)).catch(refused)
  if (answered !== journey.requestId) throw notTaken(new Error('answers another request'))
  return journey.onward
}

/** Ends the sessions that a provider says are over, and gives where the browser takes our answer. */
export async function samlSignOutAsked(
  db: Db,
  world: World,
  pool: Pool,
  { posted, relayState, recipient }: { posted: string; relayState: string | undefined; recipient: string },
): Promise<string> {
  const { nameId, issuer } = await peekLogout(posted).catch(refused)
  for (const name of await findProvidersOfName(db, pool.id, nameId, mostProviders)) {
    const record = await findIdentityProvider(db, pool.id, name)
    if (record?.type !== 'SAML') continue
    const provider = await openProvider(db, world, record)
    const { signOut, entityId } = provider.metadata
    if (entityId !== issuer || !signOut) continue
    const wish = await readLogoutRequest(posted, expectation(provider, recipient, world)).catch(refused)
    const message = { poolId: pool.id, provider: name, idHash: digest(wish.id) }
    if (!(await takeMessage(db, message, wish.expiresAt))) throw notTaken(new Error('the request was taken before'))
    const who = { poolId: pool.id, provider: name, nameId: wish.session.nameId }
    for (const { userId, sessionId } of await consumeSamlSessionsOf(db, who, wish.sessionIndexes))
      await deleteSessionOfUser(db, pool.id, userId, sessionId, world.now())
    const destination = signOut.response
    const head = { id: messageId(world), now: providerNow(world), destination, issuer: entityIdOf(pool) }
    return redirectAddress({
      parameter: 'SAMLResponse',
      xml: logoutResponse(head, wish.id),
      destination,
      relayState,
      key: await samlSigningKey(db, world, pool),
    })
  }
  throw notTaken(new Error('no such session'))
}

function expectation({ metadata }: SamlProvider, recipient: string, world: World) {
  const { entityId: issuer, certificates } = metadata
  return { issuer, certificates, recipient, now: providerNow(world) }
}

/** A way out that has begun: where it goes on, and what the answer must be to. */
interface Journey {
  readonly provider: string
  readonly requestId: string
  readonly onward: string
  readonly until: number
}

function sealJourney(world: World, pool: Pool, journey: Journey): string {
  return world.vault.seal(journeyPlace(pool), JSON.stringify(journey))
}

function openJourney(world: World, pool: Pool, sealed: string): Journey {
  try {
    const journey = JSON.parse(world.vault.open(journeyPlace(pool), sealed)) as Journey
    if (world.now() < journey.until) return journey
  } catch (error) {
    throw notTaken(error)
  }
  throw notTaken(new Error('the way out took too long'))
}

function journeyPlace(pool: Pool): string {
  return `saml-sign-out:${pool.id}`
}

function refused(error: unknown): never {
  if (error instanceof PoolError && error.code === 'InvalidParameter') throw notTaken(error.cause)
  throw error
}
