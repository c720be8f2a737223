import { randomBytes } from 'node:crypto'
import type { OperationName } from '@poolhouse/api'
import { type Bent, softAuthenticator } from '../../packages/server/test/authenticator.ts'
import type { Row, Rows } from './rows.ts'
import { type Input, openStage, policies, type Stage } from './stage.ts'

/** A pool without what the stage's pool has, and somebody signed in to it. */
async function plain(s: Stage) {
  const poolId = await s.newPool()
  const clientId = (await s.newClient({}, poolId)).id
  return { poolId, ...(await s.signIn(await s.newUser({ poolId }), clientId)) }
}

/** Begins the registration of a passkey. */
async function registering(s: Stage, clientId = s.clientId) {
  const username = await s.newUser()
  const { AccessToken } = await s.signIn(username, clientId)
  const { CredentialCreationOptions } = await s.call('StartWebAuthnRegistration', { AccessToken })
  const options = CredentialCreationOptions as unknown as Parameters<ReturnType<typeof softAuthenticator>['create']>[0]
  const complete = (bent?: Bent, token = AccessToken) =>
    s.call('CompleteWebAuthnRegistration', {
      AccessToken: token,
      Credential: { ...softAuthenticator().create(options, bent) },
    })
  return { username, AccessToken, complete }
}

const bending =
  (bent: Bent): Row =>
  async (s) =>
    (await registering(s)).complete(bent)

/** A user of the stage's pool as an administrator names them, and a device that nobody has. */
const unknownDevice =
  (name: OperationName, more: Input = {}): Row =>
  async (s) => {
    const username = await s.newUser()
    const { AccessToken } = await s.signIn(username)
    const DeviceKey = 'eu-west-1_12345678-1234-4234-8234-123456789012'
    const who = name.startsWith('Admin') ? { UserPoolId: s.poolId, Username: username } : { AccessToken }
    return s.call(name, { ...who, DeviceKey, ...more })
  }

const remembered = { DeviceRememberedStatus: 'remembered' }
const noLimit = 'Only the number of passkeys is limited (CompleteWebAuthnRegistration).'
const twenty =
  (last: (s: Stage, username: string, AccessToken: string) => Promise<unknown>): Row =>
  async (s) => {
    const { AccessToken, username } = await registering(s)
    for (let n = 0; n < 20; n++) {
      const { CredentialCreationOptions } = await s.call('StartWebAuthnRegistration', { AccessToken })
      const Credential = { ...softAuthenticator().create(CredentialCreationOptions as never) }
      await s.call('CompleteWebAuthnRegistration', { AccessToken, Credential })
    }
    return last(s, username, AccessToken ?? '')
  }

/** Authenticator apps, passkeys, devices, and preferences among them. */
export const factors: Rows = {
  AssociateSoftwareToken: {
    SoftwareTokenMFANotFoundException: async (s) => {
      const { AccessToken } = await plain(s)
      return s.call('AssociateSoftwareToken', { AccessToken })
    },
    InvalidParameterException: (s) => s.call('AssociateSoftwareToken', {}),
  },
  VerifySoftwareToken: {
    EnableSoftwareTokenMFAException: async (s) => {
      const { AccessToken } = await s.signIn(await s.newUser())
      await s.call('AssociateSoftwareToken', { AccessToken })
      return s.call('VerifySoftwareToken', { AccessToken, UserCode: '000000' })
    },
    SoftwareTokenMFANotFoundException: async (s) => {
      const { AccessToken } = await s.signIn(await s.newUser())
      return s.call('VerifySoftwareToken', { AccessToken, UserCode: '000000' })
    },
    CodeMismatchException:
      'A wrong code is an EnableSoftwareTokenMFA on AWS (aws-samples/aws-amplify-auth-starters#15).',
    InvalidUserPoolConfigurationException: 'A pool without authenticator apps answers SoftwareTokenMFANotFound.',
  },
  AdminDeleteSoftwareToken: {
    UserNotConfirmedException: async (s) =>
      s.call('AdminDeleteSoftwareToken', { UserPoolId: s.poolId, Username: await s.newUser({ signedUp: true }) }),
  },
  AdminSetUserMFAPreference: {
    PasswordResetRequiredException:
      'An administrator may prepare the factors of somebody whose password is to be reset.',
    UserNotConfirmedException: 'An administrator may prepare the factors of somebody who is not confirmed yet.',
  },
  StartWebAuthnRegistration: {
    WebAuthnNotEnabledException: async (s) => {
      const { AccessToken } = await plain(s)
      return s.call('StartWebAuthnRegistration', { AccessToken })
    },
    WebAuthnConfigurationMissingException: async () => {
      // In development a pool without domain has localhost.
      const s = await openStage({ mode: 'production' })
      try {
        const poolId = await s.newPool({ Policies: policies })
        const clientId = (await s.newClient({}, poolId)).id
        const { AccessToken } = await s.signIn(await s.newUser({ poolId }), clientId)
        return await s.call('StartWebAuthnRegistration', { AccessToken })
      } finally {
        await s.server.close()
      }
    },
    LimitExceededException: twenty((s, _, AccessToken) => s.call('StartWebAuthnRegistration', { AccessToken })),
  },
  CompleteWebAuthnRegistration: {
    WebAuthnNotEnabledException: async (s) => {
      const { AccessToken } = await plain(s)
      const Credential = { ...softAuthenticator().create({ challenge: 'abc', user: { id: 'abc' } }) }
      return s.call('CompleteWebAuthnRegistration', { AccessToken, Credential })
    },
    WebAuthnChallengeNotFoundException: bending({ challenge: 'abc' }),
    WebAuthnOriginNotAllowedException: bending({ origin: 'https://evil.example' }),
    WebAuthnRelyingPartyMismatchException: bending({ rpId: 'evil.example' }),
    WebAuthnCredentialNotSupportedException: bending({ userPresent: false }),
    WebAuthnClientMismatchException: async (s) => {
      const { username, complete } = await registering(s)
      const { AccessToken } = await s.signIn(username, (await s.newClient()).id)
      return complete({}, AccessToken)
    },
    LimitExceededException:
      'Whoever has twenty passkeys cannot begin with another (StartWebAuthnRegistration); registrations that race are counted in passkeys.test.ts of the server.',
  },
  ListWebAuthnCredentials: { LimitExceededException: noLimit },
  DeleteWebAuthnCredential: {
    LimitExceededException: noLimit,
    ResourceNotFoundException: async (s) => {
      const { AccessToken } = await s.signIn(await s.newUser())
      return s.call('DeleteWebAuthnCredential', { AccessToken, CredentialId: 'nothing' })
    },
  },
  ConfirmDevice: {
    DeviceKeyExistsException: async (s) => {
      const { AccessToken, NewDeviceMetadata } = await s.signIn(await s.newUser())
      const DeviceSecretVerifierConfig = {
        Salt: randomBytes(16).toString('base64'),
        PasswordVerifier: randomBytes(384).toString('base64'),
      }
      const device = { AccessToken, DeviceKey: NewDeviceMetadata?.DeviceKey, DeviceSecretVerifierConfig }
      await s.call('ConfirmDevice', device)
      return s.call('ConfirmDevice', device)
    },
    InvalidPasswordException: 'A device makes its password up and hands in a verifier alone.',
    UsernameExistsException: 'Nobody is named.',
    InvalidLambdaResponseException: 'No trigger is called.',
  },
  GetDevice: { ResourceNotFoundException: unknownDevice('GetDevice') },
  ForgetDevice: { ResourceNotFoundException: unknownDevice('ForgetDevice') },
  UpdateDeviceStatus: { ResourceNotFoundException: unknownDevice('UpdateDeviceStatus', remembered) },
  AdminGetDevice: { ResourceNotFoundException: unknownDevice('AdminGetDevice') },
  AdminForgetDevice: { ResourceNotFoundException: unknownDevice('AdminForgetDevice') },
  AdminUpdateDeviceStatus: { ResourceNotFoundException: unknownDevice('AdminUpdateDeviceStatus', remembered) },
}
