import type { Context } from 'hono'
import { html } from 'hono/html'
import { type FailureCode, PoolError } from '../errors.ts'
import type { DomainEnv } from '../web/env.ts'
import type { FormRefusal } from '../web/forms.ts'
import { type Frame, type Html, href, type View } from './parts/layout.ts'
import { show } from './reply.ts'

/** What the error page may be asked to say by its address: fixed sentences only, so that no link speaks with our voice. */
// biome-ignore format: a table
const sentences = new Map<string | undefined, string>(Object.entries({
  invalid_request:         'The link that brought you here is incomplete or wrong.',
  unauthorized_client:     'This app may not sign people in this way.',
  redirect_mismatch:       'The address that the app wants you to return to is not registered.',
  access_denied:           'You do not have access.',
  server_error:            'Something went wrong on our side.',
  temporarily_unavailable: 'We are busy at the moment. Please try again in a minute.',
}))

const goBack = 'Go back to the app that you came from, and try again from there.'

/** Failures that have a page of their own; without a lead it is the rule's sentence, which is written for the caller. */
const failures: { readonly [Code in FailureCode]?: { title: string; lead?: string; help?: string } } = {
  InvalidRequest: { title: 'This link does not work', help: goBack },
  TooLarge: { title: 'This form is too large', lead: 'Nothing was done.', help: goBack },
}
const ours = {
  title: 'Something went wrong',
  lead: 'We could not do this just now. Please try again in a minute.',
  help: undefined,
}

const refusals: Readonly<Record<FormRefusal['refused'], string>> = {
  'cross-site': 'This form was sent from another site, so we have ignored it.',
  token: 'This page was open for too long, or cookies are switched off in this browser. Nothing was done.',
  'media-type': 'This form was sent in a way that we do not take.',
  malformed: 'This form could not be read.',
}

/** Answers a request that failed: in plain words when we know them, never with the inside of a fault of ours. */
export async function showFailure(thrown: unknown, c: Context<DomainEnv>): Promise<Response> {
  const error = PoolError.from(thrown)
  const { requestId, ground, pool } = c.var
  if (error.code === 'Internal')
    ground.world.log.error('page failed', { requestId, poolId: pool.id, error: error.cause ?? error })
  const { title, lead, help } = failures[error.code] ?? ours
  const view = (): View =>
    failure(title, html`<p class="lead">${lead ?? error.message}</p>${help ? html`<p>${help}</p>` : ''}`, requestId)
  return show(c, undefined, view, error.failure.status)
}

/** The error page that others redirect to. */
export async function showError(c: Context<DomainEnv>): Promise<Response> {
  const text = sentences.get(c.req.query('error')) ?? 'The page that you asked for could not be shown.'
  const view = (): View =>
    failure('Something went wrong', html`<p class="lead">${text}</p><p>${goBack}</p>`, c.var.requestId)
  return show(c, undefined, view, 400)
}

/** Where a visitor is left who has signed out and has no app to return to. */
export async function showSignedOut(c: Context<DomainEnv>): Promise<Response> {
  return show(c, undefined, () => ({
    title: 'Signed out',
    body: html`<h1>You are signed out</h1>
<p class="lead">On this browser you are no longer signed in. You can close this page.</p>`,
  }))
}

/** Says why a form was not taken, and leads back to the beginning. */
export function refusedForm(frame: Frame, refused: FormRefusal['refused']): View {
  return failure(
    'Please start again',
    html`<p class="lead">${refusals[refused]}</p>
<p><a class="primary" href="${href(frame, '/login')}">Start again</a></p>`,
  )
}

/** Says that accounts are not made here, and leads back. */
export function closedSignUp(frame: Frame): View {
  return failure(
    'Sign-up is not open',
    html`<p class="lead">You cannot create an account here yourself. Ask the people who run this app for one.</p>
<p><a class="primary" href="${href(frame, '/login')}">Back to sign-in</a></p>`,
  )
}

function failure(title: string, body: Html, requestId?: string): View {
  return {
    title,
    failed: true,
    body: html`<h1>${title}</h1>
${body}
${requestId === undefined ? '' : html`<p class="reference">If you ask for help, mention <code>${requestId}</code></p>`}`,
  }
}
