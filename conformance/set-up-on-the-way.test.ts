// A pool that demands MFA, and users who have no second factor yet: codes by e-mail or text message are set up on the way
// in, with the SDK's own words and with aws-amplify as it is.
import {
  AdminCreateUserCommand,
  AdminGetUserCommand,
  AdminSetUserPasswordCommand,
  AssociateSoftwareTokenCommand,
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
  type SetUserPoolMfaConfigCommandInput,
} from '@aws-sdk/client-cognito-identity-provider'
import { Amplify } from 'aws-amplify'
import { confirmSignIn, fetchAuthSession, signIn, signOut } from 'aws-amplify/auth'
import { cognitoUserPoolsTokenProvider } from 'aws-amplify/auth/cognito'
import { ConsoleLogger } from 'aws-amplify/utils'
import { afterEach, describe, expect, test } from 'vitest'
import { authenticatorCode, newPool, type PoolInput, password, SmsConfiguration } from './pool.ts'
import { eachServer } from './server.ts'

ConsoleLogger.LOG_LEVEL = 'ERROR'

const email = { EmailMfaConfiguration: {} }
const sms = { SmsMfaConfiguration: { SmsConfiguration } }
const app = { SoftwareTokenMfaConfiguration: { Enabled: true } }
const anotherCode = (code: string) => (code === '000000' ? '111111' : '000000')

eachServer('a second factor set up on the way in', (server) => {
  let count = 0
  async function build(factors: Partial<SetUserPoolMfaConfigCommandInput>, input: PoolInput = {}) {
    const made = await newPool(server(), { ...input, mfa: { MfaConfiguration: 'ON', ...factors } })
    return { ...made, api: server().api, username: await addUser(made.poolId) }
  }
  async function addUser(UserPoolId: string, attributes: Record<string, string> = {}): Promise<string> {
    const Username = `user-${++count}`
    const UserAttributes = Object.entries(attributes).map(([Name, Value]) => ({ Name, Value }))
    await server().api.send(
      new AdminCreateUserCommand({ UserPoolId, Username, MessageAction: 'SUPPRESS', UserAttributes }),
    )
    await server().api.send(
      new AdminSetUserPasswordCommand({ UserPoolId, Username, Password: password, Permanent: true }),
    )
    return Username
  }
  type App = Awaited<ReturnType<typeof build>>
  const begin = ({ api, clientId, username }: App, USERNAME = username) =>
    api.send(
      new InitiateAuthCommand({
        ClientId: clientId,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME, PASSWORD: password },
      }),
    )
  const respond = (
    { api, clientId, username }: App,
    ChallengeName: 'MFA_SETUP' | 'EMAIL_OTP' | 'SMS_MFA',
    Session: string | undefined,
    answers: Record<string, string>,
    USERNAME = username,
  ) =>
    api.send(
      new RespondToAuthChallengeCommand({
        ClientId: clientId,
        ChallengeName,
        Session,
        ChallengeResponses: { USERNAME, ...answers },
      }),
    )
  const attributesOf = async ({ api, poolId, username }: App, Username = username) => {
    const user = await api.send(new AdminGetUserCommand({ UserPoolId: poolId, Username }))
    const attributes = Object.fromEntries((user.UserAttributes ?? []).map(({ Name, Value }) => [Name, Value]))
    return { attributes, factors: user.UserMFASettingList }
  }

  // biome-ignore format: a table
  const listed: [title: string, factors: object, list: string][] = [
    ['e-mail',       email,                       '["EMAIL_OTP"]'],
    ['SMS',          sms,                         '["SMS_MFA"]'],
    ['all three',    { ...sms, ...app, ...email }, '["SMS_MFA","SOFTWARE_TOKEN_MFA","EMAIL_OTP"]'],
  ]
  for (const [title, factors, list] of listed)
    test(`a pool with ${title} lists what can be set up`, async () => {
      const asked = await begin(await build(factors))
      expect(asked).toMatchObject({ ChallengeName: 'MFA_SETUP', ChallengeParameters: { MFAS_CAN_SETUP: list } })
    })

  // biome-ignore format: a table
  const ways = [
    { title: 'e-mail', factors: email, answer: 'EMAIL',        attribute: 'email',        value: 'new@example.com', step: 'EMAIL_OTP', shown: 'n***@e***',    code: 'EMAIL_OTP_CODE' },
    { title: 'SMS',    factors: sms,   answer: 'PHONE_NUMBER', attribute: 'phone_number', value: '+4915100000001',  step: 'SMS_MFA',   shown: '+*********0001', code: 'SMS_MFA_CODE' },
  ] as const
  for (const { title, factors, answer, attribute, value, step, shown, code } of ways)
    test(`codes by ${title}: the address is the user's when its first code was right, and asked from then on`, async () => {
      const house = await build(factors)
      const { Session } = await begin(house)
      // Nothing is set up yet: the step cannot be skipped.
      await expect(respond(house, 'MFA_SETUP', Session, {})).rejects.toMatchObject({
        name: 'SoftwareTokenMFANotFoundException',
      })
      await expect(respond(house, 'MFA_SETUP', Session, { [answer]: 'nonsense' })).rejects.toMatchObject({
        name: 'InvalidParameterException',
      })
      const asked = await respond(house, 'MFA_SETUP', Session, { [answer]: value })
      expect(asked).toMatchObject({
        ChallengeName: step,
        ChallengeParameters: {
          CODE_DELIVERY_DESTINATION: shown,
          CODE_DELIVERY_DELIVERY_MEDIUM: title === 'SMS' ? 'SMS' : 'EMAIL',
        },
      })
      expect((await attributesOf(house)).attributes[attribute]).toBeUndefined()
      const right = await server().code(value, 'Authentication')
      await expect(respond(house, step, asked.Session, { [code]: anotherCode(right) })).rejects.toMatchObject({
        name: 'CodeMismatchException',
      })
      const done = await respond(house, step, asked.Session, { [code]: right })
      expect(done.AuthenticationResult?.AccessToken).toBeDefined()
      expect(await attributesOf(house)).toMatchObject({
        attributes: { [attribute]: value, [`${attribute}_verified`]: 'true' },
        factors: [step],
      })
      expect(await begin(house)).toMatchObject({ ChallengeName: step })
    })

  describe('what is refused', () => {
    test('a factor that the pool has not, an app among them', async () => {
      const house = await build(email)
      const { Session } = await begin(house)
      await expect(respond(house, 'MFA_SETUP', Session, { PHONE_NUMBER: '+4915100000001' })).rejects.toMatchObject({
        name: 'InvalidParameterException',
      })
      await expect(server().api.send(new AssociateSoftwareTokenCommand({ Session }))).rejects.toMatchObject({
        name: 'SoftwareTokenMFANotFoundException',
      })
    })

    test('an address that the client may not write is not offered', async () => {
      const house = await build({ ...email, ...app }, { client: { WriteAttributes: ['name'] } })
      const asked = await begin(house)
      expect(asked.ChallengeParameters?.MFAS_CAN_SETUP).toBe('["SOFTWARE_TOKEN_MFA"]')
      await expect(respond(house, 'MFA_SETUP', asked.Session, { EMAIL: 'new@example.com' })).rejects.toMatchObject({
        name: 'InvalidParameterException',
      })
      // One that waits to be proven may be proven, and not exchanged.
      const waiting = await addUser(house.poolId, { email: 'waiting@example.com' })
      const { Session } = await begin(house, waiting)
      await expect(respond(house, 'MFA_SETUP', Session, { EMAIL: 'other@example.com' }, waiting)).rejects.toMatchObject(
        { name: 'NotAuthorizedException' },
      )
      const sent = await respond(house, 'MFA_SETUP', Session, { EMAIL: 'waiting@example.com' }, waiting)
      expect(sent.ChallengeName).toBe('EMAIL_OTP')
    })

    test("another user's alias, before a code goes to it", async () => {
      const house = await build(email, { pool: { AliasAttributes: ['email'] } })
      await addUser(house.poolId, { email: 'taken@example.com', email_verified: 'true' })
      const { Session } = await begin(house)
      await expect(respond(house, 'MFA_SETUP', Session, { EMAIL: 'taken@example.com' })).rejects.toMatchObject({
        name: 'AliasExistsException',
      })
    })

    test('more than five addresses an hour: it is no way to write to strangers', async () => {
      const house = await build(email)
      for (let n = 0; n < 5; n++) {
        const { Session } = await begin(house)
        await respond(house, 'MFA_SETUP', Session, { EMAIL: `stranger-${n}@example.com` })
      }
      const { Session } = await begin(house)
      await expect(respond(house, 'MFA_SETUP', Session, { EMAIL: 'stranger@example.com' })).rejects.toMatchObject({
        name: 'LimitExceededException',
      })
    })
  })

  describe('aws-amplify', () => {
    afterEach(() => signOut())
    function useApp({ poolId, clientId }: App): void {
      const items = new Map<string, string>()
      Amplify.configure({
        Auth: {
          Cognito: { userPoolId: poolId, userPoolClientId: clientId, userPoolEndpoint: server().url },
        },
      })
      cognitoUserPoolsTokenProvider.setKeyValueStorage({
        setItem: async (key, value) => void items.set(key, value),
        getItem: async (key) => items.get(key) ?? null,
        removeItem: async (key) => void items.delete(key),
        clear: async () => items.clear(),
      })
    }
    const answer = (challengeResponse: string) => confirmSignIn({ challengeResponse })

    test('e-mail, where nothing else can be set up', async () => {
      const house = await build(email)
      useApp(house)
      expect(await signIn({ username: house.username, password })).toMatchObject({
        nextStep: { signInStep: 'CONTINUE_SIGN_IN_WITH_EMAIL_SETUP' },
      })
      expect(await answer('amplify@example.com')).toMatchObject({
        nextStep: {
          signInStep: 'CONFIRM_SIGN_IN_WITH_EMAIL_CODE',
          codeDeliveryDetails: { deliveryMedium: 'EMAIL', destination: 'a***@e***' },
        },
      })
      expect(await answer(await server().code('amplify@example.com', 'Authentication'))).toMatchObject({
        isSignedIn: true,
      })
      expect((await fetchAuthSession()).tokens?.accessToken).toBeDefined()
    })

    test('a choice of e-mail and app, either way', async () => {
      for (const choice of ['EMAIL', 'TOTP'] as const) {
        const house = await build({ ...email, ...app, ...sms })
        useApp(house)
        expect(await signIn({ username: house.username, password })).toMatchObject({
          nextStep: { signInStep: 'CONTINUE_SIGN_IN_WITH_MFA_SETUP_SELECTION', allowedMFATypes: ['TOTP', 'EMAIL'] },
        })
        const { nextStep } = await answer(choice)
        if (nextStep.signInStep === 'CONTINUE_SIGN_IN_WITH_EMAIL_SETUP') {
          await answer('chosen@example.com')
          expect(await answer(await server().code('chosen@example.com', 'Authentication'))).toMatchObject({
            isSignedIn: true,
          })
        } else if (nextStep.signInStep === 'CONTINUE_SIGN_IN_WITH_TOTP_SETUP') {
          const code = authenticatorCode(nextStep.totpSetupDetails.sharedSecret, Date.now())
          expect(await answer(code)).toMatchObject({ isSignedIn: true })
        } else throw new Error(nextStep.signInStep)
        await signOut()
      }
    })
  })
})
