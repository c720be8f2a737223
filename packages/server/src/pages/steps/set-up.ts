import type { Context } from 'hono'
import { html } from 'hono/html'
import type { PoolError } from '../../errors.ts'
import { continueSignIn } from '../../sign-in/answer.ts'
import { verifyInSession } from '../../sign-in/factors/set-up.ts'
import { authenticatorUri } from '../../sign-in/factors/totp.ts'
import type { DomainEnv } from '../../web/env.ts'
import type { Form } from '../../web/forms.ts'
import { type Journey, proceed } from '../journey.ts'
import { codeField, type Filled, form, ownerField, summary, textField } from '../parts/fields.ts'
import { codeInput, type Input, missingFaults, readCode, readInput } from '../parts/inputs.ts'
import { type Frame, type Html, href, type View } from '../parts/layout.ts'
import { qrCode } from '../parts/qr.ts'
import { explain, type Fault } from '../parts/words.ts'
import { seePage, show } from '../reply.ts'
import { startAgain } from '../step.ts'
import { type Current, currentStep, handedIn, refusedStep } from './current.ts'
import { firstAddressPage, otherSetUps } from './set-up-address.ts'

const page = '/setUp'

const nameInput = {
  name: 'device',
  label: 'Name of the device',
  type: 'text',
  autocomplete: 'off',
  hint: 'To tell it apart later, for example “Phone”',
  optional: true,
} as const satisfies Input

const longestName = 128

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
  const device = readInput(fields, nameInput)
  const again = (faults: readonly Fault[], status: PoolError['failure']['status']) =>
    shown(c, journey, current, { values: { device }, faults }, status)
  const faults: Fault[] = missingFaults([[codeInput, code]])
  if (device.length > longestName)
    faults.push({ field: 'device', sentence: `Use a name of up to ${longestName} characters.` })
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
  const uri = authenticatorUri(secret, frame.poolName, username)
  return {
    title: 'Set up an authenticator app',
    failed: Boolean(filled.faults?.length),
    body: html`${summary(filled)}<h1>Set up an authenticator app</h1>
<p class="lead">With an app on your phone that shows a new code every 30 seconds, a stolen password is not enough to sign in as <strong>${username}</strong>. Any authenticator app will do.</p>
<h2>1. Add the account to your app</h2>
<p class="lead">Scan this picture with the app, or <a href="${uri}">open the app on this device</a>.</p>
${qrCode(uri, 'QR code for the authenticator app')}
<details><summary>Cannot scan it?</summary>
<p class="hint">Choose to type a key in the app, and enter this one. It is based on time.</p>
<p><code class="key">${grouped(secret)}</code></p></details>
<h2>2. Enter the code that it shows</h2>
${form(frame, page, [ownerField(username), codeField(filled), textField(nameInput, filled)], 'Save and sign in')}
<div class="more">${otherSetUps(frame, asked, page)}<p><a href="${href(frame, '/login')}">Sign in as somebody else</a></p></div>`,
  }
}

/** In groups of four: people lose their place in longer ones. */
function grouped(secret: string): Html {
  return html`${(secret.match(/.{1,4}/g) ?? []).join(' ')}`
}
