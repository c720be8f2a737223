import type { Context } from 'hono'
import { html } from 'hono/html'
import type { PoolError } from '../../errors.ts'
import { resendCode } from '../../sign-in/look.ts'
import type { DomainEnv } from '../../web/env.ts'
import type { Form } from '../../web/forms.ts'
import { sentTo } from '../confirm.ts'
import type { Journey } from '../journey.ts'
import { codeField, type Filled, form, linkForm, notice, ownerField, summary } from '../parts/fields.ts'
import { codeInput, missingFaults, readCode } from '../parts/inputs.ts'
import { type Frame, type Html, href, type View } from '../parts/layout.ts'
import { say, sayMarked } from '../parts/say.ts'
import { explain, type Fault } from '../parts/words.ts'
import { seePage, show } from '../reply.ts'
import { writeStep } from '../step.ts'
import { answerStep, type Current, currentStep, handedIn, refusedStep } from './current.ts'

const page = '/code'

/** GET /code: asks for a code that was sent, or that an authenticator app shows. */
export async function showCode(c: Context<DomainEnv>, journey: Journey): Promise<Response> {
  const current = await currentStep(c, journey, page)
  if (current instanceof Response) return current
  return show(c, journey, (frame) => codePage(frame, current, { focus: current.resent ? undefined : 'code' }))
}

/** POST /code: the code. */
export async function submitCode(c: Context<DomainEnv>, journey: Journey, fields: Form): Promise<Response> {
  const current = await handedIn(c, journey, fields, page)
  if (current instanceof Response) return current
  const code = readCode(fields)
  const missing = missingFaults([[codeInput, code]])
  if (missing.length > 0) return again(c, journey, current, missing, 400)
  return answerStep(c, journey, current, { kind: 'code', code }, refused(c, journey, current))
}

/** POST /code/resend: sends a new code for the same step. */
export async function submitNewCode(c: Context<DomainEnv>, journey: Journey, fields: Form): Promise<Response> {
  const current = await handedIn(c, journey, fields, page)
  if (current instanceof Response) return current
  const { db, world } = c.var.ground
  const { username, session } = current
  try {
    await resendCode(db, world, journey.party, { door: 'pages', session })
  } catch (thrown) {
    return refusedStep(c, journey, current, thrown, refused(c, journey, current))
  }
  writeStep(c, { step: 'sign-in', username, session, resent: true })
  return seePage(c, journey, page)
}

function refused(c: Context<DomainEnv>, journey: Journey, current: Current) {
  return (error: PoolError) => again(c, journey, current, [explain(error, ['code'])], error.failure.status)
}

function again(
  c: Context<DomainEnv>,
  journey: Journey,
  current: Current,
  faults: readonly Fault[],
  status: PoolError['failure']['status'],
): Promise<Response> {
  return show(c, journey, (frame) => codePage(frame, current, { faults }), status)
}

/** The page that asks for the code of a sign-in. */
export function codePage(frame: Frame, { username, asked, resent }: Current, filled: Filled): View {
  const failed = Boolean(filled.faults?.length)
  const fromApp = asked.step === 'SOFTWARE_TOKEN_MFA'
  return {
    title: say(frame, 'code.title'),
    failed,
    body: html`${summary(frame, filled)}${notice(resent && !failed ? say(frame, 'notice.resent') : undefined)}<h1>${say(frame, 'code.title')}</h1>
<p class="lead">${
      fromApp
        ? sayMarked(frame, 'code.app', { username })
        : sayMarked(frame, 'code.lead', { ...sentTo(asked.delivery), username })
    }</p>
${form(frame, page, [ownerField(username), codeField(frame, filled)], say(frame, 'code.submit'))}
<div class="more">${fromApp ? '' : linkForm(frame, '/code/resend', username, say(frame, 'code.none'), say(frame, 'code.new'))}
${waysOut(frame, username, asked)}</div>`,
  }
}

/** What else can be done at a step: another factor, or another person. */
export function waysOut(frame: Frame, username: string, { hasOther }: Pick<Current['asked'], 'hasOther'>): Html {
  return html`${hasOther ? linkForm(frame, '/otherWay', username, '', say(frame, 'login.otherWay')) : ''}
<p><a href="${href(frame, '/login')}">${say(frame, 'login.other')}</a></p>`
}
