// Remembered devices through the AWS SDK: named at the sign-in, confirmed, listed, remembered or not, forgotten.
import { randomBytes } from 'node:crypto'
import {
  AdminForgetDeviceCommand,
  AdminGetDeviceCommand,
  AdminListDevicesCommand,
  AdminUpdateDeviceStatusCommand,
  type AttributeType,
  type CognitoIdentityProviderClient,
  ConfirmDeviceCommand,
  type ConfirmDeviceCommandInput,
  type DeviceConfigurationType,
  ForgetDeviceCommand,
  GetDeviceCommand,
  InitiateAuthCommand,
  ListDevicesCommand,
  type ListDevicesCommandOutput,
  UpdateDeviceStatusCommand,
  UpdateUserPoolCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { beforeAll, expect, test } from 'vitest'
import { addClient, addUser, buildHouse } from './hosted.ts'
import { suites } from './operations.ts'
import { recording } from './recording.ts'
import { accessKey, eachServer, region, sdkClient } from './server.ts'

const DeviceSecretVerifierConfig = {
  Salt: randomBytes(16).toString('base64'),
  PasswordVerifier: randomBytes(384).toString('base64'),
}
const missing = { name: 'ResourceNotFoundException', message: 'Device does not exist.' }

eachServer('devices', (server) => {
  const answered = new Set<string>()
  let api: CognitoIdentityProviderClient
  let anonymous: CognitoIdentityProviderClient

  beforeAll(() => {
    api = recording(sdkClient(server().url, accessKey), answered)
    anonymous = recording(sdkClient(server().url, undefined), answered)
  })

  /** A pool with that configuration, and its users' sign-ins. */
  async function setUp(DeviceConfiguration: DeviceConfigurationType | undefined) {
    const house = await buildHouse(server())
    await api.send(new UpdateUserPoolCommand({ UserPoolId: house.poolId, DeviceConfiguration }))
    const ClientId = (await addClient(house)).id
    const signIn = async (USERNAME = house.username) => {
      const AuthParameters = { USERNAME, PASSWORD: house.password }
      const { AuthenticationResult } = await anonymous.send(
        new InitiateAuthCommand({ ClientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters }),
      )
      const { AccessToken = '', NewDeviceMetadata } = AuthenticationResult ?? {}
      return { AccessToken, DeviceKey: NewDeviceMetadata?.DeviceKey ?? '', NewDeviceMetadata }
    }
    return { house, signIn, admin: { UserPoolId: house.poolId, Username: house.username } }
  }

  const confirm = (
    input: Pick<ConfirmDeviceCommandInput, 'AccessToken' | 'DeviceKey'> & Partial<ConfirmDeviceCommandInput>,
  ) => anonymous.send(new ConfirmDeviceCommand({ DeviceName: 'laptop', DeviceSecretVerifierConfig, ...input }))

  test('always remembered: named, confirmed, shown to the user and, with more, to the administrator', async () => {
    const { house, signIn, admin } = await setUp({ ChallengeRequiredOnNewDevice: true })
    const { AccessToken, DeviceKey, NewDeviceMetadata } = await signIn()
    expect(NewDeviceMetadata).toEqual({
      DeviceKey: expect.stringMatching(new RegExp(`^${region}_[0-9a-f-]{36}$`)),
      DeviceGroupKey: expect.stringMatching(/^-[0-9A-Za-z]{8}$/),
    })
    expect(await confirm({ AccessToken, DeviceKey })).toMatchObject({ UserConfirmationNecessary: false })
    const { Device } = await anonymous.send(new GetDeviceCommand({ AccessToken, DeviceKey }))
    const forUser = [
      { Name: 'device_status', Value: 'valid' },
      { Name: 'device_name', Value: 'laptop' },
    ]
    expect(Device).toEqual({
      DeviceKey,
      DeviceAttributes: expect.arrayContaining(forUser),
      DeviceCreateDate: expect.any(Date),
      DeviceLastModifiedDate: expect.any(Date),
      DeviceLastAuthenticatedDate: expect.any(Date),
    })
    expect(Device?.DeviceAttributes?.some(({ Name }) => Name?.startsWith('dev:'))).toBe(false)
    const shown = await api.send(new AdminGetDeviceCommand({ ...admin, DeviceKey }))
    const owner = `${house.username}.${house.poolId}`
    expect(shown.Device?.DeviceAttributes).toEqual(
      expect.arrayContaining<AttributeType>([
        ...forUser,
        {
          Name: 'dev:device_arn',
          Value: `arn:aws:cognito-idp:${region}:000000000000:owner/${owner}/device/${DeviceKey}`,
        },
        { Name: 'dev:device_owner', Value: owner },
        { Name: 'dev:device_remembered_status', Value: 'remembered' },
      ]),
    )
    await expect(confirm({ AccessToken, DeviceKey })).rejects.toMatchObject({ name: 'DeviceKeyExistsException' })
  })

  test('at the user’s wish: hidden until they wish it, then hidden again', async () => {
    const { signIn, admin } = await setUp({ DeviceOnlyRememberedOnUserPrompt: true })
    const { AccessToken, DeviceKey } = await signIn()
    expect(await confirm({ AccessToken, DeviceKey })).toMatchObject({ UserConfirmationNecessary: true })
    const device = { AccessToken, DeviceKey }
    const seen = async () => (await anonymous.send(new ListDevicesCommand({ AccessToken }))).Devices?.length
    expect(await seen()).toBe(0)
    await anonymous.send(new UpdateDeviceStatusCommand({ ...device, DeviceRememberedStatus: 'remembered' }))
    expect(await seen()).toBe(1)
    await anonymous.send(new UpdateDeviceStatusCommand({ ...device, DeviceRememberedStatus: 'not_remembered' }))
    await expect(anonymous.send(new GetDeviceCommand(device))).rejects.toMatchObject(missing)
    expect((await api.send(new AdminListDevicesCommand(admin))).Devices).toHaveLength(1)
    await api.send(new AdminUpdateDeviceStatusCommand({ ...admin, DeviceKey, DeviceRememberedStatus: 'remembered' }))
    expect(await seen()).toBe(1)
    await anonymous.send(new ForgetDeviceCommand(device))
    await expect(anonymous.send(new ForgetDeviceCommand(device))).rejects.toMatchObject(missing)
    expect((await api.send(new AdminListDevicesCommand(admin))).Devices).toHaveLength(0)
  })

  test('listed in pages, forgotten by the administrator', async () => {
    const { signIn, admin } = await setUp({})
    const { AccessToken } = await signIn()
    const keys: string[] = []
    for (let device = 1; device <= 3; device++) {
      const { DeviceKey } = await signIn()
      await confirm({ AccessToken, DeviceKey })
      keys.push(DeviceKey)
    }
    const all = async (page: (PaginationToken?: string) => Promise<ListDevicesCommandOutput>, size: number) => {
      const found: (string | undefined)[] = []
      for (let token: string | undefined, first = true; first || token; first = false) {
        const { Devices = [], PaginationToken } = await page(token)
        expect(Devices.length).toBeLessThanOrEqual(size)
        found.push(...Devices.map((device) => device.DeviceKey))
        token = PaginationToken
      }
      return found.sort()
    }
    const mine = (PaginationToken?: string) =>
      anonymous.send(new ListDevicesCommand({ AccessToken, Limit: 2, PaginationToken }))
    expect(await all(mine, 2)).toEqual(keys.sort())
    const theirs = (PaginationToken?: string) =>
      api.send(new AdminListDevicesCommand({ ...admin, Limit: 1, PaginationToken }))
    expect(await all(theirs, 1)).toEqual(keys)
    const { PaginationToken } = await api.send(new AdminListDevicesCommand({ ...admin, Limit: 1 }))
    await expect(
      anonymous.send(new ListDevicesCommand({ AccessToken, Limit: 1, PaginationToken })),
    ).rejects.toMatchObject({ name: 'InvalidParameterException' })
    const [DeviceKey = ''] = keys
    await api.send(new AdminForgetDeviceCommand({ ...admin, DeviceKey }))
    await expect(api.send(new AdminForgetDeviceCommand({ ...admin, DeviceKey }))).rejects.toMatchObject(missing)
    await expect(api.send(new AdminGetDeviceCommand({ ...admin, DeviceKey }))).rejects.toMatchObject(missing)
    await expect(
      api.send(new AdminUpdateDeviceStatusCommand({ ...admin, DeviceKey, DeviceRememberedStatus: 'remembered' })),
    ).rejects.toMatchObject(missing)
    await expect(api.send(new AdminListDevicesCommand({ ...admin, Username: 'nobody' }))).rejects.toMatchObject({
      name: 'UserNotFoundException',
    })
  })

  test('a device of somebody else, a key that was made up, and a secret that is none', async () => {
    const { house, signIn } = await setUp({})
    await addUser(house, 'grace', house.password, 'grace@example.com')
    const ada = await signIn()
    const grace = await signIn('grace')
    await confirm(grace)
    const theirs = { AccessToken: ada.AccessToken, DeviceKey: grace.DeviceKey }
    const invalid = { name: 'InvalidParameterException', message: 'Invalid device key given.' }
    await expect(confirm(theirs)).rejects.toMatchObject(invalid)
    await expect(
      confirm({ ...theirs, DeviceKey: `${region}_12345678-1234-4234-8234-123456789012` }),
    ).rejects.toMatchObject(invalid)
    await expect(anonymous.send(new GetDeviceCommand(theirs))).rejects.toMatchObject(missing)
    await expect(anonymous.send(new ForgetDeviceCommand(theirs))).rejects.toMatchObject(missing)
    await expect(
      anonymous.send(new UpdateDeviceStatusCommand({ ...theirs, DeviceRememberedStatus: 'remembered' })),
    ).rejects.toMatchObject(missing)
    for (const verifier of [undefined, {}, { ...DeviceSecretVerifierConfig, PasswordVerifier: 'AQ==' }])
      await expect(confirm({ ...ada, DeviceSecretVerifierConfig: verifier })).rejects.toMatchObject({
        name: 'InvalidParameterException',
      })
  })

  test('without a token, a status, or a pool that tracks devices', async () => {
    const { signIn } = await setUp({})
    const { AccessToken, DeviceKey } = await signIn()
    await confirm({ AccessToken, DeviceKey })
    const refused = { name: 'InvalidParameterException' }
    await expect(anonymous.send(new GetDeviceCommand({ DeviceKey }))).rejects.toMatchObject(refused)
    await expect(anonymous.send(new ForgetDeviceCommand({ DeviceKey }))).rejects.toMatchObject(refused)
    await expect(anonymous.send(new UpdateDeviceStatusCommand({ AccessToken, DeviceKey }))).rejects.toMatchObject(
      refused,
    )

    const plain = await setUp(undefined)
    const there = await plain.signIn()
    expect(there.NewDeviceMetadata).toBeUndefined()
    const device = { AccessToken: there.AccessToken, DeviceKey }
    const calls = [
      confirm(device),
      anonymous.send(new GetDeviceCommand(device)),
      anonymous.send(new ListDevicesCommand(device)),
      anonymous.send(new ForgetDeviceCommand(device)),
      anonymous.send(new UpdateDeviceStatusCommand({ ...device, DeviceRememberedStatus: 'remembered' })),
      api.send(new AdminListDevicesCommand(plain.admin)),
      api.send(new AdminGetDeviceCommand({ ...plain.admin, DeviceKey })),
    ]
    for (const outcome of await Promise.allSettled(calls))
      expect(outcome).toMatchObject({
        status: 'rejected',
        reason: { ...refused, message: 'Device tracking is not configured for the user pool.' },
      })
  })

  test('every operation of this suite was called and answered', () => {
    expect(suites.devices.filter((name) => !answered.has(name))).toEqual([])
  })
})
