import { type Carrier, readBearer } from './bearer.ts'
import { boundedMap } from './bounded-map.ts'
import { type Claims, type ClaimsOf, checkDates, checkIntended, type TokenUse } from './claims.ts'
import { VerifyError } from './errors.ts'
import { isSignedBy, type Key, type KeySet, readKeySet } from './jwk.ts'
import { fetchedKeys, fixedKeys, type KeySource } from './key-source.ts'
import { checkRequire, type Require, readOptions, type Settings, type VerifierOptions } from './options.ts'
import { askUserinfo, wellKnown } from './revocation.ts'
import { readToken } from './token.ts'

export type { Carrier } from './bearer.ts'

/** A proven token. The claims are frozen; the sets are the caller's own. */
export interface Auth<C extends Claims> {
  readonly claims: C
  readonly token: string
  readonly scopes: ReadonlySet<string>
  readonly groups: ReadonlySet<string>
}

/** Checks tokens. A token that fails any check is a VerifyError, and no token is ever anything else. */
export interface Verifier<C extends Claims> {
  /** The proof of a token, or throws VerifyError. */
  verify(token: string | null | undefined, require?: Require): Promise<Auth<C>>
  /** The same for the token of a request's Authorization header. */
  authenticate(request: Carrier, require?: Require): Promise<Auth<C>>
  /** Fetches the keys now instead of at the first token; throws VerifyError keys_unavailable. */
  warmUp(): Promise<void>
}

/** A token whose signature held and whose fixed claims were right, with the key that it was proven by. */
interface Proven<C extends Claims> {
  readonly text: string
  readonly claims: C
  readonly kid: string
  readonly key: Key
  readonly source: KeySource
  readonly scopes: readonly string[]
  readonly groups: readonly string[]
}

const maxProven = 1000

/** A verifier for the pools, clients and use that the options name; throws TypeError when they make no sense. */
export function createVerifier<U extends TokenUse>(options: VerifierOptions<U>): Verifier<ClaimsOf<U>> {
  const settings = readOptions(options)
  const network = { fetch: settings.fetch, timeout: settings.timeout }
  const { pools, use, clients, now, clockTolerance } = settings
  const sources = keySources(settings)
  const isAlive = settings.revocation
    ? askUserinfo(network, { ...settings, maxAge: settings.revocationMaxAge, addressAge: settings.maxAge })
    : undefined
  // A signature is checked once per token and key; what can change (dates, keys, revocation) is checked every time.
  const proven = boundedMap<Proven<ClaimsOf<U>>>(maxProven)

  async function prove(text: string | null | undefined): Promise<Proven<ClaimsOf<U>>> {
    const seen = typeof text === 'string' ? proven.get(text) : undefined
    if (seen !== undefined) {
      const key = seen.source.peek(seen.kid) ?? (await seen.source.find(seen.kid))
      if (key === seen.key) return seen
    }
    const { claims, jws } = readToken(text)
    const { kid } = jws
    // The token chooses among the configured issuers and never an address.
    const source = sources.get(claims.iss)
    if (source === undefined) throw new VerifyError('wrong_issuer')
    const key = source.peek(kid) ?? (await source.find(kid))
    if (!isSignedBy(key, jws)) throw new VerifyError('bad_signature')
    checkIntended(claims, use, clients)
    const found = { text: jws.text, claims, kid, key, source, scopes: scopesOf(claims), groups: groupsOf(claims) }
    proven.set(jws.text, found)
    return found
  }

  async function verify(text: string | null | undefined, require?: Require): Promise<Auth<ClaimsOf<U>>> {
    if (require !== undefined) checkRequire(require)
    const token = await prove(text)
    const { claims } = token
    checkDates(claims, now(), clockTolerance)
    const auth = { claims, token: token.text, scopes: new Set(token.scopes), groups: new Set(token.groups) }
    checkGranted(auth, settings.require)
    if (require !== undefined) checkGranted(auth, require)
    if (isAlive !== undefined && claims.token_use === 'access') {
      // userInfo serves tokens with openid only and answers others as if they were revoked.
      checkGranted(auth, { scopes: ['openid'] })
      await isAlive(token.text, claims)
    }
    return auth
  }

  return {
    verify,
    authenticate: async (request, require) => verify(readBearer(request), require),
    async warmUp() {
      await Promise.all(pools.map((issuers) => warmUpAny(issuers.flatMap((issuer) => sources.get(issuer) ?? []))))
    },
  }
}

/** One source per issuer, so that no issuer's keys ever prove another's tokens. */
function keySources(settings: Settings<TokenUse>): ReadonlyMap<string, KeySource> {
  const { pools, jwks } = settings
  if (jwks.keys !== undefined) {
    const fixed = fixedKeys(readFixedKeys(jwks.keys))
    return new Map(pools.flat().map((issuer) => [issuer, fixed]))
  }
  const at = (url: string) => fetchedKeys(url, settings, settings)
  if (jwks.url !== undefined) {
    const shared = at(jwks.url)
    return new Map(pools.flat().map((issuer) => [issuer, shared]))
  }
  return new Map(pools.flat().map((issuer) => [issuer, at(wellKnown(issuer, 'jwks.json'))]))
}

function readFixedKeys(keys: readonly object[]): KeySet {
  try {
    return readKeySet({ keys })
  } catch (cause) {
    throw new TypeError('jwks.keys must be usable RSA keys', { cause })
  }
}

/** A pool has one issuer or two names for it, of which one may lead nowhere. */
async function warmUpAny(sources: readonly KeySource[]): Promise<void> {
  const results = await Promise.allSettled(sources.map((source) => source.warmUp()))
  const [first] = results
  if (first?.status === 'rejected' && results.every(({ status }) => status === 'rejected')) throw first.reason
}

// Own members only: a polluted Object.prototype must not grant anything.
function scopesOf(claims: Claims): readonly string[] {
  if (claims.token_use !== 'access' || !Object.hasOwn(claims, 'scope')) return []
  return claims.scope?.split(' ').filter((scope) => scope !== '') ?? []
}

function groupsOf(claims: Claims): readonly string[] {
  return Object.hasOwn(claims, 'cognito:groups') ? (claims['cognito:groups'] ?? []) : []
}

function checkGranted({ scopes, groups }: Auth<Claims>, require: Require): void {
  if (require.scopes?.some((scope) => !scopes.has(scope))) {
    throw new VerifyError('missing_scope', { scopes: require.scopes })
  }
  if (require.anyScope?.every((scope) => !scopes.has(scope))) {
    throw new VerifyError('missing_scope', { scopes: require.anyScope })
  }
  if (require.groups?.every((group) => !groups.has(group))) throw new VerifyError('missing_group')
}
