import { boundedMap } from './bounded-map.ts'
import type { AccessClaims } from './claims.ts'
import { VerifyError } from './errors.ts'
import { getJson, type Network } from './get-json.ts'
import { checkAddress } from './options.ts'

/** How revocation is asked for; ages in milliseconds. */
export interface RevocationSettings {
  readonly now: () => number
  /** How old an answer may be, counted from when it was asked for; 0: every call has one asked for after it. */
  readonly maxAge: number
  /** How long a discovered address is kept. */
  readonly addressAge: number
  /** Asked instead of what discovery says. */
  readonly userinfoUrl: string | undefined
  readonly allowHttp: boolean
}

/** Resolves when the token lives; throws revoked, or revocation_unavailable when the pool gives no clear answer. */
export type CheckRevocation = (token: string, claims: AccessClaims) => Promise<void>

/** One question about one token, with the one that waits behind it. */
interface Asking {
  readonly askedAt: number
  readonly answer: Promise<boolean>
  next?: Promise<boolean>
}

const maxAnswers = 1000

/** Asks the userInfo endpoint (OpenID Connect Core section 5.3), which Cognito answers 401 once a token is revoked. */
export function askUserinfo(network: Network, settings: RevocationSettings): CheckRevocation {
  const { now, maxAge } = settings
  const address = discovery(network, settings)
  const answers = boundedMap<Asking>(maxAnswers)
  const asking = new Map<string, Asking>()

  async function question(token: string, claims: AccessClaims): Promise<boolean> {
    const url = settings.userinfoUrl ?? (await address(claims.iss))
    const { status, body } = await getJson(network, url, { authorization: `Bearer ${token}` })
    if (status === 401) return false
    if (status !== 200) throw new Error(`The userInfo endpoint answered ${status}`)
    // OpenID Connect Core section 5.3.2: the answer counts only when it is about the same user.
    if (body?.sub !== claims.sub) throw new Error('The userInfo endpoint answered for another user')
    return true
  }

  function begin(token: string, claims: AccessClaims): Promise<boolean> {
    const entry: Asking = { askedAt: now(), answer: question(token, claims) }
    asking.set(token, entry)
    const done = () => {
      if (asking.get(token) === entry && entry.next === undefined) asking.delete(token)
    }
    entry.answer.then(() => {
      if (maxAge > 0) answers.set(token, entry)
      done()
    }, done)
    return entry.answer
  }

  /**
   * One question per token at a time. A call that comes while one is under way may share its answer only if that is young
   * enough; else it shares the next question with all who wait, so that no answer is older than the call it serves.
   */
  function ask(token: string, claims: AccessClaims): Promise<boolean> {
    const current = asking.get(token)
    const recent = current ?? answers.get(token)
    if (recent !== undefined && now() >= recent.askedAt && now() - recent.askedAt < maxAge) return recent.answer
    if (current === undefined) return begin(token, claims)
    const again = () => begin(token, claims)
    current.next ??= current.answer.then(again, again)
    return current.next
  }

  return async (token, claims) => {
    let alive: boolean
    try {
      alive = await ask(token, claims)
    } catch (cause) {
      throw new VerifyError('revocation_unavailable', { cause })
    }
    if (!alive) throw new VerifyError('revoked')
  }
}

/** The userinfo_endpoint of an issuer, by its discovery document (OpenID Connect Discovery section 4). */
function discovery(network: Network, { now, addressAge, allowHttp }: RevocationSettings) {
  const found = new Map<string, { askedAt: number; url: Promise<string> }>()

  async function discover(issuer: string): Promise<string> {
    const { status, body } = await getJson(network, wellKnown(issuer, 'openid-configuration'))
    if (status !== 200) throw new Error(`The discovery document was answered with status ${status}`)
    // Section 4.3: a document of another issuer is none of ours; the token must not be sent where it says.
    if (body?.issuer !== issuer) throw new Error('The discovery document is of another issuer')
    const url = body.userinfo_endpoint
    if (typeof url !== 'string') throw new Error('The discovery document names no userinfo_endpoint')
    checkAddress('userinfo_endpoint', url, allowHttp)
    return url
  }

  return (issuer: string): Promise<string> => {
    const known = found.get(issuer)
    if (known !== undefined && now() >= known.askedAt && now() - known.askedAt < addressAge) return known.url
    const entry = { askedAt: now(), url: discover(issuer) }
    found.set(issuer, entry)
    entry.url.catch(() => {
      if (found.get(issuer) === entry) found.delete(issuer)
    })
    return entry.url
  }
}

/** The address of a well-known document of an issuer: appended, as Cognito and OpenID Connect Discovery do it. */
export function wellKnown(issuer: string, document: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/${document}`
}
