// SAML 2.0 as a service provider: signatures checked, identity taken from signed bytes alone, requests written. Nothing in
// these files but keys.ts and flow.ts knows a database; none knows a door. Reading XML is in settings/saml/.
import type { KeyObject } from 'node:crypto'
import { PoolError } from '../../../errors.ts'
import { allNamed, childOf, childrenOf, malformed, ns, readXml, type XmlElement } from '../../../settings/saml/xml.ts'
import { decryptAssertion } from './decrypt.ts'
import { isSigned, readSigned } from './signature.ts'
import { clockSkew, isWithin, readInstant } from './time.ts'

/** What a Response is held against. */
export interface ResponseExpectation {
  /** The provider's entity id. */
  readonly issuer: string
  /** Certificates from its metadata, base64 DER. */
  readonly certificates: readonly string[]
  /** Whether an assertion in the clear is refused. */
  readonly encrypted: boolean
  /** Keys that an assertion may be encrypted for. */
  readonly decryptionKeys: readonly KeyObject[]
  /** Our entity id. */
  readonly audience: string
  /** The address that it was posted to. */
  readonly recipient: string
  /** The id of the request it answers; undefined where the provider begins, and then it must answer none. */
  readonly requestId: string | undefined
  /** Milliseconds. */
  readonly now: number
}

/** Whom a provider speaks of when it is asked to end a session. */
export interface SamlSession {
  readonly nameId: string
  readonly format?: string | undefined
  readonly nameQualifier?: string | undefined
  readonly spNameQualifier?: string | undefined
  readonly sessionIndex?: string | undefined
}

/** What a Response vouched for. */
export interface SamlArrival {
  readonly subject: string
  readonly attributes: Readonly<Record<string, string | readonly string[]>>
  readonly session: SamlSession
  /** Remembered until `expiresAt` (milliseconds), so that it is taken once. */
  readonly assertionId: string
  readonly expiresAt: number
}

/** AWS takes 100,000 characters (developer guide, "The IdP SAML assertion endpoint"). */
const mostCharacters = 100_000
const mostNameId = 1024
const success = 'urn:oasis:names:tc:SAML:2.0:status:Success'
const bearer = 'urn:oasis:names:tc:SAML:2.0:cm:bearer'

/**
 * Checks a `SAMLResponse` parameter (SAML 2.0 Profiles section 4.1.4.3). Identity comes from bytes that the provider
 * signed: the Response, the assertion or both; what is signed must be right, also where it need not be. Rejects with
 * AccessDenied where the provider itself says no, else with InvalidParameter; the reason is for the log.
 */
export async function readResponse(parameter: string, expected: ResponseExpectation): Promise<SamlArrival> {
  const text = decodeMessage(parameter)
  const read = await readXml(text)
  checkOne(read, 'Response', 'Assertion', 'EncryptedAssertion')
  const signed = isSigned(read)
  const response = signed ? await readSigned(text, read, expected.certificates) : read
  checkResponse(response, signed, expected)
  const assertion = await readAssertion(text, response, signed, expected)
  return readArrival(assertion, expected)
}

/** The document in a parameter of the POST binding. */
export function decodeMessage(parameter: string): string {
  if (parameter.length > mostCharacters) throw malformed('too long')
  const base64 = parameter.replace(/[\r\n\t ]/g, '')
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) throw malformed('not base64')
  try {
    // Ends of lines as an XML processor sees them (XML 1.0 section 2.11): signatures are over these.
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(base64, 'base64')).replace(/\r\n?/g, '\n')
  } catch (error) {
    throw malformed('not UTF-8', error)
  }
}

/** The root is the only one of its name, and holds one of the others: nowhere a second that a reader might take. */
function checkOne(root: XmlElement, name: string, ...inner: readonly string[]): void {
  if (root.name !== name || root.namespace !== ns.protocol || allNamed(root, name).length !== 1) {
    throw malformed(`not one ${name}`)
  }
  const found = inner.flatMap((each) => allNamed(root, each))
  if (found.length > 1 || (found[0] && !root.children.includes(found[0]))) throw malformed('not one assertion')
}

function checkResponse(response: XmlElement, signed: boolean, expected: ResponseExpectation): void {
  const { attributes } = response
  if (attributes.get('Version') !== '2.0') throw malformed('another version')
  // Bindings section 3.5.5.2: a signed message names its destination.
  const destination = attributes.get('Destination')
  if (destination === undefined ? signed : destination !== expected.recipient) throw malformed('another destination')
  if (attributes.get('InResponseTo') !== expected.requestId) throw malformed('answers another request')
  checkIssuer(response, expected.issuer, false)
  const status = childOf(response, ns.protocol, 'Status')
  const code = status && childOf(status, ns.protocol, 'StatusCode')?.attributes.get('Value')
  if (code === undefined) throw malformed('no status')
  if (code !== success)
    throw new PoolError('AccessDenied', 'The identity provider refused the sign-in.', new Error(code))
}

/** The assertion, from bytes that were signed: its own, or those of the Response around it. */
async function readAssertion(
  text: string,
  response: XmlElement,
  covered: boolean,
  { certificates, encrypted, decryptionKeys }: ResponseExpectation,
): Promise<XmlElement> {
  const plain = childOf(response, ns.assertion, 'Assertion')
  const sealed = childOf(response, ns.assertion, 'EncryptedAssertion')
  if (plain && !encrypted) {
    if (covered && !isSigned(plain)) return plain
    return readSigned(text, plain, certificates)
  }
  if (!sealed) throw malformed(plain ? 'not encrypted' : 'no assertion')
  const inner = decryptAssertion(sealed, decryptionKeys)
  const assertion = await readXml(inner)
  if (assertion.name !== 'Assertion' || assertion.namespace !== ns.assertion) throw malformed('no assertion inside')
  if (['Assertion', 'Response', 'EncryptedAssertion'].flatMap((name) => allNamed(assertion, name)).length !== 1) {
    throw malformed('not one assertion inside')
  }
  if (covered && !isSigned(assertion)) return assertion
  return readSigned(inner, assertion, certificates)
}

function readArrival(assertion: XmlElement, expected: ResponseExpectation): SamlArrival {
  const assertionId = assertion.attributes.get('ID')
  if (!assertionId || assertion.attributes.get('Version') !== '2.0') throw malformed('no assertion of this version')
  const issuedAt = readInstant(assertion.attributes.get('IssueInstant') ?? '')
  if (issuedAt > expected.now + clockSkew) throw malformed('issued in the future')
  checkIssuer(assertion, expected.issuer, true)
  checkConditions(assertion, expected)
  const subject = childOf(assertion, ns.assertion, 'Subject')
  if (!subject) throw malformed('no subject')
  const expiresAt = checkConfirmation(subject, expected)
  const statements = childrenOf(assertion, ns.assertion, 'AuthnStatement')
  if (statements.length === 0) throw malformed('no authentication')
  for (const { attributes } of statements) {
    if (!isWithin(expected.now, undefined, attributes.get('SessionNotOnOrAfter')))
      throw malformed('the session is over')
  }
  const nameId = readNameId(subject)
  return {
    subject: nameId.nameId,
    attributes: readAttributes(assertion),
    session: { ...nameId, sessionIndex: statements[0]?.attributes.get('SessionIndex') },
    assertionId,
    expiresAt,
  }
}

/** Core section 2.5.1: one Conditions, every audience restriction names us, and no condition that is not understood. */
function checkConditions(assertion: XmlElement, { audience, now }: ResponseExpectation): void {
  const conditions = childOf(assertion, ns.assertion, 'Conditions')
  if (!conditions) throw malformed('no conditions')
  if (!isWithin(now, conditions.attributes.get('NotBefore'), conditions.attributes.get('NotOnOrAfter'))) {
    throw malformed('outside its time')
  }
  const understood = ['AudienceRestriction', 'OneTimeUse', 'ProxyRestriction']
  if (conditions.children.some(({ name, namespace }) => namespace !== ns.assertion || !understood.includes(name))) {
    throw malformed('another condition')
  }
  const restrictions = childrenOf(conditions, ns.assertion, 'AudienceRestriction')
  const meant = restrictions.every((one) =>
    childrenOf(one, ns.assertion, 'Audience').some(({ text }) => text.trim() === audience),
  )
  if (restrictions.length === 0 || !meant) throw malformed('another audience')
}

/** A bearer confirmation for this address, request and time; gives when it ends, skew included. */
function checkConfirmation(subject: XmlElement, { recipient, requestId, now }: ResponseExpectation): number {
  for (const confirmation of childrenOf(subject, ns.assertion, 'SubjectConfirmation')) {
    const data = childOf(confirmation, ns.assertion, 'SubjectConfirmationData')
    if (confirmation.attributes.get('Method') !== bearer || !data) continue
    const end = data.attributes.get('NotOnOrAfter')
    if (end === undefined || !isWithin(now, data.attributes.get('NotBefore'), end)) continue
    if (data.attributes.get('Recipient') !== recipient || data.attributes.get('InResponseTo') !== requestId) continue
    return readInstant(end) + clockSkew
  }
  throw malformed('no confirmation for this sign-in')
}

function checkIssuer(element: XmlElement, expected: string, required: boolean): void {
  const issuer = childOf(element, ns.assertion, 'Issuer')
  if (issuer ? issuer.text.trim() !== expected : required) throw malformed('another issuer')
}

/** The NameID of a subject or of a sign-out request. */
export function readNameId(parent: XmlElement): SamlSession {
  const element = childOf(parent, ns.assertion, 'NameID')
  const nameId = element?.text.trim()
  if (!element || !nameId || element.children.length > 0 || nameId.length > mostNameId) throw malformed('no NameID')
  return {
    nameId,
    format: element.attributes.get('Format'),
    nameQualifier: element.attributes.get('NameQualifier'),
    spNameQualifier: element.attributes.get('SPNameQualifier'),
  }
}

/** Values by the attribute's Name; one value as text, several as a list. Values with markup in them are left out. */
function readAttributes(assertion: XmlElement): SamlArrival['attributes'] {
  const values = new Map<string, string[]>()
  for (const statement of childrenOf(assertion, ns.assertion, 'AttributeStatement')) {
    for (const attribute of childrenOf(statement, ns.assertion, 'Attribute')) {
      const name = attribute.attributes.get('Name')
      if (!name) continue
      const found = childrenOf(attribute, ns.assertion, 'AttributeValue').filter((value) => value.children.length === 0)
      values.set(name, [...(values.get(name) ?? []), ...found.map(({ text }) => text.trim())])
    }
  }
  const given = [...values].filter(([, found]) => found.length > 0)
  return Object.fromEntries(given.map(([name, found]) => [name, found.length === 1 ? (found[0] ?? '') : found]))
}
