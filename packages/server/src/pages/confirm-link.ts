import type { Context } from 'hono'
import { html } from 'hono/html'
import { confirmRegistration } from '../directory/register.ts'
import { PoolError } from '../errors.ts'
import { type Client, findClient } from '../store/setup/clients.ts'
import type { DomainEnv } from '../web/env.ts'
import { formToken, readForm } from '../web/forms.ts'
import { brokenLink, refusedForm } from './error.ts'
import { form } from './parts/fields.ts'
import type { Frame, View } from './parts/layout.ts'
import { say, sayAgain, sayMarked } from './parts/say.ts'
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
  if (!target) return show(c, undefined, brokenLink, 400)
  const token = formToken(c)
  const { search } = new URL(c.req.url)
  return show(c, undefined, (frame) => askPage({ ...frame, token, search }, target.username))
}

/** POST /confirmUser: confirms the account, and verifies the address that the link went to. */
export async function submitConfirmLink(c: Context<DomainEnv>): Promise<Response> {
  const target = await readTarget(c)
  if (!target) return show(c, undefined, brokenLink, 400)
  const { client, username, code } = target
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
    return show(c, undefined, (frame) => failedPage(frame, error), error.failure.status)
  }
  return show(c, undefined, donePage)
}

async function readTarget(c: Context<DomainEnv>): Promise<LinkTarget | undefined> {
  const { client_id: id, user_name: username, confirmation_code: code } = c.req.query()
  const client = id ? await findClient(c.var.ground.db, id) : undefined
  if (!client || client.poolId !== c.var.pool.id || !username || !code) return undefined
  return { client, username, code }
}

function askPage(frame: Frame, username: string): View {
  return {
    title: say(frame, 'confirm.title'),
    body: html`<h1>${say(frame, 'confirm.title')}</h1>
<p class="lead">${sayMarked(frame, 'confirmLink.lead', { username })}</p>
${form(frame, '/confirmUser', [], say(frame, 'confirm.submit'))}
<div class="more"><p>${say(frame, 'confirmLink.stranger')}</p></div>`,
  }
}

function donePage(frame: Frame): View {
  return {
    title: say(frame, 'confirmLink.doneTitle'),
    body: html`<h1>${say(frame, 'confirmLink.done')}</h1>
<p class="lead">${say(frame, 'confirmLink.doneLead')}</p>`,
  }
}

function failedPage(frame: Frame, error: PoolError): View {
  const dead = error.code === 'ExpiredCode' || error.code === 'CodeMismatch' || error.code === 'UserNotFound'
  return {
    title: say(frame, dead ? 'confirmLink.dead' : 'confirmLink.failed'),
    failed: true,
    body: dead
      ? html`<h1>${say(frame, 'confirmLink.dead')}</h1>
<p class="lead">${say(frame, 'confirmLink.deadLead')}</p>
<p>${say(frame, 'confirmLink.deadHelp')}</p>`
      : html`<h1>${say(frame, 'confirmLink.failed')}</h1>
<p class="lead">${sayAgain(frame, explain(error, []).sentence)}</p>`,
  }
}
