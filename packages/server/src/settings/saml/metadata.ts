import { X509Certificate } from 'node:crypto'
import { PoolError } from '../../errors.ts'
import { allNamed, childOf, childrenOf, ns, readCommentedXml, type XmlElement } from './xml.ts'

/** What a provider's metadata says of it (SAML 2.0 Metadata sections 2.3.2 and 2.4.3). */
export interface SamlMetadata {
  readonly entityId: string
  /** Where a sign-in request goes by redirect. */
  readonly signOn: string
  /** Where a sign-out request goes by redirect, and its answers. */
  readonly signOut: { readonly request: string; readonly response: string } | undefined
  /** Certificates whose keys it signs with, base64 DER; never empty. */
  readonly certificates: readonly string[]
  readonly wantsSigned: boolean
}

const redirectBinding = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect'

/** More than AWS's 4,096 characters a certificate and any provider's document that was seen; a guard, not a rule of SAML. */
const mostCharacters = 1_000_000
const mostCertificateCharacters = 4096
const smallestKey = 2048

/**
 * Reads metadata of one identity provider. Rejects with InvalidParameter, in words for the owner of the pool, where it
 * has none or several, no redirect binding, an address that is no web address, or no usable certificate.
 */
export async function readMetadata(text: string): Promise<SamlMetadata> {
  if (text.length > mostCharacters) throw unusable('it is too long')
  const root = await readCommentedXml(text)
  const entity = allNamed(root, 'EntityDescriptor')
  if (entity.length > 1) throw unusable('it describes more than one entity')
  if (root.namespace !== ns.metadata || root !== entity[0]) throw unusable('it is not an EntityDescriptor')
  const entityId = root.attributes.get('entityID')
  if (!entityId || entityId.length > 1024) throw unusable('it has no entityID')
  const roles = childrenOf(root, ns.metadata, 'IDPSSODescriptor').filter((role) =>
    (role.attributes.get('protocolSupportEnumeration') ?? '').split(/\s+/).includes(ns.protocol),
  )
  const [role] = roles
  if (!role || roles.length > 1) throw unusable('it has not one IDPSSODescriptor for SAML 2.0')
  const signOn = endpoint(role, 'SingleSignOnService')
  if (!signOn) throw unusable('it has no SingleSignOnService with the HTTP-Redirect binding')
  const signOut = endpoint(role, 'SingleLogoutService')
  const certificates = readCertificates(role)
  if (certificates.length === 0) throw unusable('it has no signing certificate')
  return {
    entityId,
    signOn: signOn.request,
    signOut,
    certificates,
    wantsSigned: ['true', '1'].includes(role.attributes.get('WantAuthnRequestsSigned') ?? ''),
  }
}

/** Throws where the only certificates are past their time: AWS takes no provider that begins expired. */
export function checkCertificatesCurrent({ certificates }: SamlMetadata, now: number): void {
  if (!certificates.some((certificate) => parseCertificate(certificate).validToDate.getTime() > now)) {
    throw unusable('its signing certificate has expired')
  }
}

function endpoint(role: XmlElement, name: string): { request: string; response: string } | undefined {
  const found = childrenOf(role, ns.metadata, name).find(
    (service) => service.attributes.get('Binding') === redirectBinding,
  )
  if (!found) return undefined
  const request = checkAddress(found.attributes.get('Location'))
  const response = found.attributes.get('ResponseLocation')
  return { request, response: response === undefined ? request : checkAddress(response) }
}

/** The browser is sent there: https, or http on this machine; `javascript:` and the like are no addresses. */
function checkAddress(location: string | undefined): string {
  const url = URL.parse(location ?? '')
  const local = url?.protocol === 'http:' && /^(?:localhost|.+\.localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname)
  if (!url || url.username || url.password || url.hash || !(url.protocol === 'https:' || local)) {
    throw unusable('an address in it is not https')
  }
  return url.href
}

function readCertificates(role: XmlElement): string[] {
  const found = new Set<string>()
  for (const descriptor of childrenOf(role, ns.metadata, 'KeyDescriptor')) {
    if ((descriptor.attributes.get('use') ?? 'signing') !== 'signing') continue
    const keyInfo = childOf(descriptor, ns.signature, 'KeyInfo')
    for (const data of keyInfo ? childrenOf(keyInfo, ns.signature, 'X509Data') : []) {
      for (const { text } of childrenOf(data, ns.signature, 'X509Certificate')) {
        const certificate = text.replace(/\s/g, '')
        if (certificate.length > mostCertificateCharacters) throw unusable('a certificate in it is too long')
        const { publicKey } = parseCertificate(certificate)
        const size = publicKey.asymmetricKeyDetails?.modulusLength ?? 0
        if (publicKey.asymmetricKeyType === 'rsa' && size >= smallestKey) found.add(certificate)
      }
    }
  }
  return [...found]
}

function parseCertificate(certificate: string): X509Certificate {
  try {
    return new X509Certificate(Buffer.from(certificate, 'base64'))
  } catch {
    throw unusable('a certificate in it cannot be read')
  }
}

function unusable(why: string): PoolError {
  return new PoolError('InvalidParameter', `The SAML metadata cannot be used: ${why}.`)
}
