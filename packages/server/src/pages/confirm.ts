import type { Context } from 'hono'
import { html } from 'hono/html'
import type { CodeDelivery } from '../directory/messages.ts'
import { confirmRegistration, resendConfirmation } from '../directory/register.ts'
import { PoolError } from '../errors.ts'
import type { DomainEnv } from '../web/env.ts'
import type { Form } from '../web/forms.ts'
import type { Journey } from './journey.ts'
import { codeField, type Filled, form, linkForm, notice, ownerField, summary } from './parts/fields.ts'
import { codeInput, missingFaults, readCode } from './parts/inputs.ts'
import { type Frame, href, type View } from './parts/layout.ts'
import { say, sayMarked } from './parts/say.ts'
import { explain, type Fault } from './parts/words.ts'
import { seePage, show } from './reply.ts'
import { readStep, type Step, startAgain, writeStep } from './step.ts'

type ConfirmStep = Extract<Step, { step: 'confirm' }>

/** GET /confirm: asks for the code that was sent to a new account's address. */
export async function showConfirm(c: Context<DomainEnv>, journey: Journey): Promise<Response> {
  const step = confirmStep(c)
  return step
    ? show(c, journey, (frame) => confirmPage(frame, step, { focus: step.resent ? undefined : 'code' }))
    : startAgain(c, journey)
}

/** POST /confirm: the code. */
export async function submitConfirm(c: Context<DomainEnv>, journey: Journey, fields: Form): Promise<Response> {
  const { db, world } = c.var.ground
  const step = confirmStep(c)
  // Another tab may have begun something about somebody else: the page must say whom its code is for.
  if (!step || fields.get('username') !== step.username) return startAgain(c, journey)
  const { username } = step
  const code = readCode(fields)
  const missing = missingFaults([[codeInput, code]])
  if (missing.length > 0) return again(c, journey, step, missing, 400)
  try {
    await confirmRegistration(db, world, journey.party, { username, code })
  } catch (thrown) {
    return refused(c, journey, step, thrown)
  }
  writeStep(c, { step: 'notice', username, notice: 'confirmed' })
  return seePage(c, journey, '/login')
}

/** POST /resendcode: sends a new code. */
export async function submitResend(c: Context<DomainEnv>, journey: Journey, fields: Form): Promise<Response> {
  const { db, world } = c.var.ground
  const step = confirmStep(c)
  if (!step || fields.get('username') !== step.username) return startAgain(c, journey)
  try {
    const delivery = await resendConfirmation(db, world, journey.party, { username: step.username })
    writeStep(c, { ...step, delivery, resent: true })
  } catch (thrown) {
    return refused(c, journey, step, thrown)
  }
  return seePage(c, journey, '/confirm')
}

/** GET /resendcode: what a reload or the back button asks for after the form was handed in. */
export async function showResend(c: Context<DomainEnv>, journey: Journey): Promise<Response> {
  return seePage(c, journey, '/confirm')
}

function confirmStep(c: Context<DomainEnv>): ConfirmStep | undefined {
  const step = readStep(c)
  return step?.step === 'confirm' ? step : undefined
}

function refused(c: Context<DomainEnv>, journey: Journey, step: ConfirmStep, thrown: unknown): Promise<Response> {
  const error = PoolError.from(thrown)
  if (error.code === 'Internal') throw thrown
  return again(c, journey, step, [explain(error, ['code'])], error.failure.status)
}

function again(
  c: Context<DomainEnv>,
  journey: Journey,
  step: ConfirmStep,
  faults: readonly Fault[],
  status: PoolError['failure']['status'],
): Promise<Response> {
  return show(c, journey, (frame) => confirmPage(frame, step, { faults }), status)
}

/** Where a code went, as far as the visitor may know. */
export function sentTo(delivery: CodeDelivery | undefined): { medium: string; destination: string } {
  return { medium: delivery?.medium ?? 'none', destination: delivery?.destination ?? '' }
}

/** The page that asks for the code of a new account. */
export function confirmPage(
  frame: Frame,
  { username, delivery, resent }: Pick<ConfirmStep, 'username' | 'delivery' | 'resent'>,
  filled: Filled,
): View {
  const failed = Boolean(filled.faults?.length)
  return {
    title: say(frame, 'confirm.title'),
    failed,
    body: html`${summary(frame, filled)}${notice(resent && !failed ? say(frame, 'notice.resent') : undefined)}<h1>${say(frame, 'confirm.title')}</h1>
<p class="lead">${sayMarked(frame, 'confirm.lead', { ...sentTo(delivery), username })}</p>
${form(frame, '/confirm', [ownerField(username), codeField(frame, filled)], say(frame, 'confirm.submit'))}
<div class="more">${linkForm(frame, '/resendcode', username, say(frame, 'code.none'), say(frame, 'code.new'))}
<p>${sayMarked(frame, 'confirm.wrongAddress', { link: href(frame, '/signup') })}</p></div>`,
  }
}
