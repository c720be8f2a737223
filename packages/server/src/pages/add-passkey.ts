import type { Context } from 'hono'
import { html } from 'hono/html'
import { tellOfChange } from '../directory/notices/account-change.ts'
import { PoolError } from '../errors.ts'
import { finishRegistration, type RegistrationContext, startRegistration } from '../sign-in/factors/passkeys.ts'
import { canUsePasskeys } from '../sign-in/factors/relying-party.ts'
import { currentSession } from '../sign-in/session.ts'
import { finish } from '../tokens/finish.ts'
import { readSessionCookie } from '../web/cookies.ts'
import type { DomainEnv } from '../web/env.ts'
import type { Form } from '../web/forms.ts'
import { askedToAddPasskey, type Journey } from './journey.ts'
import { type Filled, linkForm, passkeyForm, summary } from './parts/fields.ts'
import { type Frame, href, type View } from './parts/layout.ts'
import { say, sayMarked } from './parts/say.ts'
import { type Fault, fault } from './parts/words.ts'
import { seeOther, show } from './reply.ts'
import { noScript } from './steps/passkey.ts'

/** GET /passkeys/add: somebody who is signed in makes a passkey (developer guide, "Managed login endpoints"). */
export async function showAddPasskey(c: Context<DomainEnv>, journey: Journey): Promise<Response> {
  return offer(c, journey, {}, 200)
}

/** POST /passkeys/add: the passkey that the browser made. */
export async function submitAddPasskey(c: Context<DomainEnv>, journey: Journey, fields: Form): Promise<Response> {
  const signedIn = await recentSession(c, journey)
  if (!signedIn || fields.get('username') !== signedIn.user.username) return offer(c, journey, {}, 200)
  const credential = fields.get('credential') ?? ''
  if (credential === '') return offer(c, journey, { faults: [noScript] }, 400)
  const { db, world } = c.var.ground
  try {
    await finishRegistration(db, world, c.var.pool, signedIn.user, credential, contextOf(journey))
  } catch (thrown) {
    const error = PoolError.from(thrown)
    if (error.code === 'Internal') throw thrown
    return offer(c, journey, { faults: [faultOf(error)] }, error.failure.status)
  }
  await tellOfChange(db, world, journey.party, signedIn.user, 'passkey-added')
  return backToApp(c, journey, signedIn)
}

/** POST /passkeys/later: on to the app without one. */
export async function submitLater(c: Context<DomainEnv>, journey: Journey): Promise<Response> {
  const signedIn = await recentSession(c, journey)
  return signedIn ? backToApp(c, journey, signedIn) : offer(c, journey, {}, 200)
}

type SignedIn = NonNullable<Awaited<ReturnType<typeof currentSession>>>

/** How long ago a sign-in may be, in milliseconds: a session of AWS's pages lasts no longer, ours may last for weeks. */
const recent = 60 * 60_000

/** A new key to the account is for whoever has just shown one, not for whoever finds the browser open. */
async function recentSession(c: Context<DomainEnv>, { party }: Journey): Promise<SignedIn | undefined> {
  const { db, world } = c.var.ground
  const session = await currentSession(db, world, c.var.pool, party.client, readSessionCookie(c), c.var.address)
  return session && world.now() - session.authTime < recent ? session : undefined
}

async function offer(
  c: Context<DomainEnv>,
  journey: Journey,
  filled: Filled,
  status: PoolError['failure']['status'] | 200,
): Promise<Response> {
  const signedIn = await recentSession(c, journey)
  if (!signedIn) return seeOther(c, `${c.var.domain.path}/login${journey.search}&${askedToAddPasskey}`)
  const { pool, domain, ground } = c.var
  const { db, world } = ground
  if (!(await canUsePasskeys(db, world, pool, new URL(domain.url).origin)))
    return show(c, journey, unavailablePage, 400)
  const { username } = signedIn.user
  try {
    const options = await startRegistration(db, world, pool, signedIn.user, contextOf(journey))
    return await show(c, journey, (frame) => addPasskeyPage(frame, username, options, filled), status)
  } catch (thrown) {
    const error = PoolError.from(thrown)
    if (error.code !== 'LimitExceeded') throw thrown
    return show(c, journey, (frame) => addPasskeyPage(frame, username, undefined, { faults: [full] }), 400)
  }
}

/** What a registration on a page is bound to. */
export function contextOf({ party: { client } }: Journey): RegistrationContext {
  return { clientId: client.id }
}

async function backToApp(c: Context<DomainEnv>, journey: Journey, signedIn: SignedIn): Promise<Response> {
  const { db, world } = c.var.ground
  const { party, authorization } = journey
  return seeOther(c, await finish(db, world, { ...party, ...signedIn, authorization }))
}

/** A user has as many passkeys as a user can have. */
export const full = fault('', 'addPasskey.full')

/** What is said when a passkey was not taken. */
export function faultOf({ code }: PoolError): Fault {
  if (code === 'LimitExceeded') return full
  return fault('', code === 'WebAuthnChallengeNotFound' ? 'addPasskey.late' : 'addPasskey.failed')
}

/** The page on which a passkey is made; without options it cannot be. */
export function addPasskeyPage(frame: Frame, username: string, options: unknown, filled: Filled): View {
  return {
    title: say(frame, 'addPasskey.title'),
    failed: Boolean(filled.faults?.length),
    script: 'passkey.js',
    body: html`${summary(frame, filled)}<h1>${say(frame, 'addPasskey.heading')}</h1>
<p class="lead">${sayMarked(frame, 'addPasskey.lead', { username })}</p>
${options === undefined ? '' : passkeyForm(frame, '/passkeys/add', { username, ceremony: 'create', options, button: say(frame, 'addPasskey.submit') })}
<div class="more">${linkForm(frame, '/passkeys/later', username, '', say(frame, 'addPasskey.later'))}</div>`,
  }
}

function unavailablePage(frame: Frame): View {
  return {
    title: say(frame, 'addPasskey.unavailable'),
    failed: true,
    body: html`<h1>${say(frame, 'addPasskey.unavailable')}</h1>
<p class="lead">${say(frame, 'addPasskey.unavailableLead')}</p>
<p><a class="primary" href="${href(frame, '/login')}">${say(frame, 'login.back')}</a></p>`,
  }
}
