import { availableParallelism } from 'node:os'
import { PoolError } from '../../errors.ts'

/** How much hashing there may be: under way, and waiting for its turn. */
export interface HashLimits {
  readonly atOnce: number
  readonly waiting: number
}

/** A queue before the hashing. Both throw TooManyRequests when too many wait, before anything was done. */
export interface HashQueue {
  /** Runs one piece of hashing in its turn. */
  run<T>(work: () => Promise<T>): Promise<T>
  /** Asks for room ahead of `run`, where there is work before the hashing that a refusal would waste. */
  checkRoom(): void
}

/**
 * A queue before the hashing of passwords. Hashes are the one work here that takes a core for ten milliseconds and more:
 * a storm of sign-ins would have hundreds of them under way, and none done.
 */
export function createHashQueue({ atOnce, waiting }: HashLimits): HashQueue {
  const line: (() => void)[] = []
  let underWay = 0
  const checkRoom = () => {
    if (underWay >= atOnce && line.length >= waiting) throw new PoolError('TooManyRequests', 'Too many requests')
  }
  return {
    checkRoom,
    async run(work) {
      checkRoom()
      // Whoever is done hands over the place: nobody who comes in between can take it.
      if (underWay >= atOnce) await new Promise<void>((resolve) => line.push(resolve))
      else underWay++
      try {
        return await work()
      } finally {
        const next = line.shift()
        if (next) next()
        else underWay--
      }
    },
  }
}

/**
 * The limits of a machine: one hash a core. What waits is done within about two seconds: a longer queue would be work for
 * callers who have given up.
 */
export function hashLimits(cores: number): HashLimits {
  return { atOnce: cores, waiting: 128 * cores }
}

/** The queue of this process, however many servers it runs. */
export const hashQueue: HashQueue = createHashQueue(hashLimits(availableParallelism()))
