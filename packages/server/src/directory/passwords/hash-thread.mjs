// A thread that hashes passwords and does nothing else; hash-threads.ts starts it and says what it is told and answers.
// Plain JavaScript: what strips types would take more memory in every thread than all the rest of it.
import { platform, setPriority } from 'node:os'
import { parentPort } from 'node:worker_threads'
import { hashSync, verifySync } from '@node-rs/argon2'

// Tokens come first: when cores are short, hashing waits. On Linux a thread has a priority of its own (setpriority(2),
// notes); elsewhere it would be the whole process's.
if (platform() === 'linux') setPriority(0, 10)

parentPort.on('message', (task) => {
  let answer
  try {
    answer = { value: run(task) }
  } catch (error) {
    answer = { error: error instanceof Error ? error.message : String(error) }
  }
  parentPort.postMessage(answer)
})

function run({ password, phc, salt, parameters }) {
  return phc === undefined ? hashSync(password, { ...parameters, salt }) : verifySync(phc, password)
}
