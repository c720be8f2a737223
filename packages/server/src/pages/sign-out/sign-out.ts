// Leaving: the page that asks whether to sign out, for requests that do not prove who sent them (docs/adr/0031).
// Sign-out that an app may ask for without a question is a redirect of the OAuth door.
import type { Context } from 'hono'
import { html } from 'hono/html'
import { closeBrowserSession } from '../../sign-in/session.ts'
import { clearSessionCookie, readSessionCookie } from '../../web/cookies.ts'
import type { DomainEnv } from '../../web/env.ts'
import { formToken, readForm } from '../../web/forms.ts'
import { refusedForm } from '../error.ts'
import { form } from '../parts/fields.ts'
import type { Frame, View } from '../parts/layout.ts'
import { seeOther, show } from '../reply.ts'

/** GET /signout: asks, since any site can send a visitor here. */
export async function showSignOut(c: Context<DomainEnv>): Promise<Response> {
  const token = formToken(c)
  return show(c, undefined, (frame) => askPage({ ...frame, token }))
}

/** POST /signout: signs this browser out. */
export async function submitSignOut(c: Context<DomainEnv>): Promise<Response> {
  const sent = await readForm(c)
  if ('refused' in sent) {
    const token = formToken(c)
    if (sent.refused === 'token') return show(c, undefined, (frame) => askPage({ ...frame, token }), sent.status)
    return show(c, undefined, (frame) => refusedForm(frame, sent.refused), sent.status)
  }
  await closeBrowserSession(c.var.ground.db, c.var.pool, readSessionCookie(c))
  clearSessionCookie(c)
  return seeOther(c, `${c.var.domain.path}/signedout`)
}

function askPage(frame: Frame): View {
  return {
    title: 'Sign out',
    body: html`<h1>Sign out?</h1>
<p class="lead">On this browser you will be asked to sign in again.</p>
${form(frame, '/signout', [], 'Sign out')}
<div class="more"><p>You did not ask for this? Close this page, and nothing happens.</p></div>`,
  }
}
