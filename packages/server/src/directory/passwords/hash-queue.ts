import { availableParallelism } from 'node:os'
import { PoolError } from '../../errors.ts'

/** How much hashing there may be: under way on the thread pool, and waiting for its turn. */
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
 * in a storm of sign-ins they would fill the thread pool, and every signature would wait behind all of them.
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
 * The limits of this process. One hash a core, and at least one thread of the pool that no hash may take; libuv has four
 * unless UV_THREADPOOL_SIZE says otherwise (https://docs.libuv.org/en/v1.x/threadpool.html). What waits is done within
 * about two seconds: a longer queue would be work for callers who have given up.
 */
export function hashLimits(cores: number, threads: number): HashLimits {
  const atOnce = Math.max(1, Math.min(cores, threads - 1))
  return { atOnce, waiting: 128 * atOnce }
}

// biome-ignore lint/style/noRestrictedGlobals: libuv's setting and not ours: it is read where libuv reads it.
const threads = Number(process.env.UV_THREADPOOL_SIZE) || 4

/** The queue of this process, which has one thread pool whatever else it has several of. */
export const hashQueue: HashQueue = createHashQueue(hashLimits(availableParallelism(), threads))
