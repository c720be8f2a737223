// Passwords: what a pool asks of them, how they are kept (a hash, and a verifier for SRP), how wrong ones are counted.
// What a right password is worth is decided by sign-in/.
import type { World } from '../../world/world.ts'
import { hashQueue } from './hash-queue.ts'
import { type Argon2Parameters, hashInThread } from './hash-threads.ts'

/** argon2id as OWASP's Password Storage Cheat Sheet gives it (equal to m=19456, t=2; faster on small machines). */
const argon2id: Argon2Parameters = { algorithm: 2, memoryCost: 7168, timeCost: 5, parallelism: 1 }
const currentParameters = '$argon2id$v=19$m=7168,t=5,p=1$'

/** The PHC string of a password. */
export async function hashPassword(world: World, password: string): Promise<string> {
  const task = { password: password.normalize('NFKC'), salt: world.random(16), parameters: argon2id }
  return String(await hashQueue.run(() => hashInThread(task)))
}

/** Whether a password is the one of a PHC string, and whether its parameters are still today's. */
export async function verifyPassword(password: string, phc: string): Promise<{ right: boolean; outdated: boolean }> {
  const task = { password: password.normalize('NFKC'), phc }
  const right = (await hashQueue.run(() => hashInThread(task))) === true
  return { right, outdated: !phc.startsWith(currentParameters) }
}

/** Does the work of a verification and learns nothing: for unknown users, whose answer must take as long. */
export async function verifyNothing(world: World, password: string): Promise<void> {
  await hashPassword(world, password)
}
