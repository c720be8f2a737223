import type { LambdaClient } from '@aws-sdk/client-lambda'
import { LRUCache } from 'lru-cache'
import type { TriggerEvent } from '../world.ts'
import { type FunctionOutcome, longestAnswer, readThrown, type Target } from './outcome.ts'

/** Functions behind Lambda's Invoke call: AWS's, or an emulator's. */
export interface LambdaEndpoint {
  call(target: Target, event: TriggerEvent, milliseconds: number): Promise<FunctionOutcome>
  close(): void
}

/** An endpoint, `{region}` in it; credentials come from where the SDK looks for them. `report` is told why a call failed. */
export function createLambdaEndpoint(endpoint: string, report: (name: string, error: unknown) => void): LambdaEndpoint {
  // Regions come from ARNs that whoever sets up pools writes, so their number has a bound.
  const clients = new LRUCache<string, LambdaClient>({ max: 32, dispose: (client) => client.destroy() })
  return {
    async call({ arn, name, region }, event, milliseconds) {
      // Loaded with the first call: a server without an endpoint has no need of it.
      const { InvokeCommand, LambdaClient } = await import('@aws-sdk/client-lambda')
      let client = clients.get(region)
      if (!client) {
        client = new LambdaClient({ region, endpoint: endpoint.replaceAll('{region}', region), maxAttempts: 1 })
        clients.set(region, client)
      }
      const deadline = new AbortController()
      const timer = setTimeout(() => deadline.abort(), milliseconds)
      // Raced, since a wait for credentials does not end with the signal.
      const late = new Promise<undefined>((resolve) =>
        deadline.signal.addEventListener('abort', () => resolve(undefined)),
      )
      try {
        const command = new InvokeCommand({ FunctionName: arn, Payload: JSON.stringify(event) })
        const answer = await Promise.race([client.send(command, { abortSignal: deadline.signal }), late])
        if (!answer) return { outcome: 'timeout' }
        return readPayload(answer.FunctionError !== undefined, answer.Payload?.transformToString() ?? '')
      } catch (error) {
        if (deadline.signal.aborted) return { outcome: 'timeout' }
        report(name, error)
        return readError(error)
      } finally {
        clearTimeout(timer)
      }
    },
    close: () => clients.clear(),
  }
}

/**
 * What Lambda says of a call that it made. The emulator in AWS's images tells of an error in the payload alone
 * (aws-lambda-runtime-interface-emulator issue 20); no event of a user pool has an errorMessage.
 */
function readPayload(failed: boolean, json: string): FunctionOutcome {
  const thrown = readThrown(json)
  if (thrown !== undefined) return { outcome: 'threw', text: thrown }
  if (failed) return { outcome: 'failed', text: 'Unhandled' }
  return json.length <= longestAnswer ? { outcome: 'returned', json } : { outcome: 'returned' }
}

/** A refusal by Lambda is told by its name, which its API documents; anything else is the operator's to know. */
function readError(error: unknown): FunctionOutcome {
  const name = error instanceof Error && '$metadata' in error && '$fault' in error ? error.name : ''
  if (name === 'TooManyRequestsException') return { outcome: 'throttled' }
  return { outcome: 'failed', text: /^\w{1,64}$/.test(name) ? name : 'Could not connect to the endpoint' }
}
