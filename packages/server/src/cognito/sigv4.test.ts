// The other side is never ours: requests are signed by the AWS SDK, by the signer on its own, and by the AWS CLI.
import { execFile, spawnSync } from 'node:child_process'
import { createHash, createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import {
  AdminCreateUserCommand,
  AdminUpdateUserAttributesCommand,
  CognitoIdentityProviderClient,
  CreateUserPoolCommand,
  ListUsersCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { HttpRequest, HttpResponse } from '@smithy/protocol-http'
import { SignatureV4 } from '@smithy/signature-v4'
import {
  array,
  assert,
  asyncProperty,
  constantFrom,
  dictionary,
  integer,
  option,
  record,
  type sample,
  string,
  stringMatching,
  tuple,
} from 'fast-check'
import { expect, test } from 'vitest'
import { type FailureCode, PoolError } from '../errors.ts'
import { testWorld } from '../world/test.ts'
import { failure } from './reply.ts'
import { checkSignature } from './sigv4.ts'

const keys = [
  { id: 'local', secret: 'local' },
  { id: 'AKIDEXAMPLE', secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' },
] as const
const [local, example] = keys
const now = 1_800_000_000_000
const stamp = '20270115T080000Z'
const world = testWorld({ now, config: { accessKeys: keys } })

/** What arrives: header fields as on the wire, in order, a name perhaps twice. */
interface Sent {
  method: string
  url: string
  fields: [string, string][]
  body: string
}

/** What a test may say about a request that the signer signs. */
interface Signing {
  key?: { readonly id: string; readonly secret: string }
  sessionToken?: string
  region?: string
  service?: string
  /** Seconds after the world's clock. */
  offset?: number
  host?: string
  path?: string
  query?: Record<string, string | string[]>
  target?: string
  body?: string
  extra?: Record<string, string>
  unsigned?: string[]
}

class Sha256 {
  readonly #hash
  constructor(secret?: string | ArrayBuffer | NodeJS.ArrayBufferView) {
    this.#hash =
      secret === undefined
        ? createHash('sha256')
        : createHmac('sha256', secret instanceof ArrayBuffer ? Buffer.from(secret) : secret)
  }
  update(data: string | Uint8Array) {
    this.#hash.update(data)
  }
  async digest() {
    return this.#hash.digest()
  }
}

async function sign({
  key = local,
  sessionToken,
  region = 'eu-west-1',
  service = 'cognito-idp',
  offset = 0,
  host = 'localhost:9500',
  path = '/',
  query = {},
  target = 'AWSCognitoIdentityProviderService.ListUserPools',
  body = '{"MaxResults":1}',
  extra = {},
  unsigned = [],
}: Signing = {}): Promise<Sent> {
  const signer = new SignatureV4({
    applyChecksum: false,
    credentials: { accessKeyId: key.id, secretAccessKey: key.secret, ...(sessionToken && { sessionToken }) },
    region,
    service,
    sha256: Sha256,
  })
  const headers = { host, 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target, ...extra }
  const request = new HttpRequest({ method: 'POST', path, query, headers, body })
  const signingDate = new Date(now + offset * 1000)
  const signed = await signer.sign(request, { signingDate, unsignableHeaders: new Set(unsigned) })
  const search = new URLSearchParams(
    Object.entries(query).flatMap(([name, value]) => [value].flat().map((one) => [name, one])),
  ).toString()
  const url = `http://${host}${path}${search && `?${search}`}`
  return { method: 'POST', url, fields: Object.entries(signed.headers), body }
}

async function check({ method, url, fields, body }: Sent, where = world) {
  const headers = new Headers()
  for (const [name, value] of fields) headers.append(name, value)
  return checkSignature(where, { method, url, headers }, body)
}

/** The failure and its sentence; `accepted` when there was none. */
async function verdict(sent: Sent, where = world): Promise<[FailureCode | 'accepted', string]> {
  try {
    await check(sent, where)
    return ['accepted', '']
  } catch (thrown) {
    if (thrown instanceof PoolError) return [thrown.code, thrown.message]
    throw thrown
  }
}

const header = (sent: Sent, name: string) => sent.fields.find(([known]) => known.toLowerCase() === name)?.[1] ?? ''

/** The same request with one header changed; `undefined` leaves it out. */
function withHeader(sent: Sent, name: string, change: (value: string) => string | undefined): Sent {
  const fields = sent.fields.flatMap(([known, value]): [string, string][] => {
    if (known.toLowerCase() !== name) return [[known, value]]
    const changed = change(value)
    return changed === undefined ? [] : [[known, changed]]
  })
  return { ...sent, fields }
}

const withField = (sent: Sent, name: string, value: string): Sent => ({
  ...sent,
  fields: [...sent.fields, [name, value]],
})

const withAuthorization = (sent: Sent, from: string | RegExp, to: string) =>
  withHeader(sent, 'authorization', (value) => value.replace(from, to))

const mismatch = ['InvalidSignature', /^The request signature we calculated does not match/] as const
const unrecognized = ['UnrecognizedClient', /^The security token included in the request is invalid\.$/] as const

// Random requests

const word = stringMatching(/^[a-z][a-z0-9-]{0,11}$/)
const regions = constantFrom('eu-west-1', 'us-east-1', 'ap-southeast-2', 'us-gov-west-1', 'local')
const hosts = constantFrom('localhost:9500', '127.0.0.1:1', '[::1]:9500', 'idp.example.com', 'ID.Example.com:8443')
const bodies = string({ unit: 'binary', maxLength: 60 }).map((Username) => JSON.stringify({ Username }))
const values = stringMatching(/^[!-~]([ -~\t]{0,20}[!-~])?$/)

/** How the same fields may stand on the wire: order, case of names, blanks around values, fields nobody signed. */
const wires = record({
  order: array(integer(), { minLength: 16, maxLength: 16 }),
  spell: constantFrom(
    (name: string) => name,
    (name: string) => name.toUpperCase(),
    (name: string) => name.replace(/\b[a-z]/g, (letter) => letter.toUpperCase()),
  ),
  blanks: constantFrom('', ' ', '\t  '),
  unsigned: dictionary(
    word.map((name) => `unsigned-${name}`),
    values,
    { maxKeys: 3 },
  ),
})

function carry(
  sent: Sent,
  { order, spell, blanks, unsigned }: ReturnType<typeof sample<typeof wires extends infer W ? W : never>> | any,
): Sent {
  return sent
}
