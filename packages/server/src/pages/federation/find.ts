import type { Context } from 'hono'
import { html } from 'hono/html'
import { providerOfAddress } from '../../sign-in/federation/depart.ts'
import type { IdentityProvider } from '../../store/setup/identity-providers.ts'
import type { DomainEnv } from '../../web/env.ts'
import type { Form } from '../../web/forms.ts'
import type { Journey } from '../journey.ts'
import { showFirst } from '../login.ts'
import { readInput } from '../parts/inputs.ts'
import type { Frame, View } from '../parts/layout.ts'
import { say, sayMarked } from '../parts/say.ts'
import { fault } from '../parts/words.ts'
import { seePage, show } from '../reply.ts'
import { addressInput, providerHref, shownName } from './providers.ts'

/** GET /findProvider: what a reload asks for after the form was handed in. */
export async function showFind(c: Context<DomainEnv>, journey: Journey): Promise<Response> {
  return seePage(c, journey, '/login')
}

/** POST /findProvider: an e-mail address leads to the provider of its domain. */
export async function submitFind(c: Context<DomainEnv>, journey: Journey, fields: Form): Promise<Response> {
  const address = readInput(fields, addressInput)
  const provider = await providerOfAddress(c.var.ground.db, journey.party, address)
  if (provider) return show(c, journey, (frame) => onTheWay(frame, provider))
  const unknown = fault(addressInput.name, 'provider.unknown')
  return showFirst(c, journey, { values: { [addressInput.name]: address }, faults: [unknown] }, 400)
}

/**
 * Leads on by itself, or by its link. Not by a redirect: Chromium holds `form-action` against every address that a form
 * leads to, and a provider may redirect to hosts that nobody knows beforehand.
 */
function onTheWay(frame: Frame, provider: IdentityProvider): View {
  const address = providerHref(frame, provider)
  const name = shownName(provider)
  return {
    title: say(frame, 'provider.title'),
    goTo: address,
    body: html`<h1>${say(frame, 'provider.title')}</h1>
<p class="lead">${sayMarked(frame, 'provider.lead', { provider: name })}</p>
<a class="primary" href="${address}">${say(frame, 'provider.continue', { provider: name })}</a>`,
  }
}
