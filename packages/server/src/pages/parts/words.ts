import type { FailureCode, PoolError } from '../../errors.ts'
import { message, type Sentence, type UntoldId } from '../../languages/messages.ts'
import { attributeInput } from './inputs.ts'

/** What is wrong, said to a person, and the field it is about; an empty field is the form as a whole. */
export interface Fault {
  readonly field: string
  readonly sentence: Sentence
}

/** A fault whose message needs to be told nothing. */
export function fault(field: string, id: UntoldId): Fault {
  return { field, sentence: message(id) }
}

// biome-ignore format: a table
const byCode: { readonly [Code in FailureCode]?: Fault } = {
  NotAuthorized:         fault('password', 'fault.wrong'),
  SessionExpired:        fault('', 'fault.late'),
  UserNotFound:          fault('password', 'fault.wrong'),
  UsernameExists:        fault('username', 'fault.taken'),
  AliasExists:           fault('', 'fault.addressTaken'),
  CodeMismatch:          fault('code', 'fault.code'),
  ExpiredCode:           fault('code', 'fault.codeExpired'),
  CodeDeliveryFailure:   fault('', 'fault.codeNotSent'),
  LimitExceeded:         fault('', 'fault.wait'),
  TooManyRequests:       fault('', 'fault.wait'),
  TooManyFailedAttempts: fault('', 'fault.wait'),
  PasswordHistory:       fault('password', 'fault.passwordUsed'),
  EnableSoftwareToken:   fault('code', 'fault.appCode'),
  MfaMethodNotFound:     fault('', 'fault.noSecondStep'),
}

/** Sentences of the rules (AWS's own) that need a better answer than their code gives. */
// biome-ignore format: a table
const byMessage = new Map<string, Fault>(Object.entries({
  'Password attempts exceeded': fault('', 'fault.wait'),
  'Invalid code received for user': fault('code', 'fault.appCode'),
  'User is disabled.': fault('', 'fault.disabled'),
  'Temporary password has expired and must be reset by an administrator.': fault('', 'fault.temporaryExpired'),
  'SignUp is not permitted for this user pool': fault('', 'fault.signUpClosed'),
  'A client attempted to write unauthorized attribute': fault('', 'fault.unwritable'),
  'User is already confirmed.': fault('', 'fault.confirmedAlready'),
  'User cannot be confirmed. Current status is CONFIRMED': fault('', 'fault.confirmedAlready'),
  'Cannot reset password for the user as there is no registered/verified email or phone_number': fault('username', 'fault.noAddress'),
  'User password cannot be reset in the current state.': fault('username', 'fault.noReset'),
  'Username/client id combination not found.': fault('username', 'fault.unknownName'),
  'Invalid email address format.': fault('email', 'fault.email'),
  'Invalid phone number format.': fault('phone_number', 'fault.phone'),
  'Username should be an email.': fault('username', 'fault.email'),
  'Username should be a phone number.': fault('username', 'fault.phone'),
  'Username should be either an email or a phone number.': fault('username', 'fault.emailOrPhone'),
  'Username cannot be of email format, since user pool is configured for email alias.': fault('username', 'fault.nameIsEmail'),
  'Username cannot be of phone number format, since user pool is configured for phone number alias.': fault('username', 'fault.nameIsPhone'),
  'An account with the given email already exists.': fault('email', 'fault.emailTaken'),
  'An account with the given phone_number already exists.': fault('phone_number', 'fault.phoneTaken'),
}))

/** An error of the rules in a visitor's words; `fields` are those on the page, in the order of what they stand for. */
export function explain(error: PoolError, fields: readonly string[]): Fault {
  const found = faultOf(error)
  if (fields.includes(found.field)) return found
  // In a pool whose users are named by an address, the name field is the address.
  const named = (found.field === 'email' || found.field === 'phone_number') && fields.includes('username')
  return { ...found, field: named ? 'username' : '' }
}

function faultOf({ code, message: words }: PoolError): Fault {
  const known = byMessage.get(words)
  if (known) return known
  switch (code) {
    case 'InvalidPassword':
      return {
        field: 'password',
        sentence: policySentence(words.replace(/^Password did not conform with policy: /, '')),
      }
    case 'UserLambdaValidation':
      // What the pool's own function wants the visitor to read, without AWS's words around it.
      return { field: '', sentence: ended(words.replace(/^\w+ failed with error /, '')) }
    case 'InvalidParameter': {
      const [, field, why] = /^Attributes did not conform to the schema: ([\w:]+): (.+)\n?$/.exec(words) ?? []
      return field && why ? { field, sentence: schemaSentence(field, why) } : fault('', 'fault.form')
    }
    default:
      return byCode[code] ?? fault('', 'fault.ours')
  }
}

/** What the policy of passwords says, by its own words (directory/passwords/policy.ts). */
const policySentences = new Map<string, Sentence>(
  Object.entries({
    'Password not long enough': message('fault.passwordShort'),
    'Password too long': message('fault.passwordLong'),
    'Password must have uppercase characters': message('fault.passwordUpper'),
    'Password must have lowercase characters': message('fault.passwordLower'),
    'Password must have numeric characters': message('fault.passwordDigit'),
    'Password must have symbol characters': message('fault.passwordSymbol'),
    'Password must not start or end with white space': message('fault.passwordSpace'),
  }),
)

function policySentence(why: string): Sentence {
  return policySentences.get(why) ?? ended(why)
}

/** What the schema says of an attribute, by its own words (directory/attributes.ts). */
function schemaSentence(field: string, why: string): Sentence {
  if (/^The attribute \S+ is required$/.test(why)) return attributeInput(field).missing
  if (why === 'Attribute does not conform to its data type') return message('fault.type')
  const [, rule, bound = ''] = /^(.+?) (-?[\d.]+)(?: characters(?: long)?)?$/.exec(why) ?? []
  const count = Number(bound)
  switch (rule) {
    case 'Number value must be greater than or equal to':
      return message('fault.small', { count })
    case 'Number value must be less than or equal to':
      return message('fault.large', { count })
    case 'String must be at least':
      return message('fault.short', { count })
    case 'String must be no longer than':
      return message('fault.long', { count })
    default:
      return ended(why)
  }
}

function ended(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`
}

/** What a page says above its form when something has gone well. */
export type Notice = 'confirmed' | 'created' | 'reset' | 'expired' | 'tries' | 'resent' | 'proof' | 'again'

/** What a page of the account says when something has gone well. */
export type AccountNotice =
  | 'saved'
  | 'verified'
  | 'password'
  | 'factors'
  | 'passkeyAdded'
  | 'passkeyDeleted'
  | 'deviceForgotten'
  | 'ended'
