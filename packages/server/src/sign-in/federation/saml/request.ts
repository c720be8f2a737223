import { type KeyObject, sign } from 'node:crypto'
import { promisify } from 'node:util'
import { deflateRaw } from 'node:zlib'
import { escapeXml, ns } from '../../../settings/saml/xml.ts'
import type { World } from '../../../world/world.ts'
import type { SamlSession } from './response.ts'
import { writeInstant } from './time.ts'

/** What every message of ours begins with. */
export interface MessageHead {
  readonly id: string
  /** Milliseconds. */
  readonly now: number
  readonly destination: string
  /** Our entity id. */
  readonly issuer: string
}

/** How a message goes by redirect. */
export interface Redirect {
  readonly parameter: 'SAMLRequest' | 'SAMLResponse'
  readonly xml: string
  readonly destination: string
  readonly relayState?: string | undefined
  /** RSA; without it the message goes unsigned. */
  readonly key?: KeyObject | undefined
}

const signatureAlgorithm = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256'

/** How long a sign-out request may be on its way, in milliseconds. */
const logoutLifetime = 5 * 60_000

/** An id for a message: 160 bits, where Core section 1.3.4 asks for 128, and a letter first as XML demands. */
export function messageId(world: World): string {
  return `_${Buffer.from(world.random(20)).toString('hex')}`
}

/** The request to sign a user in; the answer comes to `recipient` by POST. `fresh` asks for the user's presence. */
export function authnRequest(head: MessageHead, recipient: string, fresh = false): string {
  const attributes = {
    AssertionConsumerServiceURL: recipient,
    ProtocolBinding: 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST',
    ...(fresh ? { ForceAuthn: 'true' } : {}),
  }
  return message('AuthnRequest', head, attributes, '')
}

/** The request to end the provider's session of a user. */
export function logoutRequest(head: MessageHead, session: SamlSession): string {
  const nameId = element('saml:NameID', session.nameId, {
    Format: session.format,
    NameQualifier: session.nameQualifier,
    SPNameQualifier: session.spNameQualifier,
  })
  const index = session.sessionIndex === undefined ? '' : element('samlp:SessionIndex', session.sessionIndex)
  return message('LogoutRequest', head, { NotOnOrAfter: writeInstant(head.now + logoutLifetime) }, nameId + index)
}

/** The answer to a provider's sign-out request: it is done. */
export function logoutResponse(head: MessageHead, requestId: string): string {
  const status = '<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>'
  return message('LogoutResponse', head, { InResponseTo: requestId }, status)
}

/** The address that carries a message (Bindings section 3.4.4.1): deflated, and signed over the query as it is sent. */
export async function redirectAddress({ parameter, xml, destination, relayState, key }: Redirect): Promise<string> {
  const deflated = await promisify(deflateRaw)(xml)
  const query = new URLSearchParams({ [parameter]: deflated.toString('base64') })
  if (relayState !== undefined) query.set('RelayState', relayState)
  if (key) {
    query.set('SigAlg', signatureAlgorithm)
    const signature = await promisify(sign)('sha256', Buffer.from(query.toString()), key)
    query.set('Signature', signature.toString('base64'))
  }
  return `${destination}${destination.includes('?') ? '&' : '?'}${query}`
}

function message(
  name: string,
  { id, now, destination, issuer }: MessageHead,
  more: Readonly<Record<string, string>>,
  content: string,
): string {
  const attributes = {
    'xmlns:samlp': ns.protocol,
    'xmlns:saml': ns.assertion,
    ID: id,
    Version: '2.0',
    IssueInstant: writeInstant(now),
    Destination: destination,
    ...more,
  }
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeXml(value)}"`)
  return `<samlp:${name}${written.join('')}>${element('saml:Issuer', issuer)}${content}</samlp:${name}>`
}

function element(name: string, text: string, attributes: Readonly<Record<string, string | undefined>> = {}): string {
  const given = Object.entries(attributes).filter(([, value]) => value !== undefined)
  const written = given.map(([key, value]) => ` ${key}="${escapeXml(value ?? '')}"`)
  return `<${name}${written.join('')}>${escapeXml(text)}</${name}>`
}
