import { createCipheriv, createPrivateKey, createPublicKey, publicEncrypt, randomBytes } from 'node:crypto'
import { SignedXml } from 'xml-crypto'
import { keyCertificate } from '../src/world/certificates.ts'
import { signingKeyPair } from '../src/world/real.ts'

/** A key and its certificate, base64 DER. */
export interface ProviderKey {
  readonly privatePem: string
  readonly certificate: string
}

/** What an answer says; each part can be bent, null leaves it out. */
export interface Answer {
  readonly requestId?: string | undefined
  readonly now: number
  readonly recipient: string
  readonly audience: string
  readonly issuer: string
  readonly nameId: string
  readonly attributes?: Readonly<Record<string, readonly string[]>>
  readonly sessionIndex?: string
  readonly assertionId?: string
  readonly bent?: Bent
}

/** Parts that an evil or broken provider writes otherwise; null leaves the part out. */
export interface Bent {
  readonly destination?: string | null
  readonly responseIssuer?: string | null
  readonly assertionIssuer?: string | null
  readonly responseInResponseTo?: string | null
  readonly confirmationInResponseTo?: string | null
  readonly confirmationRecipient?: string | null
  readonly confirmationNotOnOrAfter?: number | null
  readonly confirmationMethod?: string
  readonly confirmation?: null
  readonly notBefore?: number | null
  readonly notOnOrAfter?: number | null
  readonly audience?: string | null
  readonly conditions?: null
  readonly condition?: string
  readonly authnStatement?: null
  readonly sessionNotOnOrAfter?: number
  readonly nameId?: string
  readonly subject?: null
  readonly status?: string | null
  readonly version?: string
  readonly issuedAt?: number
}

/** How an element is signed. */
export interface SigningChoice {
  readonly key: ProviderKey
  readonly signatureAlgorithm?: string
  readonly digestAlgorithm?: string
  readonly canonicalization?: string
  readonly transforms?: readonly string[]
  /** The certificate that KeyInfo shows, if not the key's own. */
  readonly shown?: string
}

export const sha256 = 'http://www.w3.org/2001/04/xmlenc#sha256'
export const rsaSha256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256'
export const exclusive = 'http://www.w3.org/2001/10/xml-exc-c14n#'
export const enveloped = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature'

/** A key pair of a provider with its certificate. */
export async function providerKey(now: number): Promise<ProviderKey> {
  const { privatePem } = await signingKeyPair()
  return { privatePem, certificate: await keyCertificate(privatePem, 'provider', now) }
}

const time = (milliseconds: number) => new Date(milliseconds).toISOString()
const attribute = (name: string, value: string | null | undefined) => (value == null ? '' : ` ${name}="${value}"`)
/** What is bent wins, null included. */
const chosen = <Value>(bent: Value | undefined, straight: Value): Value => (bent === undefined ? straight : bent)

/** An assertion, unsigned. Attribute values and the name id are XML as they are given. */
export function assertionXml(answer: Answer): string {
  const { now, recipient, bent = {}, attributes = {}, sessionIndex = 'index-1' } = answer
  const end = (value: number | null | undefined) => {
    const at = chosen(value, now + 300_000)
    return at === null ? null : time(at)
  }
  const start = chosen(bent.notBefore, now - 30_000)
  const issuer = chosen(bent.assertionIssuer, answer.issuer)
  const audience = chosen(bent.audience, answer.audience)
  const confirmation =
    bent.confirmation === null
      ? ''
      : `<saml:SubjectConfirmation Method="${bent.confirmationMethod ?? 'urn:oasis:names:tc:SAML:2.0:cm:bearer'}"><saml:SubjectConfirmationData${attribute('NotOnOrAfter', end(bent.confirmationNotOnOrAfter))}${attribute('Recipient', chosen(bent.confirmationRecipient, recipient))}${attribute('InResponseTo', chosen(bent.confirmationInResponseTo, answer.requestId ?? null))}/></saml:SubjectConfirmation>`
  const subject =
    bent.subject === null
      ? ''
      : `<saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">${bent.nameId ?? answer.nameId}</saml:NameID>${confirmation}</saml:Subject>`
  const conditions =
    bent.conditions === null
      ? ''
      : `<saml:Conditions${attribute('NotBefore', start === null ? null : time(start))}${attribute('NotOnOrAfter', end(bent.notOnOrAfter))}>${audience === null ? '' : `<saml:AudienceRestriction><saml:Audience>${audience}</saml:Audience></saml:AudienceRestriction>`}${bent.condition ?? ''}</saml:Conditions>`
  const statement =
    bent.authnStatement === null
      ? ''
      : `<saml:AuthnStatement AuthnInstant="${time(now)}" SessionIndex="${sessionIndex}"${attribute('SessionNotOnOrAfter', bent.sessionNotOnOrAfter === undefined ? null : time(bent.sessionNotOnOrAfter))}><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>`
  const values = Object.entries(attributes).map(
    ([name, all]) =>
      `<saml:Attribute Name="${name}">${all.map((value) => `<saml:AttributeValue xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="xs:string">${value}</saml:AttributeValue>`).join('')}</saml:Attribute>`,
  )
  const statements = values.length > 0 ? `<saml:AttributeStatement>${values.join('')}</saml:AttributeStatement>` : ''
  const id = answer.assertionId ?? `_a${randomBytes(8).toString('hex')}`
  return `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="${id}" Version="2.0" IssueInstant="${time(bent.issuedAt ?? now)}">${issuer === null ? '' : `<saml:Issuer>${issuer}</saml:Issuer>`}${subject}${conditions}${statement}${statements}</saml:Assertion>`
}

/** A Response around an assertion (or whatever is given), unsigned. */
export function responseXml(answer: Answer, content: string): string {
  const { now, bent = {} } = answer
  const issuer = chosen(bent.responseIssuer, answer.issuer)
  const status = chosen(bent.status, 'urn:oasis:names:tc:SAML:2.0:status:Success')
  const written = status === null ? '' : `<samlp:Status><samlp:StatusCode Value="${status}"/></samlp:Status>`
  return `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_r${randomBytes(8).toString('hex')}" Version="${bent.version ?? '2.0'}" IssueInstant="${time(now)}"${attribute('Destination', chosen(bent.destination, answer.recipient))}${attribute('InResponseTo', chosen(bent.responseInResponseTo, answer.requestId ?? null))}>${issuer === null ? '' : `<saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">${issuer}</saml:Issuer>`}${written}${content}</samlp:Response>`
}

/** Signs the element of that local name, where schemas want the signature: behind its Issuer. */
export function signXml(xml: string, name: string, choice: SigningChoice): string {
  const path = `//*[local-name(.)='${name}']`
  const signer = new SignedXml({
    privateKey: choice.key.privatePem,
    publicCert: pem(choice.shown ?? choice.key.certificate),
    signatureAlgorithm: choice.signatureAlgorithm ?? rsaSha256,
    canonicalizationAlgorithm: (choice.canonicalization ?? exclusive) as typeof exclusive,
  })
  signer.addReference({
    xpath: path,
    transforms: (choice.transforms ?? [enveloped, exclusive]) as [typeof enveloped],
    digestAlgorithm: choice.digestAlgorithm ?? sha256,
  })
  const issuer = `${path}/*[local-name(.)='Issuer']`
  const hasIssuer = new RegExp(`<(?:\\w+:)?${name}[^>]*><(?:\\w+:)?Issuer`).test(xml)
  signer.computeSignature(xml, {
    prefix: 'ds',
    location: hasIssuer ? { reference: issuer, action: 'after' } : { reference: path, action: 'prepend' },
  })
  return signer.getSignedXml()
}

/** Ciphers an assertion can be encrypted with. */
export type ContentCipher = 'aes128-cbc' | 'aes256-cbc' | 'aes128-gcm' | 'aes256-gcm'

/** An EncryptedAssertion for a certificate (base64 DER); `spoil` changes the content's bytes. */
export function encryptAssertion(
  xml: string,
  certificate: string,
  cipher: ContentCipher = 'aes256-gcm',
  spoil: (content: Buffer) => Buffer = (content) => content,
): string {
  const key = randomBytes(cipher.includes('128') ? 16 : 32)
  const gcm = cipher.endsWith('gcm')
  const iv = randomBytes(gcm ? 12 : 16)
  const name = cipher.replace('aes', 'aes-')
  let content: Buffer
  if (gcm) {
    const sealer = createCipheriv(name as 'aes-256-gcm', key, iv)
    content = Buffer.concat([iv, sealer.update(xml), sealer.final(), sealer.getAuthTag()])
  } else {
    const sealer = createCipheriv(name, key, iv)
    content = Buffer.concat([iv, sealer.update(xml), sealer.final()])
  }
  const wrapped = publicEncrypt({ key: createPublicKey(pem(certificate)), oaepHash: 'sha1' }, key)
  const namespace = gcm ? 'http://www.w3.org/2009/xmlenc11#' : 'http://www.w3.org/2001/04/xmlenc#'
  return `<saml:EncryptedAssertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"><xenc:EncryptedData xmlns:xenc="http://www.w3.org/2001/04/xmlenc#" Type="http://www.w3.org/2001/04/xmlenc#Element"><xenc:EncryptionMethod Algorithm="${namespace}${cipher}"/><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><xenc:EncryptedKey><xenc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"/><xenc:CipherData><xenc:CipherValue>${wrapped.toString('base64')}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey></ds:KeyInfo><xenc:CipherData><xenc:CipherValue>${spoil(content).toString('base64')}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData></saml:EncryptedAssertion>`
}

/** Metadata of a provider. */
export function metadataXml(
  entityId: string,
  signOn: string,
  certificates: readonly string[],
  { signOut, wantsSigned = false }: { signOut?: string; wantsSigned?: boolean } = {},
): string {
  const keys = certificates.map(
    (certificate) =>
      `<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>${certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`,
  )
  const redirect = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect'
  const slo = signOut ? `<md:SingleLogoutService Binding="${redirect}" Location="${signOut}"/>` : ''
  return `<?xml version="1.0" encoding="UTF-8"?>\n<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${entityId}"><md:IDPSSODescriptor WantAuthnRequestsSigned="${wantsSigned}" protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">${keys.join('')}${slo}<md:NameIDFormat>urn:oasis:names:tc:SAML:2.0:nameid-format:persistent</md:NameIDFormat><md:SingleSignOnService Binding="${redirect}" Location="${signOn}"/></md:IDPSSODescriptor></md:EntityDescriptor>\n`
}

/** A document as the POST binding carries it. */
export const encode = (xml: string) => Buffer.from(xml).toString('base64')

/** A certificate as PEM. */
export const pem = (certificate: string) =>
  `-----BEGIN CERTIFICATE-----\n${certificate.replace(/.{64}(?=.)/g, '$&\n')}\n-----END CERTIFICATE-----\n`

/** The key object of a provider's key. */
export const keyObject = ({ privatePem }: ProviderKey) => createPrivateKey(privatePem)
