import { html } from 'hono/html'
import { message } from '../../languages/messages.ts'
import type { IdentityProvider } from '../../store/setup/identity-providers.ts'
import { type Filled, form, textField } from '../parts/fields.ts'
import type { Labelled } from '../parts/inputs.ts'
import type { Frame, Html } from '../parts/layout.ts'
import { say } from '../parts/say.ts'

/** The page that finds the provider of an e-mail address. */
export const findPath = '/findProvider'

/** The field of an address whose domain leads to a provider. */
export const addressInput: Labelled = {
  name: 'work_email',
  label: message('provider.workEmail'),
  type: 'email',
  autocomplete: 'email',
  hint: message('provider.workEmailHint'),
}

/** What people call the social providers. */
const shownNames: Readonly<Partial<Record<IdentityProvider['type'], string>>> = {
  LoginWithAmazon: 'Amazon',
  SignInWithApple: 'Apple',
}

/** A provider's name as people know it. */
export function shownName({ type, name }: IdentityProvider): string {
  return shownNames[type] ?? name
}

/** Where a provider is reached within the same authorization request. */
export function providerHref({ path, search }: Pick<Frame, 'path' | 'search'>, { name }: IdentityProvider): string {
  const rest = search
    .slice(1)
    .split('&')
    .filter((part) => !/^(identity_provider|idp_identifier)(=|$)/.test(part))
  return `${path}/oauth2/authorize?${[`identity_provider=${encodeURIComponent(name)}`, ...rest].join('&')}`
}

/**
 * The ways to a client's providers: a link each, since going there changes nothing here; those that have identifiers are
 * found by an address instead (AWS developer guide, "SAML identity provider identifiers").
 */
export function providerChoice(
  frame: Frame,
  providers: readonly IdentityProvider[],
  beside: boolean,
  filled: Filled,
): Html {
  if (providers.length === 0) return html``
  const named = providers.filter(({ identifiers }) => identifiers.length === 0)
  const found = named.length < providers.length
  return html`${beside ? html`<p class="or">${say(frame, 'provider.or')}</p>` : ''}
${named.map((provider) => html`<a class="secondary provider" href="${providerHref(frame, provider)}">${say(frame, 'provider.continue', { provider: shownName(provider) })}</a>`)}
${found ? form(frame, findPath, textField(frame, addressInput, filled), say(frame, 'provider.find')) : ''}`
}
