import { type JsonObject, readJsonObject } from './json.ts'

/** How the network is used: with whose fetch, how long (milliseconds) one exchange may take in all. */
export interface Network {
  readonly fetch: typeof fetch
  readonly timeout: number
}

const maxBody = 256 * 1024
const jsonType = /^application\/([\w.+-]+\+)?json *(;|$)/i

/**
 * Gets a JSON object. Resolves to it for status 200 and to the bare status for any other; throws when the network fails,
 * the answer is a redirection, comes too slowly, is too large, or is not one JSON object.
 */
export async function getJson(
  network: Network,
  url: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; body?: JsonObject }> {
  const response = await network.fetch(url, {
    headers: { accept: 'application/json', ...headers },
    // An address is trusted as configured; where it would send us is not.
    redirect: 'error',
    signal: AbortSignal.timeout(network.timeout),
  })
  if (response.status !== 200) {
    await response.body?.cancel()
    return { status: response.status }
  }
  if (!jsonType.test(response.headers.get('content-type') ?? '')) {
    await response.body?.cancel()
    throw new Error('The answer is not declared as JSON')
  }
  const body = readJsonObject(await readBody(response))
  if (body === undefined) throw new Error('The answer is not a JSON object')
  return { status: 200, body }
}

async function readBody(response: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let length = 0
  // Leaving the loop by an error cancels the rest of the body.
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    if (length > maxBody) throw new Error(`The answer is larger than ${maxBody} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
