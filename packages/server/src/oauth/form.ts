import { PoolError } from '../errors.ts'
import { readText } from '../web/body.ts'

/** Far above any code, token and verifier. */
const largestBody = 64 * 1024

/**
 * The parameters of a form-encoded POST, each at most once (RFC 6749 section 3.2); an empty one counts as left out.
 * Parameters in the address are not looked at: secrets do not belong there.
 */
export async function readParameters(request: Request): Promise<ReadonlyMap<string, string>> {
  const mediaType = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (mediaType !== 'application/x-www-form-urlencoded')
    throw new PoolError('InvalidRequest', 'The body must be application/x-www-form-urlencoded')
  const parameters = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(await readText(request, largestBody))) {
    if (parameters.has(name)) throw new PoolError('InvalidRequest', 'A parameter is there more than once')
    parameters.set(name, value)
  }
  for (const [name, value] of parameters) if (value === '') parameters.delete(name)
  return parameters
}
