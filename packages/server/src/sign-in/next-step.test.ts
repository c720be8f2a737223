import { expect, test } from 'vitest'
import type { UserStatus } from '../store/users.ts'
import { nextStep, type Proof, type Step } from './next-step.ts'

// biome-ignore format: a table
const cases: [title: string, status: UserStatus, proven: Proof[], next: Step][] = [
  ['nothing proven yet',                    'CONFIRMED',             [],                           'PASSWORD'],
  ['nothing proven, invited',               'FORCE_CHANGE_PASSWORD', [],                           'PASSWORD'],
  ['a new password alone proves nothing',   'FORCE_CHANGE_PASSWORD', ['new-password'],             'PASSWORD'],
  ['a password is enough without MFA',      'CONFIRMED',             ['password'],                 'done'],
  ['an account that waits for its code',    'UNCONFIRMED',           ['password'],                 'CONFIRM_SIGN_UP'],
  ['an account that must be reset',         'RESET_REQUIRED',        ['password'],                 'RESET_PASSWORD'],
  ['an invited user picks a password',      'FORCE_CHANGE_PASSWORD', ['password'],                 'NEW_PASSWORD_REQUIRED'],
  ['an invited user has picked a password', 'FORCE_CHANGE_PASSWORD', ['password', 'new-password'], 'done'],
]

for (const [title, status, proven, next] of cases)
  test(title, () => {
    expect(nextStep({ status, proven })).toBe(next)
  })
