import { childOf, childrenOf, malformed, ns, readXml, type XmlElement } from '../../../settings/saml/xml.ts'

/** What a signature may say of itself: a fixed, short list, so that the library's longer one is never reached. */
const algorithms = {
  // SHA-1 is not among them, nor HMAC, which would take a certificate for a shared secret.
  SignatureMethod: [
    'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
  ],
  DigestMethod: ['http://www.w3.org/2001/04/xmlenc#sha256', 'http://www.w3.org/2001/04/xmlenc#sha512'],
} as const

const exclusive = 'http://www.w3.org/2001/10/xml-exc-c14n#'
const enveloped = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature'

/** Whether an element brings a signature of its own. Throws for two. */
export function isSigned(element: XmlElement): boolean {
  return childOf(element, ns.signature, 'Signature') !== undefined
}

/**
 * The element as its own signature vouches for it: read anew from the very bytes that were digested, so that nothing
 * beside them is ever seen. `text` is the document that `element` was read from. Rejects where the signature is missing,
 * is not by one of the certificates (base64 DER; one in the document counts for nothing), covers another element, or
 * uses an algorithm or transform that is not on the list.
 */
export async function readSigned(
  text: string,
  element: XmlElement,
  certificates: readonly string[],
): Promise<XmlElement> {
  checkShape(element)
  const library = await import('@node-saml/node-saml/lib/xml.js')
  const id = element.attributes.get('ID') ?? ''
  const document = await library.parseDomFromString(text)
  const [node, ...others] = library.xpath.selectElements(document, `//*[@ID="${id}"]`)
  if (!node || others.length > 0) throw malformed('the signed element is not one')
  let bytes: string | null
  try {
    bytes = library.getVerifiedXml(text, node, certificates.map(toPem))
  } catch (error) {
    throw malformed('the signature is not valid', error)
  }
  if (bytes === null) throw malformed('the signature is not valid')
  const signed = await readXml(bytes)
  const same = signed.name === element.name && signed.namespace === element.namespace
  if (!same || signed.attributes.get('ID') !== id) throw malformed('the signature covers another element')
  return signed
}

/** SAML 2.0 Core section 5.4: one reference to the parent, two transforms at most, nothing carried along. */
function checkShape(element: XmlElement): void {
  // What goes into an XPath below has no quote in it.
  if (!/^[A-Za-z_][\w.-]{0,255}$/.test(element.attributes.get('ID') ?? '')) throw malformed('no usable ID')
  const signature = only(element, 'Signature')
  // An Object would be a place to hide the original that the signature is about.
  const parts = ['SignedInfo', 'SignatureValue', 'KeyInfo']
  if (signature.children.some(({ name, namespace }) => namespace !== ns.signature || !parts.includes(name))) {
    throw malformed('something beside the signature')
  }
  only(signature, 'SignatureValue')
  childOf(signature, ns.signature, 'KeyInfo')
  const info = only(signature, 'SignedInfo')
  if (only(info, 'CanonicalizationMethod').attributes.get('Algorithm') !== exclusive) {
    throw malformed('another canonicalization')
  }
  checkAlgorithm(info, 'SignatureMethod')
  const reference = only(info, 'Reference')
  if (info.children.length !== 3) throw malformed('something beside the reference')
  if (reference.attributes.get('URI') !== `#${element.attributes.get('ID')}`) throw malformed('another reference')
  checkAlgorithm(reference, 'DigestMethod')
  if (only(reference, 'DigestValue').children.length > 0) throw malformed('something in the digest')
  const transforms = childrenOf(only(reference, 'Transforms'), ns.signature, 'Transform')
  const names = transforms.map((transform) => transform.attributes.get('Algorithm'))
  const known = names.join(' ') === enveloped || names.join(' ') === `${enveloped} ${exclusive}`
  if (!known || reference.children.length !== 3) throw malformed('another transform')
  const inner = [...transforms, ...childrenOf(info, ns.signature, 'CanonicalizationMethod')]
  if (inner.flatMap(({ children }) => children).some(({ namespace }) => namespace !== exclusive)) {
    throw malformed('something in a transform')
  }
}

function checkAlgorithm(parent: XmlElement, name: keyof typeof algorithms): void {
  const method = only(parent, name)
  const algorithm = method.attributes.get('Algorithm') ?? ''
  if (!algorithms[name].some((known) => known === algorithm)) throw malformed(`another ${name}`)
  if (method.children.length > 0) throw malformed(`something in ${name}`)
}

function only(parent: XmlElement, name: string): XmlElement {
  const found = childOf(parent, ns.signature, name)
  if (!found) throw malformed(`no ${name}`)
  return found
}

function toPem(certificate: string): string {
  return `-----BEGIN CERTIFICATE-----\n${certificate.replace(/.{64}(?=.)/g, '$&\n')}\n-----END CERTIFICATE-----\n`
}
