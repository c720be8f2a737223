// The second factors of a pool and of its users: what a pool may be set to, what a user may choose, and an authenticator
// app that is set up on the way in.
import {
  AdminGetUserAuthFactorsCommand,
  AdminGetUserCommand,
  AdminSetUserMFAPreferenceCommand,
  AdminSetUserSettingsCommand,
  AdminUpdateUserAttributesCommand,
  AssociateSoftwareTokenCommand,
  GetUserAuthFactorsCommand,
  GetUserCommand,
  GetUserPoolMfaConfigCommand,
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
  SetUserMFAPreferenceCommand,
  SetUserPoolMfaConfigCommand,
  type SetUserPoolMfaConfigCommandInput,
  SetUserSettingsCommand,
  UpdateUserPoolCommand,
  VerifySoftwareTokenCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { Secret, TOTP } from 'otpauth'
import { describe, expect, test } from 'vitest'
import { addClient, buildHouse } from './hosted.ts'
import { eachServer } from './server.ts'

const SmsConfiguration = { SnsCallerArn: 'arn:aws:iam::000000000000:role/sms' }
const sms = { SmsMfaConfiguration: { SmsConfiguration } }
const app = { SoftwareTokenMfaConfiguration: { Enabled: true } }
const email = { EmailMfaConfiguration: { Message: 'Your code: {####}', Subject: 'Code' } }

eachServer('MFA', (server) => {
  async function build(factors: Omit<SetUserPoolMfaConfigCommandInput, 'UserPoolId'> = {}) {
    const { api } = server()
    const house = await buildHouse(server())
    const UserPoolId = house.poolId
    if (Object.keys(factors).length > 0) await api.send(new SetUserPoolMfaConfigCommand({ UserPoolId, ...factors }))
    const { id: ClientId } = await addClient(house)
    const user = { UserPoolId, Username: house.username }
    const signIn = () =>
      api.send(
        new InitiateAuthCommand({
          ClientId,
          AuthFlow: 'USER_PASSWORD_AUTH',
          AuthParameters: { USERNAME: house.username, PASSWORD: house.password },
        }),
      )
    const accessToken = async () => (await signIn()).AuthenticationResult?.AccessToken ?? ''
    const addPhone = () =>
      api.send(
        new AdminUpdateUserAttributesCommand({
          ...user,
          UserAttributes: [{ Name: 'phone_number', Value: '+4915100000001' }],
        }),
      )
    return { api, house, UserPoolId, ClientId, user, signIn, accessToken, addPhone }
  }
  /** The code that an authenticator app shows `steps` from now. */
  let ahead = 0
  const codeOf = (secret: string | undefined, steps = 0) =>
    new TOTP({ secret: Secret.fromBase32(secret ?? '') }).generate({ timestamp: Date.now() + ahead + steps * 30_000 })
  const nextStep = () => {
    ahead += 30_000
    server().tick(30_000)
  }

  test('a pool says what it was told, and keeps it when the rest of the pool is changed', async () => {
    const { api, UserPoolId } = await build({ MfaConfiguration: 'OPTIONAL', ...sms, ...app, ...email })
    const expected = {
      MfaConfiguration: 'OPTIONAL',
      SmsMfaConfiguration: { SmsConfiguration },
      SoftwareTokenMfaConfiguration: { Enabled: true },
      EmailMfaConfiguration: email.EmailMfaConfiguration,
    }
    expect(await api.send(new GetUserPoolMfaConfigCommand({ UserPoolId }))).toMatchObject(expected)
    await api.send(new UpdateUserPoolCommand({ UserPoolId, MfaConfiguration: 'OPTIONAL', SmsConfiguration }))
    expect(await api.send(new GetUserPoolMfaConfigCommand({ UserPoolId }))).toMatchObject(expected)
  })

  // biome-ignore format: a table
  const refused: [title: string, input: Omit<SetUserPoolMfaConfigCommandInput, 'UserPoolId'>, message: string][] = [
    ['MFA without a factor',              { MfaConfiguration: 'ON' },                                                           'Invalid MFA Configuration given. SMS MFA, Email MFA, or Software Token MFA must be enabled.'],
    ['optional MFA without a factor',     { MfaConfiguration: 'OPTIONAL', SoftwareTokenMfaConfiguration: { Enabled: false } },  'Invalid MFA Configuration given. SMS MFA, Email MFA, or Software Token MFA must be enabled.'],
    ['passkeys for two, not verified',    { WebAuthnConfiguration: { FactorConfiguration: 'MULTI_FACTOR_WITH_USER_VERIFICATION', UserVerification: 'preferred' } }, 'User verification must be required where a passkey counts as multi-factor.'],
  ]

  for (const [title, input, message] of refused)
    test(`${title} is refused, and nothing changes`, async () => {
      const { api, UserPoolId } = await build()
      await expect(api.send(new SetUserPoolMfaConfigCommand({ UserPoolId, ...input }))).rejects.toMatchObject({
        name: 'InvalidParameterException',
        message,
      })
      expect(await api.send(new GetUserPoolMfaConfigCommand({ UserPoolId }))).toMatchObject({ MfaConfiguration: 'OFF' })
    })

  describe('what a user chooses', () => {
    test('factors on and off, one preferred; seen by the user and by an administrator', async () => {
      const { api, user, accessToken, addPhone, house } = await build({
        MfaConfiguration: 'OPTIONAL',
        ...sms,
        ...email,
      })
      await addPhone()
      const AccessToken = await accessToken()
      await api.send(
        new SetUserMFAPreferenceCommand({
          AccessToken,
          SMSMfaSettings: { Enabled: true },
          EmailMfaSettings: { Enabled: true, PreferredMfa: true },
        }),
      )
      const both = { PreferredMfaSetting: 'EMAIL_OTP', UserMFASettingList: ['SMS_MFA', 'EMAIL_OTP'] }
      expect(await api.send(new GetUserCommand({ AccessToken }))).toMatchObject({
        ...both,
        MFAOptions: [{ DeliveryMedium: 'SMS', AttributeName: 'phone_number' }],
      })
      expect(await api.send(new AdminGetUserCommand(user))).toMatchObject(both)
      expect(await api.send(new GetUserAuthFactorsCommand({ AccessToken }))).toMatchObject({
        Username: house.username,
        ...both,
        ConfiguredUserAuthFactors: ['PASSWORD'],
      })
      expect(await api.send(new AdminGetUserAuthFactorsCommand(user))).toMatchObject(both)
      await api.send(new AdminSetUserMFAPreferenceCommand({ ...user, EmailMfaSettings: { Enabled: false } }))
      const rest = await api.send(new AdminGetUserCommand(user))
      expect(rest.UserMFASettingList).toEqual(['SMS_MFA'])
      expect(rest.PreferredMfaSetting).toBeUndefined()
    })

    test('the older settings know text messages alone', async () => {
      const { api, user, accessToken, addPhone } = await build({ MfaConfiguration: 'OPTIONAL', ...sms })
      const AccessToken = await accessToken()
      const MFAOptions = [{ DeliveryMedium: 'SMS' as const, AttributeName: 'phone_number' }]
      await expect(api.send(new SetUserSettingsCommand({ AccessToken, MFAOptions }))).rejects.toMatchObject({
        name: 'InvalidParameterException',
      })
      await addPhone()
      await api.send(new SetUserSettingsCommand({ AccessToken, MFAOptions }))
      expect((await api.send(new AdminGetUserCommand(user))).UserMFASettingList).toEqual(['SMS_MFA'])
      await api.send(new AdminSetUserSettingsCommand({ ...user, MFAOptions: [] }))
      expect((await api.send(new AdminGetUserCommand(user))).UserMFASettingList).toBeUndefined()
      await expect(
        api.send(
          new AdminSetUserSettingsCommand({
            ...user,
            MFAOptions: [{ DeliveryMedium: 'EMAIL', AttributeName: 'email' }],
          }),
        ),
      ).rejects.toMatchObject({ name: 'InvalidParameterException' })
    })

    test('what could not be answered cannot be chosen', async () => {
      const { api, accessToken, house } = await build({ MfaConfiguration: 'OPTIONAL', ...sms, ...app, ...email })
      const AccessToken = await accessToken()
      const choose = (settings: object) => api.send(new SetUserMFAPreferenceCommand({ AccessToken, ...settings }))
      const refusals = [
        { SMSMfaSettings: { Enabled: true } },
        { SoftwareTokenMfaSettings: { Enabled: true, PreferredMfa: true } },
        { WebAuthnMfaSettings: { Enabled: true } },
        { EmailMfaSettings: { Enabled: false, PreferredMfa: true } },
        { EmailMfaSettings: { PreferredMfa: true } },
        {
          EmailMfaSettings: { Enabled: true, PreferredMfa: true },
          SMSMfaSettings: { Enabled: true, PreferredMfa: true },
        },
      ]
      for (const settings of refusals)
        await expect(choose(settings)).rejects.toMatchObject({ name: 'InvalidParameterException' })
      expect((await api.send(new GetUserCommand({ AccessToken }))).UserMFASettingList).toBeUndefined()
      await expect(
        api.send(new AdminSetUserMFAPreferenceCommand({ UserPoolId: house.poolId, Username: 'nobody' })),
      ).rejects.toMatchObject({ name: 'UserNotFoundException' })
      await expect(choose({ AccessToken: 'x.y.z' })).rejects.toMatchObject({ name: 'NotAuthorizedException' })
    })
  })

  describe('an authenticator app', () => {
    test('set up on the way in, where the pool demands MFA; then asked at every sign-in', async () => {
      const { api, ClientId, house, signIn } = await build({ MfaConfiguration: 'ON', ...app })
      const asked = await signIn()
      expect(asked).toMatchObject({
        ChallengeName: 'MFA_SETUP',
        ChallengeParameters: { MFAS_CAN_SETUP: '["SOFTWARE_TOKEN_MFA"]' },
      })
      const respond = (Session: string | undefined) =>
        api.send(
          new RespondToAuthChallengeCommand({
            ClientId,
            ChallengeName: 'MFA_SETUP',
            Session,
            ChallengeResponses: { USERNAME: house.username },
          }),
        )
      // Nothing is set up yet: the step cannot be skipped.
      await expect(respond(asked.Session)).rejects.toMatchObject({ name: 'SoftwareTokenMFANotFoundException' })
      const given = await api.send(new AssociateSoftwareTokenCommand({ Session: asked.Session }))
      await expect(api.send(new AssociateSoftwareTokenCommand({ Session: asked.Session }))).rejects.toMatchObject({
        name: 'NotAuthorizedException',
      })
      const verify = (UserCode: string) =>
        api.send(new VerifySoftwareTokenCommand({ Session: given.Session, UserCode, FriendlyDeviceName: 'phone' }))
      const right = codeOf(given.SecretCode)
      await expect(verify(right === '000000' ? '000001' : '000000')).rejects.toMatchObject({
        name: 'EnableSoftwareTokenMFAException',
      })
      const verified = await verify(right)
      expect(verified.Status).toBe('SUCCESS')
      expect((await respond(verified.Session)).AuthenticationResult?.AccessToken).toBeTruthy()
      await expect(respond(verified.Session)).rejects.toMatchObject({ name: 'NotAuthorizedException' })

      const again = await signIn()
      expect(again.ChallengeName).toBe('SOFTWARE_TOKEN_MFA')
      const answer = (SOFTWARE_TOKEN_MFA_CODE: string) =>
        api.send(
          new RespondToAuthChallengeCommand({
            ClientId,
            ChallengeName: 'SOFTWARE_TOKEN_MFA',
            Session: again.Session,
            ChallengeResponses: { USERNAME: house.username, SOFTWARE_TOKEN_MFA_CODE },
          }),
        )
      // The code that set the app up is used.
      await expect(answer(right)).rejects.toMatchObject({ name: 'CodeMismatchException' })
      nextStep()
      expect((await answer(codeOf(given.SecretCode))).AuthenticationResult?.AccessToken).toBeTruthy()
    })

    test('chosen by its user, then preferred to the others', async () => {
      const { api, signIn, accessToken } = await build({ MfaConfiguration: 'OPTIONAL', ...app, ...email })
      const AccessToken = await accessToken()
      const { SecretCode } = await api.send(new AssociateSoftwareTokenCommand({ AccessToken }))
      await api.send(new VerifySoftwareTokenCommand({ AccessToken, UserCode: codeOf(SecretCode) }))
      await api.send(
        new SetUserMFAPreferenceCommand({
          AccessToken,
          SoftwareTokenMfaSettings: { Enabled: true, PreferredMfa: true },
          EmailMfaSettings: { Enabled: true },
        }),
      )
      expect((await signIn()).ChallengeName).toBe('SOFTWARE_TOKEN_MFA')
    })

    test('a session that is not at that step sets nothing up', async () => {
      const { api, addPhone, signIn, user } = await build({ MfaConfiguration: 'OPTIONAL', ...sms, ...app })
      await addPhone()
      await api.send(new AdminSetUserMFAPreferenceCommand({ ...user, SMSMfaSettings: { Enabled: true } }))
      const { Session, ChallengeName } = await signIn()
      expect(ChallengeName).toBe('SMS_MFA')
      for (const session of [Session, 'x'.repeat(40)])
        await expect(api.send(new AssociateSoftwareTokenCommand({ Session: session }))).rejects.toMatchObject({
          name: 'NotAuthorizedException',
        })
      await expect(api.send(new VerifySoftwareTokenCommand({ Session, UserCode: '123456' }))).rejects.toMatchObject({
        name: 'NotAuthorizedException',
      })
      await expect(api.send(new AssociateSoftwareTokenCommand({}))).rejects.toMatchObject({
        name: 'InvalidParameterException',
      })
    })
  })
})
