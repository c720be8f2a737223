import type { Context } from 'hono'
import { html } from 'hono/html'
import { message } from '../../languages/messages.ts'
import type { DomainEnv } from '../../web/env.ts'
import type { Form } from '../../web/forms.ts'
import type { Journey } from '../journey.ts'
import { type Filled, form, ownerField, summary, textField } from '../parts/fields.ts'
import { type Input, missingFaults } from '../parts/inputs.ts'
import { type Frame, type Html, href, type View } from '../parts/layout.ts'
import { say, sayMarked } from '../parts/say.ts'
import { explain, fault } from '../parts/words.ts'
import { show } from '../reply.ts'
import { answerStep, type Current, currentStep, handedIn } from './current.ts'

const page = '/challenge'

const answerInput = {
  name: 'answer',
  label: message('challenge.answer'),
  missing: message('challenge.missing'),
  type: 'text',
  autocomplete: 'off',
} as const satisfies Input

/** GET /challenge: the question of a pool's own CreateAuthChallenge function. AWS has no such page. */
export async function showChallenge(c: Context<DomainEnv>, journey: Journey): Promise<Response> {
  const current = await currentStep(c, journey, page)
  if (current instanceof Response) return current
  const faults = current.asked.wasWrong ? [fault('answer', 'challenge.wrong')] : undefined
  return show(c, journey, (frame) => challengePage(frame, current, { faults, focus: 'answer' }))
}

/** POST /challenge: the answer. What a wrong one leads to, the pool's functions say. */
export async function submitChallenge(c: Context<DomainEnv>, journey: Journey, fields: Form): Promise<Response> {
  const current = await handedIn(c, journey, fields, page)
  if (current instanceof Response) return current
  // As it was typed: only the function knows what counts.
  const answer = fields.get('answer') ?? ''
  const missing = missingFaults([[answerInput, answer]])
  if (missing.length > 0) return show(c, journey, (frame) => challengePage(frame, current, { faults: missing }), 400)
  return answerStep(c, journey, current, { kind: 'answer', answer }, (error) =>
    show(
      c,
      journey,
      (frame) => challengePage(frame, current, { faults: [explain(error, ['answer'])] }),
      error.failure.status,
    ),
  )
}

/** A picture that a function made: nothing is loaded from elsewhere, and a picture in an `img` runs no script. */
const picture = /^data:image\/(png|jpeg|gif|webp|svg\+xml)[;,]/

/** The names that a question goes by, the first that is there; without one every parameter is shown. */
const questionNames = ['question', 'message', 'prompt', 'hint']

function questionOf(parameters: Readonly<Record<string, string>>): Html {
  const name = questionNames.find((one) => parameters[one])
  if (name !== undefined) return html`<p class="lead question">${parameters[name] ?? ''}</p>`
  const others = Object.entries(parameters).filter(([other]) => !/^(image|imageAlt|USERNAME)$/.test(other))
  return html`${others.map(([other, value]) => html`<p class="lead question">${other}: <strong>${value}</strong></p>`)}`
}

/** The page that asks a pool's own question. */
export function challengePage(frame: Frame, { username, asked }: Current, filled: Filled): View {
  const parameters = asked.parameters ?? {}
  const { image = '', imageAlt } = parameters
  return {
    title: say(frame, 'challenge.title'),
    failed: Boolean(filled.faults?.length),
    body: html`${summary(frame, filled)}<h1>${say(frame, 'challenge.title')}</h1>
<p class="lead">${sayMarked(frame, 'login.as', { username })}</p>
${questionOf(parameters)}
${picture.test(image) ? html`<p><img class="picture" src="${image}" alt="${imageAlt ?? say(frame, 'challenge.picture')}"></p>` : ''}
${form(frame, page, [ownerField(username), textField(frame, answerInput, filled)], say(frame, 'code.submit'))}
<div class="more"><p><a href="${href(frame, '/login')}">${say(frame, 'login.other')}</a></p></div>`,
  }
}
