// Passwords: what a pool asks of them, how they are kept (a hash, and a verifier for SRP), how wrong ones are counted.
// What a right password is worth is decided by sign-in/.
import { hash, verify } from '@node-rs/argon2'
import type { World } from '../../world/world.ts'
import { hashQueue } from './hash-queue.ts'

/** argon2id as OWASP's Password Storage Cheat Sheet gives it (equal to m=19456, t=2; faster on small machines). */
// 2 is Argon2id in the library's numbering, whose enum does not survive type stripping.
const argon2id = { algorithm: 2, memoryCost: 7168, timeCost: 5, parallelism: 1 } as const
const currentParameters = '$argon2id$v=19$m=7168,t=5,p=1$'

/** The PHC string of a password. */
export async function hashPassword(world: World, password: string): Promise<string> {
  return hashQueue.run(() => hash(password.normalize('NFKC'), { ...argon2id, salt: world.random(16) }))
}

/** Whether a password is the one of a PHC string, and whether its parameters are still today's. */
export async function verifyPassword(password: string, phc: string): Promise<{ right: boolean; outdated: boolean }> {
  const right = await hashQueue.run(() => verify(phc, password.normalize('NFKC')))
  return { right, outdated: !phc.startsWith(currentParameters) }
}

/** Does the work of a verification and learns nothing: for unknown users, whose answer must take as long. */
export async function verifyNothing(world: World, password: string): Promise<void> {
  await hashPassword(world, password)
}
