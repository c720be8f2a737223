// One sign-in, three doors: what has been proven (answer.ts), what is asked next (next-step.ts), who is signed in
// (session.ts). Nothing here knows a protocol, and MFA policy lives nowhere else.
import type { MfaFactor, UserStatus } from '../store/users.ts'

/** A first factor that a visitor has proven. */
export type FirstProof = 'password' | 'email-otp' | 'sms-otp' | 'passkey' | 'custom' | 'federated'

/** Something a visitor has proven in this sign-in. */
export type Proof = FirstProof | 'new-password' | 'second-factor' | 'device'

/** A second factor that is asked by a code. */
export type SecondFactor = Exclude<MfaFactor, 'WEB_AUTHN'>

/** What the decision needs to know. */
export interface Facts {
  readonly status: UserStatus
  readonly proven: readonly Proof[]
  /** The pool's MfaConfiguration. */
  readonly mfa: 'OFF' | 'OPTIONAL' | 'ON'
  /** The second factors that can be asked of this user: the pool has them and the user is able to answer. */
  readonly factors: readonly SecondFactor[]
  /** The one the user prefers, or has just chosen. */
  readonly preferred?: SecondFactor | undefined
  /** The second factors that the user could set up now. */
  readonly canSetUp: readonly SecondFactor[]
  /** The second factor that was proven. */
  readonly second?: SecondFactor | undefined
  /** The second factors of which one is asked for by the app, whatever the pool asks. */
  readonly stepUp?: readonly SecondFactor[] | undefined
  /** Whether a passkey is worth two factors (FactorConfiguration MULTI_FACTOR_WITH_USER_VERIFICATION). */
  readonly passkeyIsEnough: boolean
  /** The device that the caller named: `trusted` stands in for the second factor once it is proven. */
  readonly device: 'none' | 'known' | 'trusted'
}

/** What a sign-in asks for, that nothing is left to ask, or why it cannot go on. */
export type Step =
  | 'FIRST_FACTOR'
  | 'NEW_PASSWORD_REQUIRED'
  | 'DEVICE_SRP_AUTH'
  | 'SELECT_MFA_TYPE'
  | 'MFA_SETUP'
  | SecondFactor
  | 'CONFIRM_SIGN_UP'
  | 'RESET_PASSWORD'
  | 'NO_FACTOR'
  | 'done'

const firstProofs: readonly Proof[] = ['password', 'email-otp', 'sms-otp', 'passkey', 'custom', 'federated']

/**
 * What a sign-in must ask for next. Pure: all doors ask it. The rules are AWS's (developer guide, "Adding MFA to a user
 * pool", "Authentication flows", "Working with user devices").
 */
export function nextStep(facts: Facts): Step {
  const { status, proven } = facts
  const first = firstProofs.find((proof) => proven.includes(proof))
  if (!first) return 'FIRST_FACTOR'
  // Whoever the provider lets in no more must not come in by a code or a passkey; for a custom challenge the pool's own
  // triggers answer.
  if (status === 'EXTERNAL_PROVIDER' && first !== 'federated' && first !== 'custom') return 'FIRST_FACTOR'
  if (status === 'UNCONFIRMED') return 'CONFIRM_SIGN_UP'
  if (status === 'RESET_REQUIRED') return 'RESET_PASSWORD'
  if (status === 'FORCE_CHANGE_PASSWORD' && first === 'password' && !proven.includes('new-password'))
    return 'NEW_PASSWORD_REQUIRED'
  const second = needsStepUp(facts)
    ? secondStep({ ...facts, factors: facts.stepUp ?? [] })
    : needsSecond(facts, first)
      ? secondStep(facts)
      : 'done'
  return second === 'done' || facts.device === 'trusted' ? (deviceStep(facts, first) ?? second) : second
}

/** The device's proof is the last one: amazon-cognito-identity-js and aws-amplify expect tokens after it. */
function deviceStep({ device, proven }: Facts, first: Proof): Step | undefined {
  return first === 'password' && device !== 'none' && !proven.includes('device') ? 'DEVICE_SRP_AUTH' : undefined
}

/** Triggers answer for a custom sign-in, a provider for its own; a verified passkey may be two factors in one. */
function needsSecond({ mfa, proven, passkeyIsEnough, device }: Facts, first: Proof): boolean {
  if (mfa === 'OFF' || proven.includes('custom') || first === 'federated' || (first === 'passkey' && passkeyIsEnough))
    return false
  return !proven.includes('second-factor') && !(device === 'trusted' && proven.includes('device'))
}

/** An app may ask for more than the pool does, of who is able to (developer guide, "Step-up authentication request"). */
function needsStepUp({ stepUp = [], second, proven }: Facts): boolean {
  return stepUp.length > 0 && !(second && proven.includes('second-factor') && stepUp.includes(second))
}

function secondStep({ mfa, factors, preferred, canSetUp }: Facts): Step {
  const [only] = factors
  if (only === undefined) {
    if (mfa === 'OPTIONAL') return 'done'
    return canSetUp.length > 0 ? 'MFA_SETUP' : 'NO_FACTOR'
  }
  if (preferred && factors.includes(preferred)) return preferred
  return factors.length === 1 ? only : 'SELECT_MFA_TYPE'
}
