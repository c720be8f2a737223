import { AnswerTooLarge, createRequester, RequestTimeout } from '../request.ts'
import type { TriggerEvent } from '../world.ts'
import { type FunctionOutcome, longestAnswer, readThrown } from './outcome.ts'

/** Functions behind addresses. */
export interface Webhooks {
  /** Posts an event as JSON; the answer is the event again. */
  call(url: string, name: string, event: TriggerEvent, milliseconds: number): Promise<FunctionOutcome>
  close(): void
}

/** Calls under way at once: a slow webhook of one pool must not fill the memory. */
const most = 256

/**
 * Webhooks; `report` is told why a call failed on its way.
 *
 * A webhook refuses as a function does that throws: with a status of 4xx, or with the header X-Amz-Function-Error as
 * Lambda sends it, and `{"errorMessage": "…"}`. 429 is a throttled function, any other answer one that could not be run.
 */
export function createWebhooks(report: (name: string, error: unknown) => void): Webhooks {
  const requester = createRequester()
  let underWay = 0
  return {
    async call(url, name, event, milliseconds) {
      if (underWay >= most) return { outcome: 'throttled' }
      underWay++
      try {
        const { status, headers, body } = await requester.send({
          method: 'POST',
          url: new URL(url),
          headers: { 'content-type': 'application/json', accept: 'application/json' },
          body: JSON.stringify(event),
          milliseconds,
          limit: longestAnswer,
        })
        if (status === 429) return { outcome: 'throttled' }
        const succeeded = status >= 200 && status <= 299
        const refused = headers['x-amz-function-error'] !== undefined || (status >= 400 && status <= 499)
        const thrown = refused ? readThrown(body) : undefined
        if (thrown !== undefined) return { outcome: 'threw', text: thrown }
        // A redirection is not followed: the event was meant for the address that the operator named.
        return succeeded ? { outcome: 'returned', json: body } : { outcome: 'failed', text: `HTTP status ${status}` }
      } catch (error) {
        if (error instanceof RequestTimeout) return { outcome: 'timeout' }
        report(name, error)
        if (error instanceof AnswerTooLarge) return { outcome: 'returned' }
        // Which address it is and why it cannot be reached is the operator's to know.
        return { outcome: 'failed', text: 'Could not connect to the endpoint' }
      } finally {
        underWay--
      }
    },
    close: () => requester.close(),
  }
}
