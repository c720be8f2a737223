import { expect, test } from 'vitest'
import { builtInDocument } from './built-in.ts'
import { readDocument } from './document.ts'
import { UsageError } from './usage-error.ts'

const read = (value: unknown) => readDocument(JSON.stringify(value, undefined, 2), 'poolhouse.json')

test('the built-in document is one', () => {
  expect(read(builtInDocument)).toEqual(builtInDocument)
})

test('settings may stand in it', () => {
  const document = { $schema: 'x', settings: { listen: 'localhost:9600' }, pools: [] }
  expect(read(document)).toEqual(document)
})

test('addresses of functions may stand in it', () => {
  const document = { functions: { welcome: 'https://hooks.example.com/welcome' }, pools: [] }
  expect(read(document)).toEqual(document)
})

const pool = { Id: 'local_dev', PoolName: 'dev' }
const client = { ClientId: 'web', ClientName: 'web' }

// biome-ignore format: a table
const wrong: [value: unknown, message: RegExp][] = [
  [[],                                                   /^poolhouse.json: The file must be an object/],
  [{},                                                   /The file has no pools/],
  [{ pool: [] },                                         /^poolhouse.json:2: pool is not known. Did you mean pools\?/],
  [{ pools: [], functions: ['https://a'] },              /functions must be an object/],
  [{ pools: [], functions: { welcome: 1 } },             /functions.welcome must be text/],
  [{ pools: {} },                                        /pools must be a list/],
  [{ pools: [null] },                                    /pools\[0\] must be an object/],
  [{ pools: [{ PoolName: 'dev' }] },                     /pools\[0\] has no Id/],
  [{ pools: [{ ...pool, Id: 1 }] },                      /pools\[0\].Id must be text/],
  [{ pools: [{ ...pool, Pasword: 1 }] },                 /^poolhouse.json:6: pools\[0\].Pasword is not known$/],
  [{ pools: [pool, { ...pool, UsernameAttribute: [] }] }, /pools\[1\].UsernameAttribute is not known. Did you mean UsernameAttributes\?/],
  [{ pools: [{ ...pool, Policies: { PasswordPolicy: { MinLength: 8 } } }] }, /pools\[0\].Policies.PasswordPolicy.MinLength is not known. Did you mean MinimumLength\?/],
  [{ pools: [{ ...pool, Schema: [{ Nmae: 'team' }] }] }, /pools\[0\].Schema\[0\].Nmae is not known. Did you mean Name\?/],
  [{ pools: [{ ...pool, Clients: [{ ...client, CallbackUrl: [] }] }] }, /Clients\[0\].CallbackUrl is not known. Did you mean CallbackURLs\?/],
  [{ pools: [{ ...pool, Clients: [{ ClientName: 'web' }] }] }, /Clients\[0\] has no ClientId/],
  [{ pools: [{ ...pool, Clients: [{ ...client, UserPoolId: 'local_dev' }] }] }, /UserPoolId is not known/],
  [{ pools: [{ ...pool, Users: [{ Username: 'ada', Groups: [1] }] }] }, /Groups\[0\] must be text/],
  [{ pools: [{ ...pool, __proto__x: 1 }] },              /is not known/],
  [{ pools: [], settings: { 'master-key': 'x' } },       /settings.master-key is not known. Did you mean master-key-file\?/],
]

for (const [value, message] of wrong)
  test(`${JSON.stringify(value)} is refused`, () => {
    expect(() => read(value)).toThrow(UsageError)
    expect(() => read(value)).toThrow(message)
  })

test('text that is not JSON is refused', () => {
  expect(() => readDocument('{"pools": [', 'poolhouse.json')).toThrow(/poolhouse.json is not JSON/)
})

test('names of every object are not known', () => {
  for (const key of ['__proto__', 'constructor', 'toString'])
    expect(() => readDocument(`{"pools":[],"${key}":{}}`, 'poolhouse.json')).toThrow(/is not known/)
})
