// The other side is never ours: requests are signed by the AWS SDK, by its signer alone, and by the AWS CLI.
import { execFile, spawnSync } from 'node:child_process'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import {
  AdminCreateUserCommand,
  AdminUpdateUserAttributesCommand,
  CognitoIdentityProviderClient,
  CreateUserPoolCommand,
  ListUserPoolsCommand,
  ListUsersCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { HttpRequest, HttpResponse } from '@smithy/protocol-http'
import { SignatureV4 } from '@smithy/signature-v4'
import {
  type Arbitrary,
  array,
  assert,
  asyncProperty,
  constantFrom,
  dictionary,
  integer,
  record,
  string,
  stringMatching,
} from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { type FailureCode, PoolError } from '../errors.ts'
import { testWorld } from '../world/test.ts'
import { failure } from './reply.ts'
import { checkSignature } from './sigv4.ts'

const local = { id: 'local', secret: 'local' }
const example = { id: 'AKIDEXAMPLE', secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }
const now = Date.UTC(2027, 0, 15, 8)
const world = testWorld({ now, config: { accessKeys: [local, example] } })
const listUserPools = 'AWSCognitoIdentityProviderService.ListUserPools'

/** A request on the wire: its header fields in order, a name perhaps twice. */
interface Sent {
  readonly method: string
  readonly url: string
  readonly fields: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

interface Signing {
  readonly key?: typeof local
  readonly sessionToken?: string
  readonly region?: string
  readonly service?: string
  /** Seconds after the world's clock. */
  readonly offset?: number
  readonly host?: string
  readonly path?: string
  readonly query?: Readonly<Record<string, string | string[]>>
  readonly target?: string
  readonly body?: string
  readonly extra?: Readonly<Record<string, string>>
  readonly unsigned?: readonly string[]
}

const { sha256 } = new CognitoIdentityProviderClient({ region: 'eu-west-1' }).config

async function sign({
  key = local,
  sessionToken,
  region = 'eu-west-1',
  service = 'cognito-idp',
  offset = 0,
  host = 'localhost:9500',
  path = '/',
  query = {},
  target = listUserPools,
  body = '{"MaxResults":1}',
  extra = {},
  unsigned = [],
}: Signing = {}): Promise<Sent> {
  const signer = new SignatureV4({
    applyChecksum: false,
    credentials: { accessKeyId: key.id, secretAccessKey: key.secret, ...(sessionToken && { sessionToken }) },
    region,
    service,
    sha256,
  })
  const headers = { host, 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target, ...extra }
  const request = new HttpRequest({ method: 'POST', path, query: { ...query }, headers, body })
  const options = { signingDate: new Date(now + offset * 1000), unsignableHeaders: new Set(unsigned) }
  const signed = await signer.sign(request, options)
  const search = new URLSearchParams(
    Object.entries(query).flatMap(([name, value]) => [value].flat().map((one): [string, string] => [name, one])),
  )
  const url = `http://${host}${path}${search.size > 0 ? `?${search}` : ''}`
  return { method: 'POST', url, fields: Object.entries(signed.headers), body }
}

function check({ method, url, fields, body }: Sent, where = world) {
  const headers = new Headers()
  for (const [name, value] of fields) headers.append(name, value)
  return checkSignature(where, { method, url, headers }, body)
}

/** What came of a request: its key and region, or the failure and its sentence. */
async function outcome(sent: Sent, where = world): Promise<readonly [FailureCode | 'accepted', string]> {
  try {
    const { keyId, region } = await check(sent, where)
    return ['accepted', `${keyId} ${region}`]
  } catch (thrown) {
    if (thrown instanceof PoolError) return [thrown.code, thrown.message]
    throw thrown
  }
}

/** The same request with one header changed; `undefined` takes it away. */
function withHeader(sent: Sent, name: string, change: (value: string) => string | undefined): Sent {
  const fields = sent.fields.flatMap(([known, value]) => {
    const changed = known.toLowerCase() === name ? change(value) : value
    return changed === undefined ? [] : [[known, changed] as const]
  })
  return { ...sent, fields }
}

const withField = (sent: Sent, name: string, value: string): Sent => ({
  ...sent,
  fields: [...sent.fields, [name, value]],
})

const withAuthorization = (sent: Sent, from: string | RegExp, to: string): Sent =>
  withHeader(sent, 'authorization', (value) => value.replace(from, to))

const authorization = (sent: Sent): string =>
  sent.fields.find(([name]) => name.toLowerCase() === 'authorization')?.[1] ?? ''

const mismatch = /^The request signature we calculated does not match the signature you provided\. Check your AWS/
const unrecognized = /^The security token included in the request is invalid\.$/

// What any client may send.

const word = stringMatching(/^[a-z][a-z0-9-]{0,11}$/)
const value = stringMatching(/^[!-~]([ -~\t]{0,20}[!-~])?$/)
const regions = constantFrom('eu-west-1', 'us-east-1', 'ap-southeast-2', 'us-gov-west-1', 'local')
const hosts = constantFrom('localhost:9500', '127.0.0.1:1', '[::1]:9500', 'idp.example.com', 'ID.Example.com:8443')
const anyText = string({ unit: 'binary', minLength: 1, maxLength: 60 })

interface Wire {
  readonly order: readonly number[]
  readonly spell: (name: string) => string
  readonly blanks: string
  readonly unsigned: Readonly<Record<string, string>>
}

/** How one request may look on the wire: order of the fields, case of names, blanks, fields that nobody signed. */
const wires: Arbitrary<Wire> = record({
  order: array(integer(), { minLength: 20, maxLength: 20 }),
  spell: constantFrom<Wire['spell'][]>(
    (name) => name,
    (name) => name.toUpperCase(),
    (name) => name.replace(/\b[a-z]/g, (letter) => letter.toUpperCase()),
  ),
  blanks: constantFrom('', ' ', ' \t '),
  unsigned: dictionary(
    word.map((name) => `unsigned-${name}`),
    value,
    { maxKeys: 3 },
  ),
})

function carry(sent: Sent, { order, spell, blanks, unsigned }: Wire): Sent {
  const fields = [...sent.fields, ...Object.entries(unsigned)]
    .map(([name, text], index) => ({ name: spell(name), text: `${blanks}${text}${blanks}`, at: order[index] ?? 0 }))
    .sort((left, right) => left.at - right.at)
  return { ...sent, fields: fields.map(({ name, text }) => [name, text]) }
}

const signings: Arbitrary<Required<Pick<Signing, 'key' | 'region' | 'offset' | 'host' | 'target' | 'body' | 'extra'>>> =
  record({
    key: constantFrom(local, example),
    region: regions,
    offset: integer({ min: -300, max: 300 }),
    host: hosts,
    target: constantFrom('ListUserPools', 'AdminDeleteUser', 'CreateUserPool').map(
      (name) => `AWSCognitoIdentityProviderService.${name}`,
    ),
    body: anyText.map((Username) => JSON.stringify({ Username })),
    extra: dictionary(
      word.map((name) => `x-${name}`),
      value,
      { maxKeys: 4 },
    ),
  })

test('accepts what the signer signs: 700 random requests', { timeout: 120_000 }, async () => {
  await assert(
    asyncProperty(signings, wires, async (signing, wire) => {
      const expected = { keyId: signing.key.id, region: signing.region }
      expect(await check(carry(await sign(signing), wire))).toEqual(expected)
    }),
    { numRuns: 700 },
  )
})

test('accepts what the AWS SDK sends: 300 random calls', { timeout: 120_000 }, async () => {
  const pool = 'eu-west-1_abc'
  const commands = constantFrom<((text: string) => object)[]>(
    () => new ListUserPoolsCommand({ MaxResults: 1 }),
    (text) => new CreateUserPoolCommand({ PoolName: text }),
    (text) => new ListUsersCommand({ UserPoolId: pool, Filter: `email = "${text}"` }),
    (text) => new AdminCreateUserCommand({ UserPoolId: pool, Username: text, TemporaryPassword: text }),
    (text) =>
      new AdminUpdateUserAttributesCommand({
        UserPoolId: pool,
        Username: 'a',
        UserAttributes: [{ Name: 'name', Value: text }],
      }),
  )
  await assert(
    asyncProperty(commands, anyText, regions, constantFrom(local, example), hosts, wires, async (...given) => {
      const [command, text, region, key, host, wire] = given
      const sent = carry(await sentBySdk(command(text), { region, key, host }), wire)
      const today = testWorld({ now: Date.now(), config: { accessKeys: [local, example] } })
      expect(await check(sent, today)).toEqual({ keyId: key.id, region })
    }),
    { numRuns: 300 },
  )
})

async function sentBySdk(command: object, { region, key, host }: { region: string; key: typeof local; host: string }) {
  let sent: Sent | undefined
  const client = new CognitoIdentityProviderClient({
    region,
    endpoint: `http://${host}`,
    credentials: { accessKeyId: key.id, secretAccessKey: key.secret },
    requestHandler: {
      handle: async (request: HttpRequest) => {
        const url = `http://${host}${request.path}`
        sent = {
          method: request.method,
          url,
          fields: Object.entries(request.headers),
          body: new TextDecoder().decode(request.body),
        }
        return { response: new HttpResponse({ statusCode: 200, headers: {}, body: new Uint8Array() }) }
      },
    },
  })
  await client.send(command as ListUserPoolsCommand)
  if (sent === undefined) throw new Error('Nothing was sent')
  return sent
}

/** One change each that whoever has no key can make, and that only the signature tells. */
const untold: Record<string, (sent: Sent) => Sent> = {
  'body: a byte more': (sent) => ({ ...sent, body: `${sent.body} ` }),
  'body: another letter case': (sent) => ({ ...sent, body: sent.body.replace('Username', 'username') }),
  'body: none': (sent) => ({ ...sent, body: '' }),
  'method: another': (sent) => ({ ...sent, method: 'PUT' }),
  'path: another': (sent) => ({ ...sent, url: `${sent.url}a` }),
  'target: another': (sent) => withHeader(sent, 'x-amz-target', (value) => `${value}s`),
  'target: a second one': (sent) => withField(sent, 'X-Amz-Target', listUserPools),
  'host: another': (sent) => withHeader(sent, 'host', () => 'other.example.com'),
  'host: another port': (sent) => withHeader(sent, 'host', (value) => `${value}1`),
  'date: another second': (sent) =>
    withHeader(sent, 'x-amz-date', (value) => (value === '20270115T080000Z' ? '20270115T080001Z' : '20270115T080000Z')),
  'header: changed': (sent) => withHeader(sent, 'content-type', () => 'text/plain'),
  'header: removed': (sent) => withHeader(sent, 'content-type', () => undefined),
  'headers: one more that is absent': (sent) => withAuthorization(sent, 'SignedHeaders=', 'SignedHeaders=absent;'),
  'headers: one more that is present': (sent) =>
    withField(withAuthorization(sent, 'SignedHeaders=', 'SignedHeaders=a;'), 'a', 'a'),
  'headers: one less': (sent) => withAuthorization(sent, 'content-type;', ''),
  'headers: one twice': (sent) => withAuthorization(sent, 'host;', 'host;host;'),
  'headers: out of order': (sent) => withAuthorization(sent, /SignedHeaders=([^;]+);([^,]+),/, 'SignedHeaders=$2;$1,'),
  'headers: upper-case': (sent) => withAuthorization(sent, 'content-type;', 'Content-Type;'),
  'scope: another region': (sent) => withAuthorization(sent, /(Credential=[^/]+\/\d+\/)[^/]+/, '$1sa-east-1'),
  'key: another known one': (sent) => {
    const isLocal = authorization(sent).includes('Credential=local/')
    return withAuthorization(sent, /Credential=\w+/, `Credential=${isLocal ? example.id : local.id}`)
  },
  'signature: another digit': (sent) => withAuthorization(sent, /.$/, authorization(sent).endsWith('0') ? '1' : '0'),
  'signature: a digit less': (sent) => withAuthorization(sent, /.$/, ''),
  'signature: upper-case': (sent) =>
    withHeader(sent, 'authorization', (value) => value.slice(0, -64) + value.slice(-64).toUpperCase()),
}

test.each(Object.entries(untold))('refuses a change of 30 random requests: %s', async (_, mutate) => {
  await assert(
    asyncProperty(signings, wires, async (signing, wire) => {
      const sent = await sign(signing)
      const changed = mutate(sent)
      expect(changed).not.toEqual(sent)
      expect(await outcome(carry(changed, wire))).toEqual(['InvalidSignature', expect.stringMatching(mismatch)])
    }),
    { numRuns: 30 },
  )
})

interface Case extends Signing {
  /** The request after it was signed. */
  readonly change?: (sent: Sent) => Sent
  readonly refused: readonly [FailureCode, RegExp]
}

const missing = (...parameters: string[]): readonly [FailureCode, RegExp] => [
  'IncompleteSignature',
  new RegExp(`^${parameters.map((name) => `Authorization header requires '${name}' parameter\\.`).join(' ')}$`),
]

const cases: Record<string, Case> = {
  // JA6: who signed what.
  'no signature at all': {
    change: (sent) => withHeader(sent, 'authorization', () => undefined),
    refused: ['MissingAuthentication', /^Missing Authentication Token$/],
  },
  'an empty Authorization': {
    change: (sent) => withHeader(sent, 'authorization', () => ''),
    refused: ['MissingAuthentication', /^Missing Authentication Token$/],
  },
  'a bearer token': {
    change: (sent) => withHeader(sent, 'authorization', () => 'Bearer abc'),
    refused: ['MissingAuthentication', /^Missing Authentication Token$/],
  },
  'a signature in the query': {
    change: (sent) => ({
      ...withHeader(sent, 'authorization', () => undefined),
      url: `${sent.url}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=${'0'.repeat(64)}`,
    }),
    refused: ['MissingAuthentication', /^Missing Authentication Token$/],
  },
  'a signature in both': {
    change: (sent) => ({ ...sent, url: `${sent.url}?X-Amz-Algorithm=AWS4-HMAC-SHA256` }),
    refused: ['InvalidSignature', /^A signed request has no query string\.$/],
  },
  'nothing but the algorithm': {
    change: (sent) => withHeader(sent, 'authorization', () => 'AWS4-HMAC-SHA256'),
    refused: missing('Credential', 'Signature', 'SignedHeaders'),
  },
  'no Credential': {
    change: (sent) => withAuthorization(sent, /Credential=[^,]+, /, ''),
    refused: missing('Credential'),
  },
  'an empty Signature': {
    change: (sent) => withAuthorization(sent, /Signature=.+/, 'Signature='),
    refused: missing('Signature'),
  },
  'no SignedHeaders': {
    change: (sent) => withAuthorization(sent, /SignedHeaders=[^,]+, /, ''),
    refused: missing('SignedHeaders'),
  },
  'another algorithm': {
    change: (sent) => withAuthorization(sent, 'AWS4-HMAC-SHA256', 'AWS4-ECDSA-P256-SHA256'),
    refused: ['IncompleteSignature', /^Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'/],
  },
  'four parts of a scope': {
    change: (sent) => withAuthorization(sent, '/aws4_request', ''),
    refused: ['IncompleteSignature', /^Credential must have exactly 5 slash-delimited elements.* got 'local\/\d+\/eu/],
  },
  'six parts of a scope': {
    change: (sent) => withAuthorization(sent, '/aws4_request', '/aws4_request/'),
    refused: ['IncompleteSignature', /^Credential must have exactly 5 slash-delimited elements/],
  },
  'no key id': {
    change: (sent) => withAuthorization(sent, 'Credential=local', 'Credential='),
    refused: ['UnrecognizedClient', unrecognized],
  },
  'the wrong secret': { key: { id: 'local', secret: 'Local' }, refused: ['InvalidSignature', mismatch] },
  'the key that signs where no key fits': {
    key: { id: 'nobody', secret: 'x'.repeat(40) },
    refused: ['UnrecognizedClient', unrecognized],
  },
  'signed for another service': {
    service: 'cognito-identity',
    refused: ['InvalidSignature', /^Credential should be scoped to correct service: 'cognito-idp'\.$/],
  },
  'signed for what is no region': {
    region: 'EU-WEST-1',
    refused: ['InvalidSignature', /^Credential should be scoped to a valid region, not 'EU-WEST-1'\.$/],
  },
  'every fault of a scope': {
    change: (sent) => withAuthorization(sent, /Credential=[^,]+/, 'Credential=local/b/C/d/e'),
    refused: [
      'InvalidSignature',
      /^Credential should be scoped to a valid region, not 'C'\. Credential .+ service: 'cognito-idp'\. Credential .+ terminator: 'aws4_request', not 'e'\. Date in Credential scope .+: 'b' != '20270115', from '20270115T080000Z'\.$/,
    ],
  },
  'the signature of another body': {
    change: (sent) => ({ ...sent, body: '{"MaxResults":2}' }),
    refused: ['InvalidSignature', mismatch],
  },
  'a host that was not signed': {
    unsigned: ['host'],
    refused: ['InvalidSignature', /^'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization\.$/],
  },
  'a target that was not signed': {
    unsigned: ['x-amz-target'],
    refused: ['InvalidSignature', /^'X-Amz-Target' must be a 'SignedHeader' in the AWS Authorization\.$/],
  },
  'a date that is not said to be signed': {
    change: (sent) => withAuthorization(sent, 'x-amz-date;', ''),
    refused: ['InvalidSignature', /^'X-Amz-Date' must be a 'SignedHeader' in the AWS Authorization\.$/],
  },
  'a target that is no longer said to be signed': {
    change: (sent) => withAuthorization(sent, ';x-amz-target', ''),
    refused: ['InvalidSignature', /^'X-Amz-Target' must be a 'SignedHeader' in the AWS Authorization\.$/],
  },
  'an unknown key': {
    key: { id: 'unknown', secret: 'local' },
    refused: ['UnrecognizedClient', unrecognized],
  },
  'the same Authorization twice': {
    change: (sent) => withField(sent, 'Authorization', authorization(sent)),
    refused: ['IncompleteSignature', /^Invalid key=value pair \(missing equal-sign\) in Authorization header\.$/],
  },
  'a second Signature': {
    change: (sent) => withAuthorization(sent, /$/, `, Signature=${'0'.repeat(64)}`),
    refused: ['IncompleteSignature', /^Authorization header has more than one 'Signature' parameter\.$/],
  },
  'an unsigned hash of another body': {
    change: (sent) => withField(sent, 'X-Amz-Content-Sha256', '0'.repeat(64)),
    refused: ['InvalidSignature', /^The provided 'x-amz-content-sha256' header does not match what was computed\.$/],
  },
  'a hash of another body, signed': {
    extra: { 'x-amz-content-sha256': '0'.repeat(64) },
    refused: ['InvalidSignature', /^The provided 'x-amz-content-sha256' header does not match what was computed\.$/],
  },
  'a body that was not signed': {
    extra: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
    refused: ['InvalidSignature', /^The provided 'x-amz-content-sha256' header does not match what was computed\.$/],
  },
  'an unsigned second value of a signed header': {
    extra: { 'x-extra': 'a' },
    change: (sent) => withField(sent, 'X-Extra', 'b'),
    refused: ['InvalidSignature', mismatch],
  },
  // JA7: dates.
  'no date': {
    change: (sent) => withHeader(sent, 'x-amz-date', () => undefined),
    refused: ['IncompleteSignature', /^Authorization header requires existence of a 'X-Amz-Date' header\.$/],
  },
  'a Date header alone': {
    change: (sent) =>
      withField(
        withHeader(sent, 'x-amz-date', () => undefined),
        'Date',
        'Fri, 15 Jan 2027 08:00:00 GMT',
      ),
    refused: ['IncompleteSignature', /^Authorization header requires existence of a 'X-Amz-Date' header\.$/],
  },
  'two dates': {
    change: (sent) => withField(sent, 'X-Amz-Date', '20270115T080000Z'),
    refused: [
      'IncompleteSignature',
      /^Date must be in ISO-8601 'basic format'\. Got '20270115T080000Z, 20270115T080000Z'\./,
    ],
  },
  ...Object.fromEntries(
    [
      '201',
      '2027-01-15T08:00:00Z',
      '20270115T080000',
      '20270115T080000+0000',
      '20270115T240000Z',
      '20270229T080000Z',
      '20271315T080000Z',
      '20270115T080060Z',
      '1800000000',
      '20270115T080000Z0',
      '20270115t080000z',
    ].map((date): [string, Case] => [
      `the date ${date}`,
      {
        change: (sent) => withHeader(sent, 'x-amz-date', () => date),
        refused: ['IncompleteSignature', /^Date must be in ISO-8601 'basic format'\. Got '.+'\. See http/],
      },
    ]),
  ),
  'a year ago': {
    offset: -365 * 86_400,
    refused: [
      'InvalidSignature',
      /^Signature expired: 20260115T080000Z is now earlier than 20270115T075500Z \(20270115T080000Z - 5 min\.\)$/,
    ],
  },
  // JA10: session tokens.
  'a session token that was not signed': {
    change: (sent) => withField(sent, 'X-Amz-Security-Token', 'token'),
    refused: ['UnrecognizedClient', unrecognized],
  },
  'a session token, signed': { sessionToken: 'token', refused: ['UnrecognizedClient', unrecognized] },
  'an empty session token': {
    change: (sent) => withField(sent, 'X-Amz-Security-Token', ''),
    refused: ['UnrecognizedClient', unrecognized],
  },
  // JA11: the query takes no part, so there is none.
  'a query that was signed': {
    query: { a: ['1', '2'] },
    refused: ['InvalidSignature', /^A signed request has no query string\.$/],
  },
  'a path that was not signed': {
    change: (sent) => ({ ...sent, url: `${sent.url}%2F` }),
    refused: ['InvalidSignature', mismatch],
  },
  'a path that was encoded again': {
    path: '/a%2Fb',
    change: (sent) => ({ ...sent, url: sent.url.replace('%2F', '%252F') }),
    refused: ['InvalidSignature', mismatch],
  },
}

test.each(Object.entries(cases))('refuses %s', async (_, { change = (sent) => sent, refused, ...signing }) => {
  const [code, message] = await outcome(change(await sign(signing)))
  expect([code, message]).toEqual([refused[0], expect.stringMatching(refused[1])])
})

test.each<[string, Signing, ((sent: Sent) => Sent)?]>([
  ['a list set apart by commas alone', {}, (sent) => withAuthorization(sent, /, /g, ',')],
  ['a list set apart by blanks alone', {}, (sent) => withAuthorization(sent, /, /g, '  ')],
  [
    'the hash of the body',
    { body: '', extra: { 'x-amz-content-sha256': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' } },
  ],
  [
    'a header that was folded when it was signed',
    { extra: { 'x-extra': 'a\r\n  b' } },
    (sent) => withHeader(sent, 'x-extra', () => 'a b'),
  ],
  ['blanks inside a header', { extra: { 'x-extra': 'a b' } }, (sent) => withHeader(sent, 'x-extra', () => ' a \t  b ')],
  [
    'a header given twice',
    { extra: { 'x-extra': 'a, b' } },
    (sent) =>
      withField(
        withHeader(sent, 'x-extra', () => 'a'),
        'X-Extra',
        'b',
      ),
  ],
  ['an empty header', { extra: { 'x-extra': '' } }],
  ['a header named __proto__', { extra: JSON.parse('{"__proto__":"a"}') }],
  ['a header that the signer leaves out by itself', {}, (sent) => withField(sent, 'User-Agent', 'a')],
  ['the path //', { path: '//' }],
  ['the path /a%2Fb', { path: '/a%2Fb' }],
  ['the path /a%252Fb', { path: '/a%252Fb' }],
  ['the path /a//b/', { path: '/a//b/' }],
  ['a long region', { region: 'a'.repeat(32) }],
])('accepts %s', async (_, signing, change = (sent) => sent) => {
  expect(await check(change(await sign(signing)))).toEqual({ keyId: 'local', region: signing.region ?? 'eu-west-1' })
})

test('a pinned region is the only one', async () => {
  const pinned = testWorld({ now, config: { region: 'eu-west-1' } })
  expect(await check(await sign(), pinned)).toEqual({ keyId: 'local', region: 'eu-west-1' })
  expect(await outcome(await sign({ region: 'us-east-1' }), pinned)).toEqual([
    'InvalidSignature',
    "Credential should be scoped to a valid region, not 'us-east-1'.",
  ])
})

test('without keys nobody is let in', async () => {
  const keyless = testWorld({ now, config: { accessKeys: [] } })
  expect(await outcome(await sign(), keyless)).toEqual(['UnrecognizedClient', expect.stringMatching(unrecognized)])
})

// The clock's milliseconds do not count: a date has none.
test.each([
  [-300, 0, 'accepted', 'local eu-west-1'],
  [-300, 999, 'accepted', 'local eu-west-1'],
  [
    -301,
    0,
    'InvalidSignature',
    'Signature expired: 20270115T075459Z is now earlier than 20270115T075500Z (20270115T080000Z - 5 min.)',
  ],
  [300, 0, 'accepted', 'local eu-west-1'],
  [300, 999, 'accepted', 'local eu-west-1'],
  [
    301,
    0,
    'InvalidSignature',
    'Signature not yet current: 20270115T080501Z is still later than 20270115T080500Z (20270115T080000Z + 5 min.)',
  ],
  [
    301,
    999,
    'InvalidSignature',
    'Signature not yet current: 20270115T080501Z is still later than 20270115T080500Z (20270115T080000Z + 5 min.)',
  ],
])('signed %i s from now, at %i ms of a second: %s', async (offset, milliseconds, code, message) => {
  const sent = await sign({ offset })
  const later = testWorld({ now: now + milliseconds })
  expect(await outcome(sent, later)).toEqual([code, message])
})

test('midnight between signing and arrival does not matter', async () => {
  const midnight = testWorld({ now: Date.UTC(2027, 0, 16) })
  const sent = await sign({ offset: 16 * 3600 - 1 })
  expect(authorization(sent)).toContain('/20270115/')
  expect(await check(sent, midnight)).toEqual({ keyId: 'local', region: 'eu-west-1' })
})

const hasAws = spawnSync('aws', ['--version']).status === 0

test.skipIf(!hasAws)('accepts what the AWS CLI sends', { timeout: 120_000 }, async () => {
  const seen: unknown[] = []
  const server = createServer(async (incoming, outgoing) => {
    const headers = new Headers()
    for (const [name, values] of Object.entries(incoming.headersDistinct))
      for (const value of values ?? []) headers.append(name, value)
    const request = { method: incoming.method ?? '', url: `http://${headers.get('host')}${incoming.url}`, headers }
    const today = testWorld({ now: Date.now() })
    const response = await checkSignature(today, request, await text(incoming)).then(
      (signed) => {
        seen.push(signed)
        return Response.json({ UserPools: [] })
      },
      (thrown) => failure(PoolError.from(thrown)),
    )
    outgoing.writeHead(response.status, Object.fromEntries(response.headers)).end(await response.text())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const endpoint = `http://127.0.0.1:${port}`
  const listPools = (secret: string) =>
    promisify(execFile)(
      'aws',
      ['cognito-idp', 'list-user-pools', '--max-results', '1', '--endpoint-url', endpoint, '--region', 'eu-west-1'],
      {
        env: {
          PATH: process.env.PATH,
          HOME: process.env.HOME,
          NO_PROXY: '127.0.0.1',
          AWS_ACCESS_KEY_ID: 'local',
          AWS_SECRET_ACCESS_KEY: secret,
          AWS_CONFIG_FILE: '/dev/null',
          AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
          AWS_PAGER: '',
        },
      },
    )
  expect(JSON.parse((await listPools('local')).stdout)).toEqual({ UserPools: [] })
  expect(seen).toEqual([{ keyId: 'local', region: 'eu-west-1' }])
  await expect(listPools('other')).rejects.toThrow(
    /\(InvalidSignatureException\) when calling the ListUserPools operation: The request signature we calculated/,
  )
})
