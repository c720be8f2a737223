import { allNamed, childOf, childrenOf, malformed, ns, readXml, type XmlElement } from '../../../settings/saml/xml.ts'
import { decodeMessage, readNameId, type SamlSession } from './response.ts'
import { isSigned, readSigned } from './signature.ts'
import { clockSkew, isWithin, readInstant } from './time.ts'

/** What a message to the sign-out address is held against. */
export interface LogoutExpectation {
  readonly issuer: string
  /** Base64 DER. */
  readonly certificates: readonly string[]
  /** The address that it was posted to. */
  readonly recipient: string
  /** Milliseconds. */
  readonly now: number
}

/** A provider's wish to end a user's sessions: all, or those of some session indexes. */
export interface LogoutWish {
  readonly id: string
  readonly session: SamlSession
  readonly sessionIndexes: readonly string[]
  /** Milliseconds: the id is remembered until then. */
  readonly expiresAt: number
}

/** How long a request is taken after it was issued, in milliseconds, whatever it says itself. */
const longest = 10 * 60_000

/**
 * A `SAMLRequest` posted to the sign-out address. It ends sessions, so its signature is never optional (Profiles section
 * 4.4.3.1). Rejects with InvalidParameter.
 */
export async function readLogoutRequest(parameter: string, expected: LogoutExpectation): Promise<LogoutWish> {
  const request = await readSignedMessage(parameter, 'LogoutRequest', expected)
  const issuedAt = readInstant(request.attributes.get('IssueInstant') ?? '')
  const expiresAt = issuedAt + longest + clockSkew
  const current = issuedAt <= expected.now + clockSkew && expected.now < expiresAt
  if (!current || !isWithin(expected.now, undefined, request.attributes.get('NotOnOrAfter'))) {
    throw malformed('outside its time')
  }
  return {
    id: request.attributes.get('ID') ?? '',
    session: readNameId(request),
    sessionIndexes: childrenOf(request, ns.protocol, 'SessionIndex').map(({ text }) => text.trim()),
    expiresAt,
  }
}

/** The request id that a signed `SAMLResponse` at the sign-out address answers, whether or not the provider managed. */
export async function readLogoutResponse(parameter: string, expected: LogoutExpectation): Promise<string> {
  const response = await readSignedMessage(parameter, 'LogoutResponse', expected)
  const requestId = response.attributes.get('InResponseTo')
  if (!requestId) throw malformed('answers no request')
  return requestId
}

/**
 * Whose session a `SAMLRequest` is about, as it says itself: nothing is checked, and nothing may follow from it but where
 * to look for the key that checks it.
 */
export async function peekLogout(parameter: string): Promise<{ nameId: string; issuer: string }> {
  const request = await readXml(decodeMessage(parameter))
  const issuer = childOf(request, ns.assertion, 'Issuer')?.text.trim() ?? ''
  return { nameId: readNameId(request).nameId, issuer }
}

async function readSignedMessage(parameter: string, name: string, expected: LogoutExpectation): Promise<XmlElement> {
  const text = decodeMessage(parameter)
  const root = await readXml(text)
  if (root.name !== name || root.namespace !== ns.protocol || allNamed(root, name).length !== 1) {
    throw malformed(`not one ${name}`)
  }
  if (!isSigned(root)) throw malformed('not signed')
  const signed = await readSigned(text, root, expected.certificates)
  const issuer = childOf(signed, ns.assertion, 'Issuer')?.text.trim()
  if (signed.attributes.get('Version') !== '2.0' || issuer !== expected.issuer) throw malformed('another issuer')
  if (signed.attributes.get('Destination') !== expected.recipient) throw malformed('another destination')
  return signed
}
