import { html } from 'hono/html'
import type { Party } from '../directory/register.ts'
import { supportsProvider } from '../settings/clients.ts'
import type { RequestOptions } from '../sign-in/factors/passkeys.ts'
import { offersChoice } from '../sign-in/factors.ts'
import type { IdentityProvider } from '../store/setup/identity-providers.ts'
import type { Pool } from '../store/setup/pools.ts'
import { providerChoice } from './federation/providers.ts'
import { type Filled, form, notice, passkeyForm, passwordField, summary, textField } from './parts/fields.ts'
import { nameInput } from './parts/inputs.ts'
import { type Frame, type Html, href, type View } from './parts/layout.ts'
import { say, sayMarked } from './parts/say.ts'
import type { Notice } from './parts/words.ts'

/** What stands beside the form. */
export interface Beside {
  readonly noticed?: Notice | undefined
  readonly passkeys?: RequestOptions | undefined
  readonly providers?: readonly IdentityProvider[]
}

/** The page that a sign-in begins with: name and password, or the name alone, and other providers. */
export function firstPage(
  frame: Frame,
  party: Party,
  filled: Filled,
  { noticed, passkeys, providers = [] }: Beside = {},
): View {
  const { pool, client } = party
  const isOpen = supportsProvider(client, 'COGNITO')
  const asksName = offersChoice(party) || asksChallenge(frame)
  const input = nameInput(pool)
  // The second word has browsers offer passkeys among the names (WebAuthn, "conditional user mediation").
  const named = passkeys ? { ...input, autocomplete: `${input.autocomplete} webauthn` } : input
  const name = textField(frame, named, asksName ? { ...filled, focus: filled.focus && 'username' } : filled)
  return {
    title: say(frame, 'login.title'),
    failed: Boolean(filled.faults?.length),
    script: passkeys && 'passkey.js',
    body: html`${summary(frame, filled)}${notice(noticed && say(frame, `notice.${noticed}`))}<h1>${say(frame, 'login.title')}</h1>
${frame.appName === undefined || frame.appName === frame.poolName ? '' : html`<p class="lead">${sayMarked(frame, 'login.app', { app: frame.appName })}</p>`}
${isOpen ? form(frame, '/login', asksName ? name : [name, passwordField(frame, filled), forgotLink(frame, pool)], say(frame, asksName ? 'login.continue' : 'login.submit')) : ''}
${passkeys ? passkeyForm(frame, '/passkey/offered', { ceremony: 'get', options: passkeys, button: say(frame, 'login.passkey'), beside: true }) : ''}
${providerChoice(frame, providers, isOpen, filled)}
${!isOpen || pool.settings.AdminCreateUserConfig?.AllowAdminCreateUserOnly ? '' : html`<div class="more"><p>${sayMarked(frame, 'login.new', { link: href(frame, '/signup') })}</p></div>`}`,
  }
}

/**
 * Whether the app asks for a sign-in by the pool's own challenges: AWS's pages have none, so that nobody gets them who did
 * not ask by name.
 */
export function asksChallenge({ search }: Pick<Frame, 'search'>): boolean {
  return new URLSearchParams(search).get('auth_flow') === 'CUSTOM_AUTH'
}

/** Where a forgotten password is replaced, in a pool whose users may do so. */
export function forgotLink(frame: Frame, { settings }: Pool): Html {
  const { RecoveryMechanisms = [] } = settings.AccountRecoverySetting ?? {}
  if (RecoveryMechanisms.some(({ Name }) => Name === 'admin_only')) return html``
  return html`<p class="aside"><a href="${href(frame, '/forgotPassword')}">${say(frame, 'login.forgot')}</a></p>`
}
