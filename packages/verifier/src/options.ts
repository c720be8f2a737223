import type { TokenUse } from './claims.ts'

/** What a caller must have beyond a valid access token; all that is named must hold. */
export interface Require {
  /** Each of them. */
  readonly scopes?: readonly string[] | undefined
  /** At least one of them. */
  readonly anyScope?: readonly string[] | undefined
  /** At least one of them: `cognito:groups`. */
  readonly groups?: readonly string[] | undefined
}

interface SharedOptions<U extends TokenUse> extends Require {
  /** The app clients whose tokens are accepted. Only a written-out `null` accepts those of any client. */
  readonly clientId: string | readonly string[] | null
  /** Which token is expected; there is no default, since one must never pass as the other. */
  readonly tokenUse: U
  /** How far clocks may differ, in whole seconds; default 5, at most 300. */
  readonly clockTolerance?: number | undefined
  readonly jwks?: JwksOptions | undefined
  /** 'userinfo' asks the pool about every token; needs access tokens with the scope openid. */
  readonly revocation?: 'userinfo' | undefined
  /** How many seconds an answer about revocation is good for; default 0: every call asks. */
  readonly revocationMaxAge?: number | undefined
  /** The address to ask instead of the discovered one. */
  readonly userinfoUrl?: string | undefined
  /** Seconds that one exchange with the issuer may take; default 5. */
  readonly timeout?: number | undefined
  /** Allows http beyond this machine: whoever is on the way can then forge any token. For closed test networks. */
  readonly allowHttp?: boolean | undefined
  /** Used instead of the global fetch, for a proxy or a private CA. */
  readonly fetch?: typeof fetch | undefined
  /** The time in milliseconds, for tests. */
  readonly now?: (() => number) | undefined
}

/** Where keys come from and how long they are trusted; times in seconds. */
export interface JwksOptions {
  /** The keys themselves: nothing is fetched, nothing is rotated. */
  readonly keys?: readonly object[] | undefined
  /** Their address, when it is not `{issuer}/.well-known/jwks.json`. */
  readonly url?: string | undefined
  /** Age at which they are fetched again; default 600. A withdrawn key is refused after it. */
  readonly maxAge?: number | undefined
  /** How much longer they serve while fetching fails; default 3600. */
  readonly maxStale?: number | undefined
  /** The least time between two fetches, however many unknown keys are named; default 10. */
  readonly cooldown?: number | undefined
}

/** The pools by their ids (AWS's, or Poolhouse's at `endpoint`) or by their issuers, and what is asked of a token. */
export type VerifierOptions<U extends TokenUse> = SharedOptions<U> &
  (
    | {
        readonly userPoolId: string | readonly string[]
        readonly endpoint?: string | undefined
        readonly issuer?: never
      }
    | { readonly issuer: string | readonly string[]; readonly userPoolId?: never; readonly endpoint?: never }
  )

/** Options after reading: complete, right, times in milliseconds except `clockTolerance`. */
export interface Settings<U extends TokenUse> {
  /** One list per pool: the names its tokens may give as their issuer. */
  readonly pools: readonly (readonly string[])[]
  readonly clients: ReadonlySet<string> | null
  readonly use: U
  readonly require: Require
  readonly clockTolerance: number
  readonly jwks: { readonly keys?: readonly object[]; readonly url?: string }
  readonly maxAge: number
  readonly maxStale: number
  readonly cooldown: number
  readonly revocation: boolean
  readonly revocationMaxAge: number
  readonly userinfoUrl: string | undefined
  readonly timeout: number
  readonly allowHttp: boolean
  readonly fetch: typeof fetch
  readonly now: () => number
}

// biome-ignore format: a table
const names = new Set([
  'userPoolId', 'endpoint', 'issuer', 'clientId', 'tokenUse', 'scopes', 'anyScope', 'groups', 'clockTolerance', 'jwks',
  'revocation', 'revocationMaxAge', 'userinfoUrl', 'timeout', 'allowHttp', 'fetch', 'now',
])
const jwksNames = new Set(['keys', 'url', 'maxAge', 'maxStale', 'cooldown'])
const requireNames = new Set(['scopes', 'anyScope', 'groups'])

/** RFC 6749 section 3.3: what a scope is made of; also what may stand between the quotes of a header. */
const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]+$/

/** The settings, or a TypeError that says what is wrong: here, where the programmer sees it, not at the first request. */
export function readOptions<U extends TokenUse>(options: VerifierOptions<U>): Settings<U> {
  // A misspelt option would be a check that never happens.
  checkNames('createVerifier', options, names)
  const jwks = options.jwks ?? {}
  checkNames('jwks', jwks, jwksNames)
  const allowHttp = options.allowHttp === true
  const use = options.tokenUse
  if (use !== 'access' && use !== 'id') throw new TypeError("tokenUse must be 'access' or 'id'")
  const require = { scopes: options.scopes, anyScope: options.anyScope, groups: options.groups }
  checkRequire(require)
  if (use === 'id' && (require.scopes ?? require.anyScope)) throw new TypeError('an ID token has no scopes to check')
  const maxAge = readTime('jwks.maxAge', jwks.maxAge, 600)
  const cooldown = readTime('jwks.cooldown', jwks.cooldown, 10)
  if (cooldown > maxAge) throw new TypeError('jwks.cooldown must not be longer than jwks.maxAge')
  const pools = readPools(options, allowHttp)
  return {
    pools,
    clients: readClients(options.clientId),
    use,
    require,
    clockTolerance: readTolerance(options.clockTolerance ?? 5),
    jwks: readJwks(jwks, pools.length, allowHttp),
    maxAge,
    maxStale: readTime('jwks.maxStale', jwks.maxStale, 3600),
    cooldown,
    ...readRevocation(options, use, allowHttp),
    timeout: readTime('timeout', options.timeout, 5),
    allowHttp,
    fetch: readFunction('fetch', options.fetch) ?? ((input, init) => globalThis.fetch(input, init)),
    now: readFunction('now', options.now) ?? (() => Date.now()),
  }
}

/** Throws a TypeError unless it asks for lists of scopes and groups. */
export function checkRequire(require: Require): void {
  checkNames('require', require, requireNames)
  for (const [name, list] of Object.entries(require)) {
    if (list === undefined) continue
    if (!Array.isArray(list)) throw new TypeError(`${name} must be a list`)
    const items = readList(name, list)
    if (name !== 'groups' && !items.every((item) => scopeToken.test(item))) {
      throw new TypeError(`${name} must be scopes as RFC 6749 section 3.3 spells them`)
    }
  }
}

/** Throws a TypeError unless it is an https address, or an http one on this machine. */
export function checkAddress(name: string, address: unknown, allowHttp: boolean): void {
  const url = typeof address === 'string' && URL.canParse(address) ? new URL(address) : undefined
  if (url === undefined) throw new TypeError(`${name} must be a URL`)
  if (url.username !== '' || url.password !== '' || url.hash !== '') {
    throw new TypeError(`${name} must not have credentials or a fragment`)
  }
  if (url.protocol === 'https:' || (url.protocol === 'http:' && (allowHttp || isLoopback(url.hostname)))) return
  throw new TypeError(`${name} must be https: over http anybody on the way could give his own keys`)
}

function readClients(clientId: string | readonly string[] | null): ReadonlySet<string> | null {
  if (clientId === null) return null
  if (clientId === undefined) throw new TypeError('clientId must be given; null, written out, accepts any client')
  return new Set(readList('clientId', clientId))
}

function readPools({ userPoolId, issuer, endpoint }: VerifierOptions<TokenUse>, allowHttp: boolean): string[][] {
  if ((userPoolId === undefined) === (issuer === undefined)) throw new TypeError('give either userPoolId or issuer')
  if (issuer !== undefined && endpoint !== undefined)
    throw new TypeError('endpoint goes with userPoolId, not with issuer')
  const pools =
    userPoolId === undefined
      ? readList('issuer', issuer).map((one) => [one])
      : readList('userPoolId', userPoolId).map((id) => issuersOf(id, endpoint))
  const issuers = pools.flat()
  if (new Set(issuers).size < issuers.length) throw new TypeError('a pool is named twice')
  for (const one of issuers) {
    checkAddress('issuer', one, allowHttp)
    if (one.includes('?')) throw new TypeError('an issuer has no query')
  }
  return pools
}

/** The names that a pool's tokens may carry: AWS has a regional one and one for pools replicated over regions. */
function issuersOf(id: string, endpoint: string | undefined): string[] {
  if (endpoint !== undefined) {
    if (!/^[\w-]+$/.test(id)) throw new TypeError('userPoolId must be letters, digits, _ and -')
    return [`${endpoint.replace(/\/$/, '')}/${id}`]
  }
  const region = /^([a-z]{2,}(?:-[a-z]+)+-\d+)_[0-9A-Za-z]+$/.exec(id)?.[1]
  if (region === undefined) throw new TypeError("userPoolId must look like 'eu-west-1_AbCdEfGhI'")
  return [
    `https://cognito-idp.${region}.amazonaws.com/${id}`,
    `https://issuer-cognito-idp.${region}.amazonaws.com/${id}`,
  ]
}

function readJwks({ keys, url }: JwksOptions, pools: number, allowHttp: boolean): Settings<TokenUse>['jwks'] {
  if (keys === undefined && url === undefined) return {}
  if (keys !== undefined && url !== undefined) throw new TypeError('give either jwks.keys or jwks.url')
  // Keys of one pool must not sign for another.
  if (pools > 1) throw new TypeError('jwks.keys and jwks.url are for one pool; make a verifier for each')
  if (keys !== undefined) return { keys }
  checkAddress('jwks.url', url, allowHttp)
  return url === undefined ? {} : { url }
}

function readRevocation(options: VerifierOptions<TokenUse>, use: TokenUse, allowHttp: boolean) {
  const { revocation, revocationMaxAge, userinfoUrl } = options
  if (revocation !== undefined && revocation !== 'userinfo') throw new TypeError("revocation must be 'userinfo'")
  if (revocation === undefined && (revocationMaxAge !== undefined || userinfoUrl !== undefined)) {
    throw new TypeError("revocationMaxAge and userinfoUrl go with revocation: 'userinfo'")
  }
  if (revocation !== undefined && use === 'id') throw new TypeError('userInfo answers about access tokens only')
  if (userinfoUrl !== undefined) checkAddress('userinfoUrl', userinfoUrl, allowHttp)
  return {
    revocation: revocation !== undefined,
    revocationMaxAge: readTime('revocationMaxAge', revocationMaxAge, 0),
    userinfoUrl,
  }
}

function readList(name: string, value: unknown): string[] {
  const list: unknown[] = Array.isArray(value) ? value : [value]
  const texts = list.filter((item) => typeof item === 'string' && item !== '')
  if (list.length === 0 || texts.length < list.length) throw new TypeError(`${name} must be a text or a list of texts`)
  return texts.map(String)
}

function readTolerance(value: number): number {
  if (!Number.isInteger(value) || value < 0 || value > 300) {
    throw new TypeError('clockTolerance must be whole seconds from 0 to 300')
  }
  return value
}

function readTime(name: string, value: number | undefined, preset: number): number {
  const seconds = value ?? preset
  if (value !== undefined && !(Number.isFinite(value) && value >= 0)) throw new TypeError(`${name} must be seconds`)
  return seconds * 1000
}

function readFunction<F>(name: string, value: F | undefined): F | undefined {
  if (value !== undefined && typeof value !== 'function') throw new TypeError(`${name} must be a function`)
  return value
}

function checkNames(what: string, object: object, allowed: ReadonlySet<string>): void {
  if (typeof object !== 'object' || object === null) throw new TypeError(`${what} must be given an object`)
  for (const name of Object.keys(object)) {
    if (!allowed.has(name)) throw new TypeError(`${what} has no option ${name}`)
  }
}

function isLoopback(hostname: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname) || hostname.endsWith('.localhost')
}
