import type { Context } from 'hono'
import { html } from 'hono/html'
import type { PoolError } from '../../errors.ts'
import type { UntoldId } from '../../languages/messages.ts'
import type { FirstWay } from '../../sign-in/factors.ts'
import { askOther } from '../../sign-in/look.ts'
import type { SecondFactor } from '../../sign-in/next-step.ts'
import type { DomainEnv } from '../../web/env.ts'
import type { Form } from '../../web/forms.ts'
import { type Journey, proceed } from '../journey.ts'
import { type Filled, type Option, optionsForm, summary } from '../parts/fields.ts'
import { type Frame, href, type View } from '../parts/layout.ts'
import { say, sayMarked } from '../parts/say.ts'
import { explain, type Fault, fault } from '../parts/words.ts'
import { seePage, show } from '../reply.ts'
import { readStep, startAgain, writeStep } from '../step.ts'
import { answerStep, type Current, currentStep, handedIn, refusedStep } from './current.ts'
import { beginFirst, waysOf } from './first.ts'

const noWay = fault('way', 'fault.noWay')

/** GET /choose: how somebody who said a name wants to sign in. */
export async function showChoose(c: Context<DomainEnv>, journey: Journey): Promise<Response> {
  const step = readStep(c)
  if (step?.step !== 'named') return startAgain(c, journey)
  const ways = await waysOf(c, step.username)
  return show(c, journey, (frame) => choosePage(frame, step.username, ways, {}))
}

/** POST /choose: begins the sign-in that was chosen. */
export async function submitChoose(c: Context<DomainEnv>, journey: Journey, fields: Form): Promise<Response> {
  const step = readStep(c)
  if (step?.step !== 'named' || fields.get('username') !== step.username) return startAgain(c, journey)
  const { username } = step
  const ways = await waysOf(c, username)
  const way = ways.find((one) => one === fields.get('way'))
  const again = (fault: Fault, status: PoolError['failure']['status']) =>
    show(c, journey, (frame) => choosePage(frame, username, ways, { faults: [fault] }), status)
  if (!way) return again(noWay, 400)
  return beginFirst(c, journey, username, way, (error) => again(explain(error, ['way']), error.failure.status))
}

/** GET /chooseFactor: which second factor somebody wants to use. */
export async function showChooseFactor(c: Context<DomainEnv>, journey: Journey): Promise<Response> {
  const current = await currentStep(c, journey, '/chooseFactor')
  if (current instanceof Response) return current
  return show(c, journey, (frame) => chooseFactorPage(frame, current, {}))
}

/** POST /chooseFactor: the factor. */
export async function submitChooseFactor(c: Context<DomainEnv>, journey: Journey, fields: Form): Promise<Response> {
  const current = await handedIn(c, journey, fields, '/chooseFactor')
  if (current instanceof Response) return current
  const factor = current.asked.factors?.find((one) => one === fields.get('way'))
  const again = (fault: Fault, status: PoolError['failure']['status']) =>
    show(c, journey, (frame) => chooseFactorPage(frame, current, { faults: [fault] }), status)
  if (!factor) return again(noWay, 400)
  return answerStep(c, journey, current, { kind: 'choice', answer: factor }, (error) =>
    again(explain(error, ['way']), error.failure.status),
  )
}

/** POST /otherWay: leaves a factor for another of its kind. */
export async function submitOtherWay(c: Context<DomainEnv>, journey: Journey, fields: Form): Promise<Response> {
  const current = await handedIn(c, journey, fields, undefined)
  if (current instanceof Response) return current
  const { username, session, asked } = current
  if (asked.isFirst) {
    writeStep(c, { step: 'named', username })
    return seePage(c, journey, '/choose')
  }
  const { db, world } = c.var.ground
  try {
    const progress = await askOther(db, world, journey.party, { door: 'pages', session })
    return await proceed(c, journey, username, progress)
  } catch (thrown) {
    return refusedStep(c, journey, current, thrown, async () => startAgain(c, journey))
  }
}

// biome-ignore format: a table
const firstOptions = {
  WEB_AUTHN: ['passkey',  'choose.passkey',  'choose.passkeyHint'],
  PASSWORD:  ['password', 'choose.password', 'choose.passwordHint'],
  EMAIL_OTP: ['email',    'choose.email',    'choose.emailHint'],
  SMS_OTP:   ['phone',    'choose.sms',      'choose.smsHint'],
} as const satisfies Record<FirstWay, [icon: Option['icon'], title: UntoldId, hint: UntoldId]>

function firstOption(frame: Frame, value: FirstWay): Option {
  const [icon, title, hint] = firstOptions[value]
  return { value, icon, title: say(frame, title), hint: say(frame, hint) }
}

/** The page that asks how to begin. */
export function choosePage(frame: Frame, username: string, ways: readonly FirstWay[], filled: Filled): View {
  const options = ways.map((value) => firstOption(frame, value))
  return {
    title: say(frame, 'choose.title'),
    failed: Boolean(filled.faults?.length),
    body: html`${summary(frame, filled)}<h1>${say(frame, 'choose.title')}</h1>
<p class="lead">${sayMarked(frame, 'login.as', { username })}</p>
${optionsForm(frame, '/choose', username, options, filled)}
<div class="more"><p><a href="${href(frame, '/login')}">${say(frame, 'login.other')}</a></p></div>`,
  }
}

/** The page that asks which second factor to use. */
export function chooseFactorPage(frame: Frame, { username, asked }: Current, filled: Filled): View {
  const factors = secondFactors.filter((factor) => asked.factors?.includes(factor))
  const options = factors.map((value) => secondOption(frame, value, asked.deliveries?.[value]?.destination))
  return {
    title: say(frame, 'chooseFactor.title'),
    failed: Boolean(filled.faults?.length),
    body: html`${summary(frame, filled)}<h1>${say(frame, 'chooseFactor.title')}</h1>
<p class="lead">${sayMarked(frame, 'chooseFactor.lead', { username })}</p>
${optionsForm(frame, '/chooseFactor', username, options, filled)}
<div class="more"><p><a href="${href(frame, '/login')}">${say(frame, 'login.other')}</a></p></div>`,
  }
}

/** What is quickest and safest comes first. */
const secondFactors = ['SOFTWARE_TOKEN_MFA', 'SMS_MFA', 'EMAIL_OTP'] as const satisfies readonly SecondFactor[]

function secondOption(frame: Frame, value: SecondFactor, destination = ''): Option {
  const to = say(frame, 'chooseFactor.to', { destination })
  switch (value) {
    case 'SOFTWARE_TOKEN_MFA':
      return { value, icon: 'app', title: say(frame, 'chooseFactor.app'), hint: say(frame, 'chooseFactor.appHint') }
    case 'SMS_MFA':
      return { value, icon: 'phone', title: say(frame, 'chooseFactor.sms'), hint: to }
    case 'EMAIL_OTP':
      return { value, icon: 'email', title: say(frame, 'chooseFactor.email'), hint: to }
  }
}
