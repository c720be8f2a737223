import { createHmac, createSign, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider from 'oidc-provider'

/** Our client at every upstream provider of these suites. */
export const upstreamClient = { client_id: 'poolhouse', client_secret: 'upstream-secret-of-poolhouse' } as const

/** A provider that people sign in at. It is on another site than ours, as far as browsers can tell. */
export interface Upstream {
  readonly issuer: string
  close(): Promise<void>
}

/** The provider of panva's: certified, and the subject is whatever name somebody types. */
export async function honestUpstream(redirectUris: () => readonly string[]): Promise<Upstream> {
  let provider: Provider | undefined
  const server = await listenAt((request, response) => provider?.callback()(request, response))
  const issuer = addressOf(server)
  provider = new Provider(issuer, {
    clients: [
      {
        ...upstreamClient,
        redirect_uris: [...redirectUris()],
        grant_types: ['authorization_code'],
        response_types: ['code'],
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    scopes: ['openid', 'email', 'profile'],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    pkce: { required: () => true },
    cookies: { keys: ['upstream'] },
    findAccount: (_: unknown, id: string) => ({
      accountId: id,
      claims: () => ({ sub: id, email: `${id}@upstream.example`, email_verified: true, name: `The ${id}` }),
    }),
  })
  return { issuer, close: () => closed(server) }
}

/** Claims or headers to change; undefined takes one away. */
type Changes = Readonly<Record<string, unknown>>

/** What an upstream of the tests' own does; every member makes it worse than it has to be. */
export interface Plan {
  /** Claims of the ID token. */
  readonly claims?: Changes
  readonly header?: Changes
  /** How the ID token is signed: by the published key, another one, a shared secret, or not at all. */
  readonly signature?: 'key' | 'other' | 'secret' | 'none'
  readonly userInfo?: Changes
  readonly discovery?: Changes
  /** Answers an endpoint in its stead. */
  readonly endpoints?: Readonly<Record<string, (request: IncomingMessage, response: ServerResponse) => void>>
}

/** An upstream that does as it is told. */
export interface OwnUpstream extends Upstream {
  /** What it does from now on. */
  plan: Plan
  /** Requests by path, as they came; a token request with its body. */
  readonly requests: { readonly path: string; readonly body: string; readonly authorization: string | undefined }[]
  /** What an ID token needs to know of the authorization request that it answers. */
  nonce: string | undefined
}

const keys = { published: rsa(), other: rsa() }

/** Starts an upstream that does what its plan says; the person is `person-1`. */
export async function ownUpstream(subject = 'person-1'): Promise<OwnUpstream> {
  const requests: OwnUpstream['requests'] = []
  const server = await listenAt(async (request, response) => {
    const path = new URL(request.url ?? '', upstream.issuer).pathname
    const body = await textOf(request)
    requests.push({ path, body, authorization: request.headers.authorization })
    const own = upstream.plan.endpoints?.[path]
    if (own) return own(request, response)
    const answer = answers[path]
    if (!answer) return void response.writeHead(404).end()
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer()))
  })
  const issuer = addressOf(server)
  const claims = (): Changes => {
    const now = Math.floor(Date.now() / 1000)
    const standard = { iss: issuer, sub: subject, aud: upstreamClient.client_id, iat: now, exp: now + 300 }
    return { ...standard, nonce: upstream.nonce, ...profile, ...upstream.plan.claims }
  }
  const profile = { email: `${subject}@upstream.example`, email_verified: true, name: 'Ada Upstream' }
  const answers: Readonly<Record<string, () => unknown>> = {
    '/.well-known/openid-configuration': () => ({
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      userinfo_endpoint: `${issuer}/userinfo`,
      jwks_uri: `${issuer}/keys`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256', 'none', 'HS256'],
      ...upstream.plan.discovery,
    }),
    '/keys': () => ({
      keys: [{ ...keys.published.publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS256', use: 'sig' }],
    }),
    '/token': () => ({
      access_token: 'upstream-access-token',
      token_type: 'Bearer',
      expires_in: 300,
      id_token: idToken(claims(), upstream.plan),
    }),
    '/userinfo': () => ({ sub: subject, ...profile, ...upstream.plan.userInfo }),
  }
  const upstream: OwnUpstream = { issuer, plan: {}, requests, nonce: undefined, close: () => closed(server) }
  return upstream
}

/** A JWT as the plan has it signed. */
export function idToken(claims: Changes, { header, signature = 'key' }: Plan = {}): string {
  const alg = { key: 'RS256', other: 'RS256', secret: 'HS256', none: 'none' }[signature]
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const text = `${part({ alg, kid: 'one', ...header })}.${part(claims)}`
  switch (signature) {
    case 'none':
      return `${text}.`
    case 'secret':
      return `${text}.${createHmac('sha256', upstreamClient.client_secret).update(text).digest('base64url')}`
    default:
      return `${text}.${rs256(text, signature === 'key' ? keys.published.privateKey : keys.other.privateKey)}`
  }
}

function rs256(text: string, key: KeyObject): string {
  return createSign('sha256').update(text).sign(key, 'base64url')
}

function rsa() {
  return generateKeyPairSync('rsa', { modulusLength: 2048 })
}

/** A subject that no other test has. */
export function newSubject(): string {
  return `person-${randomBytes(4).toString('hex')}`
}

function listenAt(answer: (request: IncomingMessage, response: ServerResponse) => unknown): Promise<Server> {
  const server = createServer(answer)
  return new Promise((done) => server.listen(0, '127.0.0.1', () => done(server)))
}

function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((done) => server.close(() => done()))
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}
