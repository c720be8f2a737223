// What lives here: a pool in miniature (real RSA keys, real signatures, real loopback servers) and the tests that use it.
// What must not: fakes of the verifier's own parts, fixed ports, the network beyond loopback, waiting for real time to pass
// where the verifier's `now` will do.
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { onTestFinished } from 'vitest'

export const poolId = 'eu-west-1_AbCdEfGhI'
export const issuer = `https://cognito-idp.eu-west-1.amazonaws.com/${poolId}`
export const client = '1example23456789'

/** The key that a test signs with and what the pool publishes of it. */
export interface TestKey {
  readonly kid: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  readonly jwk: Record<string, unknown>
}

/** A new RSA key. */
export function newKey(kid: string, bits = 2048): TestKey {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: bits })
  return { kid, privateKey, publicKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' } }
}

/** A key for all tests of a file that need just one. */
export const key = newKey('key-1')

const seconds = (time: number) => Math.floor(time / 1000)

/** The claims of a good access token; a value of undefined leaves the claim out. */
export function access(changes: Record<string, unknown> = {}, now = Date.now()): Record<string, unknown> {
  return {
    sub: '5d0c6b5e-9f5a-4b0e-8f39-0d6a1f0a2b3c',
    iss: issuer,
    client_id: client,
    token_use: 'access',
    scope: 'openid profile notes/read',
    auth_time: seconds(now),
    iat: seconds(now),
    exp: seconds(now) + 3600,
    jti: '0a1b2c3d-0000-4000-8000-000000000001',
    username: 'ada',
    'cognito:groups': ['readers', 'writers'],
    ...changes,
  }
}

/** The claims of a good ID token. */
export function id(changes: Record<string, unknown> = {}, now = Date.now()): Record<string, unknown> {
  const { client_id, scope, username, ...common } = access({}, now)
  return {
    ...common,
    aud: client_id,
    token_use: 'id',
    'cognito:username': username,
    email: 'ada@example.com',
    ...changes,
  }
}

/** A segment: an object is written as JSON, a text or bytes as they are. */
export function segment(content: object | string | Uint8Array): string {
  if (content instanceof Uint8Array) return Buffer.from(content).toString('base64url')
  return Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)).toString('base64url')
}

/** Signs two segments as they are, with RS256. */
export function signed(header: string, payload: string, by: TestKey = key): string {
  const input = `${header}.${payload}`
  return `${input}.${sign('sha256', Buffer.from(input), by.privateKey).toString('base64url')}`
}

/** A token, signed; the header has the key's name unless it says otherwise. */
export function token(payload: object | string | Uint8Array, header: object | string = {}, by: TestKey = key): string {
  const full = typeof header === 'string' ? header : { kid: by.kid, alg: 'RS256', ...header }
  return signed(segment(full), segment(payload), by)
}

/** A server on a free port of this machine that stops with the test, and the requests that it got. */
export async function serve(
  listener: RequestListener,
): Promise<{ url: string; requests: IncomingMessage[]; stop(): void }> {
  const requests: IncomingMessage[] = []
  const server = createServer((req, res) => {
    requests.push(req)
    listener(req, res)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const stop = () => {
    server.closeAllConnections()
    server.close()
  }
  onTestFinished(stop)
  return { url: `http://127.0.0.1:${address.port}`, requests, stop }
}

/** Answers JSON. */
export function json(res: Parameters<RequestListener>[1], body: unknown, status = 200): void {
  res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

/** The code of the VerifyError that a promise is rejected with; 'ok' when it is not, and any other error is thrown on. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
    return 'ok'
  } catch (thrown) {
    if (thrown instanceof Error && thrown.name === 'VerifyError' && 'code' in thrown) return String(thrown.code)
    throw thrown
  }
}
