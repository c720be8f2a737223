import type { Engine } from './engine.ts'

/** A `fetch` that adds the access token for the page's own origin and the given ones, and for no others. */
export function createFetch(engine: Engine, apiOrigins: readonly string[]): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init)
    const { origin } = new URL(request.url)
    const allowed = origin === location.origin || apiOrigins.includes(origin)
    // An Authorization header of the caller's own is the caller's business.
    if (!allowed || request.headers.has('authorization')) return fetch(request)
    const { signal } = request
    const send = (sent: Request, token: string) => {
      sent.headers.set('authorization', `Bearer ${token}`)
      return fetch(sent)
    }
    const token = await engine.accessToken({ signal })
    // A body can be sent once: the copy is for the second try.
    const copy = request.clone()
    const answer = await send(request, token)
    if (answer.status !== 401) return answer
    let other: string
    try {
      other = await engine.accessToken({ signal }, token)
    } catch {
      // The 401 is the truth about this request; what became of the session is in the state.
      signal.throwIfAborted()
      return answer
    }
    return send(copy, other)
  }
}
