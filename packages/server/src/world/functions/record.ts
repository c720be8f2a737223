import type { Config } from '../../config.ts'
import { PoolError } from '../../errors.ts'
import type { TriggerCall, World } from '../world.ts'

/** Calls that are kept: as many as the inbox keeps messages. */
const kept = 500

/** A record of trigger calls. */
export interface TriggerRecord {
  /** The newest calls, oldest first. */
  readonly calls: readonly TriggerCall[]
  readonly invoke: World['invoke']
}

/**
 * Records what passes through `invoke`, in development alone: events hold what users write, a password among it, and in
 * production they are nobody's to read.
 */
export function recordTriggers(mode: Config['mode'], now: () => number, invoke: World['invoke']): TriggerRecord {
  const calls: TriggerCall[] = []
  if (mode !== 'development') return { calls, invoke }
  let counter = 0
  return {
    calls,
    async invoke(arn, event) {
      const started = performance.now()
      const common = {
        id: ++counter,
        at: now(),
        source: event.triggerSource,
        poolId: event.userPoolId,
        arn,
        // As it was sent: who sent it may change it afterwards.
        event: JSON.parse(JSON.stringify(event)) as unknown,
      }
      const keep = (outcome: Pick<TriggerCall, 'answer' | 'error'>) => {
        calls.push({ ...common, ...outcome, milliseconds: Math.round(performance.now() - started) })
        if (calls.length > kept) calls.shift()
      }
      try {
        const answer = await invoke(arn, event)
        keep({ answer: structuredClone(answer) })
        return answer
      } catch (thrown) {
        const { failure, message } = PoolError.from(thrown)
        keep({ error: { name: failure.aws, message } })
        throw thrown
      }
    },
  }
}
