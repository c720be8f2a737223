import { beforeAll, describe, expect, it } from 'vitest'
import { metadataXml, type ProviderKey, providerKey } from '../../../test/saml-provider.ts'
import { checkCertificatesCurrent, readMetadata } from './metadata.ts'

const now = 1_800_000_000_000
const entityId = 'https://idp.example/metadata'
const signOn = 'https://idp.example/sso'
const year = 365 * 24 * 3_600_000

let key: ProviderKey
let honest: string

beforeAll(async () => {
  key = await providerKey(now)
  honest = metadataXml(entityId, signOn, [key.certificate], { signOut: 'https://idp.example/slo', wantsSigned: true })
})

describe('metadata of a provider', () => {
  it('says who it is, where it is, and how it signs', async () => {
    expect(await readMetadata(honest)).toEqual({
      entityId,
      signOn,
      signOut: { request: 'https://idp.example/slo', response: 'https://idp.example/slo' },
      certificates: [key.certificate],
      wantsSigned: true,
    })
  })

  it('may have comments, line breaks in certificates, other bindings, and a place of its own for answers', async () => {
    const xml = honest
      .replace(key.certificate, `\n  ${key.certificate.replace(/.{64}/g, '$&\n  ')}\n`)
      .replace(' entityID', ' xmlns:x="urn:x" x:cacheDuration="1" entityID')
      .replace('<md:NameIDFormat>', '<!-- written by a person --><md:NameIDFormat>')
      .replace(
        'Location="https://idp.example/slo"',
        'Location="https://idp.example/slo" ResponseLocation="https://idp.example/done"',
      )
      .replace(
        '<md:SingleSignOnService',
        '<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example/post"/><md:SingleSignOnService',
      )
    const metadata = await readMetadata(xml)
    expect(metadata).toMatchObject({ signOn, certificates: [key.certificate] })
    expect(metadata.signOut).toEqual({ request: 'https://idp.example/slo', response: 'https://idp.example/done' })
  })

  it('may be on this machine without TLS', async () => {
    const local = 'http://localhost:8080/sso'
    expect((await readMetadata(metadataXml(entityId, local, [key.certificate]))).signOn).toBe(local)
  })

  it('begins with a certificate that has not expired', async () => {
    const metadata = await readMetadata(honest)
    expect(() => checkCertificatesCurrent(metadata, now + 9 * year)).not.toThrow()
    expect(() => checkCertificatesCurrent(metadata, now + 11 * year)).toThrow('has expired')
  })

  const redirect = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect'
  // biome-ignore format: a table
  const refused: readonly (readonly [string, (xml: string) => string, string])[] = [
    ['SM23 two entities',          (xml) => { const entity = xml.replace(/^<\?.*\?>\n/, '').trim(); return `<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">${entity}${entity}</md:EntitiesDescriptor>` }, 'more than one entity'],
    ['SM23 a list of one',         (xml) => `<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">${xml.replace(/^<\?.*\?>\n/, '')}</md:EntitiesDescriptor>`, 'not an EntityDescriptor'],
    ['SM23 a javascript: address', (xml) => xml.replace(signOn, 'javascript:alert(1)'),              'not https'],
    ['SM23 a data: address',       (xml) => xml.replace(signOn, 'data:text/html,x'),                 'not https'],
    ['SM23 an address in the clear', (xml) => xml.replace(signOn, 'http://idp.example/sso'),         'not https'],
    ['SM23 a name that only begins as ours', (xml) => xml.replace(signOn, 'http://localhost.evil.example/sso'), 'not https'],
    ['SM23 a password in the address', (xml) => xml.replace(signOn, 'https://a:b@idp.example/sso'),  'not https'],
    ['SM23 no address',            (xml) => xml.replace(signOn, ''),                                 'not https'],
    ['SM23 a javascript: address for sign-out', (xml) => xml.replace('https://idp.example/slo', 'javascript:alert(1)'), 'not https'],
    ['SM15 a document type',       (xml) => xml.replace('?>', '?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'), 'Invalid SAML document'],
    ['SM16 too long',              (xml) => xml + ' '.repeat(1_000_000),                             'too long'],
    ['no entityID',                (xml) => xml.replace(/ entityID="[^"]*"/, ''),                    'no entityID'],
    ['no provider in it',          (xml) => xml.replaceAll('IDPSSODescriptor', 'SPSSODescriptor'),   'not one IDPSSODescriptor'],
    ['another protocol',           (xml) => xml.replace('SAML:2.0:protocol', 'SAML:1.1:protocol'),   'not one IDPSSODescriptor'],
    ['no redirect binding',        (xml) => xml.replaceAll(redirect, 'urn:x'),                       'HTTP-Redirect'],
    ['no certificate',             (xml) => xml.replace(/<md:KeyDescriptor.*<\/md:KeyDescriptor>/, ''), 'no signing certificate'],
    ['a certificate to encrypt for alone', (xml) => xml.replace('use="signing"', 'use="encryption"'), 'no signing certificate'],
    ['a certificate that is none', (xml) => xml.replace(key.certificate, 'AAAA'),                    'cannot be read'],
    ['a certificate without end',  (xml) => xml.replace(key.certificate, 'A'.repeat(5000)),          'too long'],
    ['a page',                     () => '<html><body>Sign in</body></html>',                        'not an EntityDescriptor'],
    ['nothing',                    () => '',                                                         'Invalid SAML document'],
  ]
  it.each(refused)('is refused: %s', async (_title, spoil, why) => {
    await expect(readMetadata(spoil(honest))).rejects.toMatchObject({
      code: 'InvalidParameter',
      message: expect.stringContaining(why),
    })
  })
})
