// One sign-in, three doors: what has been proven (answer.ts), what is asked next (next-step.ts), who is signed in
// (session.ts). Nothing here knows a protocol, and MFA policy lives nowhere else.
import type { UserStatus } from '../store/users.ts'

/** Something a visitor has proven in this sign-in. */
export type Proof = 'password' | 'new-password'

/** What the decision needs to know. */
export interface Facts {
  readonly status: UserStatus
  readonly proven: readonly Proof[]
}

/** What a sign-in asks for, or that nothing is left to ask. */
export type Step = 'PASSWORD' | 'NEW_PASSWORD_REQUIRED' | 'CONFIRM_SIGN_UP' | 'RESET_PASSWORD' | 'done'

/** What a sign-in must ask for next. Pure: the JSON API and the pages both ask it. */
export function nextStep({ status, proven }: Facts): Step {
  if (!proven.includes('password')) return 'PASSWORD'
  if (status === 'UNCONFIRMED') return 'CONFIRM_SIGN_UP'
  if (status === 'RESET_REQUIRED') return 'RESET_PASSWORD'
  if (status === 'FORCE_CHANGE_PASSWORD' && !proven.includes('new-password')) return 'NEW_PASSWORD_REQUIRED'
  return 'done'
}
