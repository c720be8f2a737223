import { createHmac } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  type Answer,
  assertionXml,
  type Bent,
  type ContentCipher,
  encode,
  encryptAssertion,
  enveloped,
  exclusive,
  keyObject,
  type ProviderKey,
  pem,
  providerKey,
  responseXml,
  type SigningChoice,
  signXml,
} from '../../../../test/saml-provider.ts'
import { wrappings, wrapSignature } from '../../../../test/saml-wrapping.ts'
import { PoolError } from '../../../errors.ts'
import { type ResponseExpectation, readResponse } from './response.ts'

const now = 1_800_000_000_000
const recipient = 'https://shop.auth.example/saml2/idpresponse'
const audience = 'urn:amazon:cognito:sp:us-east-1_pool'
const issuer = 'https://idp.example/metadata'
const requestId = '_request'

let provider: ProviderKey
let stranger: ProviderKey
let own: ProviderKey
let expected: ResponseExpectation

beforeAll(async () => {
  ;[provider, stranger, own] = await Promise.all([providerKey(now), providerKey(now), providerKey(now)])
  expected = {
    issuer,
    certificates: [provider.certificate],
    encrypted: false,
    decryptionKeys: [keyObject(own)],
    audience,
    recipient,
    requestId,
    now,
  }
})

const answer = (bent: Bent = {}, more: Partial<Answer> = {}): Answer => ({
  requestId,
  now,
  recipient,
  audience,
  issuer,
  nameId: 'ann',
  bent,
  ...more,
})

type Style = 'response' | 'assertion' | 'both'
const styles: readonly Style[] = ['response', 'assertion', 'both']

function document(of: Answer, style: Style, choice: SigningChoice = { key: provider }): string {
  const assertion = assertionXml(of)
  const inner = style === 'response' ? assertion : signXml(assertion, 'Assertion', choice)
  const response = responseXml(of, inner)
  return style === 'assertion' ? response : signXml(response, 'Response', choice)
}

const read = (xml: string, more: Partial<ResponseExpectation> = {}) =>
  readResponse(encode(xml), { ...expected, ...more })

/** Why a document was refused: the reason of the log. A test that names it cannot pass by accident. */
async function reason(xml: string, more: Partial<ResponseExpectation> = {}): Promise<string> {
  const failure: unknown = await read(xml, more).then(
    () => 'taken',
    (error: unknown) => error,
  )
  if (!(failure instanceof PoolError) || !(failure.cause instanceof Error)) return String(failure)
  return failure.cause.message
}

describe('an honest provider', () => {
  it.each(styles)('is believed when it signs: %s', async (style) => {
    const attributes = { email: ['ann@example.com'], groups: ['a', 'b &amp; c'] }
    const arrival = await read(document(answer({}, { attributes, assertionId: '_one' }), style))
    expect(arrival).toEqual({
      subject: 'ann',
      attributes: { email: 'ann@example.com', groups: ['a', 'b & c'] },
      session: {
        nameId: 'ann',
        format: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
        nameQualifier: undefined,
        spNameQualifier: undefined,
        sessionIndex: 'index-1',
      },
      assertionId: '_one',
      expiresAt: now + 360_000,
    })
  })

  const ciphers: ContentCipher[] = ['aes128-cbc', 'aes256-cbc', 'aes128-gcm', 'aes256-gcm']
  it.each(ciphers)('encrypts with %s', async (cipher) => {
    for (const style of styles) {
      const of = answer()
      const plain = assertionXml(of)
      const inner = style === 'response' ? plain : signXml(plain, 'Assertion', { key: provider })
      const response = responseXml(of, encryptAssertion(inner, own.certificate, cipher))
      const xml = style === 'assertion' ? response : signXml(response, 'Response', { key: provider })
      expect((await read(xml, { encrypted: true })).subject).toBe('ann')
      expect(await reason(xml, { decryptionKeys: [keyObject(stranger)] })).toBe('the assertion cannot be decrypted')
    }
  })

  it('may change its key: any certificate of its metadata will do', async () => {
    const certificates = [stranger.certificate, provider.certificate]
    expect((await read(document(answer(), 'assertion'), { certificates })).subject).toBe('ann')
  })

  it('may write lines as Windows does, and a byte order mark', async () => {
    const xml = document(answer(), 'assertion').replace('<samlp:Status>', '\r\n<samlp:Status>')
    expect((await read(`\uFEFF<?xml version="1.0"?>\r\n${xml}`)).subject).toBe('ann')
  })

  it('may be a minute ahead or behind, and no more', async () => {
    const xml = document(answer(), 'assertion')
    expect((await read(xml, { now: now + 359_000 })).subject).toBe('ann')
    expect((await read(xml, { now: now - 60_000 })).subject).toBe('ann')
    expect(await reason(xml, { now: now + 360_000 })).toBe('outside its time')
    expect(await reason(xml, { now: now - 61_000 })).toBe('issued in the future')
  })

  it('may begin itself where the owner of the pool allows it', async () => {
    const xml = document(answer({}, { requestId: undefined }), 'assertion')
    expect((await read(xml, { requestId: undefined })).subject).toBe('ann')
  })

  it('may say no', async () => {
    const status = 'urn:oasis:names:tc:SAML:2.0:status:Responder'
    await expect(read(document(answer({ status }), 'response'))).rejects.toMatchObject({ code: 'AccessDenied' })
  })
})

/** What is wrong in one way each, whoever signed it and however (SM17, SM19, SM20). */
// biome-ignore format: a table
const refused: readonly (readonly [string, Bent, string])[] = [
  ['SM17 Audience of another',               { audience: 'urn:amazon:cognito:sp:other' },            'another audience'],
  ['SM17 Audience missing',                  { audience: null },                                     'another audience'],
  ['SM17 Conditions missing',                { conditions: null },                                   'no conditions'],
  ['SM17 a second restriction without us',   { condition: '<saml:AudienceRestriction><saml:Audience>x</saml:Audience></saml:AudienceRestriction>' }, 'another audience'],
  ['SM17 a condition that is not understood', { condition: '<x:Only xmlns:x="urn:x"/>' },            'another condition'],
  ['SM17 Recipient of another',              { confirmationRecipient: 'https://else.example/acs' },  'no confirmation for this sign-in'],
  ['SM17 Recipient missing',                 { confirmationRecipient: null },                        'no confirmation for this sign-in'],
  ['SM17 Destination of another',            { destination: 'https://else.example/acs' },            'another destination'],
  ['SM17 InResponseTo of another trip',      { confirmationInResponseTo: '_other' },                 'no confirmation for this sign-in'],
  ['SM17 InResponseTo missing',              { confirmationInResponseTo: null },                     'no confirmation for this sign-in'],
  ['SM17 InResponseTo of another trip in the Response', { responseInResponseTo: '_other' },          'answers another request'],
  ['SM17 InResponseTo missing in the Response', { responseInResponseTo: null },                      'answers another request'],
  ['SM17 NotBefore ahead',                   { notBefore: now + 120_000 },                           'outside its time'],
  ['SM17 NotOnOrAfter past',                 { notOnOrAfter: now - 120_000 },                        'outside its time'],
  ['SM17 confirmation past',                 { confirmationNotOnOrAfter: now - 120_000 },            'no confirmation for this sign-in'],
  ['SM17 confirmation without an end',       { confirmationNotOnOrAfter: null },                     'no confirmation for this sign-in'],
  ['SM17 SubjectConfirmation missing',       { confirmation: null },                                 'no confirmation for this sign-in'],
  ['SM17 SubjectConfirmation of another method', { confirmationMethod: 'urn:oasis:names:tc:SAML:2.0:cm:holder-of-key' }, 'no confirmation for this sign-in'],
  ['SM17 Subject missing',                   { subject: null },                                      'no subject'],
  ['SM17 NameID empty',                      { nameId: ' ' },                                        'no NameID'],
  ['SM17 NameID with markup',                { nameId: 'ann<saml:x>@example.com</saml:x>' },         'no NameID'],
  ['SM17 no authentication',                 { authnStatement: null },                               'no authentication'],
  ['SM17 the session is over',               { sessionNotOnOrAfter: now - 120_000 },                 'the session is over'],
  ['SM17 issued in the future',              { issuedAt: now + 120_000 },                            'issued in the future'],
  ['SM17 no status',                         { status: null },                                       'no status'],
  ['SM17 another version',                   { version: '1.1' },                                     'another version'],
  ['SM20 Issuer of another provider',        { assertionIssuer: 'https://other.example' },           'another issuer'],
  ['SM20 Issuer missing',                    { assertionIssuer: null },                              'another issuer'],
  ['SM20 Issuer of another provider in the Response', { responseIssuer: 'https://other.example' },   'another issuer'],
]

describe('what is wrong alone is refused', () => {
  it.each(refused)('%s', async (_title, bent, why) => {
    for (const style of styles) expect(await reason(document(answer(bent), style))).toBe(why)
  })

  it('SM17 Destination missing from a signed Response', async () => {
    expect(await reason(document(answer({ destination: null }), 'response'))).toBe('another destination')
    expect((await read(document(answer({ destination: null }), 'assertion'))).subject).toBe('ann')
  })

  it('SM19 an answer to nobody, and an answer to somebody where none was asked', async () => {
    const unasked = document(answer({}, { requestId: undefined }), 'assertion')
    expect(await reason(unasked)).toBe('answers another request')
    expect(await reason(document(answer(), 'assertion'), { requestId: undefined })).toBe('answers another request')
  })

  it('SM14 unsigned, signed by a stranger, or in the clear where it must be encrypted', async () => {
    const of = answer()
    const bare = responseXml(of, assertionXml(of))
    expect(await reason(bare)).toBe('no Signature')
    expect(await reason(responseXml(of, encryptAssertion(assertionXml(of), own.certificate)))).toBe('no Signature')
    for (const style of styles) {
      expect(await reason(document(of, style, { key: stranger }))).toBe('the signature is not valid')
      expect(await reason(document(of, style), { encrypted: true })).toBe('not encrypted')
    }
  })

  it('SM14 a Response well signed around an assertion that is not', async () => {
    const of = answer()
    const inner = signXml(assertionXml(of), 'Assertion', { key: stranger })
    expect(await reason(signXml(responseXml(of, inner), 'Response', { key: provider }))).toBe(
      'the signature is not valid',
    )
  })

  it('a byte changed after signing', async () => {
    for (const style of styles) {
      const xml = document(answer(), style).replace('>ann<', '>eve<')
      expect(await reason(xml)).toBe('the signature is not valid')
    }
  })
})

/** The eight wrappings of Somorovsky et al., "On Breaking SAML: Be Whoever You Want to Be" (USENIX Security 2012). */
describe('signature wrapping', () => {
  const cases = wrappings.flatMap((number) =>
    (['response', 'assertion'] as const).flatMap((style) =>
      [true, false].map((sameId) => [number, style, sameId] as const),
    ),
  )

  it.each(cases)('SM1-8 XSW%i of a signed %s, same ID %s', async (number, style, sameId) => {
    const honest = document(answer(), style)
    expect((await read(honest)).subject).toBe('ann')
    const evil = wrapSignature(honest, number, style, sameId)
    expect(evil).toContain('>admin<')
    // Refused as what it is, not because the test wrote bad XML.
    expect(await reason(evil)).toMatch(
      /^(?:not one|more than one|an ID used twice|something beside|another reference|the signature)/,
    )
  })

  it('SM9 two SignedInfo', async () => {
    const xml = document(answer(), 'assertion')
    const info = /<ds:SignedInfo>.*?<\/ds:SignedInfo>/s.exec(xml)?.[0] ?? ''
    expect(await reason(xml.replace(info, info + info))).toBe('more than one SignedInfo')
  })

  it('SM9 two signatures, two references', async () => {
    const xml = document(answer(), 'assertion')
    const signature = /<ds:Signature .*?<\/ds:Signature>/s.exec(xml)?.[0] ?? ''
    expect(await reason(xml.replace(signature, signature + signature))).toBe('more than one Signature')
    const reference = /<ds:Reference .*?<\/ds:Reference>/s.exec(xml)?.[0] ?? ''
    expect(await reason(xml.replace(reference, reference + reference))).toBe('more than one Reference')
  })

  it('SM10 a comment in DigestValue or in NameID', async () => {
    const xml = document(answer({ nameId: 'admin@x.evil' }), 'assertion')
    expect(await reason(xml.replace('<ds:DigestValue>', '<ds:DigestValue><!--x-->'))).toMatch('markup')
    const cut = xml.replace('admin@x.evil', 'admin@x<!-- -->.evil')
    expect(await reason(cut)).toBe('markup that is not an element')
    expect(await reason(xml.replace('admin@x.evil', 'admin@x<?p?>.evil'))).toBe('markup that is not an element')
    expect(await reason(xml.replace('admin@x.evil', '<![CDATA[admin@x]]>.evil'))).toBe('markup that is not an element')
  })

  it('SM11 an encrypted assertion beside a signed one, in either order', async () => {
    const of = answer()
    const signed = signXml(assertionXml(of), 'Assertion', { key: provider })
    const injected = encryptAssertion(assertionXml(answer({ nameId: 'admin' })), own.certificate)
    expect(await reason(responseXml(of, injected + signed))).toBe('not one assertion')
    expect(await reason(responseXml(of, signed + injected))).toBe('not one assertion')
    const twice = encryptAssertion(signed.replace('</saml:Assertion>', `${signed}</saml:Assertion>`), own.certificate)
    expect(await reason(responseXml(of, twice))).not.toBe('taken')
    const nested = signed.replace('<saml:Conditions', `<saml:Advice>${assertionXml(of)}</saml:Advice><saml:Conditions`)
    expect(await reason(responseXml(of, encryptAssertion(nested, own.certificate)))).toBe('not one assertion inside')
  })

  it('SM13 the certificate in KeyInfo counts for nothing', async () => {
    for (const style of styles) {
      const choice = { key: stranger, shown: provider.certificate }
      expect(await reason(document(answer(), style, choice))).toBe('the signature is not valid')
      expect((await read(document(answer(), style, { key: provider, shown: stranger.certificate }))).subject).toBe(
        'ann',
      )
    }
  })
})

describe('algorithms that are not on the list', () => {
  const sha1 = 'http://www.w3.org/2000/09/xmldsig#sha1'
  const rsaSha1 = 'http://www.w3.org/2000/09/xmldsig#rsa-sha1'
  // biome-ignore format: a table
  const choices: readonly (readonly [string, Omit<SigningChoice, 'key'>, string])[] = [
    ['SM12 RSA with SHA-1',           { signatureAlgorithm: rsaSha1 },                                   'another SignatureMethod'],
    ['SM12 digest by SHA-1',          { digestAlgorithm: sha1 },                                         'another DigestMethod'],
    ['SM12 canonical with comments',  { canonicalization: `${exclusive}WithComments` },                  'another canonicalization'],
    ['SM12 transform with comments',  { transforms: [enveloped, `${exclusive}WithComments`] },           'another transform'],
    ['SM12 transforms the other way', { transforms: [exclusive, enveloped] },                            'another transform'],
    ['SM12 inclusive transform',      { transforms: [enveloped, 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315'] }, 'another transform'],
  ]
  it.each(choices)('%s', async (_title, choice, why) => {
    expect(await reason(document(answer(), 'assertion', { key: provider, ...choice }))).toBe(why)
    expect(await reason(document(answer(), 'response', { key: provider, ...choice }))).toBe(why)
  })

  it.each([
    ['XSLT', 'http://www.w3.org/TR/1999/REC-xslt-19991116'],
    ['XPath', 'http://www.w3.org/TR/1999/REC-xpath-19991116'],
    ['base64', 'http://www.w3.org/2000/09/xmldsig#base64'],
  ])('SM12 %s as a transform', async (_title, transform) => {
    const xml = document(answer(), 'assertion')
    const added = xml.replace('</ds:Transforms>', `<ds:Transform Algorithm="${transform}"/></ds:Transforms>`)
    expect(await reason(added)).toBe('another transform')
    const inner = xml.replace(
      `<ds:Transform Algorithm="${exclusive}"/>`,
      `<ds:Transform Algorithm="${exclusive}"><ds:XPath>1=1</ds:XPath></ds:Transform>`,
    )
    expect(await reason(inner)).toBe('something in a transform')
  })

  it('SM12 HMAC with the certificate as its secret', async () => {
    const hmac = 'http://www.w3.org/2000/09/xmldsig#hmac-sha1'
    const xml = document(answer(), 'assertion').replace(/Algorithm="[^"]*rsa-sha256"/, `Algorithm="${hmac}"`)
    const info = /<ds:SignedInfo>.*?<\/ds:SignedInfo>/s.exec(xml)?.[0] ?? ''
    const canonical = info.replace('<ds:SignedInfo>', '<ds:SignedInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#">')
    const value = createHmac('sha1', pem(provider.certificate)).update(canonical).digest('base64')
    const signed = xml.replace(/<ds:SignatureValue>[^<]*/, `<ds:SignatureValue>${value}`)
    expect(await reason(signed)).toBe('another SignatureMethod')
  })
})

describe('documents that are traps', () => {
  const signed = () => document(answer(), 'assertion')
  // biome-ignore format: a table
  const traps: readonly (readonly [string, (xml: string) => string, string])[] = [
    ['SM15 DTD',                        (xml) => `<!DOCTYPE r>${xml}`,                                           'markup that is not an element'],
    ['SM15 DTD behind a declaration',   (xml) => `<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>${xml}`, 'markup that is not an element'],
    ['SM15 billion laughs',             (xml) => `<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>${xml.replace('>ann<', '>&b;<')}`, 'markup that is not an element'],
    ['SM15 an entity nobody declared',  (xml) => xml.replace('>ann<', '>&ann;<'),                                'not well-formed'],
    ['SM15 two roots',                  (xml) => xml + xml,                                                      'not well-formed'],
    ['SM15 text behind the root',       (xml) => `${xml}x`,                                                      'not well-formed'],
    ['SM15 an ID used twice',           (xml) => xml.replace('<samlp:Status>', () => `<samlp:Status Id="${/<saml:Assertion [^>]*ID="([^"]+)"/.exec(xml)?.[1]}">`), 'an ID used twice'],
    ['SM15 two spellings of an ID',     (xml) => xml.replace('<samlp:Status>', '<samlp:Status ID="_x" id="_y">'), 'an ID used twice'],
    ['SM15 a processing instruction',   (xml) => xml.replace('<samlp:Status>', '<?php x ?><samlp:Status>'),      'markup that is not an element'],
    ['SM15 a prefix bound anew',        (xml) => xml.replace('<samlp:Status>', '<samlp:Status xmlns:samlp="urn:x">'), 'a prefix bound anew'],
    ['SM15 a NUL',                      (xml) => xml.replace('>ann<', '>ann\0<'),                                'characters that XML has not'],
    ['SM15 a NUL by reference',         (xml) => xml.replace('>ann<', '>ann&#0;<'),                              'characters that XML has not'],
    ['SM15 nested without end',         (xml) => xml.replace('<samlp:Status>', `${'<x>'.repeat(60)}${'</x>'.repeat(60)}<samlp:Status>`), 'too deep or too large'],
    ['SM16 one megabyte',               (xml) => xml.replace('>ann<', `>${'a'.repeat(1_000_000)}<`),             'too long'],
    ['not XML',                         () => 'ann',                                                             'no element'],
    ['another root',                    (xml) => xml.replaceAll('samlp:Response', 'samlp:LogoutResponse'),       'not one Response'],
    ['a Response of another namespace', (xml) => xml.replace('xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"', 'xmlns:samlp="urn:x"'), 'not one Response'],
  ]
  it.each(traps)('%s', async (_title, spoil, why) => {
    expect(await reason(spoil(signed()))).toBe(why)
  })

  it.each([
    ['not base64', '%%%', 'not base64'],
    ['nothing', '', 'not base64'],
    ['not UTF-8', Buffer.from([0x3c, 0xff, 0xfe, 0x3e]).toString('base64'), 'not UTF-8'],
  ])('SM16 %s', async (_title, parameter, why) => {
    await expect(readResponse(parameter, expected)).rejects.toMatchObject({ cause: { message: why } })
  })

  it('SM16 a deflate bomb is not inflated: the POST binding compresses nothing', async () => {
    const { deflateRawSync } = await import('node:zlib')
    const bomb = deflateRawSync(Buffer.alloc(10_000_000, '<')).toString('base64')
    await expect(readResponse(bomb, expected)).rejects.toMatchObject({ code: 'InvalidParameter' })
  })

  it.each<[string, ContentCipher, (content: Buffer) => Buffer]>([
    ['padding junk', 'aes256-cbc', (content) => content.fill(0, content.length - 32)],
    ['half a block', 'aes256-cbc', (content) => content.subarray(0, -3)],
    ['nothing at all', 'aes256-cbc', () => Buffer.alloc(0)],
    ['an initialisation vector alone', 'aes128-cbc', (content) => content.subarray(0, 16)],
    ['a changed tag', 'aes256-gcm', (content) => content.fill(0, content.length - 1)],
    ['less than a tag', 'aes256-gcm', (content) => content.subarray(0, 14)],
  ])('SM16 encrypted: %s', async (_title, cipher, spoil) => {
    const of = answer()
    const inner = signXml(assertionXml(of), 'Assertion', { key: provider })
    expect(await reason(responseXml(of, encryptAssertion(inner, own.certificate, cipher, spoil)))).not.toBe('taken')
  })

  it('SM16 RSA 1.5 and ciphers of old', async () => {
    const of = answer()
    const sealed = encryptAssertion(signXml(assertionXml(of), 'Assertion', { key: provider }), own.certificate)
    const transport = sealed.replace('rsa-oaep-mgf1p', 'rsa-1_5')
    expect(await reason(responseXml(of, transport))).toBe('another key transport')
    const triple = sealed.replace(
      'http://www.w3.org/2009/xmlenc11#aes256-gcm',
      'http://www.w3.org/2001/04/xmlenc#tripledes-cbc',
    )
    expect(await reason(responseXml(of, triple))).toBe('another content cipher')
  })
})
