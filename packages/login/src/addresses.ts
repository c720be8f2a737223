import { ask } from './ask.ts'
import { readUrl } from './encoding.ts'
import { LoginError } from './login-error.ts'
import type { PoolAddress } from './options.ts'

/** The pool's addresses, as far as this client uses them. */
export interface Endpoints {
  issuer: string | undefined
  authorize: string
  token: string
  revoke: string | undefined
  logout: string | undefined
}

/** True for an https URL, and for http on a loopback name, where no network can listen. */
export function isSecure(url: unknown): url is string {
  const { protocol, hostname = '' } = readUrl(url) ?? {}
  const loopback = /^((.+\.)?localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)
  return typeof url === 'string' && (protocol === 'https:' || (protocol === 'http:' && loopback))
}

/** The URL itself when secrets may be sent to it; a config error otherwise. */
export function checkSecure(url: unknown): string {
  if (isSecure(url)) return url
  throw new LoginError('config', `Not an https URL: ${url}`)
}

/** A hosted domain as a base URL: a bare host gets https, a slash at the end goes. */
export function readDomain(domain: string): string {
  return checkSecure(/^https?:/i.test(domain) ? domain : `https://${domain}`).replace(/\/+$/, '')
}

/** Finds the endpoints on first use and remembers them; a failed discovery is tried again by the next call. */
export function createEndpoints(address: PoolAddress): () => Promise<Endpoints> {
  let found: Promise<Endpoints> | undefined
  return () => {
    found ??= find(address).catch((error) => {
      found = undefined
      throw error
    })
    return found
  }
}

/** An endpoint with parameters beside those it may have already; what is undefined is left out. */
export function addressOf(endpoint: string, parameters: Record<string, string | undefined>): URL {
  const url = new URL(endpoint)
  for (const [name, value] of Object.entries(parameters)) if (value) url.searchParams.set(name, value)
  return url
}

async function find({ domain, issuer }: PoolAddress): Promise<Endpoints> {
  if (domain !== undefined) {
    const oauth = `${domain}/oauth2/`
    const [authorize, token, revoke] = [`${oauth}authorize`, `${oauth}token`, `${oauth}revoke`]
    return { issuer, authorize, token, revoke, logout: `${domain}/logout` }
  }
  // OpenID Connect Discovery 1.0 section 4; the document must name the issuer it was asked of (4.3).
  const document = await ask(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`)
  if (document.issuer !== issuer) throw new LoginError('config', `Issuer ${issuer} calls itself ${document.issuer}`)
  const {
    authorization_endpoint: authorize,
    token_endpoint: token,
    revocation_endpoint: revoke,
    end_session_endpoint: logout,
  } = document
  for (const url of [authorize, token, revoke ?? token, logout ?? token]) checkSecure(url)
  return { issuer, authorize, token, revoke, logout } as Endpoints
}
