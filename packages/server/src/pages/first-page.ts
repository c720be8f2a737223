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
import { type Notice, notices } from './parts/words.ts'

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
  const asksName = offersChoice(party)
  const input = nameInput(pool)
  // The second word has browsers offer passkeys among the names (WebAuthn, "conditional user mediation").
  const named = passkeys ? { ...input, autocomplete: `${input.autocomplete} webauthn` } : input
  const name = textField(named, asksName ? { ...filled, focus: filled.focus && 'username' } : filled)
  return {
    title: 'Sign in',
    failed: Boolean(filled.faults?.length),
    script: passkeys && 'passkey.js',
    body: html`${summary(filled)}${notice(noticed && notices[noticed])}<h1>Sign in</h1>
${frame.appName === undefined || frame.appName === frame.poolName ? '' : html`<p class="lead">to continue to <strong>${frame.appName}</strong></p>`}
${isOpen ? form(frame, '/login', asksName ? name : [name, passwordField(filled), forgotLink(frame, pool)], asksName ? 'Continue' : 'Sign in') : ''}
${passkeys ? passkeyForm(frame, '/passkey/offered', { ceremony: 'get', options: passkeys, button: 'Sign in with a passkey', beside: true }) : ''}
${providerChoice(frame, providers, isOpen, filled)}
${!isOpen || pool.settings.AdminCreateUserConfig?.AllowAdminCreateUserOnly ? '' : html`<div class="more"><p>New here? <a href="${href(frame, '/signup')}">Create an account</a></p></div>`}`,
  }
}

/** Where a forgotten password is replaced, in a pool whose users may do so. */
export function forgotLink(frame: Frame, { settings }: Pool): Html {
  const { RecoveryMechanisms = [] } = settings.AccountRecoverySetting ?? {}
  if (RecoveryMechanisms.some(({ Name }) => Name === 'admin_only')) return html``
  return html`<p class="aside"><a href="${href(frame, '/forgotPassword')}">Forgot your password?</a></p>`
}
