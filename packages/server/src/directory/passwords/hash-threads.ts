import { Worker } from 'node:worker_threads'

/** A piece of hashing: a new PHC string, or the check of one. */
export type HashTask =
  | { readonly password: string; readonly salt: Uint8Array; readonly parameters: Argon2Parameters }
  | { readonly password: string; readonly phc: string }

/** Memory in KiB, passes, lanes; 2 is Argon2id in the library's numbering, whose enum does not survive type stripping. */
export interface Argon2Parameters {
  readonly algorithm: 2
  readonly memoryCost: number
  readonly timeCost: number
  readonly parallelism: number
}

/** What comes back: the PHC string, or whether the password is right; an error is a fault of ours or of the string. */
type HashAnswer = { readonly value: string | boolean } | { readonly error: string }

interface Thread {
  readonly worker: Worker
  /** What waits for the answer of the task under way. */
  waiting?: { readonly resolve: (answer: HashAnswer) => void; readonly reject: (error: Error) => void } | undefined
}

/** Threads without work. There are never more than the hash queue lets work at once. */
const idle = new Set<Thread>()

/**
 * Does a piece of hashing in a thread of its own, outside libuv's pool: there a hash would hold a place that signatures
 * wait for, and have the same claim to a core. The first one of a process starts the thread.
 */
export async function hashInThread(task: HashTask): Promise<string | boolean> {
  const [thread = startThread()] = idle
  idle.delete(thread)
  // A process may end while a thread is idle, and not while somebody waits for it.
  thread.worker.ref()
  const answer = await new Promise<HashAnswer>((resolve, reject) => {
    thread.waiting = { resolve, reject }
    thread.worker.postMessage(task)
  })
  thread.waiting = undefined
  thread.worker.unref()
  idle.add(thread)
  if ('error' in answer) throw new Error(`Hashing failed: ${answer.error}`)
  return answer.value
}

/** Little memory: all that is large is argon2's own, outside the heap. */
function startThread(): Thread {
  const worker = new Worker(new URL('./hash-thread.mjs', import.meta.url), {
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 2 },
  })
  const thread: Thread = { worker }
  worker.on('message', (answer: HashAnswer) => thread.waiting?.resolve(answer))
  // A thread that broke is not used again: it was taken from the idle ones, or is taken from them now.
  const broken = (error: Error) => {
    idle.delete(thread)
    thread.waiting?.reject(error)
  }
  worker.on('error', broken)
  worker.on('exit', () => broken(new Error('The thread that hashes has ended')))
  return thread
}
