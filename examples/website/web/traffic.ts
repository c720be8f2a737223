import { log } from './log.ts'

/** What can be done with a session besides what @poolhouse/login offers. */
export interface Traffic {
  /** Revokes the refresh token at the pool and leaves the page as it is: RFC 7009, as another device could do it. */
  readonly revoke: (clientId: string) => Promise<void>
}

/**
 * Listens in on the page's own requests, so that the visitor sees them, and for the experiment with revocation:
 * @poolhouse/login keeps the refresh token to itself, and a website has no business with it. Only a demonstration that
 * wants to revoke a session and stay on the page has to overhear it; it is kept in this closure.
 */
export function watchTraffic(domain: string): Traffic {
  const send = globalThis.fetch.bind(globalThis)
  const [tokens, revocation] = [`${domain}/oauth2/token`, `${domain}/oauth2/revoke`]
  let refreshToken: string | undefined

  globalThis.fetch = async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input, location.href)
    const method = init?.method ?? (input instanceof Request ? input.method : 'GET')
    const address = url.origin + url.pathname
    const detail = `${method} ${address.replace(domain, '').replace(location.origin, '')}`
    const title = titleOf(url, init?.body)
    try {
      const response = await send(input, init)
      log({ title, detail, outcome: `${response.status}`, kind: response.ok ? 'good' : 'bad' })
      if (address === tokens && response.ok) refreshToken = (await overhear(response.clone())) ?? refreshToken
      return response
    } catch (error) {
      log({ title, detail, outcome: 'no answer', kind: 'bad' })
      throw error
    }
  }

  return {
    async revoke(clientId) {
      if (refreshToken === undefined) throw new Error('There is no session to revoke.')
      const body = new URLSearchParams({ token: refreshToken, client_id: clientId })
      const response = await fetch(revocation, { method: 'POST', body, credentials: 'omit' })
      if (!response.ok) throw new Error(`The pool did not revoke the session: status ${response.status}.`)
      refreshToken = undefined
    },
  }
}

/** The refresh token of a token endpoint's answer; a refresh without rotation brings none. */
async function overhear(response: Response): Promise<string | undefined> {
  const answer: unknown = await response.json().catch(() => undefined)
  if (typeof answer !== 'object' || answer === null || !('refresh_token' in answer)) return undefined
  return typeof answer.refresh_token === 'string' ? answer.refresh_token : undefined
}

function titleOf({ pathname }: URL, body: unknown): string {
  const grant = body instanceof URLSearchParams ? body.get('grant_type') : null
  if (grant === 'authorization_code') return 'Code for tokens'
  if (grant === 'refresh_token') return 'Token renewal'
  if (pathname.endsWith('/oauth2/revoke')) return 'Revocation at the pool'
  if (pathname === '/api/checked-user') return 'API call with revocation check'
  if (pathname === '/api/user') return 'API call'
  return 'Request'
}
