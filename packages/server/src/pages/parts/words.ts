import type { FailureCode, PoolError } from '../../errors.ts'

/** What is wrong, said to a person, and the field it is about; an empty field is the form as a whole. */
export interface Fault {
  readonly field: string
  readonly sentence: string
}

const wrong: Fault = { field: 'password', sentence: 'Incorrect user name or password.' }
const wait: Fault = { field: '', sentence: 'Too many attempts. Please wait a while, then try again.' }
const ours: Fault = { field: '', sentence: 'Something went wrong on our side. Please try again in a minute.' }
const confirmedAlready: Fault = { field: '', sentence: 'This account is confirmed already. You can sign in.' }

// biome-ignore format: a table
const byCode: { readonly [Code in FailureCode]?: Fault } = {
  NotAuthorized:         wrong,
  UserNotFound:          wrong,
  UsernameExists:        { field: 'username', sentence: 'This user name is taken. Sign in, or choose another one.' },
  AliasExists:           { field: '',         sentence: 'Another account has this email address or phone number already.' },
  CodeMismatch:          { field: 'code',     sentence: 'This code is not right. Check it and try again.' },
  ExpiredCode:           { field: 'code',     sentence: 'This code is no longer valid. Ask for a new one.' },
  CodeDeliveryFailure:   { field: '',         sentence: 'We could not send the code. Please try again later.' },
  LimitExceeded:         wait,
  TooManyRequests:       wait,
  TooManyFailedAttempts: wait,
  EnableSoftwareToken:   { field: 'code',     sentence: 'This code is not right. Wait for the next one in your app and try again.' },
  MfaMethodNotFound:     { field: '',         sentence: 'This account has no second step set up, and needs one to sign in here. Ask an administrator.' },
  InvalidParameter:      { field: '',         sentence: 'Something in this form is not right. Check it and try again.' },
}

/** Sentences of the rules (AWS's own) that need a better answer than their code gives. */
// biome-ignore format: a table
const byMessage = new Map<string, Fault>(Object.entries({
  'Password attempts exceeded': wait,
  'Invalid code received for user': { field: 'code', sentence: 'This code is not right. Wait for the next one in your app and try again.' },
  'User is disabled.': { field: '', sentence: 'This account is disabled. Ask an administrator.' },
  'Temporary password has expired and must be reset by an administrator.':
    { field: '', sentence: 'Your temporary password has expired. Ask an administrator for a new one.' },
  'SignUp is not permitted for this user pool': { field: '', sentence: 'You cannot create an account here yourself. Ask an administrator.' },
  'A client attempted to write unauthorized attribute': { field: '', sentence: 'This app may not store one of these details.' },
  'User is already confirmed.': confirmedAlready,
  'User cannot be confirmed. Current status is CONFIRMED': confirmedAlready,
  'Cannot reset password for the user as there is no registered/verified email or phone_number':
    { field: 'username', sentence: 'This account has no verified email address or phone number that a code could go to.' },
  'User password cannot be reset in the current state.': { field: 'username', sentence: 'This password cannot be reset here. Ask an administrator.' },
  'Username/client id combination not found.': { field: 'username', sentence: 'There is no account with this name.' },
  'Invalid email address format.': { field: 'email', sentence: 'Enter an email address like name@example.com.' },
  'Invalid phone number format.': { field: 'phone_number', sentence: 'Enter a phone number with its country code, like +442071838750.' },
  'Username should be an email.': { field: 'username', sentence: 'Enter an email address like name@example.com.' },
  'Username should be a phone number.': { field: 'username', sentence: 'Enter a phone number with its country code, like +442071838750.' },
  'Username should be either an email or a phone number.':
    { field: 'username', sentence: 'Enter an email address, or a phone number with its country code.' },
  'Username cannot be of email format, since user pool is configured for email alias.':
    { field: 'username', sentence: 'The user name cannot be an email address.' },
  'Username cannot be of phone number format, since user pool is configured for phone number alias.':
    { field: 'username', sentence: 'The user name cannot be a phone number.' },
  'An account with the given email already exists.': { field: 'email', sentence: 'An account with this email address exists already.' },
  'An account with the given phone_number already exists.':
    { field: 'phone_number', sentence: 'An account with this phone number exists already.' },
}))

/** An error of the rules in a visitor's words; `fields` are those on the page, in the order of what they stand for. */
export function explain(error: PoolError, fields: readonly string[]): Fault {
  const fault = faultOf(error)
  if (fields.includes(fault.field)) return fault
  // In a pool whose users are named by an address, the name field is the address.
  const named = (fault.field === 'email' || fault.field === 'phone_number') && fields.includes('username')
  return { ...fault, field: named ? 'username' : '' }
}

function faultOf({ code, message }: PoolError): Fault {
  const known = byMessage.get(message)
  if (known) return known
  switch (code) {
    case 'InvalidPassword':
      return { field: 'password', sentence: sentence(message.replace(/^Password did not conform with policy: /, '')) }
    case 'UserLambdaValidation':
      // What the pool's own function wants the visitor to read, without AWS's words around it.
      return { field: '', sentence: sentence(message.replace(/^\w+ failed with error /, '')) }
    case 'InvalidParameter': {
      const [, field, why] = /^Attributes did not conform to the schema: ([\w:]+): (.+)\n?$/.exec(message) ?? []
      return field && why ? { field, sentence: sentence(why) } : (byCode.InvalidParameter ?? ours)
    }
    default:
      return byCode[code] ?? ours
  }
}

function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`
}

/** What is wrong with a name that no rule would take. */
export const unfitName = 'This is too long or holds a space. Use up to 128 letters, digits and symbols.'

/** What a page says above its form when something has gone well. */
// biome-ignore format: a table
export const notices = {
  confirmed: 'Your account is confirmed. You can sign in now.',
  created:   'Your account has been created. An administrator has to confirm it before you can sign in.',
  reset:     'Your password has been changed. Sign in with the new one.',
  expired:   'That took a little long, so the sign-in has ended. Please start again.',
  tries:     'There were too many wrong codes, so the sign-in has ended. Please start again.',
  resent:    'A new code is on its way. Older codes no longer work.',
} as const

/** The name of a notice. */
export type Notice = keyof typeof notices
