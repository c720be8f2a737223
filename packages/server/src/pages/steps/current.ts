// The pages of a sign-in that has begun, a file for each kind of step. Each shows what the session is asked and hands the
// reply to the rules; which step comes next is not decided here, and nothing is taken from an address or a form.
import type { Context } from 'hono'
import { PoolError } from '../../errors.ts'
import { continueSignIn } from '../../sign-in/answer.ts'
import { providersOf } from '../../sign-in/federation/depart.ts'
import type { Reply } from '../../sign-in/judge.ts'
import { findSignInStep, type StepInSight } from '../../sign-in/look.ts'
import type { DomainEnv } from '../../web/env.ts'
import type { Form } from '../../web/forms.ts'
import { firstPage } from '../first-page.ts'
import { detour, type Journey, proceed, stepPage } from '../journey.ts'
import { explain } from '../parts/words.ts'
import { seePage, show } from '../reply.ts'
import { readStep, type Step, startAgain } from '../step.ts'

/** The step that this browser's sign-in stands at. */
export interface Current extends Extract<Step, { step: 'sign-in' }> {
  readonly asked: StepInSight
}

/** The current step, for its page; whoever is elsewhere in the sign-in is sent there, and whoever is in none to its beginning. */
export async function currentStep(
  c: Context<DomainEnv>,
  journey: Journey,
  page: string | undefined,
): Promise<Current | Response> {
  const step = readStep(c)
  if (step?.step !== 'sign-in') return startAgain(c, journey)
  const { db, world } = c.var.ground
  const asked = await findSignInStep(db, world, journey.party, { door: 'pages', session: step.session })
  if (!asked) return startAgain(c, journey)
  const own = stepPage(asked.step)
  return page === undefined || own === page ? { ...step, asked } : seePage(c, journey, own)
}

/** The current step, for a form of its page. Another tab may have begun something about somebody else: the form says for whom it was. */
export async function handedIn(
  c: Context<DomainEnv>,
  journey: Journey,
  fields: Form,
  page: string | undefined,
): Promise<Current | Response> {
  const step = readStep(c)
  if (!step || fields.get('username') !== step.username) return startAgain(c, journey)
  return currentStep(c, journey, page)
}

/** The page that a reload or the back button asks for, after a form of a step was handed in to an address of its own. */
export async function resume(c: Context<DomainEnv>, journey: Journey): Promise<Response> {
  const current = await currentStep(c, journey, undefined)
  return current instanceof Response ? current : seePage(c, journey, stepPage(current.asked.step))
}

/** Shows the page again with what is wrong. */
export type Again = (error: PoolError) => Promise<Response>

/** Hands in the reply to a step, and goes where the sign-in then stands. */
export async function answerStep(
  c: Context<DomainEnv>,
  journey: Journey,
  current: Current,
  reply: Reply,
  again: Again,
): Promise<Response> {
  const { db, world } = c.var.ground
  const { username, session, asked } = current
  try {
    const answer = { door: 'pages', session, step: asked.step, reply } as const
    return await proceed(c, journey, username, await continueSignIn(db, world, journey.party, answer))
  } catch (thrown) {
    return refusedStep(c, journey, current, thrown, again)
  }
}

/**
 * What follows when the rules refuse a reply: while the step lives its page says why; a session that is over leads to
 * the beginning, and so does a sign-in that may not end well, which is told why.
 */
export async function refusedStep(
  c: Context<DomainEnv>,
  journey: Journey,
  { username, session }: Current,
  thrown: unknown,
  again: Again,
): Promise<Response> {
  const error = PoolError.from(thrown)
  if (error.code === 'Internal') throw thrown
  const { db, world } = c.var.ground
  const alive = await findSignInStep(db, world, journey.party, { door: 'pages', session })
  // A step that lives, and yet takes no more replies, has had as many as it takes.
  if (error.code === 'SessionExpired') return startAgain(c, journey, alive ? 'tries' : 'expired')
  if (alive) return again(error)
  const filled = { values: { username }, faults: [explain(error, [])] }
  const providers = await providersOf(db, journey.party)
  return (
    detour(c, journey, username, error) ??
    show(c, journey, (frame) => firstPage(frame, journey.party, filled, { providers }), 400)
  )
}
