import type { Api } from '@poolhouse/api'
import { expect, test } from 'vitest'
import { PoolError } from '../errors.ts'
import { checkOutput, failure, replyBody } from './reply.ts'

test('writes times as epoch seconds, bytes as base64, and leaves out what is undefined', () => {
  const UICustomization = { ImageUrl: undefined, CSS: '', CreationDate: 1_790_312_384_592, LastModifiedDate: 0 }
  expect(replyBody('GetUICustomization', { UICustomization })).toBe(
    '{"UICustomization":{"CSS":"","LastModifiedDate":0,"CreationDate":1790312384.592}}',
  )
  const Assets = [
    { Category: 'FAVICON_ICO', ColorMode: 'DARK', Extension: 'ICO', Bytes: new Uint8Array([255, 0]) },
  ] as const
  expect(replyBody('DescribeManagedLoginBranding', { ManagedLoginBranding: { Assets: [...Assets] } })).toContain(
    '"Bytes":"/wA="',
  )
})

test('an operation without an output answers with an empty body', () => {
  expect(replyBody('DeleteUser', {})).toBe('')
  expect(replyBody('GlobalSignOut', {})).toBe('{}')
})

test('never writes what the contract does not know', () => {
  const Group = { GroupName: 'admins', passwordHash: 'secret', Inner: { seed: 'secret' } }
  expect(replyBody('GetGroup', { Group })).toBe('{"Group":{"GroupName":"admins"}}')
  const row = Object.assign(Object.create({ Description: 'inherited' }), { GroupName: '__proto__' })
  expect(replyBody('GetGroup', { Group: row })).not.toContain('secret')
})

test('writes the names of object machinery as keys', () => {
  const tags = JSON.parse('{"__proto__":"a","constructor":"b"}')
  expect(replyBody('ListTagsForResource', { Tags: tags })).toBe('{"Tags":{"__proto__":"a","constructor":"b"}}')
})

const user = { Username: 'ann', UserAttributes: [] }

test.each<[string, object, string[]]>([
  ['nothing wrong', user, []],
  ['undefined', { ...user, MFAOptions: undefined }, []],
  ['missing', { UserAttributes: [] }, ['Username is missing']],
  ['unknown', { ...user, Password: 'x' }, ['Password is unknown to GetUserResponse']],
  ['null', { ...user, PreferredMfaSetting: null }, ['PreferredMfaSetting is not of type string']],
  ['wrong type', { ...user, Username: 5 }, ['Username is not of type string']],
  ['no list', { ...user, UserMFASettingList: 'x' }, ['UserMFASettingList is not a list']],
  ['in a list', { ...user, UserMFASettingList: ['x', 1] }, ['UserMFASettingList.1 is not of type string']],
  [
    'in a structure',
    { ...user, UserAttributes: [{ Name: 'a' }, { Value: 'b', x: 1 }] },
    ['UserAttributes.1.x is unknown to AttributeType', 'UserAttributes.1.Name is missing'],
  ],
  ['no structure', { ...user, UserAttributes: [null] }, ['UserAttributes.0 is not a structure']],
  [
    'an enumeration',
    { ...user, MFAOptions: [{ DeliveryMedium: 'PIGEON' }] },
    ['MFAOptions.0.DeliveryMedium is not of type DeliveryMediumType'],
  ],
])('says what is wrong with an output: %s', (_, output, problems) => {
  expect(checkOutput('GetUser', output as Api['GetUser']['output'])).toEqual(problems)
  const strict = () => replyBody('GetUser', output as Api['GetUser']['output'], true)
  if (problems.length > 0) expect(strict).toThrow(problems[0])
  else expect(strict()).toContain('ann')
})

test.each<[string, object, boolean]>([
  ['milliseconds', { CreationDate: 1_700_000_000_000 }, true],
  ['a fraction of one', { CreationDate: 1_700_000_000.5 }, false],
  ['a Date', { CreationDate: new Date(0) }, false],
  ['no number', { CreationDate: Number.NaN }, false],
])('a time is %s: %s', (_, Group, fits) => {
  expect(checkOutput('GetGroup', { Group } as Api['GetGroup']['output'])).toHaveLength(fits ? 0 : 1)
})

test('an output where there is none is wrong', () => {
  expect(checkOutput('DeleteUser', { x: 1 } as never)).toHaveLength(1)
})

test.each([
  ['NotAuthorized', 400, '{"__type":"NotAuthorizedException","message":"no"}'],
  ['Internal', 500, '{"__type":"InternalErrorException","message":"no"}'],
  ['Serialization', 400, '{"__type":"SerializationException","Message":"no"}'],
] as const)('answers with the failure %s', async (code, status, body) => {
  const response = failure(new PoolError(code, 'no', 'for the log alone'))
  expect(response.status).toBe(status)
  expect(response.headers.get('content-type')).toBe('application/x-amz-json-1.1')
  expect(response.headers.get('x-amzn-errortype')).toBe(JSON.parse(body).__type)
  expect(await response.text()).toBe(body)
})
