import type { Context } from 'hono'
import { html } from 'hono/html'
import { type FailureCode, PoolError } from '../errors.ts'
import type { UntoldId } from '../languages/messages.ts'
import type { DomainEnv } from '../web/env.ts'
import type { FormRefusal } from '../web/forms.ts'
import { type Frame, type Html, href, type View } from './parts/layout.ts'
import { say, sayMarked } from './parts/say.ts'
import { show } from './reply.ts'

/** What the error page may be asked to say by its address: fixed sentences only, so that no link speaks with our voice. */
const sentences = new Map<string | undefined, UntoldId>(
  (
    [
      'invalid_request',
      'unauthorized_client',
      'redirect_mismatch',
      'access_denied',
      'server_error',
      'temporarily_unavailable',
    ] as const
  ).map((code) => [code, `error.${code}`]),
)

/** Failures that have a page of their own; without a lead it is the rule's sentence, which is written for the caller. */
const failures: { readonly [Code in FailureCode]?: { title: UntoldId; lead?: UntoldId; help?: UntoldId } } = {
  InvalidRequest: { title: 'error.link', help: 'error.goBack' },
  TooLarge: { title: 'error.tooLarge', lead: 'error.nothing', help: 'error.goBack' },
}
const ours = { title: 'error.title', lead: 'error.lead', help: undefined } as const

const refusals: Readonly<Record<FormRefusal['refused'], UntoldId>> = {
  'cross-site': 'refused.crossSite',
  token: 'refused.token',
  'media-type': 'refused.mediaType',
  malformed: 'refused.malformed',
}

/** Answers a request that failed: in plain words when we know them, never with the inside of a fault of ours. */
export async function showFailure(thrown: unknown, c: Context<DomainEnv>): Promise<Response> {
  const error = PoolError.from(thrown)
  const { requestId, ground, pool } = c.var
  if (error.code === 'Internal')
    ground.world.log.error('page failed', { requestId, poolId: pool.id, error: error.cause ?? error })
  const { title, lead, help } = failures[error.code] ?? ours
  const view = (frame: Frame): View =>
    failure(
      frame,
      title,
      html`<p class="lead">${lead ? say(frame, lead) : error.message}</p>${help ? html`<p>${say(frame, help)}</p>` : ''}`,
      requestId,
    )
  return show(c, undefined, view, error.failure.status)
}

/** The error page that others redirect to. */
export async function showError(c: Context<DomainEnv>): Promise<Response> {
  const said = sentences.get(c.req.query('error')) ?? 'error.unknown'
  const view = (frame: Frame): View =>
    failure(
      frame,
      'error.title',
      html`<p class="lead">${say(frame, said)}</p><p>${say(frame, 'error.goBack')}</p>`,
      c.var.requestId,
    )
  return show(c, undefined, view, 400)
}

/** Where a visitor is left who has signed out and has no app to return to. */
export async function showSignedOut(c: Context<DomainEnv>): Promise<Response> {
  return show(c, undefined, (frame) => ({
    title: say(frame, 'signedOut.title'),
    body: html`<h1>${say(frame, 'signedOut.heading')}</h1>
<p class="lead">${say(frame, 'signedOut.lead')}</p>`,
  }))
}

/** Says why a form was not taken, and leads back to the beginning. */
export function refusedForm(frame: Frame, refused: FormRefusal['refused']): View {
  return failure(
    frame,
    'refused.title',
    html`<p class="lead">${say(frame, refusals[refused])}</p>
<p><a class="primary" href="${href(frame, '/login')}">${say(frame, 'refused.again')}</a></p>`,
  )
}

/** Says that accounts are not made here, and leads back. */
export function closedSignUp(frame: Frame): View {
  return failure(
    frame,
    'signUp.closedTitle',
    html`<p class="lead">${say(frame, 'signUp.closed')}</p>
<p><a class="primary" href="${href(frame, '/login')}">${say(frame, 'login.back')}</a></p>`,
  )
}

/** Says that the link of a message has lost a part. */
export function brokenLink(frame: Frame): View {
  return failure(frame, 'error.link', html`<p class="lead">${say(frame, 'confirmLink.incomplete')}</p>`)
}

/** Says that nothing is known of a sign-in that comes back from a provider: of another browser, used, or too long ago. */
export async function showLostTrip(c: Context<DomainEnv>): Promise<Response> {
  const body = (frame: Frame) =>
    html`<p class="lead">${say(frame, 'provider.lost')}</p><p>${say(frame, 'error.goBack')}</p>`
  return show(c, undefined, (frame) => failure(frame, 'refused.title', body(frame), c.var.requestId), 400)
}

function failure(frame: Frame, titled: UntoldId, body: Html, requestId?: string): View {
  const title = say(frame, titled)
  return {
    title,
    failed: true,
    body: html`<h1>${title}</h1>
${body}
${requestId === undefined ? '' : html`<p class="reference">${sayMarked(frame, 'error.reference', { id: requestId })}</p>`}`,
  }
}
