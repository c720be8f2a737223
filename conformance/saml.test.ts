import { createPublicKey, randomBytes, verify } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  AdminGetUserCommand,
  AdminListGroupsForUserCommand,
  CreateIdentityProviderCommand,
  DescribeIdentityProviderCommand,
  GetSigningCertificateCommand,
  ListUsersCommand,
  UpdateIdentityProviderCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { decodeJwt } from 'jose'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  type Answer,
  assertionXml,
  type Bent,
  encode,
  encryptAssertion,
  metadataXml,
  type ProviderKey,
  pem,
  providerKey,
  responseXml,
  signXml,
} from '../packages/server/test/saml-provider.ts'
import { wrappings, wrapSignature } from '../packages/server/test/saml-wrapping.ts'
import { chromiumPath, launchChromium } from './chromium.ts'
import { addClient, authorizeUrl, buildHouse, callback, locationOf, newVisitor, pkce, signedOut } from './hosted.ts'
import {
  type AtProvider,
  addSamlProvider,
  answerFor,
  buildSamlHouse,
  comeBack,
  leaveForSaml,
  logoutRequestXml,
  logoutResponseXml,
  postAnswer,
  postCrossSite,
  readMessage,
  type SamlHouse,
  signedAnswer,
  tokensOf,
  type VisitedProvider,
  visitedProvider,
} from './saml.ts'
import { eachServer } from './server.ts'

let key: ProviderKey
let stranger: ProviderKey
beforeAll(async () => {
  ;[key, stranger] = await Promise.all([providerKey(Date.now()), providerKey(Date.now())])
})

const sentence = 'Invalid samlResponse or relayState from identity provider'

/** Signs Ann in; gives her tokens and who her visitor is. */
async function signIn(at: SamlHouse, more: Partial<Answer> = {}) {
  const there = await leaveForSaml(at)
  const back = new URL(locationOf(await comeBack(at, there, signedAnswer(answerFor(at, there.requestId, more), key))))
  return { ...there, back, claims: decodeJwt((await tokensOf(at, back, there.verifier)).id_token) }
}

eachServer('sign-in at SAML providers', (server) => {
  let at: SamlHouse
  beforeAll(async () => {
    at = await buildSamlHouse(server(), key)
  })
  test('a person who is new becomes a user of the provider, with the attributes that are mapped', async () => {
    const { claims } = await signIn(at)
    const { house, provider } = at
    expect(claims).toMatchObject({
      'cognito:username': 'corp_ann',
      'cognito:groups': [`${house.poolId}_${provider}`],
      email: 'ann@corp.example',
      identities: [
        {
          userId: 'ann',
          providerName: 'Corp',
          providerType: 'SAML',
          issuer: at.entityId,
          primary: 'true',
          dateCreated: expect.stringMatching(/^\d{13}$/),
        },
      ],
    })
    const named = { UserPoolId: house.poolId, Username: 'corp_ann' }
    const user = await server().api.send(new AdminGetUserCommand(named))
    expect(user.UserStatus).toBe('EXTERNAL_PROVIDER')
    expect(user.UserAttributes).toContainEqual({ Name: 'name', Value: 'Ann Example' })
    // Who is known comes back as the same user, with what the provider says now.
    const renamed = { mail: ['ann@corp.example'], displayName: ['Ann Renamed'] }
    expect((await signIn(at, { attributes: renamed })).claims.sub).toBe(claims.sub)
    const again = await server().api.send(new AdminGetUserCommand(named))
    expect(again.UserAttributes).toContainEqual({ Name: 'name', Value: 'Ann Renamed' })
    const groups = await server().api.send(new AdminListGroupsForUserCommand(named))
    expect(groups.Groups?.map(({ GroupName }) => GroupName)).toEqual([`${house.poolId}_${provider}`])
  })

  test('the provider is shown as AWS shows it, and takes back what is shown', async () => {
    const named = { UserPoolId: at.house.poolId, ProviderName: at.provider }
    const shown = await server().api.send(new DescribeIdentityProviderCommand(named))
    const details = shown.IdentityProvider?.ProviderDetails ?? {}
    expect(details).toMatchObject({
      MetadataFile: expect.stringContaining('EntityDescriptor'),
      SSORedirectBindingURI: 'https://idp.corp.example/sso',
      SLORedirectBindingURI: 'https://idp.corp.example/slo',
      ActiveEncryptionCertificate: expect.stringMatching(/^MII[\w+/]+=*$/),
    })
    const changed = await server().api.send(new UpdateIdentityProviderCommand({ ...named, ProviderDetails: details }))
    expect(changed.IdentityProvider?.ProviderDetails).toEqual(details)
  })

  test('requests are signed where it is asked, by the key of the signing certificate', async () => {
    const house = await buildSamlHouse(server(), key, { RequestSigningAlgorithm: 'rsa-sha256' })
    const { Certificate = '' } = await server().api.send(
      new GetSigningCertificateCommand({ UserPoolId: house.house.poolId }),
    )
    const { url } = await leaveForSaml(house, { extra: { prompt: 'login' } })
    const [text = '', signature = ''] = url.search.slice(1).split('&Signature=')
    const value = Buffer.from(decodeURIComponent(signature), 'base64')
    expect(verify('sha256', Buffer.from(text), createPublicKey(pem(Certificate)), value)).toBe(true)
    expect(url.searchParams.get('SigAlg')).toBe('http://www.w3.org/2001/04/xmldsig-more#rsa-sha256')
    expect(readMessage(url, 'SAMLRequest')).toContain(' ForceAuthn="true"')
    expect((await leaveForSaml(at)).url.searchParams.has('Signature')).toBe(false)
  })

  test('assertions are encrypted for the active certificate, and must be where it is asked', async () => {
    const house = await buildSamlHouse(server(), key, { EncryptedResponses: 'true' })
    const shown = await server().api.send(
      new DescribeIdentityProviderCommand({ UserPoolId: house.house.poolId, ProviderName: 'Corp' }),
    )
    const certificate = shown.IdentityProvider?.ProviderDetails?.ActiveEncryptionCertificate ?? ''
    const there = await leaveForSaml(house)
    const answer = answerFor(house, there.requestId)
    const sealed = encryptAssertion(signXml(assertionXml(answer), 'Assertion', { key }), certificate, 'aes256-cbc')
    const back = new URL(locationOf(await comeBack(house, there, responseXml(answer, sealed))))
    expect(decodeJwt((await tokensOf(house, back, there.verifier)).id_token)['cognito:username']).toBe('corp_ann')
    const again = await leaveForSaml(house)
    const clear = signedAnswer(answerFor(house, again.requestId), key)
    expect(locationOf(await comeBack(house, again, clear))).toContain('error=invalid_request')
  })

  test('an address of the organisation leads to the provider of its identifier', async () => {
    const { house } = at
    const file = metadataXml('https://idp.acme.example', 'https://idp.acme.example/sso', [key.certificate])
    await addSamlProvider(house, 'Acme', { MetadataFile: file }, ['acme.example'])
    const client = await addClient(house, { SupportedIdentityProviders: ['Acme'] })
    const visitor = newVisitor()
    const there = await visitor.get(authorizeUrl(house, client, { idp_identifier: 'ACME.example' }))
    expect(locationOf(there)).toContain('https://idp.acme.example/sso?')
  })

  test('an answer is for the browser that asked', async () => {
    const there = await leaveForSaml(at)
    const xml = signedAnswer(answerFor(at, there.requestId), key)
    const posted = await postAnswer(at, xml, there.relayState)
    expect(posted.status).toBe(303)
    expect(posted.headers.getSetCookie()).toEqual([])
    const other = await leaveForSaml(at)
    expect((await other.visitor.get(locationOf(posted))).status).toBe(400)
    expect((await newVisitor().get(locationOf(posted))).status).toBe(400)
    expect(locationOf(await there.visitor.get(locationOf(posted)))).toContain(`${callback}?code=`)
  })

  test('what was changed in between ends the trips under way', async () => {
    const house = await buildSamlHouse(server(), key)
    const there = await leaveForSaml(house)
    const file = metadataXml(house.entityId, 'https://idp.corp.example/sso', [key.certificate])
    await server().api.send(
      new UpdateIdentityProviderCommand({
        UserPoolId: house.house.poolId,
        ProviderName: 'Corp',
        ProviderDetails: { MetadataFile: file },
      }),
    )
    const back = await comeBack(house, there, signedAnswer(answerFor(house, there.requestId), key))
    expect(locationOf(back)).toContain('error=invalid_request')
  })

  describe('attacks', () => {
    let before: Awaited<ReturnType<typeof standing>>
    /** Who there is and who is signed in. */
    async function standing() {
      const { users, sessions, identities, saml_sessions, authorization_codes } = await server().rows()
      return { users, sessions, identities, saml_sessions, authorization_codes }
    }

    /** Brings a document back from a trip of its own; whatever comes of it, nobody is signed in and nobody is made. */
    async function refusedWith(make: (there: AtProvider) => string | Promise<string>, house = at): Promise<Response> {
      before = await standing()
      const there = await leaveForSaml(house)
      const response = await comeBack(house, there, await make(there))
      expect(response.headers.getSetCookie().filter((cookie) => cookie.startsWith('cognito='))).toEqual([])
      if (response.status === 303 || response.status === 302) {
        const back = new URL(locationOf(response))
        expect(back.href.startsWith(callback)).toBe(true)
        expect(back.searchParams.get('code')).toBeNull()
        expect(back.searchParams.get('error')).toBe('invalid_request')
        expect(back.searchParams.get('error_description')).toBe(sentence)
      } else expect([400, 413]).toContain(response.status)
      expect(await standing()).toEqual(before)
      return response
    }
    const bent = (parts: Bent, more: Partial<Answer> = {}) =>
      refusedWith(({ requestId }) => signedAnswer(answerFor(at, requestId, { ...more, bent: parts }), key))

    test.each(wrappings)('SM%i XSW of a signed response and of a signed assertion', async (number) => {
      for (const style of ['response', 'assertion'] as const)
        await refusedWith(({ requestId }) => {
          const answer = answerFor(at, requestId)
          const honest =
            style === 'assertion'
              ? signedAnswer(answer, key)
              : signXml(responseXml(answer, assertionXml(answer)), 'Response', { key })
          return wrapSignature(honest, number, style, false)
        })
    })

    const honestly = ({ requestId }: AtProvider, more: Partial<Answer> = {}) =>
      signedAnswer(answerFor(at, requestId, more), key)

    test('SM9 two SignedInfo', async () => {
      await refusedWith((there) => {
        const xml = honestly(there)
        const info = /<ds:SignedInfo>.*?<\/ds:SignedInfo>/s.exec(xml)?.[0] ?? ''
        return xml.replace(info, info + info)
      })
    })

    test('SM10 a comment in DigestValue and in NameID', async () => {
      await refusedWith((there) => honestly(there).replace('<ds:DigestValue>', '<ds:DigestValue><!-- x -->'))
      await refusedWith((there) =>
        honestly(there, { nameId: 'admin@x.evil' }).replace('admin@x.evil', 'admin@x<!-- -->.evil'),
      )
    })

    test('SM11 an encrypted assertion beside a signed one', async () => {
      const shown = await server().api.send(
        new DescribeIdentityProviderCommand({ UserPoolId: at.house.poolId, ProviderName: 'Corp' }),
      )
      const certificate = shown.IdentityProvider?.ProviderDetails?.ActiveEncryptionCertificate ?? ''
      await refusedWith(({ requestId }) => {
        const answer = answerFor(at, requestId)
        const injected = encryptAssertion(assertionXml({ ...answer, nameId: 'admin' }), certificate)
        return responseXml(answer, injected + signXml(assertionXml(answer), 'Assertion', { key }))
      })
    })

    test('SM12 SHA-1, HMAC, and transforms that are not on the list', async () => {
      const sha1 = 'http://www.w3.org/2000/09/xmldsig#'
      await refusedWith(({ requestId }) => {
        const answer = answerFor(at, requestId)
        const weak = { key, signatureAlgorithm: `${sha1}rsa-sha1`, digestAlgorithm: `${sha1}sha1` }
        return responseXml(answer, signXml(assertionXml(answer), 'Assertion', weak))
      })
      await refusedWith((there) => honestly(there).replace(/"[^"]*#rsa-sha256"/, `"${sha1}hmac-sha1"`))
      for (const transform of [
        'http://www.w3.org/TR/1999/REC-xslt-19991116',
        'http://www.w3.org/TR/1999/REC-xpath-19991116',
      ])
        await refusedWith((there) =>
          honestly(there).replace('</ds:Transforms>', `<ds:Transform Algorithm="${transform}"/></ds:Transforms>`),
        )
    })

    test("SM13 a stranger's key, with either certificate in KeyInfo", async () => {
      for (const shown of [stranger.certificate, key.certificate])
        await refusedWith(({ requestId }) => {
          const answer = answerFor(at, requestId)
          return responseXml(answer, signXml(assertionXml(answer), 'Assertion', { key: stranger, shown }))
        })
    })

    test('SM14 unsigned', async () => {
      await refusedWith(({ requestId }) => {
        const answer = answerFor(at, requestId)
        return responseXml(answer, assertionXml(answer))
      })
    })

    test.each([
      ['a document type', (xml: string) => `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>${xml}`],
      [
        'billion laughs',
        (xml: string) => `<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;&a;&a;">]>${xml.replace('>ann<', '>&b;<')}`,
      ],
      ['two roots', (xml: string) => xml + xml],
      [
        'an ID used twice',
        (xml: string) =>
          xml.replace(
            '<samlp:Status>',
            () => `<samlp:Status ID="${/<saml:Assertion [^>]*ID="([^"]+)"/.exec(xml)?.[1]}">`,
          ),
      ],
      ['a processing instruction', (xml: string) => xml.replace('<samlp:Status>', '<?x y?><samlp:Status>')],
      ['a prefix bound anew', (xml: string) => xml.replace('<samlp:Status>', '<samlp:Status xmlns:samlp="urn:x">')],
    ])('SM15 %s', async (_title, spoil) => {
      await refusedWith((there) => spoil(honestly(there)))
    })

    test('SM16 a megabyte, a deflate bomb, padding junk', async () => {
      expect((await refusedWith(() => 'a'.repeat(1_000_000))).status).toBe(413)
      await refusedWith((there) => honestly(there).replace('>ann<', `>${'a'.repeat(80_000)}<`))
      const { deflateRawSync } = await import('node:zlib')
      const bomb = deflateRawSync(Buffer.alloc(50_000_000)).toString('base64')
      const there = await leaveForSaml(at)
      const fields = { SAMLResponse: bomb, RelayState: there.relayState }
      const posted = await postCrossSite(at.house, '/saml2/idpresponse', fields)
      expect(posted.status === 303 ? locationOf(await there.visitor.get(locationOf(posted))) : '').toContain('error=')
      const shown = await server().api.send(
        new DescribeIdentityProviderCommand({ UserPoolId: at.house.poolId, ProviderName: 'Corp' }),
      )
      const certificate = shown.IdentityProvider?.ProviderDetails?.ActiveEncryptionCertificate ?? ''
      await refusedWith(({ requestId }) => {
        const answer = answerFor(at, requestId)
        const inner = signXml(assertionXml(answer), 'Assertion', { key })
        const junk = (content: Buffer) => content.fill(randomBytes(1), content.length - 16)
        return responseXml(answer, encryptAssertion(inner, certificate, 'aes256-cbc', junk))
      })
    })

    const past = () => Date.now() - 3_600_000
    const ahead = () => Date.now() + 3_600_000
    test.each<[string, () => Bent]>([
      ['Audience', () => ({ audience: 'urn:amazon:cognito:sp:other' })],
      ['no Audience', () => ({ audience: null })],
      ['Recipient', () => ({ confirmationRecipient: 'https://else.example/' })],
      ['no Recipient', () => ({ confirmationRecipient: null })],
      ['Destination', () => ({ destination: 'https://else.example/' })],
      ['InResponseTo', () => ({ confirmationInResponseTo: '_other', responseInResponseTo: '_other' })],
      ['no InResponseTo', () => ({ confirmationInResponseTo: null, responseInResponseTo: null })],
      ['NotBefore', () => ({ notBefore: ahead() })],
      ['NotOnOrAfter', () => ({ notOnOrAfter: past() })],
      ['NotOnOrAfter of the confirmation', () => ({ confirmationNotOnOrAfter: past() })],
      ['no NotOnOrAfter of the confirmation', () => ({ confirmationNotOnOrAfter: null })],
      ['no SubjectConfirmation', () => ({ confirmation: null })],
      ['no Subject', () => ({ subject: null })],
      ['no Conditions', () => ({ conditions: null })],
    ])('SM17 %s', async (_title, make) => {
      await bent(make())
    })

    test('SM17 InResponseTo of another trip of the same browser', async () => {
      const first = await leaveForSaml(at)
      await refusedWith(() => signedAnswer(answerFor(at, first.requestId), key))
    })

    test('SM18 the same answer again, and the same assertion for another trip', async () => {
      const there = await leaveForSaml(at)
      const xml = signedAnswer(answerFor(at, there.requestId), key)
      expect(locationOf(await comeBack(at, there, xml))).toContain('code=')
      const now = await standing()
      expect((await comeBack(at, there, xml)).status).toBe(400)
      expect(await standing()).toEqual(now)
      await refusedWith(() => xml)
    })

    test('SM19 unasked, where the provider may not begin', async () => {
      before = await standing()
      const xml = signedAnswer(answerFor(at, undefined), key)
      const wanted = authorizeUrl(at.house, at.client, { identity_provider: 'Corp' }).search.slice(1)
      for (const relayState of [wanted, 'made-up', '']) {
        const response = await postAnswer(at, xml, relayState)
        expect(response.status).toBe(400)
        expect(response.headers.get('location')).toBeNull()
      }
      expect(await standing()).toEqual(before)
    })

    test("SM20 one provider's assertion in the trip to another", async () => {
      const file = metadataXml('https://idp.other.example', 'https://idp.other.example/sso', [stranger.certificate])
      await addSamlProvider(at.house, 'Other', { MetadataFile: file })
      const client = await addClient(at.house, { SupportedIdentityProviders: ['Corp', 'Other'] })
      const other = { ...at, client, provider: 'Other' }
      await refusedWith((there) => honestly(there), other)
      // Nor may the other one speak for people of this one.
      await refusedWith(({ requestId }) => signedAnswer(answerFor(at, requestId), stranger), other)
    })

    test('SM21 an unsigned LogoutRequest, and one of a stranger', async () => {
      const { visitor } = await signIn(at)
      before = await standing()
      const address = `${at.house.domain}/saml2/logout`
      const wish = logoutRequestXml('_bye', at.entityId, address, 'ann')
      for (const xml of [wish, signXml(wish, 'LogoutRequest', { key: stranger })]) {
        const response = await postCrossSite(at.house, '/saml2/logout', { SAMLRequest: encode(xml) })
        expect(response.status).toBe(400)
      }
      expect(await standing()).toEqual(before)
      const still = await visitor.get(authorizeUrl(at.house, at.client, { prompt: 'none' }))
      expect(locationOf(still)).toContain('code=')
    })

    test('SM22 RelayState leads nowhere else', async () => {
      const house = await buildSamlHouse(server(), key, { IDPInit: 'true' })
      const xml = () => signedAnswer(answerFor(house, undefined), key)
      const elsewhere = authorizeUrl(house.house, house.client, {
        identity_provider: 'Corp',
        redirect_uri: 'https://evil.example/',
      })
      for (const relayState of ['https://evil.example/', '//evil.example', elsewhere.search.slice(1)]) {
        const response = await postAnswer(house, xml(), relayState)
        expect(response.status).toBe(400)
        expect(response.headers.get('location')).toBeNull()
      }
      const fields = {
        SAMLResponse: encode(logoutResponseXml('_x', house.entityId, 'x')),
        RelayState: 'https://evil.example/',
      }
      expect((await postCrossSite(house.house, '/saml2/logout', fields)).status).toBe(400)
    })

    test('SM23 metadata with two entities or a javascript: address', async () => {
      const file = metadataXml('https://a.example', 'https://a.example/sso', [key.certificate])
      const entity = file.replace(/^<\?.*\?>\n/, '')
      const two = `<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">${entity}${entity}</md:EntitiesDescriptor>`
      for (const MetadataFile of [two, file.replace('https://a.example/sso', 'javascript:alert(1)')])
        await expect(
          server().api.send(
            new CreateIdentityProviderCommand({
              UserPoolId: at.house.poolId,
              ProviderName: 'Evil',
              ProviderType: 'SAML',
              ProviderDetails: { MetadataFile },
            }),
          ),
        ).rejects.toMatchObject({ name: 'InvalidParameterException' })
    })

    test('an answer in the address is none: nothing was posted', async () => {
      before = await standing()
      const there = await leaveForSaml(at)
      const query = new URLSearchParams({ state: there.relayState, SAMLResponse: encode(honestly(there)) })
      const response = await there.visitor.get(`${at.recipient}?${query}`)
      expect(locationOf(response)).toContain('error=invalid_request')
      expect(await standing()).toEqual(before)
    })
  })

  test('a provider that may begin sends people to the app', async () => {
    const house = await buildSamlHouse(server(), key, { IDPInit: 'true' })
    const wanted = authorizeUrl(house.house, house.client, { identity_provider: 'Corp' }).search.slice(1)
    const xml = signedAnswer(answerFor(house, undefined), key)
    const back = new URL(locationOf(await postAnswer(house, xml, wanted)))
    const { id_token } = await tokensOf(house, back, undefined)
    expect(decodeJwt(id_token)['cognito:username']).toBe('corp_ann')
    const again = await postAnswer(house, xml, wanted)
    expect(again.status).toBe(400)
    const users = await server().api.send(new ListUsersCommand({ UserPoolId: house.house.poolId }))
    expect(users.Users?.map(({ Username }) => Username).sort()).toEqual(['ada', 'corp_ann'])
  })

  describe('single logout', () => {
    let house: SamlHouse
    let address: string
    beforeEach(async () => {
      house = await buildSamlHouse(server(), key, { IDPSignout: 'true' })
      address = `${house.house.domain}/saml2/logout`
    })
    const logoutUrl = () =>
      `${house.house.domain}/logout?${new URLSearchParams({ client_id: house.client.id, logout_uri: signedOut })}`
    const isSignedIn = async (visitor: AtProvider['visitor']) =>
      locationOf(await visitor.get(authorizeUrl(house.house, house.client, { prompt: 'none' }))).includes('code=')

    test('goes by way of the provider, with a signed request, and on to the app', async () => {
      const { visitor } = await signIn(house)
      const { Certificate = '' } = await server().api.send(
        new GetSigningCertificateCommand({ UserPoolId: house.house.poolId }),
      )
      const url = new URL(locationOf(await visitor.get(logoutUrl())))
      expect(url.origin + url.pathname).toBe('https://idp.corp.example/slo')
      const [text = '', signature = ''] = url.search.slice(1).split('&Signature=')
      const value = Buffer.from(decodeURIComponent(signature), 'base64')
      expect(verify('sha256', Buffer.from(text), createPublicKey(pem(Certificate)), value)).toBe(true)
      const xml = readMessage(url, 'SAMLRequest')
      expect(xml).toContain('>ann</saml:NameID>')
      expect(xml).toContain('<samlp:SessionIndex>index-1</samlp:SessionIndex>')
      // Here it is over at once, whatever the provider answers.
      expect(await isSignedIn(visitor)).toBe(false)
      const requestId = / ID="([^"]+)"/.exec(xml)?.[1] ?? ''
      const relayState = url.searchParams.get('RelayState') ?? ''
      const answer = logoutResponseXml(requestId, house.entityId, address)
      const post = (document: string, state = relayState) =>
        postCrossSite(house.house, '/saml2/logout', { SAMLResponse: encode(document), RelayState: state })
      const signed = signXml(answer, 'LogoutResponse', { key })
      expect((await post(answer)).status).toBe(400)
      expect((await post(signXml(answer, 'LogoutResponse', { key: stranger }))).status).toBe(400)
      expect((await post(signed, 'https://evil.example/')).status).toBe(400)
      const other = logoutResponseXml('_other', house.entityId, address)
      expect((await post(signXml(other, 'LogoutResponse', { key }))).status).toBe(400)
      expect(locationOf(await post(signed))).toBe(signedOut)
    })

    test('stays here where it is not asked, and for people of the pool', async () => {
      const { visitor } = await signIn(at)
      const query = new URLSearchParams({ client_id: at.client.id, logout_uri: signedOut })
      expect(locationOf(await visitor.get(`${at.house.domain}/logout?${query}`))).toBe(signedOut)
      expect(locationOf(await newVisitor().get(logoutUrl()))).toBe(signedOut)
    })

    test('can begin at the provider: all sessions of a person, or one', async () => {
      const first = await signIn(house, { sessionIndex: 'one' })
      const second = await signIn(house, { sessionIndex: 'two' })
      const ask = async (id: string, index: string) => {
        const wish = signXml(logoutRequestXml(id, house.entityId, address, 'ann', index), 'LogoutRequest', { key })
        return postCrossSite(house.house, '/saml2/logout', { SAMLRequest: encode(wish), RelayState: 'theirs' })
      }
      const answered = new URL(locationOf(await ask('_first', 'one')))
      expect(answered.searchParams.get('RelayState')).toBe('theirs')
      expect(readMessage(answered, 'SAMLResponse')).toContain('InResponseTo="_first"')
      expect([await isSignedIn(first.visitor), await isSignedIn(second.visitor)]).toEqual([false, true])
      // Once taken, never again; another id ends the rest.
      const third = await signIn(house, { sessionIndex: 'one' })
      expect((await ask('_first', 'one')).status).toBe(400)
      expect(await isSignedIn(third.visitor)).toBe(true)
      await ask('_second', '')
      expect([await isSignedIn(second.visitor), await isSignedIn(third.visitor)]).toEqual([false, false])
    })
  })
})

eachServer(
  'a SAML provider in Chromium',
  (server) => {
    let browser: Browser
    let upstream: VisitedProvider
    /** The app, which people end at. */
    const app = createServer((_request, response) => response.end('the app'))
    let appUrl: string
    beforeAll(async () => {
      browser = await launchChromium()
      upstream = await visitedProvider(key)
      await new Promise<void>((done) => app.listen(0, 'localhost', done))
      appUrl = `http://localhost:${(app.address() as AddressInfo).port}/`
    }, 60_000)
    afterAll(async () => {
      app.closeAllConnections()
      app.close()
      await browser?.close()
      await upstream?.close()
    })

    test('the whole trip there and back, and out again by way of it', { timeout: 60_000 }, async () => {
      const house = await buildHouse(server())
      const details = { MetadataURL: upstream.metadataUrl, IDPSignout: 'true', RequestSigningAlgorithm: 'rsa-sha256' }
      await addSamlProvider(house, 'Corp', details)
      upstream.answersSignOutsAt(`${house.domain}/saml2/logout`)
      const client = await addClient(house, {
        SupportedIdentityProviders: ['COGNITO', 'Corp'],
        CallbackURLs: [appUrl],
        LogoutURLs: [appUrl],
      })
      const { verifier, challenge } = pkce()
      const context = await browser.newContext()
      const page = await context.newPage()
      const faults: string[] = []
      page.on('pageerror', (error) => faults.push(error.message))
      page.on('console', (message) => {
        if (message.type() === 'error' && /Content Security|Trusted/.test(message.text())) faults.push(message.text())
      })
      const start = authorizeUrl(house, client, {
        redirect_uri: appUrl,
        code_challenge: challenge,
        code_challenge_method: 'S256',
        state: 'of-the-app',
      })
      await page.goto(start.href)
      await page.click('text=Continue with Corp')
      await page.fill('input[name=name]', 'grace')
      await page.click('button')
      await page.waitForURL(`${appUrl}**`)
      const back = new URL(page.url())
      expect(back.searchParams.get('state')).toBe('of-the-app')
      const at = { house, client, provider: 'Corp', key, entityId: '', recipient: '' }
      const { id_token } = await tokensOf(at, back, verifier, appUrl)
      expect(decodeJwt(id_token)).toMatchObject({ 'cognito:username': 'corp_grace', email: 'grace@corp.example' })
      // Signed in: the next app is answered without a page.
      const answered = async () => {
        const silent = authorizeUrl(house, client, { prompt: 'none', redirect_uri: appUrl }).href
        const { location = '' } = (await context.request.get(silent, { maxRedirects: 0 })).headers()
        return new URL(location).searchParams
      }
      expect((await answered()).has('code')).toBe(true)
      const out = new URLSearchParams({ client_id: client.id, logout_uri: appUrl })
      await page.goto(`${house.domain}/logout?${out}`)
      await page.waitForURL(appUrl)
      expect(upstream.signOuts).toHaveLength(1)
      expect(upstream.signOuts[0]).toContain('>grace</saml:NameID>')
      expect((await answered()).get('error')).toBe('login_required')
      expect(faults).toEqual([])
      await context.close()
    })
  },
  { skip: !chromiumPath },
)
