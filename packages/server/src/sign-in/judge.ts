import { forgiveAttempts } from '../directory/limits.ts'
import type { SrpClaim } from '../directory/passwords/srp.ts'
import type { Address } from '../directory/triggers/messages.ts'
import { PoolError } from '../errors.ts'
import type { Attributes } from '../store/users.ts'
import { askDeviceVerifier, askVerifier, type Standing } from './ask.ts'
import { judgeAnswer } from './custom.ts'
import { judgeAddress, keepAddress } from './factors/new-address.ts'
import { provePasskey } from './factors/passkeys.ts'
import { type FirstFactor, firstFactors, isEnough, secondFactor, userFactors } from './factors.ts'
import type { Proof, SecondFactor } from './next-step.ts'
import { choose, type Progress, provenPassword } from './proceed.ts'
import { proveClaim, proveCode, proveNewPassword, proveTotp, refusedPassword, refuseReset, wrong } from './prove.ts'
import type { Ground, Known, Secrets, SignInState } from './state.ts'

/** The reply to a step, by what it holds. */
export type Reply =
  | { readonly kind: 'new-password'; readonly newPassword: string; readonly attributes: Attributes }
  | { readonly kind: 'code'; readonly code: string }
  | { readonly kind: 'choice'; readonly answer: string; readonly password?: string; readonly A?: string }
  | { readonly kind: 'password'; readonly password: string }
  | { readonly kind: 'share'; readonly A: string }
  | { readonly kind: 'claim'; readonly claim: SrpClaim }
  | { readonly kind: 'passkey'; readonly credential: unknown }
  | { readonly kind: 'answer'; readonly answer: string }
  /** Without an address an authenticator app, which has shown its first code already. */
  | { readonly kind: 'set-up'; readonly address?: Address }

/** What a reply came to. */
export interface Outcome {
  readonly proven?: Proof
  /** Done by whoever consumes the step. */
  readonly effect?: () => Promise<void>
  readonly change?: Partial<Standing>
  /** Asks something else than what is next. */
  readonly ask?: (standing: Standing) => Promise<Progress>
  /** The step is used up, and refused. */
  readonly failed?: PoolError
}

/** Checks the reply to a step. It throws where the step may be tried again, and else says what came of it. */
export async function judge(
  ground: Ground,
  known: Known,
  state: SignInState,
  secrets: Secrets,
  reply: Reply,
): Promise<Outcome> {
  switch (state.step) {
    case 'NEW_PASSWORD_REQUIRED':
      if (reply.kind !== 'new-password') throw mismatch()
      return {
        proven: 'new-password',
        effect: await proveNewPassword(ground, known, reply.newPassword, reply.attributes),
      }
    case 'SMS_MFA':
    case 'SMS_OTP':
    case 'EMAIL_OTP':
      if (reply.kind !== 'code') throw mismatch()
      await proveCode(ground, known, state, reply.code)
      return {
        ...(state.isFirst
          ? { proven: state.step === 'SMS_OTP' ? ('sms-otp' as const) : ('email-otp' as const) }
          : { proven: 'second-factor' as const, change: { second: secondFactor(state.step) } }),
        effect: async () => {
          await forgiveCodes(ground, known)
          await keepAddress(ground, known, state)
        },
      }
    case 'SOFTWARE_TOKEN_MFA':
      if (reply.kind !== 'code') throw mismatch()
      await proveTotp(ground, known, reply.code)
      return { proven: 'second-factor', change: { second: 'SOFTWARE_TOKEN_MFA' } }
    case 'SELECT_MFA_TYPE':
      if (reply.kind !== 'choice') throw mismatch()
      return { change: { picked: readFactor(ground, known, reply.answer) } }
    case 'MFA_SETUP':
      if (reply.kind !== 'set-up') throw mismatch()
      if (reply.address) return judgeAddress(ground, known, reply.address)
      if (!state.isSetUp)
        throw new PoolError(
          'SoftwareTokenNotFound',
          'Software token TOTP multi-factor authentication has not been set up.',
        )
      return { proven: 'second-factor', change: { second: 'SOFTWARE_TOKEN_MFA' } }
    case 'SELECT_CHALLENGE':
      if (reply.kind !== 'choice') throw mismatch()
      return judgeChoice(ground, known, reply)
    case 'PASSWORD':
      if (reply.kind !== 'password') throw mismatch()
      return { ask: (standing) => provenPassword(ground, known, standing, reply.password) }
    case 'PASSWORD_SRP':
      if (reply.kind !== 'share') throw mismatch()
      return { ask: (standing) => askVerifier(ground, known, standing, reply.A) }
    case 'PASSWORD_VERIFIER': {
      if (reply.kind !== 'claim') throw mismatch()
      const right = await proveClaim(ground, known, secrets.srp, reply.claim)
      refuseReset(known)
      return right ? { proven: 'password' } : { failed: refusedPassword(ground, known.user) }
    }
    case 'DEVICE_SRP_AUTH':
      if (reply.kind !== 'share') throw mismatch()
      return { ask: (standing) => askDeviceVerifier(ground, known, standing, reply.A) }
    case 'DEVICE_PASSWORD_VERIFIER':
      if (reply.kind !== 'claim') throw mismatch()
      return (await proveClaim(ground, known, secrets.srp, reply.claim))
        ? { proven: 'device' }
        : { failed: new PoolError('NotAuthorized', wrong) }
    case 'WEB_AUTHN': {
      if (reply.kind !== 'passkey') throw mismatch()
      const { user } = known
      const { db, world, party } = ground
      const proof = user && (await provePasskey(db, world, party.pool, user, reply.credential, secrets.challenge ?? ''))
      return proof && isEnough(party.pool, proof)
        ? { proven: 'passkey' }
        : { failed: new PoolError('NotAuthorized', wrong) }
    }
    case 'CUSTOM_CHALLENGE':
      if (reply.kind !== 'answer') throw mismatch()
      return { change: { custom: [...(state.custom ?? []), await judgeAnswer(ground, known, secrets, reply.answer)] } }
  }
}

/** Whoever reads the codes is no longer held up by those that were sent before. */
async function forgiveCodes({ db, party }: Ground, { subject }: Known): Promise<void> {
  for (const action of ['SignInCode', 'ResendSignInCode'] as const)
    await forgiveAttempts(db, party.pool, subject, action)
}

async function judgeChoice(ground: Ground, known: Known, reply: Reply & { kind: 'choice' }): Promise<Outcome> {
  const available: readonly string[] = await firstFactors(ground.db, ground.party.pool, known.user)
  if (!available.includes(reply.answer)) throw new PoolError('InvalidParameter', 'Selected challenge is not available')
  const answer = reply.answer as FirstFactor
  return { ask: (standing) => choose(ground, known, standing, answer, reply.password, reply.A) }
}

function readFactor({ party: { pool } }: Ground, { user }: Known, answer: string): SecondFactor {
  // AWS's page says EMAIL_MFA where the challenge is called EMAIL_OTP; clients send either.
  const factor = secondFactor(answer === 'EMAIL_MFA' ? 'EMAIL_OTP' : answer)
  if (!user || !factor || !userFactors(pool, user).includes(factor))
    throw new PoolError('InvalidParameter', 'Invalid MFA type selected.')
  return factor
}

function mismatch(): PoolError {
  return new PoolError('InvalidParameter', 'The response does not fit the challenge')
}
