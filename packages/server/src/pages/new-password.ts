import type { Context } from 'hono'
import { html } from 'hono/html'
import { passwordPolicy } from '../directory/passwords/policy.ts'
import { PoolError } from '../errors.ts'
import { continueSignIn, findSignInStep } from '../sign-in/answer.ts'
import type { Pool } from '../store/setup/pools.ts'
import type { DomainEnv } from '../web/env.ts'
import type { Form } from '../web/forms.ts'
import { type Journey, proceed } from './journey.ts'
import { type Filled, form, newPasswordField, ownerField, summary, textField } from './parts/fields.ts'
import { attributeInput, type Input, missingFaults, passwordInput, readInput } from './parts/inputs.ts'
import { type Frame, href, type View } from './parts/layout.ts'
import { explain, type Fault } from './parts/words.ts'
import { show } from './reply.ts'
import { readStep, startAgain } from './step.ts'

/** GET /newPassword: an invited user chooses a password. */
export async function showNewPassword(c: Context<DomainEnv>, journey: Journey): Promise<Response> {
  const asked = await newPasswordStep(c, journey)
  if (!asked) return startAgain(c, journey)
  return show(c, journey, (frame) => newPasswordPage(frame, c.var.pool, asked, {}))
}

/** POST /newPassword: the password chosen, and what the pool still wants to know. */
export async function submitNewPassword(c: Context<DomainEnv>, journey: Journey, fields: Form): Promise<Response> {
  const { db, world } = c.var.ground
  const asked = await newPasswordStep(c, journey)
  if (!asked || fields.get('username') !== asked.username) return startAgain(c, journey)
  const { inputs, username, session } = asked
  const newPassword = fields.get('password') ?? ''
  const attributes = Object.fromEntries(inputs.map((input) => [input.name, readInput(fields, input)]))
  const again = (faults: readonly Fault[], status: PoolError['failure']['status']) =>
    show(c, journey, (frame) => newPasswordPage(frame, c.var.pool, asked, { values: attributes, faults }), status)
  const missing = missingFaults([
    ...inputs.map((input): [Input, string] => [input, attributes[input.name] ?? '']),
    [passwordInput, newPassword],
  ])
  if (missing.length > 0) return again(missing, 400)
  try {
    const reply = { kind: 'new-password', newPassword, attributes } as const
    const proof = { door: 'pages', session, step: 'NEW_PASSWORD_REQUIRED', reply } as const
    return await proceed(c, journey, username, await continueSignIn(db, world, journey.party, proof))
  } catch (thrown) {
    const error = PoolError.from(thrown)
    if (error.code === 'Internal') throw thrown
    // Another tab was faster, or the time is over.
    if (!(await newPasswordStep(c, journey))) return startAgain(c, journey)
    return again([explain(error, [...Object.keys(attributes), 'password'])], error.failure.status)
  }
}

async function newPasswordStep(c: Context<DomainEnv>, { party }: Journey) {
  const step = readStep(c)
  if (step?.step !== 'new-password') return undefined
  const { db, world } = c.var.ground
  const found = await findSignInStep(db, world, party, { door: 'pages', session: step.session })
  if (found?.step !== 'NEW_PASSWORD_REQUIRED') return undefined
  return { ...step, inputs: found.requiredAttributes.map(attributeInput) }
}

/** The page on which an invited user chooses a password. */
export function newPasswordPage(
  frame: Frame,
  pool: Pool,
  { username, inputs }: { username: string; inputs: readonly Input[] },
  filled: Filled,
): View {
  return {
    title: 'Choose a new password',
    failed: Boolean(filled.faults?.length),
    body: html`${summary(filled)}<h1>Choose a new password</h1>
<p class="lead">The one you were given works only once. You are signing in as <strong>${username}</strong>.</p>
${form(
  frame,
  '/newPassword',
  [
    ownerField(username),
    ...inputs.map((input) => textField(input, filled)),
    newPasswordField('New password', passwordPolicy(pool), filled),
  ],
  'Save and sign in',
)}
<div class="more"><p><a href="${href(frame, '/login')}">Sign in as somebody else</a></p></div>`,
  }
}
