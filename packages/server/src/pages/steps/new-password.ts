import type { Context } from 'hono'
import { html } from 'hono/html'
import { passwordPolicy } from '../../directory/passwords/policy.ts'
import type { PoolError } from '../../errors.ts'
import type { Pool } from '../../store/setup/pools.ts'
import type { DomainEnv } from '../../web/env.ts'
import type { Form } from '../../web/forms.ts'
import type { Journey } from '../journey.ts'
import { type Filled, form, newPasswordField, ownerField, summary, textField } from '../parts/fields.ts'
import { attributeInput, type Input, missingFaults, passwordInput, readInput } from '../parts/inputs.ts'
import { type Frame, href, type View } from '../parts/layout.ts'
import { say, sayMarked } from '../parts/say.ts'
import { explain, type Fault } from '../parts/words.ts'
import { show } from '../reply.ts'
import { answerStep, type Current, currentStep, handedIn } from './current.ts'

const page = '/newPassword'

/** GET /newPassword: an invited user chooses a password. */
export async function showNewPassword(c: Context<DomainEnv>, journey: Journey): Promise<Response> {
  const current = await currentStep(c, journey, page)
  if (current instanceof Response) return current
  return show(c, journey, (frame) => newPasswordPage(frame, c.var.pool, current.username, inputsOf(current), {}))
}

/** POST /newPassword: the password chosen, and what the pool still wants to know. */
export async function submitNewPassword(c: Context<DomainEnv>, journey: Journey, fields: Form): Promise<Response> {
  const current = await handedIn(c, journey, fields, page)
  if (current instanceof Response) return current
  const inputs = inputsOf(current)
  const newPassword = fields.get('password') ?? ''
  const attributes = Object.fromEntries(inputs.map((input) => [input.name, readInput(fields, input)]))
  const again = (faults: readonly Fault[], status: PoolError['failure']['status']) => {
    const filled = { values: attributes, faults }
    return show(c, journey, (frame) => newPasswordPage(frame, c.var.pool, current.username, inputs, filled), status)
  }
  const missing = missingFaults([
    ...inputs.map((input): [Input, string] => [input, attributes[input.name] ?? '']),
    [passwordInput, newPassword],
  ])
  if (missing.length > 0) return again(missing, 400)
  return answerStep(c, journey, current, { kind: 'new-password', newPassword, attributes }, (error) =>
    again([explain(error, [...Object.keys(attributes), 'password'])], error.failure.status),
  )
}

function inputsOf({ asked }: Current): Input[] {
  return asked.requiredAttributes.map(attributeInput)
}

/** The page on which an invited user chooses a password. */
export function newPasswordPage(
  frame: Frame,
  pool: Pool,
  username: string,
  inputs: readonly Input[],
  filled: Filled,
): View {
  return {
    title: say(frame, 'recover.title'),
    failed: Boolean(filled.faults?.length),
    body: html`${summary(frame, filled)}<h1>${say(frame, 'recover.title')}</h1>
<p class="lead">${sayMarked(frame, 'newPassword.lead', { username })}</p>
${form(
  frame,
  page,
  [
    ownerField(username),
    ...inputs.map((input) => textField(frame, input, filled)),
    newPasswordField(frame, 'input.newPassword', passwordPolicy(pool), filled),
  ],
  say(frame, 'newPassword.submit'),
)}
<div class="more"><p><a href="${href(frame, '/login')}">${say(frame, 'login.other')}</a></p></div>`,
  }
}
