import { Secret, TOTP } from 'otpauth'
import { attempt } from '../../directory/passwords/lockout.ts'
import { PoolError } from '../../errors.ts'
import { type Db, transaction } from '../../store/db.ts'
import {
  activatePending,
  burnStep,
  findAuthenticator,
  putPending,
  removeAuthenticator,
} from '../../store/factors/authenticators.ts'
import { findUser, type User, updateUser } from '../../store/users.ts'
import type { World } from '../../world/world.ts'

/** RFC 6238 as every authenticator app speaks it, and AWS's pools ask for: SHA-1, six digits, thirty seconds. */
const rule = { algorithm: 'SHA1', digits: 6, period: 30 } as const

/** Steps that a clock may be off, either way (RFC 6238 section 5.2). */
const window = 1

/** 256 bits, as AWS gives: 52 characters in base32 without padding. RFC 4226 section 4 asks for 160. */
const secretBytes = 32

/**
 * Gives a user a new secret in base32 that waits for a code to confirm it. The one in use keeps working until then; a
 * secret that was waiting before is dead.
 */
export async function beginAuthenticator(db: Db, world: World, user: User): Promise<string> {
  const secret = new Secret({ buffer: Uint8Array.from(world.random(secretBytes)).buffer }).base32
  await putPending(db, user, world.vault.seal(place(user), secret), world.now())
  return secret
}

/**
 * As confirmAuthenticator, with each try counted by user, wherever it is made. Apart from passwords and from the codes of
 * sign-ins: a right code of a secret that the caller was just given must not forgive wrong ones of a secret that they lack.
 */
export async function confirmCounted(
  db: Db,
  world: World,
  user: User,
  code: string,
  name: string | undefined,
): Promise<void> {
  const right = await attempt(db, world, user.poolId, `${user.id} authenticator`, () =>
    confirmAuthenticator(db, world, user, code, name),
  )
  // AWS's words (aws-samples/aws-amplify-auth-starters#15).
  if (!right) throw new PoolError('EnableSoftwareToken', 'Code mismatch and fail enable Software Token MFA')
}

/**
 * Takes the waiting secret into use when the code is one of its own, and burns the code. False when the code is wrong;
 * throws SoftwareTokenNotFound when no secret waits.
 */
export async function confirmAuthenticator(
  db: Db,
  world: World,
  user: User,
  code: string,
  name?: string,
): Promise<boolean> {
  const sealed = (await findAuthenticator(db, user))?.pendingSealed
  if (sealed === undefined)
    throw new PoolError('SoftwareTokenNotFound', 'Software Token MFA does not exist for the user.')
  const step = stepOf(world, world.vault.open(place(user), sealed), code)
  return step !== undefined && (await activatePending(db, user, sealed, { name, step }))
}

/**
 * A secret as authenticator apps read it from a QR code or a link (Google Authenticator's "Key Uri Format"): `issuer` and
 * `account` are what people tell their codes apart by.
 */
export function authenticatorUri(secret: string, issuer: string, account: string): string {
  return new TOTP({ ...rule, issuer, label: account, secret: Secret.fromBase32(secret) }).toString()
}

/** Whether a user has an authenticator that is in use. */
export async function hasAuthenticator(db: Db, user: User): Promise<boolean> {
  return (await findAuthenticator(db, user))?.secretSealed !== undefined
}

/**
 * Whether a code is the user's, now or one step early or late. A right code is burned with all before it: of any number of
 * simultaneous callers with the same one, on any node, one is told that it is right.
 */
export async function checkTotp(db: Db, world: World, user: User, code: string): Promise<boolean> {
  const sealed = (await findAuthenticator(db, user))?.secretSealed
  if (sealed === undefined) return false
  const step = stepOf(world, world.vault.open(place(user), sealed), code)
  return step !== undefined && (await burnStep(db, user, sealed, step))
}

/** Takes a user's authenticator away, the waiting secret and their preference for it too; false when there was none. */
export async function deleteAuthenticator(db: Db, world: World, user: User): Promise<boolean> {
  return transaction(db, async (inner) => {
    const current = await findUser(inner, user.poolId, user.id)
    if (current?.mfa.enabled.includes('SOFTWARE_TOKEN_MFA')) {
      const { enabled, preferred } = current.mfa
      const mfa = {
        enabled: enabled.filter((factor) => factor !== 'SOFTWARE_TOKEN_MFA'),
        preferred: preferred === 'SOFTWARE_TOKEN_MFA' ? undefined : preferred,
      }
      await updateUser(inner, user, { mfa }, world.now())
    }
    return removeAuthenticator(inner, user)
  })
}

/** The time step whose code this is; digits only, so that no other writing of the same number counts. */
function stepOf(world: World, secret: string, code: string): number | undefined {
  if (!/^[0-9]{6}$/.test(code)) return undefined
  const timestamp = world.now()
  const delta = TOTP.validate({ ...rule, secret: Secret.fromBase32(secret), token: code, timestamp, window })
  return delta === null ? undefined : TOTP.counter({ period: rule.period, timestamp }) + delta
}

/** Where the secrets are sealed: confirming moves one from column to column, so the column is no part of it. */
function place(user: User): string {
  return `authenticators:${user.poolId}:${user.id}`
}
