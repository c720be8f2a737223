import type { UserAnswer } from '../api/answers.ts'

/** What became of a call: the answer, or the reason there is none. */
export type Outcome =
  | { readonly status: number; readonly answer: UserAnswer }
  | { readonly status: number | undefined; readonly answer?: undefined; readonly reason: string }

/** Calls an address of the API. Never rejects: a refusal is an outcome like any other. */
export async function callApi(fetch: typeof globalThis.fetch, path: string): Promise<Outcome> {
  let response: Response
  try {
    response = await fetch(path)
  } catch (error) {
    return { status: undefined, reason: error instanceof Error ? error.message : 'The API gave no answer.' }
  }
  const body: unknown = await response.json().catch(() => undefined)
  if (response.ok && isAnswer(body)) return { status: response.status, answer: body }
  return { status: response.status, reason: reasonOf(body) ?? 'The API gave an answer that makes no sense.' }
}

// The site's own back end, of the same version: what tells its answer from a proxy's error page is enough.
function isAnswer(body: unknown): body is UserAnswer {
  return typeof body === 'object' && body !== null && 'greeting' in body && 'token' in body
}

function reasonOf(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('error_description' in body)) return undefined
  return typeof body.error_description === 'string' ? `${body.error_description}.` : undefined
}
