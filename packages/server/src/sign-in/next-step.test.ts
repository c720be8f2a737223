import { expect, test } from 'vitest'
import type { UserStatus } from '../store/users.ts'
import { type Facts, nextStep, type Proof, type SecondFactor, type Step } from './next-step.ts'

const SMS = 'SMS_MFA'
const APP = 'SOFTWARE_TOKEN_MFA'
const MAIL = 'EMAIL_OTP'

const plain: Facts = {
  status: 'CONFIRMED',
  proven: [],
  mfa: 'OFF',
  factors: [],
  canSetUp: [],
  passkeyIsEnough: false,
  device: 'none',
}

// The status of the account comes before everything but the first factor.
// biome-ignore format: a table
const byStatus: [title: string, status: UserStatus, proven: Proof[], next: Step][] = [
  ['nothing proven yet',                    'CONFIRMED',             [],                           'FIRST_FACTOR'],
  ['nothing proven, invited',               'FORCE_CHANGE_PASSWORD', [],                           'FIRST_FACTOR'],
  ['a new password alone proves nothing',   'FORCE_CHANGE_PASSWORD', ['new-password'],             'FIRST_FACTOR'],
  ['a second factor alone proves nothing',  'CONFIRMED',             ['second-factor'],            'FIRST_FACTOR'],
  ['a device alone proves nothing',         'CONFIRMED',             ['device'],                   'FIRST_FACTOR'],
  ['a password is enough without MFA',      'CONFIRMED',             ['password'],                 'done'],
  ['an account that waits for its code',    'UNCONFIRMED',           ['password'],                 'CONFIRM_SIGN_UP'],
  ['... with a code of its own instead',    'UNCONFIRMED',           ['email-otp'],                'CONFIRM_SIGN_UP'],
  ['... with a custom challenge instead',   'UNCONFIRMED',           ['custom'],                   'CONFIRM_SIGN_UP'],
  ['an account that must be reset',         'RESET_REQUIRED',        ['password'],                 'RESET_PASSWORD'],
  ['... with a passkey instead',            'RESET_REQUIRED',        ['passkey'],                  'RESET_PASSWORD'],
  ['an invited user picks a password',      'FORCE_CHANGE_PASSWORD', ['password'],                 'NEW_PASSWORD_REQUIRED'],
  ['an invited user has picked a password', 'FORCE_CHANGE_PASSWORD', ['password', 'new-password'], 'done'],
  ['an invited user without password',      'FORCE_CHANGE_PASSWORD', ['email-otp'],                'done'],
  ['an identity of another provider',       'EXTERNAL_PROVIDER',     ['federated'],                'done'],
  ['... by a custom challenge',             'EXTERNAL_PROVIDER',     ['custom'],                   'done'],
  ['... with a password alone',             'EXTERNAL_PROVIDER',     ['password'],                 'FIRST_FACTOR'],
  ['... with a code instead',               'EXTERNAL_PROVIDER',     ['email-otp'],                'FIRST_FACTOR'],
  ['... with a passkey instead',            'EXTERNAL_PROVIDER',     ['passkey'],                  'FIRST_FACTOR'],
  ['a linked user by the provider',         'CONFIRMED',             ['federated'],                'done'],
  ['a linked user who is not confirmed',    'UNCONFIRMED',           ['federated'],                'CONFIRM_SIGN_UP'],
]

for (const [title, status, proven, next] of byStatus)
  test(title, () => {
    expect(nextStep({ ...plain, status, proven })).toBe(next)
  })

// AWS developer guide, "Adding MFA to a user pool": what a pool asks of a user with these factors after a password.
// biome-ignore format: a table
const byFactors: [mfa: Facts['mfa'], factors: SecondFactor[], preferred: SecondFactor | undefined, canSetUp: SecondFactor[], next: Step][] = [
  ['OFF',      [],               undefined, [],    'done'],
  ['OFF',      [APP],            APP,       [APP], 'done'],
  ['OPTIONAL', [],               undefined, [],    'done'],
  ['OPTIONAL', [],               undefined, [APP], 'done'],
  ['OPTIONAL', [SMS],            undefined, [],    SMS],
  ['OPTIONAL', [APP],            undefined, [],    APP],
  ['OPTIONAL', [MAIL],           undefined, [],    MAIL],
  ['OPTIONAL', [SMS, APP],       undefined, [],    'SELECT_MFA_TYPE'],
  ['OPTIONAL', [SMS, APP],       APP,       [],    APP],
  ['OPTIONAL', [SMS, APP],       SMS,       [],    SMS],
  ['OPTIONAL', [SMS, APP, MAIL], MAIL,      [],    MAIL],
  ['OPTIONAL', [SMS],            APP,       [],    SMS],
  ['OPTIONAL', [SMS, APP],       MAIL,      [],    'SELECT_MFA_TYPE'],
  ['ON',       [],               undefined, [APP], 'MFA_SETUP'],
  ['ON',       [],               undefined, [],    'NO_FACTOR'],
  ['ON',       [SMS],            undefined, [APP], SMS],
  ['ON',       [APP],            undefined, [APP], APP],
  ['ON',       [MAIL],           undefined, [],    MAIL],
  ['ON',       [SMS, MAIL],      undefined, [APP], 'SELECT_MFA_TYPE'],
  ['ON',       [SMS, APP, MAIL], APP,       [APP], APP],
]

for (const [mfa, factors, preferred, canSetUp, next] of byFactors)
  test(`MFA ${mfa}, ${factors.join(' and ') || 'no factor'}${preferred ? `, preferred ${preferred}` : ''}${canSetUp.length ? `, can set up ${canSetUp}` : ''}: ${next}`, () => {
    const facts = { ...plain, mfa, factors, preferred, canSetUp }
    expect(nextStep({ ...facts, proven: ['password'] })).toBe(next)
    expect(nextStep({ ...facts, proven: ['password', 'second-factor'] })).toBe('done')
    // A new password comes before the second factor, whatever the pool asks.
    expect(nextStep({ ...facts, status: 'FORCE_CHANGE_PASSWORD', proven: ['password'] })).toBe('NEW_PASSWORD_REQUIRED')
    expect(nextStep({ ...facts, status: 'FORCE_CHANGE_PASSWORD', proven: ['password', 'new-password'] })).toBe(next)
  })

// Whether a first factor may do without a second one. One-time codes and single-factor passkeys do not go with MFA: they
// are not offered then (factors.ts), and would not get in either.
// biome-ignore format: a table
const byFirst: [first: Proof, passkeyIsEnough: boolean, mfa: Facts['mfa'], factors: SecondFactor[], next: Step][] = [
  ['password',  true,  'ON',       [APP], APP],
  ['passkey',   true,  'ON',       [APP], 'done'],
  ['passkey',   true,  'OPTIONAL', [APP], 'done'],
  ['passkey',   false, 'ON',       [APP], APP],
  ['passkey',   false, 'OPTIONAL', [APP], APP],
  ['passkey',   false, 'OPTIONAL', [],    'done'],
  ['passkey',   false, 'OFF',      [],    'done'],
  ['email-otp', false, 'ON',       [APP], APP],
  ['email-otp', false, 'OPTIONAL', [],    'done'],
  ['sms-otp',   false, 'ON',       [APP], APP],
  ['sms-otp',   false, 'OFF',      [],    'done'],
  ['custom',    false, 'ON',       [APP], 'done'],
]

for (const [first, passkeyIsEnough, mfa, factors, next] of byFirst)
  test(`${first}${passkeyIsEnough ? ' worth two' : ''}, MFA ${mfa}, ${factors.join() || 'no factor'}: ${next}`, () => {
    expect(nextStep({ ...plain, proven: [first], passkeyIsEnough, mfa, factors })).toBe(next)
  })

test('a custom sign-in that began with the password needs no second factor either', () => {
  expect(nextStep({ ...plain, proven: ['password', 'custom'], mfa: 'ON', factors: [APP] })).toBe('done')
})

// AWS developer guide, "Working with user devices": a device is proven in MFA's place or after it, never before.
// biome-ignore format: a table
const byDevice: [device: Facts['device'], proven: Proof[], mfa: Facts['mfa'], factors: SecondFactor[], next: Step][] = [
  ['none',    ['password'],                            'ON',  [APP], APP],
  ['known',   ['password'],                            'OFF', [],    'DEVICE_SRP_AUTH'],
  ['known',   ['password', 'device'],                  'OFF', [],    'done'],
  ['known',   ['password'],                            'ON',  [APP], APP],
  ['known',   ['password', 'second-factor'],           'ON',  [APP], 'DEVICE_SRP_AUTH'],
  ['known',   ['password', 'device'],                  'ON',  [APP], APP],
  ['known',   ['password', 'device', 'second-factor'], 'ON',  [APP], 'done'],
  ['trusted', ['password'],                            'ON',  [APP], 'DEVICE_SRP_AUTH'],
  ['trusted', ['password', 'device'],                  'ON',  [APP], 'done'],
  ['trusted', ['password', 'second-factor'],           'ON',  [APP], 'DEVICE_SRP_AUTH'],
  ['trusted', ['password'],                            'OFF', [],    'DEVICE_SRP_AUTH'],
  ['trusted', ['passkey'],                             'OFF', [],    'done'],
]

for (const [device, proven, mfa, factors, next] of byDevice)
  test(`a device that is ${device}, ${proven.join(' and ')} proven, MFA ${mfa}: ${next}`, () => {
    expect(nextStep({ ...plain, device, proven, mfa, factors })).toBe(next)
  })
