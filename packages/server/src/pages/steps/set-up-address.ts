import type { Context } from 'hono'
import { html } from 'hono/html'
import type { PoolError } from '../../errors.ts'
import type { DomainEnv } from '../../web/env.ts'
import type { Form } from '../../web/forms.ts'
import type { Journey } from '../journey.ts'
import { type Filled, form, ownerField, summary, textField } from '../parts/fields.ts'
import { attributeInput, missingFaults, readInput } from '../parts/inputs.ts'
import { type Frame, type Html, href, type View } from '../parts/layout.ts'
import { say, sayMarked } from '../parts/say.ts'
import { explain, type Fault } from '../parts/words.ts'
import { seePage, show } from '../reply.ts'
import { answerStep, type Current, currentStep, handedIn } from './current.ts'

/** What can be set up besides an app: where the codes go, and its page. */
// biome-ignore format: a table
const ways = {
  email:        { factor: 'EMAIL_OTP', page: '/setUp/email', title: 'setUpAddress.email', instead: 'setUp.emailInstead' },
  phone_number: { factor: 'SMS_MFA',   page: '/setUp/phone', title: 'setUpAddress.phone', instead: 'setUp.phoneInstead' },
} as const

type Attribute = keyof typeof ways

/** GET /setUp/email and /setUp/phone: asks for the address that codes are to go to. */
export function showSetUpAddress(attribute: Attribute) {
  return async (c: Context<DomainEnv>, journey: Journey): Promise<Response> => {
    const current = await currentStep(c, journey, '/setUp')
    if (current instanceof Response) return current
    return shown(c, journey, current, attribute, {}, 200)
  }
}

/** POST /setUp/email and /setUp/phone: the address. */
export function submitSetUpAddress(attribute: Attribute) {
  return async (c: Context<DomainEnv>, journey: Journey, fields: Form): Promise<Response> => {
    const current = await handedIn(c, journey, fields, '/setUp')
    if (current instanceof Response) return current
    const input = attributeInput(attribute)
    const value = readInput(fields, input)
    const again = (faults: readonly Fault[], status: PoolError['failure']['status']) =>
      shown(c, journey, current, attribute, { values: { [attribute]: value }, faults }, status)
    const missing = missingFaults([[input, value]])
    if (missing.length > 0) return again(missing, 400)
    return answerStep(c, journey, current, { kind: 'set-up', address: { attribute, value } }, (error) =>
      again([explain(error, [attribute])], error.failure.status),
    )
  }
}

async function shown(
  c: Context<DomainEnv>,
  journey: Journey,
  current: Current,
  attribute: Attribute,
  filled: Filled,
  status: PoolError['failure']['status'] | 200,
): Promise<Response> {
  if (!current.asked.factors?.includes(ways[attribute].factor)) return seePage(c, journey, '/setUp')
  return show(c, journey, (frame) => setUpAddressPage(frame, current, attribute, filled), status)
}

/** The page on which somebody says where codes are to go from now on. */
export function setUpAddressPage(
  frame: Frame,
  { username, asked }: Current,
  attribute: Attribute,
  filled: Filled,
): View {
  const { title, page } = ways[attribute]
  const fields = [ownerField(username), textField(frame, attributeInput(attribute), filled)]
  return {
    title: say(frame, title),
    failed: Boolean(filled.faults?.length),
    body: html`${summary(frame, filled)}<h1>${say(frame, title)}</h1>
<p class="lead">${sayMarked(frame, 'setUpAddress.lead', { username })}</p>
${form(frame, page, fields, say(frame, 'setUpAddress.submit'))}
<div class="more">${otherSetUps(frame, asked, page)}<p><a href="${href(frame, '/login')}">${say(frame, 'login.other')}</a></p></div>`,
  }
}

/** What else can be set up, where a page is not about it already. */
export function otherSetUps(frame: Frame, { factors = [] }: Current['asked'], page: string): Html {
  const links = Object.values(ways).flatMap((way) =>
    way.page !== page && factors.includes(way.factor)
      ? [html`<p><a href="${href(frame, way.page)}">${say(frame, way.instead)}</a></p>`]
      : [],
  )
  const app = page !== '/setUp' && factors.includes('SOFTWARE_TOKEN_MFA')
  return html`${app ? html`<p><a href="${href(frame, '/setUp')}">${say(frame, 'setUp.appInstead')}</a></p>` : ''}${links}`
}

/** The page of the first address that can be set up: where there is no app to begin with. */
export function firstAddressPage({ factors = [] }: Current['asked']): string | undefined {
  return Object.values(ways).find(({ factor }) => factors.includes(factor))?.page
}
