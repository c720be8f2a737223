// amazon-cognito-identity-js, the client of Amplify up to version 5, as apps use it: unchanged, with `endpoint` set.
// It knows no one-time codes by e-mail and no passkeys; those are Amplify's suite.
import {
  AdminDisableUserCommand,
  AdminResetUserPasswordCommand,
  type UserPoolMfaType,
} from '@aws-sdk/client-cognito-identity-provider'
import {
  AuthenticationDetails,
  CognitoUser,
  CognitoUserAttribute,
  CognitoUserPool,
  type CognitoUserSession,
  type IAuthenticationCallback,
  type ICognitoStorage,
} from 'amazon-cognito-identity-js'
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

/** A callback that the client called, by name, with what it gave. */
type Step =
  | { readonly step: 'signed in'; readonly session: CognitoUserSession; readonly confirmDevice: boolean }
  | { readonly step: 'new password'; readonly attributes: Record<string, string>; readonly required: string[] }
  | { readonly step: 'code' | 'app code' | 'set-up' | 'choice'; readonly name: string; readonly about: unknown }
  | { readonly step: 'custom'; readonly about: unknown }

/** The sessions that a test has had, for their tokens to be verified. */
const sessions: CognitoUserSession[] = []

/** Which of its callbacks the client calls; rejects when it is onFailure. */
function next(begin: (callbacks: IAuthenticationCallback) => void): Promise<Step> {
  return new Promise((resolve, onFailure) =>
    begin({
      onSuccess(session, confirmDevice = false) {
        sessions.push(session)
        resolve({ step: 'signed in', session, confirmDevice })
      },
      onFailure,
      newPasswordRequired: (attributes, required) => resolve({ step: 'new password', attributes, required }),
      mfaRequired: (name, about) => resolve({ step: 'code', name, about }),
      totpRequired: (name, about) => resolve({ step: 'app code', name, about }),
      mfaSetup: (name, about) => resolve({ step: 'set-up', name, about }),
      selectMFAType: (name, about) => resolve({ step: 'choice', name, about }),
      customChallenge: (about) => resolve({ step: 'custom', about }),
    }),
  )
}

/** A call with an `(error, result)` callback. */
function call<T>(begin: (callback: (error?: Error | null, result?: T) => void) => void): Promise<T | undefined> {
  return new Promise((resolve, reject) => begin((error, result) => (error ? reject(error) : resolve(result))))
}

/** A call with onSuccess and onFailure. */
function done<T>(
  begin: (callbacks: { onSuccess: (value: T) => void; onFailure: (error: Error) => void }) => void,
): Promise<T> {
  return new Promise((resolve, reject) => begin({ onSuccess: resolve, onFailure: reject }))
}

function memory(): ICognitoStorage {
  const items = new Map<string, string>()
  return {
    setItem: (key, value) => void items.set(key, value),
    getItem: (key) => items.get(key) ?? null,
    removeItem: (key) => void items.delete(key),
    clear: () => items.clear(),
  }
}

const functions = functionsFolder(riddle)

eachServer(
  'amazon-cognito-identity-js',
  (server) => {
    let current: AppPool
    afterEach(async () => {
      for (const session of sessions.splice(0)) {
        const tokens = { id: session.getIdToken().getJwtToken(), access: session.getAccessToken().getJwtToken() }
        await verifyTokens(server(), current, tokens)
      }
    })

    /** A pool, and an app on a device that remembers what the client stores. */
    async function newApp(input: PoolInput = {}) {
      const made = await newPool(server(), input)
      current = made
      return { made, ...poolClock(server(), made), ...openApp(made) }
    }
    function openApp({ poolId, clientId }: AppPool, Storage = memory()) {
      const pool = new CognitoUserPool({ UserPoolId: poolId, ClientId: clientId, endpoint: server().url, Storage })
      return { pool, Storage, user: (Username: string) => new CognitoUser({ Username, Pool: pool, Storage }) }
    }
    const details = (Username: string, Password: string | undefined) =>
      new AuthenticationDetails({ Username, ...(Password !== undefined && { Password }) })
    const signIn = (user: CognitoUser, word = password) =>
      next((callbacks) => user.authenticateUser(details(user.getUsername(), word), callbacks))
    const sendCode = (user: CognitoUser, code: string, kind?: string) =>
      next((callbacks) => user.sendMFACode(code, callbacks, kind))
    async function signedIn(user: CognitoUser, word = password): Promise<CognitoUserSession> {
      const step = await signIn(user, word)
      if (step.step !== 'signed in') throw new Error(`asked for ${step.step}`)
      return step.session
    }
    const attributesOf = async (user: CognitoUser) => {
      const list = await call<CognitoUserAttribute[]>((callback) => user.getUserAttributes(callback))
      return Object.fromEntries((list ?? []).map((one) => [one.getName(), one.getValue()]))
    }

    test('sign-up, confirmation, sign-in by SRP, and the session of a later visit', async () => {
      const { pool, user, made, Storage } = await newApp()
      const email = 'ada@example.com'
      const attributes = [new CognitoUserAttribute({ Name: 'email', Value: email })]
      const signedUp = await call<{ userConfirmed: boolean; userSub: string }>((callback) =>
        pool.signUp('Ada', password, attributes, [], callback),
      )
      expect(signedUp).toMatchObject({
        userConfirmed: false,
        codeDeliveryDetails: { AttributeName: 'email', DeliveryMedium: 'EMAIL', Destination: 'a***@e***' },
      })
      await expect(signIn(user('ada'))).rejects.toMatchObject({ code: 'UserNotConfirmedException' })
      await call((callback) => user('ada').resendConfirmationCode(callback))
      const code = await server().code(email, 'ResendCode')
      await expect(call((callback) => user('ada').confirmRegistration('000000', true, callback))).rejects.toMatchObject(
        { code: 'CodeMismatchException' },
      )
      expect(await call((callback) => user('ada').confirmRegistration(code, true, callback))).toBe('SUCCESS')

      const session = await signedIn(user('ada'))
      expect(session.getIdToken().payload).toMatchObject({ email, email_verified: true, sub: signedUp?.userSub })
      const later = openApp(made, Storage).pool.getCurrentUser()
      const kept = await call<CognitoUserSession>((callback) => later?.getSession(callback))
      expect(kept?.getAccessToken().getJwtToken()).toBe(session.getAccessToken().getJwtToken())
      expect(await attributesOf(later as CognitoUser)).toMatchObject({ email, email_verified: 'true' })
      await expect(call((callback) => pool.signUp('ada', password, attributes, [], callback))).rejects.toMatchObject({
        code: 'UsernameExistsException',
      })
    })

    describe.each(['USER_SRP_AUTH', 'USER_PASSWORD_AUTH'])('%s', (flow) => {
      const by = (user: CognitoUser) => {
        user.setAuthenticationFlowType(flow)
        return user
      }
      test('the right password, a wrong one, a disabled user, one to be reset', async () => {
        const { user, made } = await newApp()
        const { username } = await addPerson(server(), made)
        await expect(signIn(by(user(username)), 'Wrong-Horse-1')).rejects.toMatchObject({
          code: 'NotAuthorizedException',
          message: 'Incorrect username or password.',
        })
        expect(await signIn(by(user(username)))).toMatchObject({ step: 'signed in' })
        const key = { UserPoolId: made.poolId, Username: username }
        await server().api.send(new AdminResetUserPasswordCommand(key))
        await expect(signIn(by(user(username)))).rejects.toMatchObject({ code: 'PasswordResetRequiredException' })
        const other = await addPerson(server(), made)
        await server().api.send(new AdminDisableUserCommand({ UserPoolId: made.poolId, Username: other.username }))
        await expect(signIn(by(user(other.username)))).rejects.toMatchObject({ code: 'NotAuthorizedException' })
      })

      test.each([
        ['ENABLED', 'NotAuthorizedException', 'Incorrect username or password.'],
        ['LEGACY', 'UserNotFoundException', 'User does not exist.'],
      ] as const)('an unknown user, with PreventUserExistenceErrors %s', async (mode, code, message) => {
        const { user } = await newApp({ client: { PreventUserExistenceErrors: mode } })
        await expect(signIn(by(user('nobody')))).rejects.toMatchObject({ code, message })
      })

      test('an alias leads to the user: the name in the hash is the one that the server gives', async () => {
        const { user, made } = await newApp({ pool: { AliasAttributes: ['email', 'phone_number'] } })
        const { username, email, phone } = await addPerson(server(), made)
        for (const name of [email, email.toUpperCase(), phone]) {
          const session = await signedIn(by(user(name)))
          expect(session.getAccessToken().payload.username).toBe(username)
        }
      })

      test('an invited user sets a new password and what is missing', async () => {
        const { user, made } = await newApp({
          pool: { Schema: [{ Name: 'given_name', Required: true, Mutable: true }] },
        })
        const { username, email, phone } = await addPerson(server(), made, { invited: true })
        const invited = by(user(username))
        expect(await signIn(invited)).toEqual({
          step: 'new password',
          attributes: { email, email_verified: 'true', phone_number: phone, phone_number_verified: 'true' },
          required: ['given_name'],
        })
        const complete = (word: string, attributes: Record<string, string>) =>
          next((callbacks) => invited.completeNewPasswordChallenge(word, attributes, callbacks))
        await expect(complete('short', { given_name: 'Ada' })).rejects.toMatchObject({
          code: 'InvalidPasswordException',
        })
        expect(await complete('Another-Horse-2', { given_name: 'Ada' })).toMatchObject({ step: 'signed in' })
        expect(await attributesOf(invited)).toMatchObject({ given_name: 'Ada', email })
        expect(await signIn(by(user(username)), 'Another-Horse-2')).toMatchObject({ step: 'signed in' })
      })
    })

    test('many wrong passwords lock, also by SRP, and the wait ends', async () => {
      const { user, made, tick } = await newApp()
      const { username } = await addPerson(server(), made)
      // The wait doubles with each failure after the fifth: ten of them leave time for a slow machine.
      for (let tries = 0; tries < 10; tries++) {
        await tick(20)
        await expect(signIn(user(username), 'Wrong-Horse-1')).rejects.toMatchObject({
          message: 'Incorrect username or password.',
        })
      }
      await expect(signIn(user(username))).rejects.toMatchObject({ message: 'Password attempts exceeded' })
      await tick(20 * 60)
      expect(await signIn(user(username))).toMatchObject({ step: 'signed in' })
    })

    describe('text messages', () => {
      const input: PoolInput = { mfa: { MfaConfiguration: 'OPTIONAL', SmsMfaConfiguration: { SmsConfiguration } } }

      test('a user switches them on, signs in by a code, and switches them off', async () => {
        const { user, made } = await newApp(input)
        const { username, phone } = await addPerson(server(), made)
        const one = user(username)
        await signedIn(one)
        await call((callback) => one.enableMFA(callback))
        const two = user(username)
        expect(await signIn(two)).toMatchObject({
          step: 'code',
          name: 'SMS_MFA',
          about: {
            CODE_DELIVERY_DELIVERY_MEDIUM: 'SMS',
            CODE_DELIVERY_DESTINATION: phone.replace(/\d(?=\d{4})/g, '*'),
          },
        })
        const code = await server().code(phone, 'Authentication')
        await expect(sendCode(two, code === '000000' ? '111111' : '000000')).rejects.toMatchObject({
          code: 'CodeMismatchException',
        })
        expect(await sendCode(two, code)).toMatchObject({ step: 'signed in' })
        await expect(sendCode(two, code)).rejects.toMatchObject({ code: 'NotAuthorizedException' })
        await call((callback) => two.disableMFA(callback))
        expect(await signIn(user(username))).toMatchObject({ step: 'signed in' })
      })

      test('where the pool demands them, a verified number is enough', async () => {
        const { user, made } = await newApp({ mfa: { ...input.mfa, MfaConfiguration: 'ON' } })
        const { username, phone } = await addPerson(server(), made)
        const one = user(username)
        expect(await signIn(one)).toMatchObject({ step: 'code', name: 'SMS_MFA' })
        expect(await sendCode(one, await server().code(phone, 'Authentication'))).toMatchObject({ step: 'signed in' })
      })

      test('a code is over when the session is', async () => {
        const { user, made, tick } = await newApp({ mfa: { ...input.mfa, MfaConfiguration: 'ON' } })
        const { username, phone } = await addPerson(server(), made)
        const one = user(username)
        await signIn(one)
        const code = await server().code(phone, 'Authentication')
        await tick(3 * 60 + 1)
        await expect(sendCode(one, code)).rejects.toMatchObject({ code: 'NotAuthorizedException' })
      })
    })

    describe('an authenticator app', () => {
      const mfa = (MfaConfiguration: UserPoolMfaType): PoolInput => ({
        mfa: {
          MfaConfiguration,
          SoftwareTokenMfaConfiguration: { Enabled: true },
          SmsMfaConfiguration: { SmsConfiguration },
        },
      })
      const associate = (user: CognitoUser) =>
        new Promise<string>((associateSecretCode, onFailure) =>
          user.associateSoftwareToken({ associateSecretCode, onFailure }),
        )
      const verify = (user: CognitoUser, code: string) =>
        done((callbacks) => user.verifySoftwareToken(code, 'phone', callbacks))
      const prefer = (user: CognitoUser, sms: boolean, app: boolean) =>
        call((callback) =>
          user.setUserMfaPreference(
            { Enabled: true, PreferredMfa: sms },
            { Enabled: true, PreferredMfa: app },
            callback,
          ),
        )

      test('set up while signed in, then asked for; the choice where nothing is preferred', async () => {
        const { user, made, tick, appCode } = await newApp(mfa('OPTIONAL'))
        const { username, phone } = await addPerson(server(), made)
        const one = user(username)
        await signedIn(one)
        const secret = await associate(one)
        const wrong = appCode(secret) === '000000' ? '111111' : '000000'
        await expect(verify(one, wrong)).rejects.toMatchObject({ code: 'EnableSoftwareTokenMFAException' })
        expect(await verify(one, appCode(secret))).toMatchObject({ Status: 'SUCCESS' })
        await prefer(one, false, true)

        const two = user(username)
        expect(await signIn(two)).toMatchObject({ step: 'app code', name: 'SOFTWARE_TOKEN_MFA' })
        await tick(30)
        await expect(sendCode(two, wrong, 'SOFTWARE_TOKEN_MFA')).rejects.toMatchObject({
          code: 'CodeMismatchException',
        })
        expect(await sendCode(two, appCode(secret), 'SOFTWARE_TOKEN_MFA')).toMatchObject({ step: 'signed in' })

        await prefer(two, false, false)
        for (const kind of ['SMS_MFA', 'SOFTWARE_TOKEN_MFA'] as const) {
          await tick(30)
          const three = user(username)
          expect(await signIn(three)).toMatchObject({
            step: 'choice',
            about: { MFAS_CAN_CHOOSE: '["SMS_MFA","SOFTWARE_TOKEN_MFA"]' },
          })
          const asked = await next((callbacks) =>
            three.sendMFASelectionAnswer(kind, {
              onSuccess: () => callbacks.onFailure(new Error('signed in without a code')),
              onFailure: callbacks.onFailure,
              mfaRequired: (...given) => callbacks.mfaRequired?.(...given),
              totpRequired: (...given) => callbacks.totpRequired?.(...given),
            }),
          )
          expect(asked).toMatchObject({ name: kind })
          const code = kind === 'SMS_MFA' ? await server().code(phone, 'Authentication') : appCode(secret)
          expect(await sendCode(three, code, kind)).toMatchObject({ step: 'signed in' })
        }
      })

      test('set up on the way in, where the pool demands it', async () => {
        const { user, made, tick, appCode } = await newApp({
          mfa: { MfaConfiguration: 'ON', SoftwareTokenMfaConfiguration: { Enabled: true } },
        })
        const { username } = await addPerson(server(), made)
        const one = user(username)
        expect(await signIn(one)).toMatchObject({
          step: 'set-up',
          about: { MFAS_CAN_SETUP: '["SOFTWARE_TOKEN_MFA"]' },
        })
        const secret = await associate(one)
        await expect(verify(one, appCode(secret) === '000000' ? '111111' : '000000')).rejects.toMatchObject({
          code: 'EnableSoftwareTokenMFAException',
        })
        expect(await verify(one, appCode(secret))).toHaveProperty('idToken')
        const two = user(username)
        expect(await signIn(two)).toMatchObject({ step: 'app code' })
        await expect(sendCode(two, appCode(secret), 'SOFTWARE_TOKEN_MFA')).rejects.toMatchObject({
          code: 'CodeMismatchException',
        })
        await tick(30)
        expect(await sendCode(two, appCode(secret), 'SOFTWARE_TOKEN_MFA')).toMatchObject({ step: 'signed in' })
      })
    })

    describe('a custom challenge', () => {
      const input: PoolInput = { pool: { LambdaConfig: riddleConfig } }
      const answer = (user: CognitoUser, text: string) =>
        next((callbacks) => user.sendCustomChallengeAnswer(text, callbacks))

      test('alone', async () => {
        const { user, made } = await newApp(input)
        const { username } = await addPerson(server(), made)
        const one = user(username)
        one.setAuthenticationFlowType('CUSTOM_AUTH')
        const begun = await next((callbacks) => one.initiateAuth(details(username, undefined), callbacks))
        expect(begun).toMatchObject({ step: 'custom', about: { question: expect.any(String), tries: '0' } })
        expect(await answer(one, 'a jailer')).toMatchObject({ step: 'custom', about: { tries: '1' } })
        expect(await answer(one, 'piano')).toMatchObject({ step: 'signed in' })
      })

      test('after SRP, and not after a wrong password', async () => {
        const { user, made } = await newApp(input)
        const { username } = await addPerson(server(), made)
        const one = user(username)
        one.setAuthenticationFlowType('CUSTOM_AUTH')
        expect(await signIn(one)).toMatchObject({ step: 'custom', about: { tries: '0' } })
        expect(await answer(one, 'piano')).toMatchObject({ step: 'signed in' })
        const two = user(username)
        two.setAuthenticationFlowType('CUSTOM_AUTH')
        await expect(signIn(two, 'Wrong-Horse-1')).rejects.toMatchObject({ code: 'NotAuthorizedException' })
      })

      test('three wrong answers end it', async () => {
        const { user, made } = await newApp(input)
        const { username } = await addPerson(server(), made)
        const one = user(username)
        await next((callbacks) => one.initiateAuth(details(username, undefined), callbacks))
        await answer(one, 'wrong')
        await answer(one, 'wrong')
        await expect(answer(one, 'wrong')).rejects.toMatchObject({
          code: 'NotAuthorizedException',
          message: 'Incorrect username or password.',
        })
        await expect(answer(one, 'piano')).rejects.toMatchObject({ code: 'NotAuthorizedException' })
      })

      test('a pool without the triggers', async () => {
        const { user, made } = await newApp()
        const { username } = await addPerson(server(), made)
        const begun = next((callbacks) => user(username).initiateAuth(details(username, undefined), callbacks))
        await expect(begun).rejects.toMatchObject({ code: 'InvalidParameterException' })
      })
    })

    // Where a device does not stand in for the code, this client fails: it answers DEVICE_SRP_AUTH after a code with the
    // session of the code (sendMFACode). Amplify's suite has that case.
    describe('a device', () => {
      const tracked = (asks: boolean): PoolInput => ({
        pool: {
          DeviceConfiguration: { ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: asks },
        },
        mfa: { MfaConfiguration: 'ON', SmsMfaConfiguration: { SmsConfiguration } },
      })
      const deviceOf = (user: CognitoUser) =>
        done<{ Device: { DeviceKey: string; DeviceAttributes: object[] } }>((callbacks) =>
          user.getDevice({ onSuccess: callbacks.onSuccess as () => void, onFailure: callbacks.onFailure }),
        )
      /** Signs in by password and text message. */
      async function bySms(user: CognitoUser, phone: string): Promise<Step> {
        expect(await signIn(user)).toMatchObject({ step: 'code', name: 'SMS_MFA' })
        return sendCode(user, await server().code(phone, 'Authentication'))
      }

      test.each(['USER_SRP_AUTH', 'USER_PASSWORD_AUTH'])('remembered, it stands in for the code: %s', async (flow) => {
        const { user, made } = await newApp(tracked(false))
        const { username, phone } = await addPerson(server(), made)
        const fresh = (app: Pick<ReturnType<typeof openApp>, 'user'> = { user }) => {
          const one = app.user(username)
          one.setAuthenticationFlowType(flow)
          return one
        }
        const one = fresh()
        expect(await bySms(one, phone)).toMatchObject({ step: 'signed in', confirmDevice: false })
        const { Device } = await deviceOf(one)
        expect(Device.DeviceKey).toMatch(/^[\w-]+_[0-9a-f-]{36}$/)

        const two = fresh()
        const session = await signIn(two)
        expect(session).toMatchObject({ step: 'signed in' })
        if (session.step !== 'signed in') return
        expect(session.session.getAccessToken().payload.device_key).toBe(Device.DeviceKey)
        const renewed = await call<CognitoUserSession>((callback) =>
          two.refreshSession(session.session.getRefreshToken(), callback),
        )
        expect(renewed?.getAccessToken().payload.device_key).toBe(Device.DeviceKey)

        const elsewhere = fresh(openApp(made))
        expect(await bySms(elsewhere, phone)).toMatchObject({ step: 'signed in' })
        const { Devices } = await done<{ Devices: { DeviceKey: string }[] }>((callbacks) =>
          elsewhere.listDevices(10, null, callbacks),
        )
        expect(Devices).toHaveLength(2)

        // Forgotten from afar, the first device finds out when it signs in, and is a new one.
        await done((callbacks) => elsewhere.forgetSpecificDevice(Device.DeviceKey, callbacks))
        const three = fresh()
        if (flow === 'USER_SRP_AUTH') {
          expect(await bySms(three, phone)).toMatchObject({ step: 'signed in' })
          expect((await deviceOf(three)).Device.DeviceKey).not.toBe(Device.DeviceKey)
        }
        // The client handles it for SRP alone.
        else await expect(signIn(three)).rejects.toMatchObject({ code: 'ResourceNotFoundException' })
      })

      test('the user is asked whether it shall be remembered', async () => {
        const { user, made } = await newApp(tracked(true))
        const { username, phone } = await addPerson(server(), made)
        const one = user(username)
        expect(await bySms(one, phone)).toMatchObject({ step: 'signed in', confirmDevice: true })
        const two = user(username)
        expect(await bySms(two, phone)).toMatchObject({ step: 'signed in', confirmDevice: false })
        await done((callbacks) => two.setDeviceStatusRemembered(callbacks))
        const three = user(username)
        expect(await signIn(three)).toMatchObject({ step: 'signed in' })
        await done((callbacks) => three.setDeviceStatusNotRemembered(callbacks))
        const four = user(username)
        expect(await bySms(four, phone)).toMatchObject({ step: 'signed in', confirmDevice: false })
        await done((callbacks) => four.forgetDevice(callbacks))
        await expect(deviceOf(four)).rejects.toBeDefined()
      })

      test('its secret is needed, not its name', async () => {
        const { user, made, Storage } = await newApp(tracked(false))
        const { username, phone } = await addPerson(server(), made)
        await bySms(user(username), phone)
        Storage.setItem(`CognitoIdentityServiceProvider.${made.clientId}.${username}.randomPasswordKey`, 'guessed')
        await expect(signIn(user(username))).rejects.toMatchObject({
          code: 'NotAuthorizedException',
          message: 'Incorrect username or password.',
        })
      })
    })

    test('a forgotten password', async () => {
      const { user, made } = await newApp()
      const { username, phone } = await addPerson(server(), made)
      const one = user(username)
      const delivery = await new Promise((inputVerificationCode, onFailure) =>
        one.forgotPassword({ onSuccess: () => {}, onFailure, inputVerificationCode }),
      )
      expect(delivery).toMatchObject({ CodeDeliveryDetails: { Destination: expect.stringMatching(/\*\*\*/) } })
      const code = await server().code(phone, 'ForgotPassword')
      const confirm = (given: string) => done((callbacks) => one.confirmPassword(given, 'Another-Horse-2', callbacks))
      await expect(confirm(code === '000000' ? '111111' : '000000')).rejects.toMatchObject({
        code: 'CodeMismatchException',
      })
      expect(await confirm(code)).toBe('SUCCESS')
      await expect(signIn(user(username))).rejects.toMatchObject({ code: 'NotAuthorizedException' })
      expect(await signIn(user(username), 'Another-Horse-2')).toMatchObject({ step: 'signed in' })
    })

    test('a changed password', async () => {
      const { user, made } = await newApp()
      const { username } = await addPerson(server(), made)
      const one = user(username)
      await signedIn(one)
      const change = (old: string) => call((callback) => one.changePassword(old, 'Another-Horse-2', callback))
      await expect(change('Wrong-Horse-1')).rejects.toMatchObject({ code: 'NotAuthorizedException' })
      expect(await change(password)).toBe('SUCCESS')
      expect(await signIn(user(username), 'Another-Horse-2')).toMatchObject({ step: 'signed in' })
      await expect(signIn(user(username))).rejects.toMatchObject({ code: 'NotAuthorizedException' })
    })

    test('a changed address is verified', async () => {
      const { user, made } = await newApp()
      const { username } = await addPerson(server(), made)
      const one = user(username)
      await signedIn(one)
      const email = `new-${username}@example.com`
      await call((callback) =>
        one.updateAttributes([new CognitoUserAttribute({ Name: 'email', Value: email })], callback),
      )
      expect(await attributesOf(one)).toMatchObject({ email, email_verified: 'false' })
      const sent = await server().code(email, 'UpdateUserAttribute')
      const verify = (code: string) => done((callbacks) => one.verifyAttribute('email', code, callbacks))
      await expect(verify(sent === '000000' ? '111111' : '000000')).rejects.toMatchObject({
        code: 'CodeMismatchException',
      })
      await new Promise((inputVerificationCode, onFailure) =>
        one.getAttributeVerificationCode('email', { onSuccess: () => {}, onFailure, inputVerificationCode }),
      )
      expect(await verify(await server().code(email, 'VerifyUserAttribute'))).toBe('SUCCESS')
      expect(await attributesOf(one)).toMatchObject({ email, email_verified: 'true' })
    })

    describe('the end of a session', () => {
      const refresh = (user: CognitoUser, session: CognitoUserSession) =>
        call<CognitoUserSession>((callback) => user.refreshSession(session.getRefreshToken(), callback))

      test('a refresh gives new tokens, until everybody is signed out', async () => {
        const { user, made, tick } = await newApp()
        const { username } = await addPerson(server(), made)
        const one = user(username)
        const first = await signedIn(one)
        await tick(1)
        const second = await refresh(one, first)
        expect(second?.getAccessToken().getJwtToken()).not.toBe(first.getAccessToken().getJwtToken())
        expect(second?.getIdToken().payload.origin_jti).toBe(first.getIdToken().payload.origin_jti)
        const elsewhere = user(username)
        await signedIn(elsewhere)
        expect(await done((callbacks) => one.globalSignOut(callbacks))).toBe('SUCCESS')
        await expect(attributesOf(elsewhere)).rejects.toMatchObject({ code: 'NotAuthorizedException' })
        await expect(refresh(user(username), first)).rejects.toMatchObject({ code: 'NotAuthorizedException' })
      })

      test('signing out revokes the tokens', async () => {
        const { user, made, pool } = await newApp()
        const { username } = await addPerson(server(), made)
        const one = user(username)
        const session = await signedIn(one)
        await call((callback) => one.signOut(callback as () => void))
        expect(pool.getCurrentUser()).toBeNull()
        await expect(refresh(user(username), session)).rejects.toMatchObject({ code: 'NotAuthorizedException' })
      })

      test('a user deletes the account', async () => {
        const { user, made } = await newApp()
        const { username } = await addPerson(server(), made)
        const one = user(username)
        await signedIn(one)
        expect(await call((callback) => one.deleteUser(callback))).toBe('SUCCESS')
        await expect(signIn(user(username))).rejects.toMatchObject({ code: 'NotAuthorizedException' })
      })
    })
  },
  { config: { functions } },
)
