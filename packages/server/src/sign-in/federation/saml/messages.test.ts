import { createPublicKey, createVerify } from 'node:crypto'
import { inflateRawSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import { encode, keyObject, type ProviderKey, pem, providerKey, signXml } from '../../../../test/saml-provider.ts'
import { readXml } from '../../../settings/saml/xml.ts'
import { testWorld } from '../../../world/test.ts'
import { type LogoutExpectation, readLogoutRequest, readLogoutResponse } from './logout.ts'
import { authnRequest, logoutRequest, logoutResponse, messageId, redirectAddress } from './request.ts'

const now = 1_800_000_000_000
const recipient = 'https://shop.auth.example/saml2/logout'
const issuer = 'https://idp.example/metadata'
const ours = 'urn:amazon:cognito:sp:us-east-1_pool'

let provider: ProviderKey
let stranger: ProviderKey
let expected: LogoutExpectation

beforeAll(async () => {
  ;[provider, stranger] = await Promise.all([providerKey(now), providerKey(now)])
  expected = { issuer, certificates: [provider.certificate], recipient, now }
})

/** Opens an address as the provider does. */
function open(address: string, key?: ProviderKey) {
  const [, query = ''] = address.split(/\?(.*)/s)
  const parameters = new URLSearchParams(query)
  // The provider's own parameters in front are not covered.
  const signed = /SAML(?:Request|Response)=.*(?=&Signature=)/s.exec(query)?.[0] ?? ''
  const verified =
    key &&
    createVerify('sha256')
      .update(signed)
      .verify(createPublicKey(pem(key.certificate)), parameters.get('Signature') ?? '', 'base64')
  const message = parameters.get('SAMLRequest') ?? parameters.get('SAMLResponse') ?? ''
  return { parameters, verified, xml: inflateRawSync(Buffer.from(message, 'base64')).toString() }
}

describe('messages that we send', () => {
  const head = { id: '_one', now, destination: 'https://idp.example/sso?tenant=a', issuer: ours }

  it('ask a provider to sign a user in, signed over the query', async () => {
    const xml = authnRequest(head, 'https://shop.auth.example/saml2/idpresponse', true)
    const redirect = { parameter: 'SAMLRequest', xml, destination: head.destination, relayState: 'a b&c' } as const
    const signed = open(await redirectAddress({ ...redirect, key: keyObject(provider) }), provider)
    expect(signed).toMatchObject({ verified: true, xml })
    expect([...signed.parameters.keys()]).toEqual(['tenant', 'SAMLRequest', 'RelayState', 'SigAlg', 'Signature'])
    expect(Object.fromEntries((await readXml(xml)).attributes)).toEqual({
      ID: '_one',
      Version: '2.0',
      IssueInstant: '2027-01-15T08:00:00.000Z',
      Destination: head.destination,
      AssertionConsumerServiceURL: 'https://shop.auth.example/saml2/idpresponse',
      ProtocolBinding: 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST',
      ForceAuthn: 'true',
    })
    const plain = open(await redirectAddress(redirect))
    expect(plain.parameters.has('Signature')).toBe(false)
  })

  it('escape what others chose', async () => {
    const session = { nameId: `<a b="c">'&\n`, format: '"><x/>', sessionIndex: '</samlp:SessionIndex>' }
    const request = await readXml(logoutRequest({ ...head, issuer: '<&>' }, session))
    const [from, nameId, index] = request.children
    expect(from?.text).toBe('<&>')
    expect(nameId?.text).toBe(session.nameId)
    expect(nameId?.attributes.get('Format')).toBe(session.format)
    expect(index?.text).toBe(session.sessionIndex)
  })

  it('have an id that cannot be guessed', () => {
    const world = testWorld()
    const ids = new Set(Array.from({ length: 100 }, () => messageId(world)))
    expect(ids.size).toBe(100)
    for (const id of ids) expect(id).toMatch(/^_[0-9a-f]{40}$/)
  })
})

describe('sign-out messages of a provider', () => {
  const head = { id: '_two', now, destination: recipient, issuer }
  const request = (more: Partial<typeof head> = {}) =>
    logoutRequest({ ...head, ...more }, { nameId: 'ann', sessionIndex: 'index-1' })
  const sign = (xml: string, key = provider) => {
    const name = xml.includes('LogoutRequest') ? 'LogoutRequest' : 'LogoutResponse'
    return encode(signXml(xml, name, { key }))
  }

  it('ask for the end of a session', async () => {
    expect(await readLogoutRequest(sign(request()), expected)).toEqual({
      id: '_two',
      session: { nameId: 'ann', format: undefined, nameQualifier: undefined, spNameQualifier: undefined },
      sessionIndexes: ['index-1'],
      expiresAt: now + 660_000,
    })
  })

  it('answer a request of ours', async () => {
    expect(await readLogoutResponse(sign(logoutResponse(head, '_ours')), expected)).toBe('_ours')
  })

  // biome-ignore format: a table
  const refused: readonly (readonly [string, () => string, string])[] = [
    ['SM21 unsigned',                     () => encode(request()),                                     'not signed'],
    ['SM21 signed by a stranger',         () => sign(request(), stranger),                             'the signature is not valid'],
    ['SM21 changed after signing',        () => encode(Buffer.from(sign(request()), 'base64').toString().replace('>ann<', '>eve<')), 'the signature is not valid'],
    ['of another provider',               () => sign(request({ issuer: 'https://other.example' })),    'another issuer'],
    ['for another address',               () => sign(request({ destination: 'https://else.example' })), 'another destination'],
    ['from long ago',                     () => sign(request({ now: now - 3_600_000 })),               'outside its time'],
    ['from the future',                   () => sign(request({ now: now + 3_600_000 })),               'outside its time'],
    ['an answer as a request',            () => sign(logoutResponse(head, '_ours')),                   'not one LogoutRequest'],
  ]
  it.each(refused)('are refused: %s', async (_title, message, why) => {
    await expect(readLogoutRequest(message(), expected)).rejects.toMatchObject({ cause: { message: why } })
  })

  it('SM21 an unsigned answer, and one to nothing', async () => {
    const bare = logoutResponse(head, '_ours')
    await expect(readLogoutResponse(encode(bare), expected)).rejects.toMatchObject({ cause: { message: 'not signed' } })
    const nothing = bare.replace(' InResponseTo="_ours"', '')
    await expect(readLogoutResponse(sign(nothing), expected)).rejects.toMatchObject({
      cause: { message: 'answers no request' },
    })
  })
})
