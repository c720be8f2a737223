// Passkeys through the AWS SDK: registered by a software authenticator and by a real browser's, listed, deleted.
import {
  type CognitoIdentityProviderClient,
  CompleteWebAuthnRegistrationCommand,
  DeleteWebAuthnCredentialCommand,
  GetUserPoolMfaConfigCommand,
  InitiateAuthCommand,
  ListWebAuthnCredentialsCommand,
  SetUserPoolMfaConfigCommand,
  StartWebAuthnRegistrationCommand,
  UpdateUserPoolCommand,
  type WebAuthnConfigurationType,
} from '@aws-sdk/client-cognito-identity-provider'
import { beforeAll, expect, test } from 'vitest'
import { type Bent, softAuthenticator } from '../packages/server/test/authenticator.ts'
import { chromiumPath, launchChromium } from './chromium.ts'
import { addClient, addUser, buildHouse, type House } from './hosted.ts'
import { suites } from './operations.ts'
import { recording } from './recording.ts'
import { accessKey, eachServer, sdkClient } from './server.ts'

/** What a registration needs, as far as this suite looks at it. */
type Options = Parameters<ReturnType<typeof softAuthenticator>['create']>[0]

eachServer('passkeys', (server) => {
  const answered = new Set<string>()
  let api: CognitoIdentityProviderClient
  let anonymous: CognitoIdentityProviderClient
  let house: House
  let ClientId: string

  beforeAll(async () => {
    api = recording(sdkClient(server().url, accessKey), answered)
    anonymous = recording(sdkClient(server().url, undefined), answered)
    house = await buildHouse(server())
    ClientId = (await addClient(house)).id
    await allow(['PASSWORD', 'WEB_AUTHN'])
  })

  const allow = (AllowedFirstAuthFactors: ('PASSWORD' | 'WEB_AUTHN')[]) =>
    api.send(
      new UpdateUserPoolCommand({ UserPoolId: house.poolId, Policies: { SignInPolicy: { AllowedFirstAuthFactors } } }),
    )

  const configure = (WebAuthnConfiguration: WebAuthnConfigurationType | undefined) =>
    api.send(new SetUserPoolMfaConfigCommand({ UserPoolId: house.poolId, WebAuthnConfiguration }))

  /** A new user who is signed in. */
  async function signIn(username: string, client = ClientId): Promise<string> {
    await addUser(house, username, house.password, `${username}@example.com`).catch(() => {})
    const AuthParameters = { USERNAME: username, PASSWORD: house.password }
    const { AuthenticationResult } = await anonymous.send(
      new InitiateAuthCommand({ ClientId: client, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters }),
    )
    return AuthenticationResult?.AccessToken ?? ''
  }

  async function start(AccessToken: string): Promise<Options> {
    const { CredentialCreationOptions } = await anonymous.send(new StartWebAuthnRegistrationCommand({ AccessToken }))
    return CredentialCreationOptions as unknown as Options
  }

  const complete = (AccessToken: string, Credential: object) =>
    anonymous.send(new CompleteWebAuthnRegistrationCommand({ AccessToken, Credential: { ...Credential } }))

  test('registered, listed in pages, deleted', async () => {
    const AccessToken = await signIn('grace')
    const options = await start(AccessToken)
    expect(options).toMatchObject({
      rp: { id: 'localhost', name: 'localhost' },
      user: { name: 'grace', displayName: 'grace' },
      authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'preferred' },
      pubKeyCredParams: [
        { alg: -7, type: 'public-key' },
        { alg: -257, type: 'public-key' },
      ],
    })
    const keys = [softAuthenticator(), softAuthenticator({ algorithm: 'RS256' }), softAuthenticator()]
    for (const key of keys) await complete(AccessToken, key.create(await start(AccessToken)))
    const ids = keys.map(({ id }) => id)
    expect(await start(AccessToken)).toMatchObject({
      excludeCredentials: expect.arrayContaining(ids.map((id) => ({ id, type: 'public-key' }))),
    })
    const found: unknown[] = []
    for (let token: string | undefined, first = true; first || token; first = false) {
      const { Credentials = [], NextToken } = await anonymous.send(
        new ListWebAuthnCredentialsCommand({ AccessToken, MaxResults: 2, NextToken: token }),
      )
      expect(Credentials.length).toBeLessThanOrEqual(2)
      found.push(...Credentials)
      token = NextToken
    }
    expect(found).toHaveLength(3)
    expect(found).toEqual(
      expect.arrayContaining(
        ids.map((CredentialId) => ({
          CredentialId,
          FriendlyCredentialName: 'Passkey',
          RelyingPartyId: 'localhost',
          AuthenticatorAttachment: 'platform',
          AuthenticatorTransports: ['internal', 'hybrid'],
          CreatedAt: expect.any(Date),
        })),
      ),
    )
    const [CredentialId = ''] = ids
    const theirs = await signIn('margaret')
    const missing = { name: 'ResourceNotFoundException' }
    const remove = (token: string) =>
      anonymous.send(new DeleteWebAuthnCredentialCommand({ AccessToken: token, CredentialId }))
    await expect(remove(theirs)).rejects.toMatchObject(missing)
    await remove(AccessToken)
    await expect(remove(AccessToken)).rejects.toMatchObject(missing)
    const left = await anonymous.send(new ListWebAuthnCredentialsCommand({ AccessToken }))
    expect(left.Credentials).toHaveLength(2)
    await expect(
      anonymous.send(new ListWebAuthnCredentialsCommand({ AccessToken, NextToken: 'forged' })),
    ).rejects.toMatchObject({ name: 'InvalidParameterException' })
  })

  test.each<[string, Bent]>([
    ['WebAuthnChallengeNotFoundException', { challenge: 'abc' }],
    ['WebAuthnOriginNotAllowedException', { origin: 'https://evil.example' }],
    ['WebAuthnRelyingPartyMismatchException', { rpId: 'evil.example' }],
    ['WebAuthnCredentialNotSupportedException', { userPresent: false }],
    ['InvalidParameterException', { type: 'webauthn.get' }],
  ])('refused with %s', async (name, bent) => {
    const AccessToken = await signIn('hedy')
    const credential = softAuthenticator().create(await start(AccessToken), bent)
    await expect(complete(AccessToken, credential)).rejects.toMatchObject({ name, $metadata: { httpStatusCode: 400 } })
    await expect(complete(AccessToken, {})).rejects.toMatchObject({ name: 'InvalidParameterException' })
    const { Credentials } = await anonymous.send(new ListWebAuthnCredentialsCommand({ AccessToken }))
    expect(Credentials).toEqual([])
  })

  test('begun with one app client, not ended with another', async () => {
    const AccessToken = await signIn('radia')
    const options = await start(AccessToken)
    const other = await signIn('radia', (await addClient(house)).id)
    await expect(complete(other, softAuthenticator().create(options))).rejects.toMatchObject({
      name: 'WebAuthnClientMismatchException',
    })
  })

  test('the configuration of the pool is kept, shown, and obeyed', async () => {
    const AccessToken = await signIn('barbara')
    const WebAuthnConfiguration = { RelyingPartyId: 'example.org', UserVerification: 'required' } as const
    await configure(WebAuthnConfiguration)
    const shown = await api.send(new GetUserPoolMfaConfigCommand({ UserPoolId: house.poolId }))
    expect(shown).toMatchObject({ MfaConfiguration: 'OFF', WebAuthnConfiguration })
    const key = softAuthenticator({ origin: 'https://www.example.org' })
    const options = await start(AccessToken)
    expect(options).toMatchObject({
      rp: { id: 'example.org' },
      authenticatorSelection: { userVerification: 'required' },
    })
    await expect(complete(AccessToken, key.create(options, { userVerified: false }))).rejects.toMatchObject({
      name: 'WebAuthnCredentialNotSupportedException',
    })
    await complete(AccessToken, key.create(await start(AccessToken)))
    // What is left out stays: the pool goes back to this machine by name.
    await configure({ RelyingPartyId: 'localhost', UserVerification: 'preferred' })
  })

  test('where passkeys are no factor', async () => {
    const AccessToken = await signIn('karen')
    const options = await start(AccessToken)
    await allow(['PASSWORD'])
    const off = { name: 'WebAuthnNotEnabledException' }
    await expect(start(AccessToken)).rejects.toMatchObject(off)
    await expect(complete(AccessToken, softAuthenticator().create(options))).rejects.toMatchObject(off)
    await allow(['PASSWORD', 'WEB_AUTHN'])
  })

  test.skipIf(!chromiumPath)(
    'a real browser registers one, on the hosted domain',
    async () => {
      const AccessToken = await signIn('ada')
      const browser = await launchChromium()
      try {
        const page = await browser.newPage()
        const devtools = await page.context().newCDPSession(page)
        await devtools.send('WebAuthn.enable')
        await devtools.send('WebAuthn.addVirtualAuthenticator', {
          options: {
            protocol: 'ctap2',
            transport: 'internal',
            hasResidentKey: true,
            hasUserVerification: true,
            isUserVerified: true,
          },
        })
        await page.goto(`${server().url}/health/live`)
        // As text: the types do not know the page's newest functions.
        const credential = await page.evaluate<object>(`(async () => {
        const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(${JSON.stringify(await start(AccessToken))})
        return (await navigator.credentials.create({ publicKey })).toJSON()
      })()`)
        await complete(AccessToken, credential)
      } finally {
        await browser.close()
      }
      const { Credentials } = await anonymous.send(new ListWebAuthnCredentialsCommand({ AccessToken }))
      expect(Credentials).toMatchObject([{ RelyingPartyId: 'localhost', AuthenticatorTransports: ['internal'] }])
    },
    60_000,
  )

  test('every operation of this suite was called and answered', () => {
    expect(suites.passkeys.filter((name) => !answered.has(name))).toEqual([])
  })
})
