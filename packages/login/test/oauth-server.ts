// What the tests of this package stand on: a small authorization server, a site with the client in it, a browser.
// Here: real sockets, real pages, the rules of OAuth as a strict server keeps them.
// Not here: fakes of the client's own parts; what a test wants to know it sees from outside.
import { createHash, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { listen } from './listen.ts'

interface Code {
  clientId: string
  redirectUri: string
  challenge: string
  nonce: string
  user: string
}

/** One sign-in's line of refresh tokens: exactly one is good, and using an old one kills the line. */
interface Family {
  user: string
  current: string
  access: Set<string>
  alive: boolean
}

/** A request the server has seen, with its form. */
export interface Seen {
  path: string
  form: Record<string, string>
}

/** An authorization server that is honest by default and wrong in one way when told to. */
export interface OAuthServer extends AsyncDisposable {
  readonly origin: string
  readonly issuer: string
  readonly seen: Seen[]
  /** The latest redirect back to the site. */
  callback: string
  refreshes: number
  refused: number
  /** Milliseconds this server is ahead of the machine. */
  clock: number
  /** Milliseconds the token endpoint takes. */
  latency: number
  rotate: boolean
  expiresIn: number
  /** Changes the claims of the ID tokens to come. */
  claims: (honest: Record<string, unknown>) => Record<string, unknown>
  /** Changes the redirect back to the site. */
  redirect: (url: URL) => void
  /** Takes over the token endpoint: an answer of its own, or silence. */
  token: { status: number; body: string } | 'silence' | undefined
  readonly alive: () => number
  readonly accepts: (accessToken: string) => boolean
  readonly reset: () => void
}

const token = () => randomBytes(16).toString('base64url')
const json = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Starts the server on a free loopback port. */
export async function startOAuthServer(clientId: string): Promise<OAuthServer> {
  const codes = new Map<string, Code>()
  const refreshTokens = new Map<string, Family>()
  let families: Family[] = []
  const http = createServer((request, response) => void answer(request, response))
  const origin = await listen(http)

  const defaults = () => ({
    callback: '',
    refreshes: 0,
    refused: 0,
    clock: 0,
    latency: 0,
    rotate: true,
    expiresIn: 3600,
    claims: (honest: Record<string, unknown>) => honest,
    redirect: () => {},
    token: undefined,
  })
  const server: OAuthServer = {
    origin,
    issuer: `${origin}/pool`,
    seen: [],
    ...defaults(),
    alive: () => families.filter(({ alive }) => alive).length,
    accepts: (accessToken) => families.some(({ alive, access }) => alive && access.has(accessToken)),
    reset: () => {
      Object.assign(server, defaults())
      server.seen.length = 0
      families = []
    },
    [Symbol.asyncDispose]: async () => {
      http.closeAllConnections()
      http.close()
    },
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', origin)
    const form = Object.fromEntries(new URLSearchParams(await text(request)))
    server.seen.push({
      path: url.pathname,
      form: request.method === 'GET' ? Object.fromEntries(url.searchParams) : form,
    })
    response.setHeader('access-control-allow-origin', '*')
    const send = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(body === '' ? '' : JSON.stringify(body))
    switch (url.pathname) {
      case '/pool/.well-known/openid-configuration':
        return void send(200, {
          issuer: server.issuer,
          authorization_endpoint: `${origin}/oauth2/authorize`,
          token_endpoint: `${origin}/oauth2/token`,
          revocation_endpoint: `${origin}/oauth2/revoke`,
          end_session_endpoint: `${origin}/logout`,
        })
      case '/oauth2/authorize':
      case '/signup':
        return authorize(url.searchParams, response)
      case '/oauth2/token': {
        await new Promise((resolve) => setTimeout(resolve, server.latency))
        if (server.token === 'silence') return void response.destroy()
        if (server.token) return void response.writeHead(server.token.status).end(server.token.body)
        const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded')
        const result = isForm ? grant(form) : { error: 'invalid_request' }
        if ('error' in result) server.refused += 1
        return void send('error' in result ? 400 : 200, result)
      }
      case '/oauth2/revoke': {
        const family = refreshTokens.get(form.token ?? '')
        if (family && form.client_id === clientId) family.alive = false
        return void send(200, '')
      }
      case '/logout':
        return void response.writeHead(302, { location: url.searchParams.get('logout_uri') ?? '/' }).end()
      default:
        return void send(404, { error: 'not_found' })
    }
  }

  function authorize(query: URLSearchParams, response: ServerResponse): void {
    const redirectUri = query.get('redirect_uri') ?? ''
    const back = new URL(redirectUri)
    if (query.get('client_id') !== clientId || query.get('code_challenge_method') !== 'S256')
      return void response.writeHead(400).end('refused')
    const code = token()
    codes.set(code, {
      clientId,
      redirectUri,
      challenge: query.get('code_challenge') ?? '',
      nonce: query.get('nonce') ?? '',
      user: query.get('login_hint') ?? 'ann',
    })
    back.searchParams.set('code', code)
    back.searchParams.set('state', query.get('state') ?? '')
    back.searchParams.set('iss', server.issuer)
    server.redirect(back)
    server.callback = back.href
    response.writeHead(302, { location: back.href }).end()
  }

  function grant(form: Record<string, string>): Record<string, unknown> {
    if (form.client_id !== clientId) return { error: 'invalid_client' }
    if (form.grant_type === 'authorization_code') {
      const code = codes.get(form.code ?? '')
      codes.delete(form.code ?? '')
      const challenge = createHash('sha256')
        .update(form.code_verifier ?? '')
        .digest('base64url')
      if (code?.challenge !== challenge || code.redirectUri !== form.redirect_uri) return { error: 'invalid_grant' }
      const family: Family = { user: code.user, current: '', access: new Set(), alive: true }
      families.push(family)
      return tokens(family, code.nonce)
    }
    const family = refreshTokens.get(form.refresh_token ?? '')
    if (family && family.current !== form.refresh_token) family.alive = false
    if (!family?.alive) return { error: 'invalid_grant' }
    server.refreshes += 1
    return tokens(family)
  }

  function tokens(family: Family, nonce?: string): Record<string, unknown> {
    const now = Math.floor((Date.now() + server.clock) / 1000)
    const accessToken = token()
    family.access.add(accessToken)
    const rotated = server.rotate || !family.current
    if (rotated) {
      family.current = token()
      refreshTokens.set(family.current, family)
    }
    const claims = server.claims({
      iss: server.issuer,
      aud: clientId,
      sub: family.user,
      token_use: 'id',
      'cognito:groups': ['editors'],
      name: 'Änne ☂',
      iat: now,
      exp: now + server.expiresIn,
      ...(nonce && { nonce }),
    })
    return {
      access_token: accessToken,
      id_token: `${json({ alg: 'RS256', kid: 'test' })}.${json(claims)}.${token()}`,
      ...(rotated && { refresh_token: family.current }),
      token_type: 'Bearer',
      expires_in: server.expiresIn,
    }
  }

  return server
}
