import { enums, type OperationName, operations } from '@poolhouse/api'
import { array, assert, constantFrom, dictionary, jsonValue, oneof, property, string } from 'fast-check'
import { expect, test } from 'vitest'
import { PoolError } from '../errors.ts'
import { bodyLimit, operationName, parseInput } from './parse.ts'

const names = Object.keys(operations) as OperationName[]

/** What the door says to a body: the code and the message of its refusal, or the input. */
function say(name: OperationName, body: unknown): unknown {
  try {
    return parseInput(name, typeof body === 'string' ? body : JSON.stringify(body))
  } catch (error) {
    if (!(error instanceof PoolError)) throw error
    return `${error.code}: ${error.message}`
  }
}

const signUp = { ClientId: 'client', Username: 'ann', Password: 'Passw0rd!' }
const listUsers = { UserPoolId: 'eu-west-1_abc' }
const client = { UserPoolId: 'eu-west-1_abc', ClientName: 'web' }
const pool = { PoolName: 'pool' }
const oneFault = (fault: string) => `InvalidParameter: 1 validation error detected: ${fault}`
const must = (path: string, says: string) => `${path} failed to satisfy constraint: Member must ${says}`
const printable = String.raw`satisfy regular expression pattern: [\p{L}\p{M}\p{S}\p{N}\p{P}]+`

// Sentences seen on the live API: pattern, length and enumeration of single members and of lists, and the missing one.
test.each<[string, OperationName, object, string]>([
  ['missing', 'ListUsers', {}, must("Value null at 'userPoolId'", 'not be null')],
  ['null is missing', 'ListUsers', { UserPoolId: null }, must("Value null at 'userPoolId'", 'not be null')],
  ['missing and sensitive', 'SignUp', { ...signUp, ClientId: null }, must("Value null at 'clientId'", 'not be null')],
  [
    'pattern',
    'ListUsers',
    { UserPoolId: 'pool' },
    must("Value 'pool' at 'userPoolId'", String.raw`satisfy regular expression pattern: [\w-]+_[0-9a-zA-Z]+`),
  ],
  ['pattern of a sensitive one', 'SignUp', { ...signUp, Username: 'a b' }, must("Value at 'username'", printable)],
  [
    'too long',
    'SignUp',
    { ...signUp, Username: 'a'.repeat(129) },
    must("Value at 'username'", 'have length less than or equal to 128'),
  ],
  [
    'too short',
    'ConfirmDevice',
    { AccessToken: 'a', DeviceKey: 'eu_1', DeviceName: '' },
    must("Value '' at 'deviceName'", 'have length greater than or equal to 1'),
  ],
  [
    'too large',
    'ListUsers',
    { ...listUsers, Limit: 61 },
    must("Value '61' at 'limit'", 'have value less than or equal to 60'),
  ],
  [
    'too small',
    'ListUsers',
    { ...listUsers, Limit: -1 },
    must("Value '-1' at 'limit'", 'have value greater than or equal to 0'),
  ],
  [
    'beyond 32 bits',
    'CreateGroup',
    { ...listUsers, GroupName: 'g', Precedence: 2 ** 40 },
    must("Value '1099511627776' at 'precedence'", 'have value less than or equal to 2147483647'),
  ],
  [
    'enumeration',
    'InitiateAuth',
    { AuthFlow: 'PASSWORD', ClientId: 'c' },
    must("Value 'PASSWORD' at 'authFlow'", `satisfy enum value set: [${enums.AuthFlowType!.join(', ')}]`),
  ],
  [
    'list of an enumeration',
    'CreateUserPoolClient',
    { ...client, AllowedOAuthFlows: ['code', 'x'] },
    must(
      "Value '[code, x]' at 'allowedOAuthFlows'",
      'satisfy constraint: [Member must satisfy enum value set: [client_credentials, code, implicit]]',
    ),
  ],
  [
    'list of texts',
    'CreateUserPoolClient',
    { ...client, CallbackURLs: ['https://a', ''] },
    must(
      "Value '[https://a, ]' at 'callbackURLs'",
      `satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 1, Member must ${printable}]`,
    ),
  ],
  [
    'null in a list',
    'CreateUserPoolClient',
    { ...client, AllowedOAuthFlows: [null] },
    must(
      "Value '[]' at 'allowedOAuthFlows'",
      'satisfy constraint: [Member must satisfy enum value set: [client_credentials, code, implicit], Member must not be null]',
    ),
  ],
  [
    'list too long',
    'CreateUserPoolClient',
    { ...client, AllowedOAuthFlows: Array(4).fill('code') },
    must("Value '[code, code, code, code]' at 'allowedOAuthFlows'", 'have length less than or equal to 3'),
  ],
  [
    'list too short',
    'AddCustomAttributes',
    { ...listUsers, CustomAttributes: [] },
    must("Value at 'customAttributes'", 'have length greater than or equal to 1'),
  ],
  [
    'member of a structure',
    'CreateUserPool',
    { ...pool, Policies: { PasswordPolicy: { MinimumLength: 5 } } },
    must("Value '5' at 'policies.passwordPolicy.minimumLength'", 'have value greater than or equal to 6'),
  ],
  [
    'member of a list of structures',
    'SignUp',
    { ...signUp, UserAttributes: [{ Name: 'email' }, { Value: 'x' }] },
    must("Value null at 'userAttributes.2.member.name'", 'not be null'),
  ],
  [
    'null in a list of structures',
    'SignUp',
    { ...signUp, UserAttributes: [null] },
    must("Value null at 'userAttributes.1.member'", 'not be null'),
  ],
  [
    'member of a map of structures',
    'CreateUserPool',
    { ...pool, AcrConfiguration: { high: {} } },
    must("Value null at 'acrConfiguration.high.member.acrValue'", 'not be null'),
  ],
  [
    'bytes',
    'CreateManagedLoginBranding',
    {
      ...listUsers,
      ClientId: 'c',
      Assets: [
        {
          Category: 'FAVICON_ICO',
          ColorMode: 'DARK',
          Extension: 'ICO',
          Bytes: Buffer.alloc(1_000_001).toString('base64'),
        },
      ],
    },
    must("Value at 'assets.1.member.bytes'", 'have length less than or equal to 1000000'),
  ],
])('refuses what breaks a limit: %s', (_, name, body, fault) => {
  expect(say(name, body)).toBe(oneFault(fault))
})

test.each<[string, OperationName, object, string]>([
  [
    'value of a map',
    'CreateUserPool',
    { ...pool, UserPoolTags: { team: 'x'.repeat(257) } },
    `Value '{team=${'x'.repeat(257)}}' at 'userPoolTags' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to 256, Member must have length greater than or equal to 0]`,
  ],
  [
    'key of a map',
    'CreateUserPool',
    { ...pool, UserPoolTags: { '': 'x' } },
    "Value '{=x}' at 'userPoolTags' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1]",
  ],
  [
    'value of a sensitive map',
    'InitiateAuth',
    { AuthFlow: 'USER_AUTH', ClientId: 'c', AuthParameters: { USERNAME: 'x'.repeat(131_073) } },
    "Value at 'authParameters' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to 131072, Member must have length greater than or equal to 0]",
  ],
])('refuses what breaks a limit: %s', (_, name, body, fault) => {
  expect(say(name, body)).toBe(oneFault(fault))
})

test('reports all broken limits together', () => {
  expect(say('SignUp', { ClientId: '', UserAttributes: [{}] })).toBe(
    `InvalidParameter: 4 validation errors detected: ${[
      must("Value at 'clientId'", 'have length greater than or equal to 1'),
      must("Value at 'clientId'", String.raw`satisfy regular expression pattern: [\w+]+`),
      must("Value null at 'username'", 'not be null'),
      must("Value null at 'userAttributes.1.member.name'", 'not be null'),
    ].join('; ')}`,
  )
})

test('does not answer with more than it was asked', () => {
  const echoed = String(say('CreateUserPool', { PoolName: 'x'.repeat(100_000) }))
  expect(echoed.length).toBeLessThan(1_500)
  const many = String(say('SignUp', { ...signUp, UserAttributes: Array(1_000).fill({}) }))
  expect(many).toMatch(/^InvalidParameter: 1000 validation errors detected: /)
  expect(many.length).toBeLessThan(10_000)
})

test('never repeats a sensitive value', () => {
  const secret = 'hunter 2 \u0007'
  const bodies: [OperationName, object][] = [
    [
      'SignUp',
      {
        ClientId: secret,
        Username: secret,
        Password: secret,
        SecretHash: secret,
        UserAttributes: [{ Name: 'a', Value: secret.repeat(500) }],
      },
    ],
    ['ChangePassword', { AccessToken: secret, PreviousPassword: secret, ProposedPassword: secret }],
    ['ConfirmSignUp', { ClientId: 'c', Username: 'ann', ConfirmationCode: '1', Session: 'hunter 2' }],
  ]
  for (const [name, body] of bodies) {
    expect(say(name, body)).toMatch(/^InvalidParameter/)
    expect(say(name, body)).not.toContain('hunter')
  }
  expect(say('SignUp', '{"Password":"hunter2",}')).not.toContain('hunter')
})

// The sentences of AWS's JSON front end for a value of the wrong type. A wrong type is reported before broken limits.
test.each<[OperationName, object, string]>([
  ['SignUp', { ...signUp, Username: 5, Password: '' }, 'NUMBER_VALUE can not be converted to a String'],
  ['SignUp', { ...signUp, Username: true }, 'TRUE_VALUE can not be converted to a String'],
  ['SignUp', { ...signUp, Username: ['ann'] }, 'Start of list found where not expected'],
  [
    'ConfirmForgotPassword',
    { ...signUp, ConfirmationCode: { code: '1' } },
    'Start of structure or map found where not expected.',
  ],
  ['ListUsers', { Limit: '5' }, 'STRING_VALUE can not be converted to an Integer'],
  ['ListUsers', { Limit: 1.5 }, 'NUMBER_VALUE can not be converted to an Integer'],
  ['ListUsers', { Limit: false }, 'FALSE_VALUE can not be converted to an Integer'],
  ['AdminCreateUser', { ForceAliasCreation: 1 }, 'NUMBER_VALUE can not be converted to a Boolean'],
  ['AdminCreateUser', { ForceAliasCreation: 'false' }, 'STRING_VALUE can not be converted to a Boolean'],
  ['SignUp', { UserAttributes: 'email' }, 'Unexpected field type'],
  ['SignUp', { UserAttributes: { Name: 'email' } }, 'Start of structure or map found where not expected.'],
  ['SignUp', { UserAttributes: [[]] }, 'Start of list found where not expected'],
  ['SignUp', { UserAttributes: [{ Name: 'email', Value: 5 }] }, 'NUMBER_VALUE can not be converted to a String'],
  ['SignUp', { ClientMetadata: [] }, 'Start of list found where not expected'],
  ['SignUp', { ClientMetadata: { a: {} } }, 'Start of structure or map found where not expected.'],
  ['SignUp', { AnalyticsMetadata: 'x' }, 'Unexpected field type'],
  ['CreateUserPoolClient', { CallbackURLs: [5] }, 'NUMBER_VALUE can not be converted to a String'],
  ['SetUICustomization', { ImageFile: 'abc' }, 'only base-64-encoded strings are convertible to bytes'],
  ['SetUICustomization', { ImageFile: 'ab=c' }, 'only base-64-encoded strings are convertible to bytes'],
])('refuses a wrong type: %s %j', (name, body, message) => {
  expect(say(name, body)).toBe(`Serialization: ${message}`)
})

test.each([
  ['[]'],
  ['null'],
  ['"x"'],
  ['5'],
  [''],
  ['{'],
  ['{}}'],
  ['{"UserPoolId":"eu_1",}'],
  ['{"Limit":NaN}'],
  ['{/**/}'],
  ['{\'UserPoolId\':"eu_1"}'],
  ['\ufeff{}'],
  ['\u001f\u008b\b'],
  ['{"UserPoolId":"a\nb"}'],
  ['{"UserPoolId":"\\u0000"}'],
  ['{"Unknown":"\\u0000"}'],
  ['{"UserPoolId":"\\ud800"}'],
  ['{"UserPoolId":"\\udc00\\ud800"}'],
  ['{"UserPoolId":"\\ud800\\u0041"}'],
  ['{"UserPoolId":"\ud800"}'],
  [`{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}`],
  [`{"a":${'{"a":'.repeat(16)}1${'}'.repeat(16)}}`],
  [`{${Array.from({ length: 15_000 }, (_, at) => `"k${at}":1`).join()}}`],
  [`{"a":[${'1,'.repeat(20_000)}1]}`],
])('refuses a body that is not a JSON object it can keep: %.40j', (body) => {
  expect(say('ListUsers', body)).toMatch(/^Serialization: /)
})

test.each<[string, string, string]>([
  ['a number of a million digits', `{"Limit":${'9'.repeat(250_000)}}`, 'InvalidParameter'],
  ['a number beyond all', '{"Limit":1e999}', 'InvalidParameter'],
  ['10 MiB', `{"Filter":"${'a'.repeat(10 * 1024 * 1024)}"}`, 'TooLarge'],
  ['a long filter', `{"Filter":"${'a'.repeat(10_240)}"}`, 'InvalidParameter'],
])('refuses %s', (_, body, code) => {
  const start = performance.now()
  expect(String(say('ListUsers', body))).toMatch(new RegExp(`^${code}: `))
  expect(performance.now() - start).toBeLessThan(500)
})

test('takes a body of the size that its operation needs', () => {
  expect(bodyLimit('InitiateAuth')).toBe(256 * 1024)
  expect(bodyLimit('SetUICustomization')).toBe(2 * 1024 * 1024)
})

test('takes a pair of surrogates, escaped quotes and the deepest and widest that are used', () => {
  const text = '{"ClientId":"c","Username":"\\ud83d\\ude00","Password":"\\"\\\\\\u00e9:,[{"}'
  expect(parseInput('SignUp', text)).toEqual({ ClientId: 'c', Username: '😀', Password: '"\\é:,[{' })
  const UserAttributes = Array.from({ length: 50 }, (_, at) => ({ Name: `custom:${at}`, Value: ':,[{'.repeat(500) }))
  expect(parseInput('SignUp', JSON.stringify({ ...signUp, UserAttributes }))).toEqual({ ...signUp, UserAttributes })
})

test('counts characters, not halves of them', () => {
  expect(say('SignUp', { ...signUp, Username: '😀'.repeat(128) })).toHaveProperty('Username')
  expect(say('SignUp', { ...signUp, Username: '😀'.repeat(129) })).toMatch(/less than or equal to 128/)
  expect(say('AssociateSoftwareToken', { Session: '😀'.repeat(19) })).toMatch(/greater than or equal to 20/)
})

test.each(['a b', 'a\u2028b', 'admin\u200b', '\u202enimda', 'a\u00a0b', '\n', '\u0007'])(
  'refuses the user name %j, which has more than letters, marks, symbols, digits and punctuation',
  (Username) => {
    expect(say('SignUp', { ...signUp, Username })).toMatch(/^InvalidParameter: 1 validation error .*'username'/)
  },
)

test.each([0, 60])('takes the limit %d', (Limit) => {
  expect(say('ListUsers', { ...listUsers, Limit })).toEqual({ ...listUsers, Limit })
})

test('refuses an attribute value of 2,049 characters', () => {
  const attribute = (length: number) => [{ Name: 'profile', Value: 'x'.repeat(length) }]
  expect(say('SignUp', { ...signUp, UserAttributes: attribute(2_048) })).toHaveProperty('UserAttributes')
  expect(say('SignUp', { ...signUp, UserAttributes: attribute(2_049) })).toBe(
    oneFault(must("Value at 'userAttributes.1.member.value'", 'have length less than or equal to 2048')),
  )
})

test('ignores unknown members and takes null for absent', () => {
  const body = {
    ...signUp,
    Unknown: { deep: [1] },
    userAttributes: [],
    SecretHash: null,
    ClientMetadata: { a: '1', b: null },
  }
  expect(say('SignUp', body)).toEqual({ ...signUp, ClientMetadata: { a: '1' } })
})

test('takes the last of two members of one name, and the text true for a boolean', () => {
  expect(say('DescribeUserPoolDomain', '{"Domain":"a","Domain":"b"}')).toEqual({ Domain: 'b' })
  const body = { UserPoolId: 'eu_1', Username: 'ann', Password: 'x', Permanent: 'true' }
  expect(say('AdminSetUserPassword', body)).toEqual({ ...body, Permanent: true })
})

test('treats the names of object machinery as names', () => {
  const text =
    '{"ClientId":"c","Username":"__proto__","Password":"toString","__proto__":{"SecretHash":"x"},"constructor":{"prototype":{"x":1}},"ClientMetadata":{"__proto__":"a","constructor":"b","toString":"c"}}'
  const input = parseInput('SignUp', text)
  expect(Object.keys(input).sort()).toEqual(['ClientId', 'ClientMetadata', 'Password', 'Username'])
  expect(input.SecretHash).toBeUndefined()
  expect(Object.entries(input.ClientMetadata!)).toEqual([
    ['__proto__', 'a'],
    ['constructor', 'b'],
    ['toString', 'c'],
  ])
  expect(input.ClientMetadata!.hasOwnProperty).toBeUndefined()
  expect(({} as Record<string, unknown>).x).toBeUndefined()
})

test.each([
  [undefined],
  [''],
  ['AWSCognitoIdentityProviderService'],
  ['AWSCognitoIdentityProviderService.'],
  ['AWSCognitoIdentityProviderService.constructor'],
  ['AWSCognitoIdentityProviderService.__proto__'],
  ['AWSCognitoIdentityProviderService.initiateAuth'],
  ['AWSCognitoIdentityProviderService.InitiateAuth, AWSCognitoIdentityProviderService.SignUp'],
  ['AWSCognitoIdentityService.GetId'],
  ['InitiateAuth'],
])('knows no operation %j', (target) => {
  expect(() => operationName(target)).toThrow(expect.objectContaining({ code: 'UnknownOperation' }))
})

test('knows an operation by its target', () => {
  for (const name of names) expect(operationName(`AWSCognitoIdentityProviderService.${name}`)).toBe(name)
})

const codes = ['Serialization', 'InvalidParameter', 'TooLarge']

/** Parses, and fails on anything but an input or a refusal that belongs here. */
function survives(name: OperationName, text: string): boolean {
  try {
    return typeof parseInput(name, text) === 'object'
  } catch (error) {
    return error instanceof PoolError && codes.includes(error.code)
  }
}

const anyName = constantFrom(...names)
const memberNames = [
  'UserPoolId',
  'ClientId',
  'Username',
  'UserAttributes',
  'AuthParameters',
  'Limit',
  'LambdaConfig',
  'Name',
  'Value',
  '__proto__',
  'constructor',
  '',
]
const anyMember = oneof(constantFrom(...memberNames), string())

test('gives nothing but an input or a refusal, whatever the text', () => {
  assert(
    property(
      anyName,
      oneof(
        string(),
        string({ unit: 'binary' }),
        array(constantFrom(...'{}[]":,\\u0d8e1 tfn'), { maxLength: 60 }).map((parts) => parts.join('')),
      ),
      survives,
    ),
    { numRuns: 3_000 },
  )
})

test('gives nothing but an input or a refusal, whatever the JSON', () => {
  const body = dictionary(anyMember, oneof(jsonValue({ maxDepth: 6 }), dictionary(anyMember, jsonValue())))
  const text = body.map((value) => JSON.stringify(value))
  assert(property(anyName, text, survives), { numRuns: 1_000 })
  expect(Object.keys(Object.prototype)).toEqual([])
})
