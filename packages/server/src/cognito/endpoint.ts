import type { Api, OperationName } from '@poolhouse/api'
import { PoolError } from '../errors.ts'
import { readText } from '../web/body.ts'
import type { Ground } from '../web/env.ts'
import { operations } from './operations.ts'
import { bodyLimit, operationName, parseInput } from './parse.ts'
import { contentType, failure, replyBody } from './reply.ts'
import { type Resolved, resolve } from './resolve.ts'
import { checkSignature, needsSignature } from './sigv4.ts'

/**
 * Browsers of any site may call, as on AWS: no cookie is looked at. What they may read of the answer is named. Only browsers
 * ask, by an Origin (https://fetch.spec.whatwg.org/#http-cors-protocol).
 */
const anyOrigin = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'x-amzn-requestid,x-amzn-errortype,x-amzn-errormessage,date',
}

/**
 * Answers POST / with X-Amz-Target: reads, checks the signature where the operation asks for one, parses, looks up,
 * runs, replies. Every failure is answered in the shape of AWS's JSON 1.1 protocol. `address` is the caller's.
 */
export async function cognito(
  { db, world }: Ground,
  request: Request,
  requestId: string,
  address: string,
): Promise<Response> {
  const started = world.now()
  const sharing = request.headers.get('origin') === null ? undefined : anyOrigin
  let operation: OperationName | undefined
  try {
    operation = operationName(request.headers.get('x-amz-target') ?? undefined)
    const body = await run(operation, { db, world }, request, address)
    world.log.info('operation', { requestId, operation, outcome: 'ok', milliseconds: world.now() - started })
    return new Response(body, { headers: { ...sharing, 'content-type': contentType, 'x-amzn-requestid': requestId } })
  } catch (thrown) {
    const error = PoolError.from(thrown)
    const fields = {
      requestId,
      ...(operation && { operation }),
      outcome: error.code,
      milliseconds: world.now() - started,
    }
    if (error.code === 'Internal') world.log.error('operation', { ...fields, error: error.cause ?? error })
    else world.log.info('operation', fields)
    const response = failure(error)
    for (const [name, value] of Object.entries(sharing ?? {})) response.headers.set(name, value)
    response.headers.set('x-amzn-requestid', requestId)
    return response
  }
}

async function run(name: OperationName, { db, world }: Ground, request: Request, address: string): Promise<string> {
  const text = await readText(request, bodyLimit(name))
  const region = needsSignature(name) ? (await checkSignature(world, request, text)).region : ''
  const input = parseInput(name, text)
  const context = await resolve(db, world, { operation: name, region: world.config.region ?? region, address }, input)
  // The table pairs each name with its own handler and Context; a name known only at run time cannot say so to the types.
  const handler = operations[name] as (input: unknown, context: Resolved) => Promise<Api[OperationName]['output']>
  return replyBody(name, await handler(input, context), world.config.mode === 'development')
}
