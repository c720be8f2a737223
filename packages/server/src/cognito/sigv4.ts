import { createHash, createHmac, type Hash, type Hmac, timingSafeEqual } from 'node:crypto'
import { type OperationName, operations } from '@poolhouse/api'
import { PoolError } from '../errors.ts'
import type { World } from '../world/world.ts'

const algorithm = 'AWS4-HMAC-SHA256'
const service = 'cognito-idp'
const terminator = 'aws4_request'
const skewMinutes = 5

/** The region becomes part of pool ids, ARNs and host names, so nothing but a label of a host name is one. */
const regionPattern = /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/

/** Loaded by the first signed call: it brings a good part of the AWS SDK, and browsers never sign. */
const signer = () => Promise.all([import('@smithy/signature-v4'), import('@smithy/protocol-http')])

/** Signs where no key fits: always the same one, so that the signer's cache of derived keys serves it like a real key. */
const nobody = { id: 'nobody', secret: 'x'.repeat(40) }

/**
 * Whether a call must be signed. GetClientToken is called by machines that have a client's secret and no key of ours: a
 * signature counts for nothing there (API reference, GetClientToken).
 */
export function needsSignature(name: OperationName): boolean {
  return operations[name].signed && name !== 'GetClientToken'
}

/**
 * Whose key signed the request and for which region; throws when it was not signed as AWS Signature Version 4 asks.
 *
 * The very same request passes again within five minutes, as it does at AWS: that is what an SDK's retry looks like,
 * and refusing it would take a memory common to all servers of one database. TLS keeps requests from whoever would
 * repeat them.
 *
 * Stricter than AWS in three things: X-Amz-Target must be signed, or another operation could be put in its place;
 * a Date header does not stand in for X-Amz-Date, which every SDK sends; there is no query, hence no signature in it.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export async function checkSignature(
  world: World,
  request: { readonly method: string; readonly url: string; readonly headers: Headers },
  body: string,
): Promise<{ keyId: string; region: string }> {
  const { headers } = request
  const { pathname, search } = new URL(request.url)
  const { credential, signedHeaders, signature } = readAuthorization(headers)
  if (search !== '') throw new PoolError('InvalidSignature', 'A signed request has no query string.')
  const signingDate = readSigningDate(headers)
  checkAge(world, signingDate)
  const names = new Set(signedHeaders.split(';'))
  checkSignedHeaders(names)
  const { keyId, region, scope } = readScope(credential, signingDate, world.config.region)
  checkContentHash(headers, body)

  const key = world.config.accessKeys.find(({ id }) => id === keyId)
  const { id, secret } = key ?? nobody
  const [{ SignatureV4 }, { HttpRequest }] = await signer()
  const signing = new SignatureV4({
    applyChecksum: false,
    credentials: { accessKeyId: id, secretAccessKey: secret },
    region,
    service,
    sha256: Sha256,
  })
  // Nothing but what the caller says it signed is signed again.
  const signed = await signing.sign(
    new HttpRequest({ method: request.method, path: pathname, headers: pick(headers, names), body }),
    { signingDate, signableHeaders: names },
  )
  // The whole line is compared: a list that names an absent header, or one twice, is not what the signer writes.
  const given = `${algorithm} Credential=${keyId}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`
  const same = equalInConstantTime(given, signed.headers.authorization ?? '')

  // Session tokens come from AWS's Security Token Service, which has no counterpart here.
  if (!key || headers.has('x-amz-security-token'))
    throw new PoolError('UnrecognizedClient', 'The security token included in the request is invalid.')
  if (!same)
    throw new PoolError(
      'InvalidSignature',
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
    )
  return { keyId, region }
}

/** The parts of `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`, set apart by commas or blanks. */
function readAuthorization(headers: Headers) {
  const header = headers.get('authorization')
  if (!header?.startsWith('AWS4-')) throw new PoolError('MissingAuthentication', 'Missing Authentication Token')
  const [name, ...pairs] = header.split(/[\s,]+/)
  const values = new Map<string, string>()
  for (const pair of pairs) {
    // A second Authorization header arrives joined to the first: its algorithm is no pair.
    const [, key, value] = /^([^=]+)=(.*)$/.exec(pair) ?? []
    if (key === undefined || value === undefined)
      throw incomplete('Invalid key=value pair (missing equal-sign) in Authorization header.')
    if (values.has(key)) throw incomplete(`Authorization header has more than one '${key}' parameter.`)
    values.set(key, value)
  }
  const [credential, signature, signedHeaders] = ['Credential', 'Signature', 'SignedHeaders'].map((key) =>
    values.get(key),
  )
  if (!credential || !signature || !signedHeaders || !headers.has('x-amz-date')) {
    const missing = [
      !credential && "Authorization header requires 'Credential' parameter.",
      !signature && "Authorization header requires 'Signature' parameter.",
      !signedHeaders && "Authorization header requires 'SignedHeaders' parameter.",
      !headers.has('x-amz-date') && "Authorization header requires existence of a 'X-Amz-Date' header.",
    ]
    throw incomplete(missing.filter(Boolean).join(' '))
  }
  if (name !== algorithm) throw incomplete(`Unsupported AWS 'algorithm': '${name}' (only ${algorithm} for now).`)
  return { credential, signature, signedHeaders }
}

/** The seconds of X-Amz-Date. */
function readSigningDate(headers: Headers): number {
  const text = headers.get('x-amz-date') ?? ''
  const seconds = parseExtended(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
  // Written again it must be the same text: no 30 February, no 24 o'clock, no other spelling.
  if (Number.isNaN(seconds) || basicFormat(seconds) !== text)
    throw incomplete(
      `Date must be in ISO-8601 'basic format'. Got '${text}'. See http://en.wikipedia.org/wiki/ISO_8601`,
    )
  return seconds
}

/** Compares whole seconds: X-Amz-Date has no finer ones. */
function checkAge(world: World, signingDate: number): void {
  const now = Math.floor(world.now() / 1000)
  const [earliest, latest] = [now - skewMinutes * 60, now + skewMinutes * 60]
  const [signedAt, at] = [basicFormat(signingDate), basicFormat(now)]
  if (signingDate < earliest)
    throw new PoolError(
      'InvalidSignature',
      `Signature expired: ${signedAt} is now earlier than ${basicFormat(earliest)} (${at} - ${skewMinutes} min.)`,
    )
  if (signingDate > latest)
    throw new PoolError(
      'InvalidSignature',
      `Signature not yet current: ${signedAt} is still later than ${basicFormat(latest)} (${at} + ${skewMinutes} min.)`,
    )
}

function checkSignedHeaders(names: ReadonlySet<string>): void {
  const titles = { host: "'Host' or ':authority'", 'x-amz-date': "'X-Amz-Date'", 'x-amz-target': "'X-Amz-Target'" }
  for (const [name, title] of Object.entries(titles))
    if (!names.has(name))
      throw new PoolError('InvalidSignature', `${title} must be a 'SignedHeader' in the AWS Authorization.`)
}

/** The parts of `KEY/DATE/REGION/SERVICE/aws4_request`; all faults of the scope are told at once, as AWS does. */
function readScope(credential: string, signingDate: number, pinned: string | undefined) {
  const [keyId = '', date = '', region = '', scopeService = '', end, ...more] = credential.split('/')
  if (end === undefined || more.length > 0)
    throw incomplete(
      `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${credential}'`,
    )
  const time = basicFormat(signingDate)
  const day = time.slice(0, 8)
  const faults = [
    !(pinned === undefined ? regionPattern.test(region) : region === pinned) &&
      `Credential should be scoped to a valid region, not '${region}'.`,
    scopeService !== service && `Credential should be scoped to correct service: '${service}'.`,
    end !== terminator && `Credential should be scoped with a valid terminator: '${terminator}', not '${end}'.`,
    date !== day &&
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${date}' != '${day}', from '${time}'.`,
  ].filter(Boolean)
  if (faults.length > 0) throw new PoolError('InvalidSignature', faults.join(' '))
  return { keyId, region, scope: `${day}/${region}/${service}/${terminator}` }
}

/** The signer takes a signed header's word for the body's hash, so the header is checked; UNSIGNED-PAYLOAD is no hash. */
function checkContentHash(headers: Headers, body: string): void {
  const claimed = headers.get('x-amz-content-sha256')
  if (claimed !== null && claimed !== createHash('sha256').update(body).digest('hex'))
    throw new PoolError(
      'InvalidSignature',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    )
}

function pick(headers: Headers, names: ReadonlySet<string>): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => names.has(name)))
}

function equalInConstantTime(given: string, expected: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(expected)]
  return left.length === right.length && timingSafeEqual(left, right)
}

const incomplete = (message: string) => new PoolError('IncompleteSignature', message)

// biome-ignore lint/style/noRestrictedGlobals: reads a time that was sent; the clock is world.now().
const parseExtended = (text: string) => Date.parse(text) / 1000

const basicFormat = (seconds: number) =>
  // biome-ignore lint/style/noRestrictedGlobals: writes a time that is given; the clock is world.now().
  new Date(seconds * 1000).toISOString().replace(/[-:]|\.\d{3}/g, '')

/** SHA-256, or HMAC when there is a secret: a class because the signer asks for a constructor. */
class Sha256 {
  readonly #hash: Hash | Hmac

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', toKey(secret))
  }

  update(data: string | Uint8Array): void {
    this.#hash.update(data)
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest()
  }
}

function toKey(secret: string | ArrayBuffer | ArrayBufferView): string | Uint8Array {
  if (typeof secret === 'string') return secret
  return ArrayBuffer.isView(secret)
    ? new Uint8Array(secret.buffer, secret.byteOffset, secret.byteLength)
    : new Uint8Array(secret)
}
