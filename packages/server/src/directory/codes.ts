import { PoolError } from '../errors.ts'
import { type CodeKey, consumeCode, putCode } from '../store/codes.ts'
import type { Db } from '../store/db.ts'
import type { World } from '../world/world.ts'
import { below } from './passwords/policy.ts'

const hour = 60 * 60_000

/** How long codes live (AWS developer guide, quotas: sign-up and verification 24 hours, forgot password 1 hour). */
const lifetimes = { 'sign-up': 24 * hour, 'forgot-password': hour, verify: 24 * hour } as const

/** Wrong tries after which a code is dead (OWASP ASVS 6.5: short codes need few tries). */
const maxTries = 5

/** Six digits for a message; storeCode makes them the code that counts. */
export function newCode(world: World): string {
  return String(below(world, 1_000_000)).padStart(6, '0')
}

/**
 * Makes a code the one live code of a user and purpose. With an `address` it proves that address alone; a `pending` one is
 * kept with it, since the user has it only afterwards.
 */
export async function storeCode(
  db: Db,
  world: World,
  key: CodeKey,
  code: string,
  address = '',
  pending = false,
): Promise<void> {
  const lifetime = lifetimes[key.purpose.startsWith('verify:') ? 'verify' : (key.purpose as keyof typeof lifetimes)]
  const now = world.now()
  await putCode(db, key, codeMac(world, key, code, address), now, now + lifetime, pending ? address : undefined)
}

/** Consumes a code or throws in AWS's words; of any number of simultaneous callers one returns. */
export async function checkCode(db: Db, world: World, key: CodeKey, code: string, address = ''): Promise<void> {
  const refusal = await tryCode(db, world, key, code, address)
  if (refusal) throw refusal
}

/**
 * As checkCode, but the refusal is returned: what throws inside a transaction would take back the try that was counted.
 */
export async function tryCode(
  db: Db,
  world: World,
  key: CodeKey,
  code: string,
  address = '',
): Promise<PoolError | undefined> {
  switch (await consumeCode(db, key, codeMac(world, key, code.trim(), address), world.now(), maxTries)) {
    case 'consumed':
      return undefined
    case 'mismatch':
      return new PoolError('CodeMismatch', 'Invalid verification code provided, please try again.')
    case 'expired':
      return new PoolError('ExpiredCode', 'Invalid code provided, please request a code again.')
    case 'exhausted':
      return new PoolError('LimitExceeded', 'Attempt limit exceeded, please try after some time.')
  }
}

/** Six digits are guessable from a plain hash: the MAC's key is not in the database, and it is bound to its place. */
function codeMac(world: World, key: CodeKey, code: string, address: string): string {
  return world.vault.mac('code', [key.poolId, key.userId, key.purpose, address, code].join('\0'))
}
