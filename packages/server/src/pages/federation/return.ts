// Sign-in at other identity providers, as pages: their buttons, the way to one by an e-mail address, and the way back.
// What an answer is worth is sign-in/federation's to say; nothing here reads one.
import type { Context } from 'hono'
import { PoolError } from '../../errors.ts'
import { comeBack, returnPath } from '../../sign-in/federation/depart.ts'
import { closeTrip, keepPosted, type Returned } from '../../sign-in/federation/trip.ts'
import type { Progress } from '../../sign-in/proceed.ts'
import { errorRedirect, single } from '../../tokens/authorization.ts'
import { issuerOf } from '../../tokens/issuer.ts'
import { readText } from '../../web/body.ts'
import { readTripBinding } from '../../web/cookies.ts'
import type { DomainEnv } from '../../web/env.ts'
import { parseForm } from '../../web/forms.ts'
import { showLostTrip } from '../error.ts'
import { type Journey, proceed, readJourney } from '../journey.ts'
import { seeOther } from '../reply.ts'

/** Codes are short; Apple posts a name beside one. */
const largestAnswer = 16 * 1024

/** Checks an answer and signs in whoever it is about. */
export type Arrival = (journey: Journey, returned: Returned, answer: URLSearchParams) => Promise<Progress>

/** GET /oauth2/idpresponse: a visitor comes back from a provider, or from the POST below. */
export async function returned(c: Context<DomainEnv>): Promise<Response> {
  const { db, world } = c.var.ground
  const query = new URL(c.req.url).searchParams
  return welcomeBack(c, single(query, 'state'), query, ({ party }, trip, answer) =>
    comeBack(db, world, party, trip, answer),
  )
}

/**
 * POST /oauth2/idpresponse: a provider has the browser post the answer from its own site (Apple; OAuth 2.0 Form Post
 * Response Mode). Such a request brings no cookie of ours, so that it signs nobody in: what it says is kept with its trip,
 * and the browser comes for it by GET, as who it is. Whoever posts an answer of their own trip here has their own trip
 * refused in every browser but theirs.
 */
export async function posted(c: Context<DomainEnv>): Promise<Response> {
  const { ground, pool } = c.var
  const text = await readText(c.req.raw, largestAnswer)
  const state = parseForm(text)?.get('state')
  if (!state || !(await keepPosted(ground.db, ground.world, pool, state, text))) return showLostTrip(c)
  return seeOther(c, `${c.var.domain.path}${returnPath}?${new URLSearchParams({ state })}`)
}

/**
 * Ends the trip of a state, for the browser that began it, and goes on where the visitor was on the way to: to the client,
 * also with what went wrong at the provider. Without such a trip nothing is known that could be trusted: a page says so.
 */
export async function welcomeBack(
  c: Context<DomainEnv>,
  state: string | undefined,
  query: URLSearchParams,
  arrive: Arrival,
): Promise<Response> {
  const { ground, pool, requestId } = c.var
  const { db, world } = ground
  const binding = readTripBinding(c)
  const trip = state && binding ? await closeTrip(db, world, pool, state, binding) : undefined
  if (!trip) return showLostTrip(c)
  const journey = await readJourney(c, trip.trip.search)
  if (journey instanceof Response) return journey
  const answer = trip.posted === undefined ? query : new URLSearchParams(trip.posted)
  let progress: Progress
  try {
    progress = await arrive(journey, trip, answer)
  } catch (thrown) {
    const error = PoolError.from(thrown)
    if (error.code === 'Internal') world.log.error('return', { requestId, poolId: pool.id, error: error.cause })
    const search = new URLSearchParams(journey.search)
    return seeOther(c, errorRedirect(journey.authorization.redirectUri, search, error, issuerOf(world, pool)))
  }
  return proceed(c, journey, '', progress)
}
