import { PoolError } from '../errors.ts'
import { asUsed } from '../settings/own-tags.ts'
import type { Db } from '../store/db.ts'
import { type Client, findClient } from '../store/setup/clients.ts'
import type { Pool } from '../store/setup/pools.ts'
import { isCodeChallenge } from './grants/pkce.ts'

/** What a client asks for when it sends its visitor to sign in. */
export interface AuthorizationRequest {
  readonly responseType: 'code' | 'token'
  readonly clientId: string
  readonly redirectUri: string
  readonly scopes: readonly string[]
  readonly state: string | undefined
  readonly nonce: string | undefined
  readonly codeChallenge: string | undefined
  readonly prompt: 'none' | 'login' | 'select_account' | 'consent' | undefined
  readonly loginHint: string | undefined
  /** How many seconds ago the visitor may have signed in at most. */
  readonly maxAge: number | undefined
  /** The levels of authentication asked for, the best first. */
  readonly acrValues: readonly string[]
  /** The audience of the access token (RFC 8707). */
  readonly resource: string | undefined
  /** An ID token of whom the client expects, not checked yet. */
  readonly idTokenHint: string | undefined
}

/**
 * The client and the address that answers may go to. Until both are trusted an error is shown on a page and never sent
 * anywhere: byte equality with a registered address, nothing is normalised (RFC 9700 section 2.1).
 */
export async function readTarget(
  db: Db,
  pool: Pool,
  query: URLSearchParams,
): Promise<{ client: Client; redirectUri: string }> {
  const clientId = single(query, 'client_id')
  if (!clientId) throw new PoolError('InvalidRequest', 'The parameter client_id is missing.')
  const client = await findClient(db, clientId)
  if (client?.poolId !== pool.id) throw new PoolError('InvalidRequest', 'There is no such client.')
  const redirectUri = single(query, 'redirect_uri') ?? client.settings.DefaultRedirectURI
  if (!redirectUri) throw new PoolError('InvalidRequest', 'The parameter redirect_uri is missing.')
  if (!client.settings.CallbackURLs?.includes(redirectUri))
    throw new PoolError('InvalidRequest', 'The redirect_uri is not registered for this client.')
  return { client: asUsed(pool, client), redirectUri }
}

/**
 * Reads the rest of an authorization request (RFC 6749 section 4.1.1, RFC 7636, OpenID Connect Core 3.1.2.1, AWS developer
 * guide "authorize endpoint"). Pure; what it throws is sent to the client's address.
 */
export function readAuthorization(client: Client, redirectUri: string, query: URLSearchParams): AuthorizationRequest {
  // To leave these out would be to obey half of a request; nothing is fetched (OpenID Connect Core 3.1.2.6).
  if (query.has('request')) throw new PoolError('RequestNotSupported', 'request is not supported')
  if (query.has('request_uri')) throw new PoolError('RequestUriNotSupported', 'request_uri is not supported')
  const responseType = single(query, 'response_type')
  if (responseType !== 'code' && responseType !== 'token') throw invalid('response_type must be code or token')
  const { settings } = client
  const flow = responseType === 'code' ? 'code' : 'implicit'
  if (!settings.AllowedOAuthFlowsUserPoolClient || !settings.AllowedOAuthFlows?.includes(flow))
    throw new PoolError('UnauthorizedClient', `The client may not use the ${flow} flow`)
  const codeChallenge = single(query, 'code_challenge')
  const method = single(query, 'code_challenge_method')
  if ((codeChallenge === undefined) !== (method === undefined))
    throw invalid('code_challenge and code_challenge_method come together')
  if (method !== undefined && method !== 'S256') throw invalid('code_challenge_method must be S256')
  if (codeChallenge !== undefined && !isCodeChallenge(codeChallenge)) throw invalid('code_challenge is malformed')
  if (client.strict && codeChallenge === undefined) throw invalid('This client must send a code_challenge')
  return {
    responseType,
    clientId: client.id,
    redirectUri,
    scopes: readScopes(client, single(query, 'scope')),
    state: bounded(query, 'state', 2048),
    nonce: bounded(query, 'nonce', 1024),
    codeChallenge,
    prompt: readPrompt(single(query, 'prompt')),
    loginHint: bounded(query, 'login_hint', 131),
    maxAge: readMaxAge(single(query, 'max_age')),
    acrValues: (bounded(query, 'acr_values', 1024) ?? '').split(' ').filter(Boolean),
    resource: readResource(single(query, 'resource')),
    idTokenHint: bounded(query, 'id_token_hint', 16_384),
  }
}

/** The scopes asked for, all of them the client's; none asked for means all of the client's. */
function readScopes(client: Client, scope: string | undefined): string[] {
  const allowed = client.settings.AllowedOAuthScopes ?? []
  if (scope === undefined) return [...allowed]
  const scopes = [...new Set(scope.split(' ').filter(Boolean))]
  if (scopes.length === 0 || !scopes.every((name) => allowed.includes(name)))
    throw new PoolError('InvalidScope', 'The client may not ask for these scopes')
  // Amazon's rule: these three mean something only beside openid.
  if (!scopes.includes('openid') && scopes.some((name) => ['email', 'phone', 'profile'].includes(name)))
    throw new PoolError('InvalidScope', 'email, phone and profile need openid')
  return scopes
}

const prompts = ['none', 'login', 'select_account', 'consent'] as const

/** Several may be asked for, but nothing beside `none`; the one that asks most decides (OpenID Connect Core 3.1.2.1). */
function readPrompt(prompt: string | undefined): AuthorizationRequest['prompt'] {
  if (prompt === undefined) return undefined
  const asked = prompt.split(' ').filter(Boolean)
  const known = prompts.filter((name) => asked.includes(name))
  if (known.length === 0 || known.length < new Set(asked).size)
    throw invalid('prompt must be none, login, select_account or consent')
  if (known[0] === 'none' && known.length > 1) throw invalid('prompt=none cannot be combined')
  return known[0]
}

function readMaxAge(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d{1,10}$/.test(text)) throw invalid('max_age must be a number of seconds')
  return Number(text)
}

/**
 * A resource as AWS takes it: an https address, http on localhost, or a scheme of the app's own; absolute and without
 * fragment (RFC 8707 section 2; AWS developer guide, "authorize endpoint").
 */
export function readResource(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const url = /^[a-z][a-z\d+.-]*:[\x21-\x7e]+$/i.test(text) && text.length <= 1024 ? URL.parse(text) : null
  if (!url || text.includes('#') || (url.protocol === 'http:' && url.hostname !== 'localhost'))
    throw invalid('resource must be an absolute address without a fragment')
  return text
}

/** The value of a parameter that may be there once (RFC 6749 section 3.1); an empty one counts as left out. */
export function single(query: URLSearchParams, name: string): string | undefined {
  const values = query.getAll(name)
  if (values.length > 1) throw invalid(`The parameter ${name} is there more than once.`)
  return values[0] || undefined
}

function bounded(query: URLSearchParams, name: string, limit: number): string | undefined {
  const value = single(query, name)
  if (value !== undefined && value.length > limit) throw invalid(`The parameter ${name} is too long.`)
  return value
}

function invalid(why: string): PoolError {
  return new PoolError('InvalidRequest', why)
}

/** The client's address with an answer: in the query for a code, in the fragment for tokens. */
export function answerUrl(
  redirectUri: string,
  responseType: 'code' | 'token',
  answer: Readonly<Record<string, string | undefined>>,
): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(answer)) if (value !== undefined) params.append(name, value)
  if (params.size === 0) return redirectUri
  if (responseType === 'token') return `${redirectUri}#${params}`
  return `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${params}`
}

/** The client's address with an error (RFC 6749 section 4.1.2.1) and who says so (RFC 9207). */
export function errorRedirect(redirectUri: string, query: URLSearchParams, error: PoolError, issuer: string): string {
  const responseType = query.get('response_type') === 'token' ? 'token' : 'code'
  // A state that is too long or doubled is the client's fault: it gets none back.
  const states = query.getAll('state')
  const state = states.length === 1 && (states[0]?.length ?? 0) <= 2048 ? states[0] : undefined
  return answerUrl(redirectUri, responseType, {
    error: error.failure.oauth,
    error_description: error.code === 'Internal' ? undefined : error.message,
    state,
    iss: issuer,
  })
}
