import { createRequire } from 'node:module'
import {
  DescribeIdentityProviderCommand,
  GetSigningCertificateCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { decodeJwt } from 'jose'
import { beforeAll, expect, test } from 'vitest'
import { type ProviderKey, pem, providerKey } from '../packages/server/test/saml-provider.ts'
import { addClient, buildHouse, locationOf } from './hosted.ts'
import { addSamlProvider, comeBack, leaveForSaml, type SamlHouse, tokensOf } from './saml.ts'
import { eachServer } from './server.ts'

/** What is used of the library; its own types bring those of browsers along, which are not ours. */
interface Samlify {
  setSchemaValidator(validator: { validate(xml: string): Promise<string> }): void
  IdentityProvider(settings: Readonly<Record<string, unknown>>): {
    getMetadata(): string
    parseLoginRequest(
      sp: object,
      binding: 'redirect',
      request: { query: Readonly<Record<string, string>>; octetString: string },
    ): Promise<{ extract: { request?: { id?: string } } }>
    createLoginResponse(
      sp: object,
      request: object,
      binding: 'post',
      user: object,
      options: Readonly<Record<string, unknown>>,
    ): Promise<{ context: string }>
  }
  ServiceProvider(settings: Readonly<Record<string, unknown>>): object
}
const samlify = createRequire(import.meta.url)('samlify') as Samlify

// A provider that others wrote: its metadata, what it reads of our requests, and what it signs and encrypts.
eachServer('samlify as the identity provider', (server) => {
  const redirect = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect'
  const entityID = 'https://samlify.example/metadata'
  let key: ProviderKey
  let at: SamlHouse
  let cryptography: { signing: string; encryption: string }

  beforeAll(async () => {
    // The library wants to be told that schemas are checked elsewhere.
    samlify.setSchemaValidator({ validate: async () => 'not checked' })
    key = await providerKey(Date.now())
    const house = await buildHouse(server())
    const MetadataFile = upstream({}).getMetadata()
    await addSamlProvider(house, 'Samlify', { MetadataFile, RequestSigningAlgorithm: 'rsa-sha256' })
    const client = await addClient(house, { SupportedIdentityProviders: ['Samlify'] })
    at = { house, client, provider: 'Samlify', key, entityId: entityID, recipient: `${house.domain}/saml2/idpresponse` }
    const pool = { UserPoolId: house.poolId }
    const signing = await server().api.send(new GetSigningCertificateCommand(pool))
    const shown = await server().api.send(new DescribeIdentityProviderCommand({ ...pool, ProviderName: 'Samlify' }))
    cryptography = {
      signing: signing.Certificate ?? '',
      encryption: shown.IdentityProvider?.ProviderDetails?.ActiveEncryptionCertificate ?? '',
    }
  })

  function upstream(more: { isAssertionEncrypted?: boolean; messageSigningOrder?: string }) {
    return samlify.IdentityProvider({
      entityID,
      privateKey: key.privatePem,
      signingCert: pem(key.certificate),
      wantAuthnRequestsSigned: true,
      requestSignatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
      nameIDFormat: ['urn:oasis:names:tc:SAML:2.0:nameid-format:persistent'],
      singleSignOnService: [{ Binding: redirect, Location: 'https://samlify.example/sso' }],
      singleLogoutService: [{ Binding: redirect, Location: 'https://samlify.example/slo' }],
      ...more,
    })
  }

  /** Our side as the library is told of it. */
  function pool(wantMessageSigned: boolean) {
    return samlify.ServiceProvider({
      entityID: `urn:amazon:cognito:sp:${at.house.poolId}`,
      authnRequestsSigned: true,
      wantAssertionsSigned: true,
      wantMessageSigned,
      signingCert: pem(cryptography.signing),
      encryptCert: pem(cryptography.encryption),
      requestSignatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
      assertionConsumerService: [{ Binding: 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST', Location: at.recipient }],
    })
  }

  test.each<[string, Parameters<typeof upstream>[0], boolean]>([
    ['signed assertions', {}, false],
    ['signed assertions in signed responses', {}, true],
    ['encrypted assertions', { isAssertionEncrypted: true }, false],
    [
      'encrypted assertions in signed responses',
      { isAssertionEncrypted: true, messageSigningOrder: 'encrypt-then-sign' },
      true,
    ],
  ])('%s', async (_title, settings, wantMessageSigned) => {
    const idp = upstream(settings)
    const sp = pool(wantMessageSigned)
    const there = await leaveForSaml(at)
    const query = Object.fromEntries(there.url.searchParams)
    const [octetString = ''] = there.url.search.slice(1).split('&Signature=')
    const { extract } = await idp.parseLoginRequest(sp, 'redirect', { query, octetString })
    expect(extract.request?.id).toBe(there.requestId)
    const minutes = (count: number) => new Date(Date.now() + count * 60_000).toISOString()
    const encryptThenSign = settings.messageSigningOrder === 'encrypt-then-sign'
    const { context } = await idp.createLoginResponse(
      sp,
      { extract },
      'post',
      {},
      {
        relayState: there.relayState,
        encryptThenSign,
        customTagReplacement: (template: string) => {
          const values: Readonly<Record<string, string>> = {
            ID: `_r${there.requestId}`,
            AssertionID: `_a${there.requestId}`,
            Destination: at.recipient,
            SubjectRecipient: at.recipient,
            Audience: `urn:amazon:cognito:sp:${at.house.poolId}`,
            Issuer: entityID,
            IssueInstant: minutes(0),
            StatusCode: 'urn:oasis:names:tc:SAML:2.0:status:Success',
            ConditionsNotBefore: minutes(-1),
            ConditionsNotOnOrAfter: minutes(5),
            SubjectConfirmationDataNotOnOrAfter: minutes(5),
            NameIDFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
            NameID: 'ann',
            InResponseTo: there.requestId,
            AuthnStatement: `<saml:AuthnStatement AuthnInstant="${minutes(0)}" SessionIndex="one"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>`,
            AttributeStatement:
              '<saml:AttributeStatement><saml:Attribute Name="mail"><saml:AttributeValue>ann@samlify.example</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>',
          }
          return {
            id: values.ID ?? '',
            context: template.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? ''),
          }
        },
      },
    )
    const back = new URL(locationOf(await comeBack(at, there, Buffer.from(context, 'base64').toString())))
    expect(back.searchParams.get('error_description')).toBeNull()
    expect(decodeJwt((await tokensOf(at, back, there.verifier)).id_token)).toMatchObject({
      'cognito:username': 'samlify_ann',
      email: 'ann@samlify.example',
    })
  })
})
