import type { Context } from 'hono'
import { html } from 'hono/html'
import { PoolError } from '../../errors.ts'
import { continueSignIn } from '../../sign-in/answer.ts'
import { signInWithPasskey } from '../../sign-in/factors/discover.ts'
import type { DomainEnv } from '../../web/env.ts'
import { type Form, formToken } from '../../web/forms.ts'
import { detour, type Journey, proceed } from '../journey.ts'
import { showFirst } from '../login.ts'
import { type Filled, passkeyForm, summary } from '../parts/fields.ts'
import type { Frame, View } from '../parts/layout.ts'
import { say, sayMarked } from '../parts/say.ts'
import { explain, type Fault, fault } from '../parts/words.ts'
import { show } from '../reply.ts'
import { startAgain, writeStep } from '../step.ts'
import { choosePage } from './choose.ts'
import { waysOut } from './code.ts'
import { type Current, currentStep, handedIn } from './current.ts'
import { waysOf } from './first.ts'

const page = '/passkey'

/** What is said to a browser whose script did not run. */
export const noScript = fault('', 'passkey.noScript')

/** GET /passkey: asks somebody who said a name for a passkey. */
export async function showPasskey(c: Context<DomainEnv>, journey: Journey): Promise<Response> {
  const current = await currentStep(c, journey, page)
  if (current instanceof Response) return current
  return show(c, journey, (frame) => passkeyPage(frame, current, {}))
}

/** POST /passkey: what the browser signed. A challenge is asked once, so that a wrong answer leads back to the choice. */
export async function submitPasskey(c: Context<DomainEnv>, journey: Journey, fields: Form): Promise<Response> {
  const current = await handedIn(c, journey, fields, page)
  if (current instanceof Response) return current
  const credential = fields.get('credential') ?? ''
  if (credential === '') return show(c, journey, (frame) => passkeyPage(frame, current, { faults: [noScript] }), 400)
  const { db, world } = c.var.ground
  const { username, session } = current
  try {
    const answer = { door: 'pages', session, step: 'WEB_AUTHN', reply: { kind: 'passkey', credential } } as const
    return await proceed(c, journey, username, await continueSignIn(db, world, journey.party, answer))
  } catch (thrown) {
    const error = PoolError.from(thrown)
    if (error.code === 'Internal') throw thrown
    if (error.code === 'SessionExpired') return startAgain(c, journey)
    const led = detour(c, journey, username, error)
    if (led) return led
    writeStep(c, { step: 'named', username })
    const ways = await waysOf(c, username)
    const faults = [faultOf(error, 'way')]
    return show(c, journey, (frame) => choosePage(frame, username, ways, { faults }), error.failure.status)
  }
}

/** POST /passkey/offered: what the browser signed for whoever its passkey belongs to, before anybody said a name. */
export async function submitOffered(c: Context<DomainEnv>, journey: Journey, fields: Form): Promise<Response> {
  const credential = fields.get('credential') ?? ''
  if (credential === '') return showFirst(c, journey, { faults: [noScript] }, 400)
  const { db, world } = c.var.ground
  try {
    const answer = { door: 'pages', credential, binding: formToken(c) } as const
    const progress = await signInWithPasskey(db, world, journey.party, answer)
    return await proceed(c, journey, progress.user?.username ?? '', progress)
  } catch (thrown) {
    const error = PoolError.from(thrown)
    if (error.code === 'Internal') throw thrown
    const wrong = error.code === 'SessionExpired' ? fault('', 'fault.late') : faultOf(error, '')
    return showFirst(c, journey, { faults: [wrong] }, error.failure.status)
  }
}

function faultOf(error: PoolError, field: string): Fault {
  if (error.code !== 'NotAuthorized' && error.code !== 'InvalidParameter') return explain(error, [field])
  const known = explain(error, ['password'])
  // The sentence about passwords is not this page's; others, such as that the account is disabled, are.
  if (error.code === 'NotAuthorized' && known.field !== 'password') return { ...known, field }
  return fault(field, 'passkey.failed')
}

/** The page that asks for a passkey. */
export function passkeyPage(frame: Frame, { username, asked }: Current, filled: Filled): View {
  return {
    title: say(frame, 'passkey.title'),
    failed: Boolean(filled.faults?.length),
    script: 'passkey.js',
    body: html`${summary(frame, filled)}<h1>${say(frame, 'passkey.title')}</h1>
<p class="lead">${sayMarked(frame, 'passkey.lead', { username })}</p>
${passkeyForm(frame, page, { username, ceremony: 'get', options: asked.options, button: say(frame, 'passkey.submit'), atOnce: !filled.faults })}
<div class="more">${waysOut(frame, username, asked)}</div>`,
  }
}

/** GET /passkey/offered: what a reload or the back button asks for. */
export async function showOffered(c: Context<DomainEnv>, journey: Journey): Promise<Response> {
  return startAgain(c, journey)
}
