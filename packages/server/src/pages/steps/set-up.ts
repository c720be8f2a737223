import type { Context } from 'hono'
import { html } from 'hono/html'
import type { PoolError } from '../../errors.ts'
import { message } from '../../languages/messages.ts'
import { continueSignIn } from '../../sign-in/answer.ts'
import { verifyInSession } from '../../sign-in/factors/set-up.ts'
import { authenticatorUri } from '../../sign-in/factors/totp.ts'
import type { DomainEnv } from '../../web/env.ts'
import type { Form } from '../../web/forms.ts'
import { type Journey, proceed } from '../journey.ts'
import { codeField, type Filled, form, ownerField, summary, textField } from '../parts/fields.ts'
import { codeInput, type Labelled, missingFaults, readCode, readInput } from '../parts/inputs.ts'
import { type Frame, type Html, href, type View } from '../parts/layout.ts'
import { qrCode } from '../parts/qr.ts'
import { say, sayMarked } from '../parts/say.ts'
import { explain, type Fault } from '../parts/words.ts'
import { seePage, show } from '../reply.ts'
import { startAgain } from '../step.ts'
import { type Current, currentStep, handedIn, refusedStep } from './current.ts'
import { firstAddressPage, otherSetUps } from './set-up-address.ts'

const page = '/setUp'

/** The name of the device that has the app. */
export const deviceInput = {
  name: 'device',
  label: message('input.device'),
  type: 'text',
  autocomplete: 'off',
  hint: message('input.deviceHint'),
  optional: true,
} as const satisfies Labelled

const longestName = 128

/** The fault of a device's name that is too long, if it is. */
export function longestDeviceName(device: string): Fault[] {
  if (device.length <= longestName) return []
  return [{ field: 'device', sentence: message('fault.deviceName', { count: longestName }) }]
}

/** GET /setUp: shows the secret for an authenticator app. */
export async function showSetUp(c: Context<DomainEnv>, journey: Journey): Promise<Response> {
  const current = await currentStep(c, journey, page)
  if (current instanceof Response) return current
  return shown(c, journey, current, {})
}

/** POST /setUp: the first code of the app. */
export async function submitSetUp(c: Context<DomainEnv>, journey: Journey, fields: Form): Promise<Response> {
  const current = await handedIn(c, journey, fields, page)
  if (current instanceof Response) return current
  const code = readCode(fields)
  const device = readInput(fields, deviceInput)
  const again = (faults: readonly Fault[], status: PoolError['failure']['status']) =>
    shown(c, journey, current, { values: { device }, faults }, status)
  const faults = [...missingFaults([[codeInput, code]]), ...longestDeviceName(device)]
  if (faults.length > 0) return again(faults, 400)
  const { db, world } = c.var.ground
  const { username } = current
  let { session } = current
  try {
    session = (await verifyInSession(db, world, session, code, device || undefined, 'pages')).session
    const reply = { kind: 'set-up' } as const
    const answer = { door: 'pages', session, step: 'MFA_SETUP', reply } as const
    return await proceed(c, journey, username, await continueSignIn(db, world, journey.party, answer))
  } catch (thrown) {
    return refusedStep(c, journey, { ...current, session }, thrown, (error) =>
      again([explain(error, ['code'])], error.failure.status),
    )
  }
}

async function shown(
  c: Context<DomainEnv>,
  journey: Journey,
  current: Current,
  filled: Filled,
  status: PoolError['failure']['status'] | 200 = 200,
): Promise<Response> {
  const { secret, factors } = current.asked
  const instead = firstAddressPage(current.asked)
  if (!factors?.includes('SOFTWARE_TOKEN_MFA') && instead) return seePage(c, journey, instead)
  if (secret === undefined) return startAgain(c, journey)
  return show(c, journey, (frame) => setUpPage(frame, current, secret, filled), status)
}

/** The page on which somebody adds this account to an authenticator app. */
export function setUpPage(frame: Frame, { username, asked }: Current, secret: string, filled: Filled): View {
  return {
    title: say(frame, 'setUp.title'),
    failed: Boolean(filled.faults?.length),
    body: html`${summary(frame, filled)}<h1>${say(frame, 'setUp.title')}</h1>
${secretOnPage(frame, username, secret)}
${form(frame, page, [ownerField(username), codeField(frame, filled), textField(frame, deviceInput, filled)], say(frame, 'setUp.submit'))}
<div class="more">${otherSetUps(frame, asked, page)}<p><a href="${href(frame, '/login')}">${say(frame, 'login.other')}</a></p></div>`,
  }
}

/** A secret as people take it into an app: a picture, a link, a key to type; and the heading of the code. */
export function secretOnPage(frame: Frame, username: string, secret: string): Html {
  const uri = authenticatorUri(secret, frame.poolName, username)
  return html`<p class="lead">${sayMarked(frame, 'setUp.lead', { username })}</p>
<h2>${say(frame, 'setUp.add')}</h2>
<p class="lead">${sayMarked(frame, 'setUp.scan', { link: uri })}</p>
${qrCode(uri, say(frame, 'setUp.picture'))}
<details><summary>${say(frame, 'setUp.cannot')}</summary>
<p class="hint">${say(frame, 'setUp.type')}</p>
<p><code class="key">${grouped(secret)}</code></p></details>
<h2>${say(frame, 'setUp.code')}</h2>`
}

/** In groups of four: people lose their place in longer ones. */
function grouped(secret: string): Html {
  return html`${(secret.match(/.{1,4}/g) ?? []).join(' ')}`
}
