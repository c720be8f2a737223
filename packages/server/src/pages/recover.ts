import type { Context } from 'hono'
import { html } from 'hono/html'
import { passwordPolicy } from '../directory/passwords/policy.ts'
import { finishRecovery, startRecovery } from '../directory/recover.ts'
import { PoolError } from '../errors.ts'
import type { Pool } from '../store/setup/pools.ts'
import type { DomainEnv } from '../web/env.ts'
import type { Form } from '../web/forms.ts'
import { sentTo } from './confirm.ts'
import type { Journey } from './journey.ts'
import { codeField, type Filled, form, newPasswordField, ownerField, summary, textField } from './parts/fields.ts'
import { codeInput, missingFaults, nameInput, passwordInput, readCode, readInput } from './parts/inputs.ts'
import { type Frame, href, type View } from './parts/layout.ts'
import { say, sayMarked } from './parts/say.ts'
import { explain, type Fault } from './parts/words.ts'
import { seePage, show } from './reply.ts'
import { readStep, type Step, startAgain, writeStep } from './step.ts'

type RecoverStep = Extract<Step, { step: 'recover' }>

/** GET /forgotPassword: asks whose password was forgotten. */
export async function showForgot(c: Context<DomainEnv>, journey: Journey): Promise<Response> {
  const username = readStep(c)?.username ?? journey.authorization.loginHint ?? ''
  return show(c, journey, (frame) => forgotPage(frame, c.var.pool, { values: { username }, focus: 'username' }))
}

/** POST /forgotPassword: sends a code, if there is somebody to send it to; the answer is the same if there is not. */
export async function submitForgot(c: Context<DomainEnv>, journey: Journey, fields: Form): Promise<Response> {
  const { db, world } = c.var.ground
  const input = nameInput(c.var.pool)
  const username = readInput(fields, input)
  const again = (faults: readonly Fault[], status: PoolError['failure']['status']) =>
    show(c, journey, (frame) => forgotPage(frame, c.var.pool, { values: { username }, faults }), status)
  const missing = missingFaults([[input, username]])
  if (missing.length > 0) return again(missing, 400)
  try {
    const delivery = await startRecovery(db, world, journey.party, { username })
    writeStep(c, { step: 'recover', username, delivery })
  } catch (thrown) {
    const error = PoolError.from(thrown)
    if (error.code === 'Internal') throw thrown
    return again([explain(error, ['username'])], error.failure.status)
  }
  return seePage(c, journey, '/confirmforgotPassword')
}

/** GET /confirmforgotPassword: asks for the code and a new password. */
export async function showRecover(c: Context<DomainEnv>, journey: Journey): Promise<Response> {
  const step = recoverStep(c)
  return step
    ? show(c, journey, (frame) => recoverPage(frame, c.var.pool, step, { focus: 'code' }))
    : startAgain(c, journey)
}

/** POST /confirmforgotPassword: the code and the new password. */
export async function submitRecover(c: Context<DomainEnv>, journey: Journey, fields: Form): Promise<Response> {
  const { db, world } = c.var.ground
  const step = recoverStep(c)
  if (!step || fields.get('username') !== step.username) return startAgain(c, journey)
  const { username } = step
  const code = readCode(fields)
  const password = fields.get('password') ?? ''
  const again = (faults: readonly Fault[], status: PoolError['failure']['status']) =>
    show(c, journey, (frame) => recoverPage(frame, c.var.pool, step, { faults }), status)
  const missing = missingFaults([
    [codeInput, code],
    [passwordInput, password],
  ])
  if (missing.length > 0) return again(missing, 400)
  try {
    await finishRecovery(db, world, journey.party, { username, code, password })
  } catch (thrown) {
    const error = PoolError.from(thrown)
    if (error.code === 'Internal') throw thrown
    return again([explain(error, ['code', 'password'])], error.failure.status)
  }
  writeStep(c, { step: 'notice', username, notice: 'reset' })
  return seePage(c, journey, '/login')
}

function recoverStep(c: Context<DomainEnv>): RecoverStep | undefined {
  const step = readStep(c)
  return step?.step === 'recover' ? step : undefined
}

/** The page that asks whose password was forgotten. */
export function forgotPage(frame: Frame, pool: Pool, filled: Filled): View {
  return {
    title: say(frame, 'forgot.title'),
    failed: Boolean(filled.faults?.length),
    body: html`${summary(frame, filled)}<h1>${say(frame, 'forgot.title')}</h1>
<p class="lead">${say(frame, 'forgot.lead')}</p>
${form(frame, '/forgotPassword', textField(frame, nameInput(pool), filled), say(frame, 'forgot.submit'))}
<div class="more"><p><a href="${href(frame, '/login')}">${say(frame, 'login.back')}</a></p></div>`,
  }
}

/** The page that asks for the code and a new password. */
export function recoverPage(
  frame: Frame,
  pool: Pool,
  { username, delivery }: Pick<RecoverStep, 'username' | 'delivery'>,
  filled: Filled,
): View {
  return {
    title: say(frame, 'recover.title'),
    failed: Boolean(filled.faults?.length),
    body: html`${summary(frame, filled)}<h1>${say(frame, 'recover.title')}</h1>
<p class="lead">${sayMarked(frame, 'recover.lead', { ...sentTo(delivery), username })}</p>
${form(
  frame,
  '/confirmforgotPassword',
  [
    ownerField(username),
    codeField(frame, filled),
    newPasswordField(frame, 'input.newPassword', passwordPolicy(pool), filled),
  ],
  say(frame, 'recover.submit'),
)}
<div class="more"><p>${sayMarked(frame, 'code.newLink', { link: href(frame, '/forgotPassword') })}</p>
<p><a href="${href(frame, '/login')}">${say(frame, 'login.back')}</a></p></div>`,
  }
}
