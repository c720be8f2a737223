import { readRecord } from './encoding.ts'
import { LoginError, oauthFailure } from './login-error.ts'

/** The server's JSON answer to a GET, or to a form; OAuth errors, silence and nonsense are thrown as LoginError. */
export async function ask(
  url: string,
  form?: Record<string, string>,
  keepalive = false,
): Promise<Record<string, unknown>> {
  let answer: Response
  let text: string
  try {
    answer = await fetch(url, {
      method: form ? 'POST' : 'GET',
      // The browser names the type: application/x-www-form-urlencoded, which needs no preflight.
      body: form && new URLSearchParams(form),
      credentials: 'omit',
      // A redirect would carry code or refresh token to an address nobody configured.
      redirect: 'error',
      keepalive,
      // What outlives the page must not keep the visitor from leaving it.
      signal: AbortSignal.timeout(keepalive ? 5_000 : 30_000),
    })
    text = await answer.text()
  } catch (cause) {
    throw new LoginError('network', `No answer from ${url}`, { cause, retryable: true })
  }
  const body = readRecord(() => text)
  const { ok, status } = answer
  if (ok && body) return body
  const busy = status > 499 || status === 429
  throw typeof body?.error === 'string'
    ? oauthFailure(body.error, body.error_description, busy)
    : new LoginError('server', `${url} answered ${status}, not OAuth`, { retryable: busy })
}
