// Attacks on factors, devices and SRP over the JSON API; the names are those of the list of attacks.
import { getDiffieHellman, randomBytes } from 'node:crypto'
import {
  AdminSetUserMFAPreferenceCommand,
  AdminUpdateUserAttributesCommand,
  ConfirmDeviceCommand,
  InitiateAuthCommand,
  type InitiateAuthCommandOutput,
  RespondToAuthChallengeCommand,
  type RespondToAuthChallengeCommandInput,
  SetUserPoolMfaConfigCommand,
  UpdateUserPoolCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { beforeAll, expect, test } from 'vitest'
import { addClient, addUser, buildHouse, type House } from './hosted.ts'
import { eachServer } from './server.ts'

// RFC 3526, group 15: the one that AWS's clients use.
const N = BigInt(`0x${getDiffieHellman('modp15').getPrime('hex')}`)

eachServer('attacks on factors', (server) => {
  let house: House
  let ClientId: string
  let other: string
  const refused = { name: 'NotAuthorizedException' }
  beforeAll(async () => {
    house = await buildHouse(server())
    const UserPoolId = house.poolId
    const { api } = server()
    const ExplicitAuthFlows = ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'] as const
    ClientId = (await addClient(house, { ExplicitAuthFlows: [...ExplicitAuthFlows] })).id
    other = (await addClient(house, { ExplicitAuthFlows: [...ExplicitAuthFlows] })).id
    await api.send(new UpdateUserPoolCommand({ UserPoolId, DeviceConfiguration: {} }))
    await api.send(
      new SetUserPoolMfaConfigCommand({ UserPoolId, MfaConfiguration: 'OPTIONAL', EmailMfaConfiguration: {} }),
    )
    for (const name of ['mallory', 'grace']) await addUser(house, name, house.password, `${name}@example.com`)
    await api.send(
      new AdminSetUserMFAPreferenceCommand({ UserPoolId, Username: 'grace', EmailMfaSettings: { Enabled: true } }),
    )
  })

  const begin = (USERNAME: string, more: Record<string, string> = {}, client = ClientId) =>
    server().api.send(
      new InitiateAuthCommand({
        ClientId: client,
        AuthFlow: 'SRP_A' in more ? 'USER_SRP_AUTH' : 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME, PASSWORD: house.password, ...more },
      }),
    )
  const respond = (
    ChallengeName: RespondToAuthChallengeCommandInput['ChallengeName'],
    { Session }: Pick<InitiateAuthCommandOutput, 'Session'>,
    ChallengeResponses: Record<string, string>,
    client = ClientId,
  ) =>
    server().api.send(
      new RespondToAuthChallengeCommand({ ClientId: client, ChallengeName, Session, ChallengeResponses }),
    )

  // biome-ignore format: a table
  const shares: [name: string, A: string][] = [
    ['SR1: A = 0',            '0'],
    ['SR2: A = N',            N.toString(16)],
    ['SR2: A = 2N',           (2n * N).toString(16)],
    ['SR3: no hexadecimal',   'xyz'],
    ['SR3: with a prefix',    '0x1234'],
    ['SR3: ten kilobytes',    'a'.repeat(10_240)],
  ]
  for (const [name, SRP_A] of shares)
    test(name, async () => {
      await expect(begin('ada', { SRP_A })).rejects.toMatchObject({ name: 'InvalidParameterException' })
    })

  test('SR4, SR5: an exchange is answered once, whatever the answer', async () => {
    const { ChallengeParameters } = await begin('ada', { SRP_A: 'abcd' })
    const answers = {
      USERNAME: 'ada',
      PASSWORD_CLAIM_SECRET_BLOCK: ChallengeParameters?.SECRET_BLOCK ?? '',
      PASSWORD_CLAIM_SIGNATURE: randomBytes(32).toString('base64'),
      TIMESTAMP: 'Tue Sep 24 00:00:00 UTC 2026',
    }
    for (let n = 0; n < 2; n++) await expect(respond('PASSWORD_VERIFIER', {}, answers)).rejects.toMatchObject(refused)
  })

  test('SR7, MF8: a session answers for its own user and client, and for no challenge but its own', async () => {
    const asked = await begin('grace')
    expect(asked.ChallengeName).toBe('EMAIL_OTP')
    const EMAIL_OTP_CODE = await server().code('grace@example.com', 'Authentication')
    await expect(respond('EMAIL_OTP', asked, { USERNAME: 'mallory', EMAIL_OTP_CODE })).rejects.toMatchObject(refused)
    await expect(respond('EMAIL_OTP', asked, { USERNAME: 'grace', EMAIL_OTP_CODE }, other)).rejects.toMatchObject(
      refused,
    )
    // MF9, MF10: another challenge than the one that is asked.
    const jumps = [
      respond('SMS_MFA', asked, { USERNAME: 'grace', SMS_MFA_CODE: EMAIL_OTP_CODE }),
      respond('SOFTWARE_TOKEN_MFA', asked, { USERNAME: 'grace', SOFTWARE_TOKEN_MFA_CODE: EMAIL_OTP_CODE }),
      respond('NEW_PASSWORD_REQUIRED', asked, { USERNAME: 'grace', NEW_PASSWORD: 'Another-Horse-2' }),
      respond('MFA_SETUP', asked, { USERNAME: 'grace', EMAIL: 'mallory@evil.example' }),
      respond('DEVICE_SRP_AUTH', asked, { USERNAME: 'grace', SRP_A: 'abcd', DEVICE_KEY: 'eu-west-1_0a' }),
    ]
    for (const jump of await Promise.allSettled(jumps)) expect(jump).toMatchObject({ status: 'rejected' })
    // Those were tries too, and as many as a code has: it is asked for anew, and works once.
    const again = await begin('grace')
    const code = await server().code('grace@example.com', 'Authentication')
    const answers = { USERNAME: 'grace', EMAIL_OTP_CODE: code }
    expect((await respond('EMAIL_OTP', again, answers)).AuthenticationResult).toBeDefined()
    await expect(respond('EMAIL_OTP', again, answers)).rejects.toMatchObject(refused)
  })

  test("DV1, DV5: another's device key is no way in, and a device's tokens are refreshed with its key alone", async () => {
    const { AuthenticationResult } = await begin('mallory')
    const { AccessToken, NewDeviceMetadata } = AuthenticationResult ?? {}
    const DeviceKey = NewDeviceMetadata?.DeviceKey ?? ''
    const DeviceSecretVerifierConfig = {
      Salt: randomBytes(16).toString('base64'),
      PasswordVerifier: randomBytes(384).toString('base64'),
    }
    await server().api.send(new ConfirmDeviceCommand({ AccessToken, DeviceKey, DeviceSecretVerifierConfig }))
    const missing = { name: 'ResourceNotFoundException' }
    await expect(begin('grace', { DEVICE_KEY: DeviceKey })).rejects.toMatchObject(missing)
    const stolen = new ConfirmDeviceCommand({
      AccessToken: (await begin('ada')).AuthenticationResult?.AccessToken,
      DeviceKey,
      DeviceSecretVerifierConfig,
    })
    await expect(server().api.send(stolen)).rejects.toMatchObject({ name: 'InvalidParameterException' })
  })

  test('MF11: an address that is taken away takes its factor along, and another one is not a way around MFA', async () => {
    const UserPoolId = house.poolId
    await server().api.send(
      new AdminUpdateUserAttributesCommand({
        UserPoolId,
        Username: 'grace',
        UserAttributes: [
          { Name: 'email', Value: 'grace@new.example' },
          { Name: 'email_verified', Value: 'true' },
        ],
      }),
    )
    const asked = await begin('grace')
    expect(asked).toMatchObject({
      ChallengeName: 'EMAIL_OTP',
      ChallengeParameters: { CODE_DELIVERY_DESTINATION: 'g***@n***' },
    })
    expect(asked.AuthenticationResult).toBeUndefined()
  })
})
