import type { Context } from 'hono'
import { html } from 'hono/html'
import { confirmRegistration } from '../directory/register.ts'
import { PoolError } from '../errors.ts'
import { type Client, findClient } from '../store/setup/clients.ts'
import type { DomainEnv } from '../web/env.ts'
import { formToken, readForm } from '../web/forms.ts'
import { refusedForm } from './error.ts'
import { form } from './parts/fields.ts'
import type { Frame, View } from './parts/layout.ts'
import { explain } from './parts/words.ts'
import { show } from './reply.ts'

/** What the link in a message says. */
interface LinkTarget {
  readonly client: Client
  readonly username: string
  readonly code: string
}

/** GET /confirmUser: asks before anything is done, since programs that scan mail open every link in it. */
export async function showConfirmLink(c: Context<DomainEnv>): Promise<Response> {
  const target = await readTarget(c)
  const token = formToken(c)
  const { search } = new URL(c.req.url)
  return show(c, undefined, (frame) => askPage({ ...frame, token, search }, target.username))
}

/** POST /confirmUser: confirms the account, and verifies the address that the link went to. */
export async function submitConfirmLink(c: Context<DomainEnv>): Promise<Response> {
  const { client, username, code } = await readTarget(c)
  const sent = await readForm(c)
  if ('refused' in sent) {
    // The link still works: the same page, with a token that fits this browser.
    const token = formToken(c)
    const { search } = new URL(c.req.url)
    if (sent.refused === 'token')
      return show(c, undefined, (frame) => askPage({ ...frame, token, search }, username), sent.status)
    return show(c, undefined, (frame) => refusedForm(frame, sent.refused), sent.status)
  }
  const { db, world } = c.var.ground
  try {
    await confirmRegistration(db, world, { pool: c.var.pool, client }, { username, code })
  } catch (thrown) {
    const error = PoolError.from(thrown)
    if (error.code === 'Internal') throw thrown
    return show(c, undefined, () => failedPage(error), error.failure.status)
  }
  return show(c, undefined, donePage)
}

async function readTarget(c: Context<DomainEnv>): Promise<LinkTarget> {
  const { client_id: id, user_name: username, confirmation_code: code } = c.req.query()
  const client = id ? await findClient(c.var.ground.db, id) : undefined
  if (!client || client.poolId !== c.var.pool.id || !username || !code)
    throw new PoolError('InvalidRequest', 'The link is incomplete. Open it from the message once more, as a whole.')
  return { client, username, code }
}

function askPage(frame: Frame, username: string): View {
  return {
    title: 'Confirm your account',
    body: html`<h1>Confirm your account</h1>
<p class="lead">One more click, and the account <strong>${username}</strong> is ready.</p>
${form(frame, '/confirmUser', [], 'Confirm account')}
<div class="more"><p>You did not sign up? Close this page, and nothing happens.</p></div>`,
  }
}

function donePage(): View {
  return {
    title: 'Account confirmed',
    body: html`<h1>Your account is confirmed</h1>
<p class="lead">Go back to the app that you came from, and sign in. You can close this page.</p>`,
  }
}

function failedPage(error: PoolError): View {
  const dead = error.code === 'ExpiredCode' || error.code === 'CodeMismatch' || error.code === 'UserNotFound'
  return {
    title: 'This link does not work any more',
    failed: true,
    body: dead
      ? html`<h1>This link does not work any more</h1>
<p class="lead">It was used already, a newer one was sent, or it is too old.</p>
<p>If you have confirmed your account before, just sign in. If not, sign in to the app all the same: it offers you a new message.</p>`
      : html`<h1>This did not work</h1>
<p class="lead">${explain(error, []).sentence}</p>`,
  }
}
