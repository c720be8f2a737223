import { expect, test } from 'vitest'
import { type FailureCode, PoolError } from '../../errors.ts'
import { english } from '../../languages/languages.ts'
import { write } from '../../languages/messages.ts'
import { explain } from './words.ts'

const all = ['username', 'password', 'email', 'code']

// biome-ignore format: a table
const cases: [code: FailureCode, message: string, fields: string[], field: string, sentence: string][] = [
  ['NotAuthorized',        'Incorrect username or password.',                                     all, 'password', 'Incorrect user name or password.'],
  ['UserNotFound',         'User does not exist.',                                                all, 'password', 'Incorrect user name or password.'],
  ['NotAuthorized',        'Password attempts exceeded',                                          all, '',         'Too many attempts. Please wait a while, then try again.'],
  ['InvalidPassword',      'Password did not conform with policy: Password not long enough',      all, 'password', 'Password not long enough.'],
  ['UserLambdaValidation', 'PreSignUp failed with error Only for staff.',                         all, '',         'Only for staff.'],
  ['UserLambdaValidation', 'PreSignUp failed with error constructor',                             all, '',         'constructor.'],
  ['UsernameExists',       'An account with the given email already exists.',                     all, 'email',    'An account with this email address exists already.'],
  ['UsernameExists',       'An account with the given email already exists.', ['username', 'password'], 'username', 'An account with this email address exists already.'],
  ['InvalidParameter',     'Attributes did not conform to the schema: email: The attribute email is required\n', all, 'email', 'Enter your email.'],
  ['InvalidParameter',     'Attributes did not conform to the schema: custom:tier: The attribute custom:tier is required\n', [], '', 'Enter your tier.'],
  ['InvalidParameter',     'Attributes did not conform to the schema: custom:tier: String must be at least 1 characters long\n', ['custom:tier'], 'custom:tier', 'Use at least 1 character.'],
  ['InvalidParameter',     'Attributes did not conform to the schema: custom:tier: String must be no longer than 2048 characters\n', ['custom:tier'], 'custom:tier', 'Use at most 2,048 characters.'],
  ['InvalidParameter',     'Attributes did not conform to the schema: custom:age: Number value must be greater than or equal to -1.5\n', ['custom:age'], 'custom:age', 'This must be at least -1.5.'],
  ['PasswordHistory',      'Password has previously been used',                                   all, 'password', 'You have used this password before. Choose another one.'],
  ['InvalidParameter',     '1 validation error detected: <b>',                                    all, '',         'Something in this form is not right. Check it and try again.'],
  ['CodeMismatch',         'Invalid verification code provided, please try again.',     ['username'], '',         'This code is not right. Check it and try again.'],
  ['Internal',             'SQLITE_CORRUPT: database disk image is malformed',                    all, '',         'Something went wrong on our side. Please try again in a minute.'],
  ['UnexpectedLambda',     'PreSignUp invocation failed due to error ECONNREFUSED 10.0.0.7.',     all, '',         'Something went wrong on our side. Please try again in a minute.'],
]

for (const [code, message, fields, field, sentence] of cases)
  test(`${code} "${message.slice(0, 48)}" among ${fields} is said at "${field}"`, () => {
    const fault = explain(new PoolError(code, message), fields)
    expect({ ...fault, sentence: write(english, fault.sentence) }).toEqual({ field, sentence })
  })
