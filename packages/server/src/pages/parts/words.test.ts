import { expect, test } from 'vitest'
import { type FailureCode, PoolError } from '../../errors.ts'
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
  ['InvalidParameter',     'Attributes did not conform to the schema: email: The attribute email is required\n', all, 'email', 'The attribute email is required.'],
  ['InvalidParameter',     '1 validation error detected: <b>',                                    all, '',         'Something in this form is not right. Check it and try again.'],
  ['CodeMismatch',         'Invalid verification code provided, please try again.',     ['username'], '',         'This code is not right. Check it and try again.'],
  ['Internal',             'SQLITE_CORRUPT: database disk image is malformed',                    all, '',         'Something went wrong on our side. Please try again in a minute.'],
  ['UnexpectedLambda',     'PreSignUp invocation failed due to error ECONNREFUSED 10.0.0.7.',     all, '',         'Something went wrong on our side. Please try again in a minute.'],
]

for (const [code, message, fields, field, sentence] of cases)
  test(`${code} "${message.slice(0, 48)}" among ${fields} is said at "${field}"`, () => {
    expect(explain(new PoolError(code, message), fields)).toEqual({ field, sentence })
  })
