import type { Context } from 'hono'
import { html } from 'hono/html'
import { closeBrowserSession, currentSession, type HeldSession, heldSessions } from '../../sign-in/session.ts'
import type { Pool } from '../../store/setup/pools.ts'
import { clearSessionCookie, readSessionCookies, setSessionCookies } from '../../web/cookies.ts'
import type { DomainEnv } from '../../web/env.ts'
import { type Form, tokenField } from '../../web/forms.ts'
import { actions } from '../account/view.ts'
import { displayName } from '../account/visit.ts'
import { goOn, type Journey } from '../journey.ts'
import { type Frame, href, type View } from '../parts/layout.ts'
import { say, sayMarked } from '../parts/say.ts'
import { seePage, show } from '../reply.ts'
import { clearStep, writeStep } from '../step.ts'

/** The mark of a visitor who has seen the accounts of this browser and wants another one. */
const another = 'another'

/**
 * The accounts that this browser is signed in with, for a visitor who is to choose one (OpenID Connect Core 3.1.2.1,
 * prompt=select_account); undefined when there is none to choose, or none is wanted.
 */
export async function showAccounts(c: Context<DomainEnv>, journey: Journey): Promise<Response | undefined> {
  if (new URLSearchParams(journey.search).has(another)) return undefined
  const accounts = await held(c)
  if (accounts.length === 0) return undefined
  return show(c, journey, (frame) => chooserPage(frame, c.var.pool, accounts))
}

/** GET /accounts: what a reload asks for. */
export async function resumeAccounts(c: Context<DomainEnv>, journey: Journey): Promise<Response> {
  return seePage(c, journey, '/login')
}

/** POST /accounts: on to the app with one of them; whoever signed in too long ago for the app signs in again. */
export async function submitAccount(c: Context<DomainEnv>, journey: Journey, fields: Form): Promise<Response> {
  const { db, world } = c.var.ground
  const { party } = journey
  const accounts = await held(c)
  const chosen = accounts.find(({ publicId }) => publicId !== undefined && publicId === fields.get('account'))
  if (!chosen) return seePage(c, journey, '/login')
  const session = await currentSession(db, world, party.pool, party.client, chosen.id, c.var.address)
  if (!session) {
    writeStep(c, { step: 'notice', username: displayName(party.pool, chosen.user), notice: 'again' })
    return seePage(c, { search: withAnother(journey.search) }, '/login')
  }
  // Who was signed in by the id of before stays so: nobody else has been given it.
  setSessionCookies(c, [chosen, ...accounts.filter((other) => other !== chosen)], world.now())
  clearStep(c)
  return goOn(c, journey, session)
}

/** POST /accounts/signout: signs this browser out of one account, or of all. */
export async function submitLeave(c: Context<DomainEnv>, journey: Journey, fields: Form): Promise<Response> {
  const { db, world } = c.var.ground
  const accounts = await held(c)
  const leaves = (session: HeldSession) => fields.get('action') === 'all' || session.publicId === fields.get('account')
  for (const session of accounts.filter(leaves)) await closeBrowserSession(db, c.var.pool, session.id)
  const rest = accounts.filter((session) => !leaves(session))
  if (rest.length === 0) clearSessionCookie(c)
  else setSessionCookies(c, rest, world.now())
  return seePage(c, journey, '/login')
}

function held(c: Context<DomainEnv>): Promise<readonly HeldSession[]> {
  const { db, world } = c.var.ground
  return heldSessions(db, world, c.var.pool, readSessionCookies(c))
}

/** The same request, for the page that signs in as somebody else; what the visitor came for stays its end. */
function withAnother(search: string): string {
  return `?${another}=1&${search.slice(1)}`
}

function chooserPage(frame: Frame, pool: Pool, accounts: readonly HeldSession[]): View {
  const title = say(frame, 'accounts.title')
  const out = (account: string, name: string) =>
    actions(frame, '/accounts/signout', { account }, [{ action: 'one', text: say(frame, 'account.signOut'), name }])
  return {
    title,
    body: html`<h1>${title}</h1>
${frame.appName === undefined || frame.appName === frame.poolName ? '' : html`<p class="lead">${sayMarked(frame, 'login.app', { app: frame.appName })}</p>`}
<ul class="accounts">${accounts.map(({ publicId = '', user }) => {
      const name = displayName(pool, user)
      const hint = [user.attributes.name, user.attributes.email].find((text) => text && text !== name)
      return html`<li><form method="post" action="${href(frame, '/accounts')}">
<input type="hidden" name="${tokenField}" value="${frame.token}">
<button class="option icon-person" name="account" value="${publicId}"><span class="title">${name}</span>${hint === undefined ? '' : html`<span class="hint">${hint}</span>`}</button>
</form>${out(publicId, name)}</li>`
    })}</ul>
<p><a class="secondary" href="${frame.path}/login${withAnother(frame.search)}">${say(frame, 'accounts.other')}</a></p>
<div class="more">${actions(frame, '/accounts/signout', {}, [{ action: 'all', text: say(frame, 'accounts.signOutAll') }])}</div>`,
  }
}
