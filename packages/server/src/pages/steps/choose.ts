import type { Context } from 'hono'
import { html } from 'hono/html'
import type { PoolError } from '../../errors.ts'
import type { FirstWay } from '../../sign-in/factors.ts'
import { askOther } from '../../sign-in/look.ts'
import type { SecondFactor } from '../../sign-in/next-step.ts'
import type { DomainEnv } from '../../web/env.ts'
import type { Form } from '../../web/forms.ts'
import { type Journey, proceed } from '../journey.ts'
import { type Filled, type Option, optionsForm, summary } from '../parts/fields.ts'
import { type Frame, href, type View } from '../parts/layout.ts'
import { explain, type Fault } from '../parts/words.ts'
import { seePage, show } from '../reply.ts'
import { readStep, startAgain, writeStep } from '../step.ts'
import { answerStep, type Current, currentStep, handedIn, refusedStep } from './current.ts'
import { beginFirst, waysOf } from './first.ts'

const noWay: Fault = { field: 'way', sentence: 'Choose one of these.' }

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
const firstOptions: Readonly<Record<FirstWay, Omit<Option, 'value'>>> = {
  WEB_AUTHN: { icon: 'passkey',  title: 'Passkey',               hint: 'Fingerprint, face or screen lock' },
  PASSWORD:  { icon: 'password', title: 'Password',              hint: 'The one of your account' },
  EMAIL_OTP: { icon: 'email',    title: 'Code by email',         hint: 'Sent to your email address' },
  SMS_OTP:   { icon: 'phone',    title: 'Code by text message',  hint: 'Sent to your phone' },
}

/** The page that asks how to begin. */
export function choosePage(frame: Frame, username: string, ways: readonly FirstWay[], filled: Filled): View {
  const options = ways.map((value) => ({ value, ...firstOptions[value] }))
  return {
    title: 'Choose how to sign in',
    failed: Boolean(filled.faults?.length),
    body: html`${summary(filled)}<h1>Choose how to sign in</h1>
<p class="lead">You are signing in as <strong>${username}</strong>.</p>
${optionsForm(frame, '/choose', username, options, filled)}
<div class="more"><p><a href="${href(frame, '/login')}">Sign in as somebody else</a></p></div>`,
  }
}

/** The page that asks which second factor to use. */
export function chooseFactorPage(frame: Frame, { username, asked }: Current, filled: Filled): View {
  const factors = secondFactors.filter((factor) => asked.factors?.includes(factor))
  const options = factors.map((value) => secondOption(value, asked.deliveries?.[value]?.destination))
  return {
    title: 'Confirm that it is you',
    failed: Boolean(filled.faults?.length),
    body: html`${summary(filled)}<h1>Confirm that it is you</h1>
<p class="lead">One more step to sign in as <strong>${username}</strong>. How do you want to get your code?</p>
${optionsForm(frame, '/chooseFactor', username, options, filled)}
<div class="more"><p><a href="${href(frame, '/login')}">Sign in as somebody else</a></p></div>`,
  }
}

/** What is quickest and safest comes first. */
const secondFactors = ['SOFTWARE_TOKEN_MFA', 'SMS_MFA', 'EMAIL_OTP'] as const satisfies readonly SecondFactor[]

function secondOption(value: SecondFactor, destination = ''): Option {
  switch (value) {
    case 'SOFTWARE_TOKEN_MFA':
      return { value, icon: 'app', title: 'Authenticator app', hint: 'The code that your app shows' }
    case 'SMS_MFA':
      return { value, icon: 'phone', title: 'Text message', hint: `To ${destination}` }
    case 'EMAIL_OTP':
      return { value, icon: 'email', title: 'Email', hint: `To ${destination}` }
  }
}
