import { checkSecure, readDomain } from './addresses.ts'
import { readUrl } from './encoding.ts'
import { LoginError } from './login-error.ts'
import type { LoginOptions } from './options.ts'

/** The options, checked, with the defaults that more than one place needs; still nothing that needs a page. */
export type Settings = LoginOptions<unknown> & { redirectUri: string; scopes: readonly string[] }

/** Checks the options where they are written, in a browser or on a server: a wrong one is thrown as `config`. */
export function readOptions(options: LoginOptions<unknown>): Settings {
  const { domain, issuer, clientId, redirectUri = '/', scopes = ['openid'] } = options
  // Without openid there is no ID token, and nobody to say who signed in.
  if (!clientId || !(domain || issuer) || !scopes.includes('openid'))
    throw new LoginError('config', 'Needed: clientId, domain or issuer, the scope openid')
  const address = { domain: domain && readDomain(domain), issuer: issuer && checkSecure(issuer) }
  return { ...options, ...address, redirectUri, scopes } as Settings
}

/** A registered URL stays byte for byte what it is, since the server compares bytes; a path belongs to this origin. */
export function absolute(url: string): string {
  return readUrl(url) ? url : new URL(url, location.origin).href
}

/** Tokens in memory do not survive a load: the address changes in place, and routers hear of it as of a step back. */
export function showPage(url: string): void {
  if (url === location.href) return
  history.replaceState(history.state, '', url)
  dispatchEvent(new PopStateEvent('popstate', { state: history.state }))
}
