// A thread that hashes passwords and does nothing else; hash-threads.ts starts it.
import { platform, setPriority } from 'node:os'
import { parentPort } from 'node:worker_threads'
import { hashSync, verifySync } from '@node-rs/argon2'

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
export type HashAnswer = { readonly value: string | boolean } | { readonly error: string }

// Tokens come first: when cores are short, hashing waits. On Linux a thread has a priority of its own (setpriority(2),
// notes); elsewhere it would be the whole process's.
if (platform() === 'linux') setPriority(0, 10)

parentPort?.on('message', (task: HashTask) => {
  let answer: HashAnswer
  try {
    answer = { value: run(task) }
  } catch (error) {
    answer = { error: error instanceof Error ? error.message : String(error) }
  }
  parentPort?.postMessage(answer)
})

function run(task: HashTask): string | boolean {
  if ('phc' in task) return verifySync(task.phc, task.password)
  return hashSync(task.password, { ...task.parameters, salt: task.salt })
}
