import type { Context } from 'hono'
import { html } from 'hono/html'
import { changePassword } from '../../directory/accounts.ts'
import { tellOfChange } from '../../directory/notices/account-change.ts'
import { passwordPolicy } from '../../directory/passwords/policy.ts'
import { PoolError } from '../../errors.ts'
import type { DomainEnv } from '../../web/env.ts'
import type { Form } from '../../web/forms.ts'
import { type Filled, form, newPasswordField, ownerField, passwordField } from '../parts/fields.ts'
import { missingFaults, passwordInput } from '../parts/inputs.ts'
import type { Frame } from '../parts/layout.ts'
import { say } from '../parts/say.ts'
import { explain, type Fault, fault } from '../parts/words.ts'
import { writeStep } from '../step.ts'
import { type AccountView, showAccount } from './view.ts'
import { renewSession, seeAccount, type Visit } from './visit.ts'

/** GET /account/password: asks for the password of today and the new one. */
export async function showPassword(c: Context<DomainEnv>, visit: Visit): Promise<Response> {
  return showAccount(c, visit, (frame) => passwordPage(frame, visit, {}))
}

/**
 * POST /account/password: both. The password of today is a fresh proof, and its failures count for the lockout. Every
 * session and every app of the user ends; this browser stays signed in, by a new session.
 */
export async function submitPassword(c: Context<DomainEnv>, visit: Visit, fields: Form): Promise<Response> {
  const { db, world } = c.var.ground
  const { user, journey } = visit
  const current = fields.get('current') ?? ''
  const password = fields.get('password') ?? ''
  const again = (faults: readonly Fault[], status: PoolError['failure']['status']) =>
    showAccount(c, visit, (frame) => passwordPage(frame, visit, { faults }), { faults }, status)
  const missing = missingFaults([
    [{ ...passwordInput, name: 'current' }, current],
    [passwordInput, password],
  ])
  if (missing.length > 0) return again(missing, 400)
  try {
    await changePassword(db, world, c.var.pool, user, current, password, undefined)
  } catch (thrown) {
    const error = PoolError.from(thrown)
    if (error.code === 'Internal') throw thrown
    const wrong = error.code === 'NotAuthorized' && error.message === 'Incorrect username or password.'
    const said = wrong ? fault('current', 'account.wrongPassword') : explain(error, ['password'])
    return again([said], error.failure.status)
  }
  await renewSession(c, visit)
  await tellOfChange(db, world, journey.party, user, 'password')
  writeStep(c, { step: 'account', username: visit.name, notice: 'password' })
  return seeAccount(c, visit)
}

function passwordPage(frame: Frame, { name, user, journey }: Visit, filled: Filled): AccountView {
  const title = say(frame, 'input.password')
  if (user.passwordHash === undefined)
    return { title, body: html`<p class="lead">${say(frame, 'account.noPassword')}</p>` }
  return {
    title,
    body: html`<p class="lead">${say(frame, 'account.passwordLead')}</p>
${form(
  frame,
  '/account/password',
  [
    ownerField(name),
    passwordField(frame, filled, 'current'),
    newPasswordField(frame, 'input.newPassword', passwordPolicy(journey.party.pool), filled),
  ],
  say(frame, 'recover.submit'),
)}`,
  }
}
