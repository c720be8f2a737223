// aws-amplify 6 as apps use it: unchanged, in Node, with `userPoolEndpoint` set and a storage of the test's own.
// Passkeys need a browser's credentials; conformance/passkeys.test.ts has them.

import { setTimeout as sleep } from 'node:timers/promises'
import {
  AdminResetUserPasswordCommand,
  type AuthFactorType,
  ConfirmSignUpCommand,
  DescribeUserPoolClientCommand,
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
  SignUpCommand,
  type UserPoolMfaType,
} from '@aws-sdk/client-cognito-identity-provider'
import { Amplify } from 'aws-amplify'
import {
  autoSignIn,
  confirmResetPassword,
  confirmSignIn,
  confirmSignUp,
  confirmUserAttribute,
  deleteUser,
  fetchAuthSession,
  fetchDevices,
  fetchMFAPreference,
  fetchUserAttributes,
  forgetDevice,
  getCurrentUser,
  rememberDevice,
  resendSignUpCode,
  resetPassword,
  sendUserAttributeVerificationCode,
  setUpTOTP,
  signIn,
  signOut,
  signUp,
  updateMFAPreference,
  updatePassword,
  updateUserAttributes,
  verifyTOTPSetup,
} from 'aws-amplify/auth'
import { cognitoUserPoolsTokenProvider } from 'aws-amplify/auth/cognito'
import { ConsoleLogger, type KeyValueStorageInterface } from 'aws-amplify/utils'
import { afterEach, describe, expect, test } from 'vitest'
import {
  type AppPool,
  addPerson,
  functionsFolder,
  newPool,
  type PoolInput,
  password,
  poolClock,
  riddle,
  riddleConfig,
  SmsConfiguration,
  verifyTokens,
} from './pool.ts'
import { eachServer } from './server.ts'

const another = 'Another-Horse-2'
const functions = functionsFolder(riddle)
// It warns at every start that an endpoint is set.
ConsoleLogger.LOG_LEVEL = 'ERROR'
const anotherCode = (code: string) => (code === '000000' ? '111111' : '000000')

/** What a browser's storage is, for one device. */
function memory(): KeyValueStorageInterface {
  const items = new Map<string, string>()
  return {
    setItem: async (key, value) => void items.set(key, value),
    getItem: async (key) => items.get(key) ?? null,
    removeItem: async (key) => void items.delete(key),
    clear: async () => items.clear(),
  }
}

eachServer(
  'aws-amplify',
  (server) => {
    let current: AppPool
    afterEach(async () => {
      const { tokens } = await fetchAuthSession()
      if (!tokens?.idToken) return
      await verifyTokens(server(), current, { id: tokens.idToken.toString(), access: tokens.accessToken.toString() })
      await signOut()
    })

    /** Makes a pool, and the one Amplify that there is an app of it, on a device where nobody has signed in. */
    async function newApp(input: PoolInput = {}) {
      const made = await newPool(server(), input)
      useApp(made)
      return { made, ...poolClock(server(), made) }
    }
    function useApp({ poolId, clientId }: AppPool, storage = memory()): void {
      const userPoolEndpoint = server().url
      current = { poolId, clientId }
      Amplify.configure({ Auth: { Cognito: { userPoolId: poolId, userPoolClientId: clientId, userPoolEndpoint } } })
      cognitoUserPoolsTokenProvider.setKeyValueStorage(storage)
    }
    const flows = ['USER_SRP_AUTH', 'USER_PASSWORD_AUTH'] as const
    const done = { isSignedIn: true, nextStep: { signInStep: 'DONE' } }
    const step = (signInStep: string) => ({ isSignedIn: false, nextStep: { signInStep } })
    const answer = (challengeResponse: string) => confirmSignIn({ challengeResponse })
    // The client lets a second call within 300 ms of the first wait for ever, whoever it is about (signUpHelpers.ts, debounce).
    let mayCallAt = 0
    async function autoSignInLater() {
      await sleep(Math.max(0, mayCallAt - Date.now()))
      mayCallAt = Date.now() + 400
      return autoSignIn()
    }

    describe('sign-up', () => {
      const user = { username: 'ada', password, options: { userAttributes: { email: 'ada@example.com' } } }

      test('by a code, then sign-in', async () => {
        await newApp()
        expect(await signUp(user)).toMatchObject({
          isSignUpComplete: false,
          nextStep: {
            signUpStep: 'CONFIRM_SIGN_UP',
            codeDeliveryDetails: { attributeName: 'email', deliveryMedium: 'EMAIL', destination: 'a***@e***' },
          },
        })
        await expect(signUp(user)).rejects.toMatchObject({ name: 'UsernameExistsException' })
        expect(await signIn(user)).toMatchObject(step('CONFIRM_SIGN_UP'))
        expect(await resendSignUpCode({ username: 'ada' })).toMatchObject({ deliveryMedium: 'EMAIL' })
        const confirmationCode = await server().code('ada@example.com', 'ResendCode')
        const wrong = confirmSignUp({ username: 'ada', confirmationCode: anotherCode(confirmationCode) })
        await expect(wrong).rejects.toMatchObject({ name: 'CodeMismatchException' })
        expect(await confirmSignUp({ username: 'ada', confirmationCode })).toMatchObject({ isSignUpComplete: true })
        expect(await signIn(user)).toMatchObject(done)
        expect(await getCurrentUser()).toMatchObject({
          username: 'ada',
          signInDetails: { loginId: 'ada', authFlowType: 'USER_SRP_AUTH' },
        })
        expect(await fetchUserAttributes()).toMatchObject({ email: 'ada@example.com', email_verified: 'true' })
        await expect(signIn(user)).rejects.toMatchObject({ name: 'UserAlreadyAuthenticatedException' })
        await deleteUser()
        await expect(signIn(user)).rejects.toMatchObject({ name: 'NotAuthorizedException' })
      })

      test('with the sign-in that follows by itself', async () => {
        await newApp()
        await signUp({ ...user, options: { ...user.options, autoSignIn: true } })
        const confirmationCode = await server().code('ada@example.com', 'SignUp')
        expect(await confirmSignUp({ username: 'ada', confirmationCode })).toMatchObject({
          nextStep: { signUpStep: 'COMPLETE_AUTO_SIGN_IN' },
        })
        expect(await autoSignInLater()).toMatchObject(done)
      })
    })

    describe('sign-up without a password', () => {
      const input: PoolInput = {
        pool: { Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } } },
      }
      const userAttributes = { email: 'ada@example.com' }
      const register = (autoSignIn: boolean | { authFlowType: 'USER_AUTH' }) =>
        signUp({ username: 'ada', options: { userAttributes, autoSignIn } })
      const confirm = async () =>
        confirmSignUp({ username: 'ada', confirmationCode: await server().code('ada@example.com', 'SignUp') })

      test('the code that confirms it is the first factor of the sign-in that follows, once', async () => {
        await newApp(input)
        expect(await register({ authFlowType: 'USER_AUTH' })).toMatchObject({
          nextStep: { signUpStep: 'CONFIRM_SIGN_UP' },
        })
        expect(await confirm()).toMatchObject({ nextStep: { signUpStep: 'COMPLETE_AUTO_SIGN_IN' } })
        expect(await autoSignInLater()).toMatchObject(done)
        expect(await fetchUserAttributes()).toMatchObject({ email: 'ada@example.com', email_verified: 'true' })
        await signOut()
        const begun = await signIn({ username: 'ada', options: { authFlowType: 'USER_AUTH' } })
        expect(begun).toMatchObject({ nextStep: { availableChallenges: ['EMAIL_OTP'] } })
      })

      test('that goes for the user who confirmed, as a beginning, within minutes, and where codes are one', async () => {
        const confirmed = async (made: AppPool, name: string): Promise<string | undefined> => {
          const key = { ClientId: made.clientId, Username: name }
          const UserAttributes = [{ Name: 'email', Value: `${name}@example.com` }]
          await server().api.send(new SignUpCommand({ ...key, UserAttributes, Password: password }))
          const ConfirmationCode = await server().code(`${name}@example.com`, 'SignUp')
          return (await server().api.send(new ConfirmSignUpCommand({ ...key, ConfirmationCode }))).Session
        }
        const begin = ({ clientId: ClientId }: AppPool, USERNAME: string, Session: string | undefined) =>
          server().api.send(
            new InitiateAuthCommand({ ClientId, AuthFlow: 'USER_AUTH', AuthParameters: { USERNAME }, Session }),
          )
        const refused = { name: 'NotAuthorizedException' }
        const { made, tick } = await newApp(input)
        const { username } = await addPerson(server(), made)

        const first = await confirmed(made, 'mallory')
        await expect(begin(made, username, first)).rejects.toMatchObject(refused)
        await expect(begin(made, 'mallory', first)).rejects.toMatchObject(refused)
        const second = await confirmed(made, 'eve')
        const answered = new RespondToAuthChallengeCommand({
          ClientId: made.clientId,
          ChallengeName: 'SELECT_CHALLENGE',
          ChallengeResponses: { USERNAME: 'eve', ANSWER: 'EMAIL_OTP' },
          Session: second,
        })
        await expect(server().api.send(answered)).rejects.toMatchObject(refused)
        expect(await begin(made, 'eve', second)).toMatchObject({ AuthenticationResult: { TokenType: 'Bearer' } })
        await expect(begin(made, 'eve', second)).rejects.toMatchObject(refused)
        const late = await confirmed(made, 'late')
        await tick(3 * 60 + 1)
        await expect(begin(made, 'late', late)).rejects.toMatchObject(refused)

        const { made: plain } = await newApp()
        expect(await confirmed(plain, 'ada')).toBeUndefined()
      })

      test('a pool that asks for passwords gets one', async () => {
        await newApp()
        await expect(register(false)).rejects.toMatchObject({ name: 'InvalidParameterException' })
      })
    })

    describe.each(flows)('%s', (authFlowType) => {
      const begin = (username: string, word = password) =>
        signIn({ username, password: word, options: { authFlowType } })

      test('the right password, a wrong one, and one that must be reset', async () => {
        const { made } = await newApp()
        const { username } = await addPerson(server(), made)
        await expect(begin(username, 'Wrong-Horse-1')).rejects.toMatchObject({
          name: 'NotAuthorizedException',
          message: 'Incorrect username or password.',
        })
        await expect(begin('nobody')).rejects.toMatchObject({ name: 'NotAuthorizedException' })
        expect(await begin(username)).toMatchObject(done)
        await signOut()
        await server().api.send(new AdminResetUserPasswordCommand({ UserPoolId: made.poolId, Username: username }))
        expect(await begin(username)).toMatchObject(step('RESET_PASSWORD'))
      })

      test('an invited user sets a new password and what is missing', async () => {
        const { made } = await newApp({ pool: { Schema: [{ Name: 'given_name', Required: true, Mutable: true }] } })
        const { username } = await addPerson(server(), made, { invited: true })
        expect(await begin(username)).toEqual({
          isSignedIn: false,
          nextStep: {
            signInStep: 'CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED',
            missingAttributes: ['given_name'],
          },
        })
        await expect(answer(another)).rejects.toMatchObject({ name: 'InvalidParameterException' })
        const options = { userAttributes: { given_name: 'Ada' } }
        const weak = confirmSignIn({ challengeResponse: 'short', options })
        await expect(weak).rejects.toMatchObject({ name: 'InvalidPasswordException' })
        expect(await confirmSignIn({ challengeResponse: another, options })).toMatchObject(done)
        expect(await fetchUserAttributes()).toMatchObject({ given_name: 'Ada' })
      })

      test('an alias leads to the user', async () => {
        const { made } = await newApp({ pool: { AliasAttributes: ['email'] } })
        const { username, email } = await addPerson(server(), made)
        expect(await begin(email)).toMatchObject(done)
        expect((await fetchAuthSession()).tokens?.accessToken.payload.username).toBe(username)
      })

      test('an e-mail address as the name, and a code after the password', async () => {
        const { made } = await newApp({
          pool: { UsernameAttributes: ['email'] },
          mfa: { MfaConfiguration: 'ON', SmsMfaConfiguration: { SmsConfiguration } },
        })
        const { email, phone } = await addPerson(server(), made, { named: 'email' })
        expect(await begin(email)).toMatchObject(step('CONFIRM_SIGN_IN_WITH_SMS_CODE'))
        expect(await answer(await server().code(phone, 'Authentication'))).toMatchObject(done)
        expect((await fetchAuthSession()).tokens?.idToken?.payload).toMatchObject({ email })
      })
    })

    describe('a second factor', () => {
      const mfa = (MfaConfiguration: UserPoolMfaType): PoolInput => ({
        mfa: {
          MfaConfiguration,
          SoftwareTokenMfaConfiguration: { Enabled: true },
          SmsMfaConfiguration: { SmsConfiguration },
          EmailMfaConfiguration: {},
        },
        pool: { EmailConfiguration: { EmailSendingAccount: 'DEVELOPER', SourceArn: emailArn } },
      })
      const emailArn = 'arn:aws:ses:eu-west-1:000000000000:identity/example.com'

      test('an app is set up and chosen, then SMS, then e-mail, then any', async () => {
        const { made, tick, appCode } = await newApp(mfa('OPTIONAL'))
        const { username, email, phone } = await addPerson(server(), made)
        const begin = () => signIn({ username, password })
        expect(await begin()).toMatchObject(done)
        expect(await fetchMFAPreference()).toEqual({ enabled: undefined, preferred: undefined })
        const { sharedSecret, getSetupUri } = await setUpTOTP()
        expect(getSetupUri('App', username).searchParams.get('secret')).toBe(sharedSecret)
        const wrong = verifyTOTPSetup({ code: anotherCode(appCode(sharedSecret)) })
        await expect(wrong).rejects.toMatchObject({ name: 'EnableSoftwareTokenMFAException' })
        await verifyTOTPSetup({ code: appCode(sharedSecret) })
        await updateMFAPreference({ totp: 'PREFERRED' })
        expect(await fetchMFAPreference()).toEqual({ enabled: ['TOTP'], preferred: 'TOTP' })
        await signOut()

        await tick(30)
        expect(await begin()).toMatchObject(step('CONFIRM_SIGN_IN_WITH_TOTP_CODE'))
        await expect(answer(anotherCode(appCode(sharedSecret)))).rejects.toMatchObject({
          name: 'CodeMismatchException',
        })
        expect(await answer(appCode(sharedSecret))).toMatchObject(done)
        await updateMFAPreference({ sms: 'PREFERRED', totp: 'ENABLED' })
        await signOut()

        expect(await begin()).toMatchObject({
          nextStep: {
            signInStep: 'CONFIRM_SIGN_IN_WITH_SMS_CODE',
            codeDeliveryDetails: { deliveryMedium: 'SMS', destination: phone.replace(/\d(?=\d{4})/g, '*') },
          },
        })
        expect(await answer(await server().code(phone, 'Authentication'))).toMatchObject(done)
        await updateMFAPreference({ email: 'PREFERRED' })
        await signOut()

        expect(await begin()).toMatchObject({
          nextStep: {
            signInStep: 'CONFIRM_SIGN_IN_WITH_EMAIL_CODE',
            codeDeliveryDetails: { deliveryMedium: 'EMAIL', destination: 'u***@e***' },
          },
        })
        expect(await answer(await server().code(email, 'Authentication'))).toMatchObject(done)
        await updateMFAPreference({ email: 'NOT_PREFERRED' })
        const { enabled, preferred } = await fetchMFAPreference()
        expect(enabled?.toSorted()).toEqual(['EMAIL', 'SMS', 'TOTP'])
        expect(preferred).toBeUndefined()
        await signOut()

        for (const [kind, next] of [
          ['EMAIL', 'CONFIRM_SIGN_IN_WITH_EMAIL_CODE'],
          ['SMS', 'CONFIRM_SIGN_IN_WITH_SMS_CODE'],
          ['TOTP', 'CONFIRM_SIGN_IN_WITH_TOTP_CODE'],
        ] as const) {
          await tick(30)
          expect(await begin()).toMatchObject({
            nextStep: {
              signInStep: 'CONTINUE_SIGN_IN_WITH_MFA_SELECTION',
              allowedMFATypes: ['SMS', 'TOTP', 'EMAIL'],
            },
          })
          expect(await answer(kind)).toMatchObject(step(next))
          const code =
            kind === 'TOTP'
              ? appCode(sharedSecret)
              : await server().code(kind === 'SMS' ? phone : email, 'Authentication')
          expect(await answer(code)).toMatchObject(done)
          if (kind !== 'TOTP') await signOut()
        }
        await updateMFAPreference({ sms: 'DISABLED', totp: 'DISABLED', email: 'DISABLED' })
        await signOut()
        expect(await begin()).toMatchObject(done)
      })

      test('an app is set up on the way in, where the pool demands it', async () => {
        const { made, tick, appCode } = await newApp({
          mfa: { MfaConfiguration: 'ON', SoftwareTokenMfaConfiguration: { Enabled: true } },
        })
        const { username } = await addPerson(server(), made)
        const { nextStep } = await signIn({ username, password })
        if (nextStep.signInStep !== 'CONTINUE_SIGN_IN_WITH_TOTP_SETUP') throw new Error(nextStep.signInStep)
        const { sharedSecret } = nextStep.totpSetupDetails
        await expect(answer(anotherCode(appCode(sharedSecret)))).rejects.toMatchObject({
          name: 'EnableSoftwareTokenMFAException',
        })
        expect(await answer(appCode(sharedSecret))).toMatchObject(done)
        await signOut()
        await tick(30)
        expect(await signIn({ username, password })).toMatchObject(step('CONFIRM_SIGN_IN_WITH_TOTP_CODE'))
        expect(await answer(appCode(sharedSecret))).toMatchObject(done)
      })
    })

    describe('USER_AUTH', () => {
      const input = (...AllowedFirstAuthFactors: AuthFactorType[]): PoolInput => ({
        pool: { Policies: { SignInPolicy: { AllowedFirstAuthFactors } } },
      })
      const begin = (
        username: string,
        preferredChallenge?: 'PASSWORD' | 'PASSWORD_SRP' | 'EMAIL_OTP' | 'SMS_OTP',
        word?: string,
      ) =>
        signIn({
          username,
          ...(word !== undefined && { password: word }),
          options: { authFlowType: 'USER_AUTH', ...(preferredChallenge && { preferredChallenge }) },
        })

      test.each(['PASSWORD', 'PASSWORD_SRP'] as const)('%s preferred', async (preferred) => {
        const { made } = await newApp(input('PASSWORD', 'EMAIL_OTP'))
        const { username } = await addPerson(server(), made)
        await expect(begin(username, preferred, 'Wrong-Horse-1')).rejects.toMatchObject({
          name: 'NotAuthorizedException',
        })
        expect(await begin(username, preferred, password)).toMatchObject(done)
      })

      test.each(['PASSWORD', 'PASSWORD_SRP'] as const)('%s chosen', async (choice) => {
        const { made } = await newApp(input('PASSWORD', 'EMAIL_OTP'))
        const { username } = await addPerson(server(), made)
        expect(await begin(username)).toMatchObject({
          nextStep: {
            signInStep: 'CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION',
            availableChallenges: expect.arrayContaining(['PASSWORD', 'PASSWORD_SRP', 'EMAIL_OTP']),
          },
        })
        expect(await answer(choice)).toMatchObject(step('CONFIRM_SIGN_IN_WITH_PASSWORD'))
        expect(await answer(password)).toMatchObject(done)
      })

      test.each([
        ['EMAIL_OTP', 'email', 'CONFIRM_SIGN_IN_WITH_EMAIL_CODE'],
        ['SMS_OTP', 'phone', 'CONFIRM_SIGN_IN_WITH_SMS_CODE'],
      ] as const)('%s, preferred and chosen', async (factor, address, next) => {
        const { made } = await newApp(input('PASSWORD', 'EMAIL_OTP', 'SMS_OTP'))
        const person = await addPerson(server(), made)
        expect(await begin(person.username, factor)).toMatchObject(step(next))
        const first = await server().code(person[address], 'Authentication')
        await expect(answer(anotherCode(first))).rejects.toMatchObject({ name: 'CodeMismatchException' })
        expect(await answer(first)).toMatchObject(done)
        await signOut()
        expect(await begin(person.username)).toMatchObject(step('CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION'))
        expect(await answer(factor)).toMatchObject(step(next))
        expect(await answer(await server().code(person[address], 'Authentication'))).toMatchObject(done)
      })

      test('a name that nobody has looks like one that somebody has', async () => {
        const { made } = await newApp(input('PASSWORD', 'EMAIL_OTP'))
        const { username } = await addPerson(server(), made)
        const real = await begin(username)
        expect(await begin('user-nobody')).toEqual(real)
        expect(await answer('EMAIL_OTP')).toMatchObject(step('CONFIRM_SIGN_IN_WITH_EMAIL_CODE'))
        await expect(answer('000000')).rejects.toMatchObject({ name: 'CodeMismatchException' })
      })
    })

    describe.each(['CUSTOM_WITHOUT_SRP', 'CUSTOM_WITH_SRP'] as const)('%s', (authFlowType) => {
      const begin = (username: string, word = password) =>
        signIn({
          username,
          ...(authFlowType === 'CUSTOM_WITH_SRP' && { password: word }),
          options: { authFlowType },
        })

      test('a riddle', async () => {
        const { made } = await newApp({ pool: { LambdaConfig: riddleConfig } })
        const { username } = await addPerson(server(), made)
        expect(await begin(username)).toMatchObject({
          nextStep: {
            signInStep: 'CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE',
            additionalInfo: { question: expect.any(String), tries: '0' },
          },
        })
        expect(await answer('a jailer')).toMatchObject({ nextStep: { additionalInfo: { tries: '1' } } })
        expect(await answer('piano')).toMatchObject(done)
      })

      test.runIf(authFlowType === 'CUSTOM_WITH_SRP')('no riddle after a wrong password', async () => {
        const { made } = await newApp({ pool: { LambdaConfig: riddleConfig } })
        const { username } = await addPerson(server(), made)
        await expect(begin(username, 'Wrong-Horse-1')).rejects.toMatchObject({ name: 'NotAuthorizedException' })
      })
    })

    describe('a device', () => {
      const tracked = (asks: boolean, trusted = true): PoolInput => ({
        pool: {
          DeviceConfiguration: { ChallengeRequiredOnNewDevice: trusted, DeviceOnlyRememberedOnUserPrompt: asks },
          LambdaConfig: riddleConfig,
        },
        mfa: { MfaConfiguration: 'ON', SmsMfaConfiguration: { SmsConfiguration } },
      })

      test.each(flows)('stands in for the code once it is remembered: %s', async (authFlowType) => {
        const { made } = await newApp(tracked(false))
        const { username, phone } = await addPerson(server(), made)
        const begin = () => signIn({ username, password, options: { authFlowType } })
        const bySms = async () => {
          expect(await begin()).toMatchObject(step('CONFIRM_SIGN_IN_WITH_SMS_CODE'))
          expect(await answer(await server().code(phone, 'Authentication'))).toMatchObject(done)
        }
        const here = memory()
        useApp(made, here)
        await bySms()
        const [device] = await fetchDevices()
        expect(device?.id).toMatch(/^[\w-]+_[0-9a-f-]{36}$/)
        await signOut()
        expect(await begin()).toMatchObject(done)
        const { payload } = (await fetchAuthSession({ forceRefresh: true })).tokens?.accessToken ?? {}
        expect(payload?.device_key).toBe(device?.id)
        await signOut()

        useApp(made, memory())
        await bySms()
        expect(await fetchDevices()).toHaveLength(2)
        // Forgotten from afar, the first device finds out when it signs in, and is a new one.
        await forgetDevice({ device: { id: device?.id ?? '' } })
        await signOut()
        useApp(made, here)
        await bySms()
        expect((await fetchDevices()).map(({ id }) => id)).not.toContain(device?.id)
        await forgetDevice()
        await signOut()
        await bySms()
      })

      test('is remembered when the user wants it', async () => {
        const { made } = await newApp(tracked(true))
        const { username, phone } = await addPerson(server(), made)
        for (const remember of [false, true]) {
          expect(await signIn({ username, password })).toMatchObject(step('CONFIRM_SIGN_IN_WITH_SMS_CODE'))
          expect(await answer(await server().code(phone, 'Authentication'))).toMatchObject(done)
          if (remember) await rememberDevice()
          await signOut()
        }
        expect(await signIn({ username, password })).toMatchObject(done)
        expect(await fetchDevices()).toHaveLength(1)
      })

      test('is proven after the code where it does not stand in for it', async () => {
        const { made } = await newApp(tracked(false, false))
        const { username, phone } = await addPerson(server(), made)
        const claims: unknown[] = []
        for (let round = 0; round < 2; round++) {
          expect(await signIn({ username, password })).toMatchObject(step('CONFIRM_SIGN_IN_WITH_SMS_CODE'))
          expect(await answer(await server().code(phone, 'Authentication'))).toMatchObject(done)
          claims.push((await fetchAuthSession()).tokens?.accessToken.payload.device_key)
          if (round === 0) claims.push((await fetchDevices())[0]?.id)
          await signOut()
        }
        expect(claims).toEqual([undefined, expect.any(String), claims[1]])
      })

      test('is named to a custom sign-in too', async () => {
        const { made } = await newApp(tracked(false))
        const { username, phone } = await addPerson(server(), made)
        await signIn({ username, password })
        await answer(await server().code(phone, 'Authentication'))
        const [device] = await fetchDevices()
        const begin = async (authFlowType: 'CUSTOM_WITH_SRP' | 'CUSTOM_WITHOUT_SRP') => {
          await signOut()
          const word = authFlowType === 'CUSTOM_WITH_SRP' && { password }
          expect(await signIn({ username, ...word, options: { authFlowType } })).toMatchObject(
            step('CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE'),
          )
        }
        await begin('CUSTOM_WITH_SRP')
        expect(await answer('piano')).toMatchObject(done)
        await begin('CUSTOM_WITHOUT_SRP')
        expect(await answer('piano')).toMatchObject(done)
        await forgetDevice({ device: { id: device?.id ?? '' } })
        await begin('CUSTOM_WITHOUT_SRP')
        expect(await answer('piano')).toMatchObject(done)
      })
    })

    describe('the account', () => {
      test('a forgotten password', async () => {
        const { made } = await newApp()
        const { username, phone } = await addPerson(server(), made)
        expect(await resetPassword({ username })).toMatchObject({
          nextStep: {
            resetPasswordStep: 'CONFIRM_RESET_PASSWORD_WITH_CODE',
            codeDeliveryDetails: { deliveryMedium: 'SMS', attributeName: 'phone_number' },
          },
        })
        const confirmationCode = await server().code(phone, 'ForgotPassword')
        const confirm = (code: string) =>
          confirmResetPassword({ username, newPassword: another, confirmationCode: code })
        await expect(confirm(anotherCode(confirmationCode))).rejects.toMatchObject({ name: 'CodeMismatchException' })
        await confirm(confirmationCode)
        expect(await signIn({ username, password: another })).toMatchObject(done)
      })

      test('a changed password', async () => {
        const { made } = await newApp()
        const { username } = await addPerson(server(), made)
        await signIn({ username, password })
        await expect(updatePassword({ oldPassword: 'Wrong-Horse-1', newPassword: another })).rejects.toMatchObject({
          name: 'NotAuthorizedException',
        })
        await updatePassword({ oldPassword: password, newPassword: another })
        await signOut()
        expect(await signIn({ username, password: another })).toMatchObject(done)
      })

      test('a changed address is verified', async () => {
        const { made } = await newApp()
        const { username } = await addPerson(server(), made)
        await signIn({ username, password })
        const email = `new-${username}@example.com`
        expect(await updateUserAttributes({ userAttributes: { email, nickname: 'Ada' } })).toMatchObject({
          email: {
            isUpdated: false,
            nextStep: {
              updateAttributeStep: 'CONFIRM_ATTRIBUTE_WITH_CODE',
              codeDeliveryDetails: { attributeName: 'email', deliveryMedium: 'EMAIL', destination: 'n***@e***' },
            },
          },
          nickname: { isUpdated: true },
        })
        const first = await server().code(email, 'UpdateUserAttribute')
        const confirm = (confirmationCode: string) =>
          confirmUserAttribute({ userAttributeKey: 'email', confirmationCode })
        await expect(confirm(anotherCode(first))).rejects.toMatchObject({ name: 'CodeMismatchException' })
        await sendUserAttributeVerificationCode({ userAttributeKey: 'email' })
        await confirm(await server().code(email, 'VerifyUserAttribute'))
        expect(await fetchUserAttributes()).toMatchObject({ email, email_verified: 'true', nickname: 'Ada' })
      })
    })

    describe.each(['DISABLED', 'ENABLED'] as const)('with refresh token rotation %s', (Feature) => {
      const input: PoolInput = {
        client: {
          RefreshTokenRotation: { Feature, RetryGracePeriodSeconds: 0 },
          ...(Feature === 'ENABLED' && {
            ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH'],
          }),
        },
      }

      test('tokens are refreshed when asked and when they are over', async () => {
        const { made, tick } = await newApp(input)
        const { UserPoolClient } = await server().api.send(
          new DescribeUserPoolClientCommand({ UserPoolId: made.poolId, ClientId: made.clientId }),
        )
        expect(UserPoolClient?.RefreshTokenRotation?.Feature).toBe(Feature)
        const { username } = await addPerson(server(), made)
        await signIn({ username, password })
        const first = (await fetchAuthSession()).tokens
        expect((await fetchAuthSession()).tokens?.accessToken.toString()).toBe(first?.accessToken.toString())
        await tick(2)
        for (let round = 0; round < 3; round++) {
          const fresh = (await fetchAuthSession({ forceRefresh: true })).tokens
          expect(fresh?.accessToken.toString()).not.toBe(first?.accessToken.toString())
          expect(fresh?.accessToken.payload.origin_jti).toBe(first?.accessToken.payload.origin_jti)
          await tick(61)
        }
        expect(await fetchUserAttributes()).toMatchObject({ sub: first?.accessToken.payload.sub })
      })

      test('signing out everywhere ends every session', async () => {
        const { made } = await newApp(input)
        const { username } = await addPerson(server(), made)
        const [phone, tablet] = [memory(), memory()]
        useApp(made, phone)
        await signIn({ username, password })
        useApp(made, tablet)
        await signIn({ username, password })
        await signOut({ global: true })
        await expect(getCurrentUser()).rejects.toMatchObject({ name: 'UserUnAuthenticatedException' })
        useApp(made, phone)
        await expect(fetchUserAttributes()).rejects.toMatchObject({ name: 'NotAuthorizedException' })
        // Amplify drops the tokens that can no longer be refreshed.
        expect((await fetchAuthSession({ forceRefresh: true })).tokens).toBeUndefined()
      })

      test('signing out ends the one session', async () => {
        const { made } = await newApp(input)
        const { username } = await addPerson(server(), made)
        const [phone, copy] = [memory(), memory()]
        const setItem = async (key: string, value: string) => {
          await phone.setItem(key, value)
          await copy.setItem(key, value)
        }
        useApp(made, { ...phone, setItem })
        await signIn({ username, password })
        await signOut()
        useApp(made, copy)
        expect((await fetchAuthSession({ forceRefresh: true })).tokens).toBeUndefined()
      })
    })
  },
  { config: { functions } },
)
