import { readUrl } from './encoding.ts'

/** An answer of the authorization server found in the address, and that address without it. */
export interface Callback {
  state: string
  code: string | undefined
  error: string | undefined
  description: string | undefined
  iss: string | undefined
  /** The address without the parameters of the answer; all others and the fragment are byte for byte what they were. */
  url: string
}

const ours = ['code', 'state', 'iss', 'error', 'error_description', 'error_uri', 'session_state']

/** The answer in the address, if there is one: only at the redirect URI, only with a state. */
export function readCallback(href: string, redirectUri: string): Callback | undefined {
  const here = new URL(href)
  const there = new URL(redirectUri)
  const names = [...here.searchParams.keys()].filter((name) => ours.includes(name))
  const {
    state,
    code,
    error,
    error_description: description,
    iss,
  }: Partial<Record<string, string>> = Object.fromEntries(here.searchParams)
  if (here.origin + here.pathname !== there.origin + there.pathname) return undefined
  if (state === undefined || (code ?? error) === undefined) return undefined
  const isKept = (part: string) => ![...new URLSearchParams(part).keys()].some((name) => ours.includes(name))
  const kept = here.search.slice(1).split('&').filter(isKept).join('&')
  return {
    // A parameter that comes twice is from no server (RFC 6749 3.1): no attempt has the empty state.
    state: new Set(names).size < names.length ? '' : state,
    code,
    error,
    description,
    iss,
    url: here.origin + here.pathname + (kept && `?${kept}`) + here.hash,
  }
}

/**
 * The page to return to as a whole URL, or nothing when it is not a page of this very origin. The protocol is compared
 * too, since blob:https://site/x is of the origin https://site; and never a path alone, since that of /.//evil is //evil.
 */
export function readReturn(target: string, here: string): string | undefined {
  const url = readUrl(target, here)
  const { protocol, origin } = new URL(here)
  return url?.protocol === protocol && url.origin === origin && !url.username && !url.password ? url.href : undefined
}

/** The page to return to; on the callback's own page, parameters and fragment that came with the answer stay. */
export function mergeReturn(target: string, landed: string): string {
  const url = new URL(target)
  const { pathname, searchParams, hash } = new URL(landed)
  if (url.pathname !== pathname) return target
  for (const [name, value] of searchParams) if (!url.searchParams.has(name)) url.searchParams.append(name, value)
  url.hash ||= hash
  return url.href
}
