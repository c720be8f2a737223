// Every flow and every challenge of InitiateAuth and RespondToAuthChallenge, through the AWS SDK: what is asked, what a
// right answer brings, what a wrong one does not.
import { createHmac } from 'node:crypto'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  AdminInitiateAuthCommand,
  AdminRespondToAuthChallengeCommand,
  AdminSetUserMFAPreferenceCommand,
  AdminSetUserPasswordCommand,
  AdminUpdateUserAttributesCommand,
  type AuthFlowType,
  type ChallengeNameType,
  GetUserCommand,
  InitiateAuthCommand,
  type InitiateAuthCommandOutput,
  ListUsersCommand,
  RespondToAuthChallengeCommand,
  SetUserPoolMfaConfigCommand,
  UpdateUserPoolCommand,
  type UpdateUserPoolCommandInput,
} from '@aws-sdk/client-cognito-identity-provider'
import AuthenticationHelper from 'amazon-cognito-identity-js/lib/AuthenticationHelper.js'
import BigInteger from 'amazon-cognito-identity-js/lib/BigInteger.js'
import { describe, expect, test } from 'vitest'
import { type AppClient, addClient, addUser, buildHouse, type House } from './hosted.ts'
import { eachServer } from './server.ts'

const functions = mkdtempSync(join(tmpdir(), 'poolhouse-sign-in-functions-'))
const seen = (name: string) => join(functions, `${name}.json`)
const record = (name: string) =>
  `require('node:fs').appendFileSync(${JSON.stringify(seen(name))}, JSON.stringify(event) + '\\n')`
const sources: Readonly<Record<string, string>> = {
  'before.js': `exports.handler = async (event) => {
    ${record('before')}
    if (event.request.validationData && event.request.validationData.refuse) throw new Error('Not on Sundays')
    return event
  }`,
  'after.js': `exports.handler = async (event) => { ${record('after')}; return event }`,
  'define.js': `exports.handler = async (event) => {
    ${record('define')}
    const { session } = event.request
    const last = session[session.length - 1]
    if (session.length > 0 && session[0].challengeName === 'SRP_A' && session.length === 1)
      event.response = { challengeName: 'PASSWORD_VERIFIER', issueTokens: false, failAuthentication: false }
    else if (last && last.challengeName === 'CUSTOM_CHALLENGE' && last.challengeResult)
      event.response = { issueTokens: true, failAuthentication: false }
    else if (session.filter(({ challengeName }) => challengeName === 'CUSTOM_CHALLENGE').length >= 3)
      event.response = { issueTokens: false, failAuthentication: true }
    else event.response = { challengeName: 'CUSTOM_CHALLENGE', issueTokens: false, failAuthentication: false }
    return event
  }`,
  'create.js': `exports.handler = async (event) => {
    ${record('create')}
    event.response = {
      publicChallengeParameters: { question: 'the colour of the sky' },
      privateChallengeParameters: { answer: 'blue' },
      challengeMetadata: 'COLOUR',
    }
    return event
  }`,
  'verify.js': `exports.handler = async (event) => {
    ${record('verify')}
    event.response = { answerCorrect: event.request.challengeAnswer === event.request.privateChallengeParameters.answer }
    return event
  }`,
  'migrate.js': `exports.handler = async (event) => {
    if (event.userName === 'old-friend' && event.request.password === 'Old-Password-1')
      event.response = {
        userAttributes: { email: 'old@example.com', email_verified: 'true' },
        finalUserStatus: 'CONFIRMED', messageAction: 'SUPPRESS',
      }
    else throw new Error('Bad password')
    return event
  }`,
}
for (const [name, source] of Object.entries(sources)) writeFileSync(join(functions, name), source)
const arn = (name: string) => `arn:aws:lambda:eu-west-1:000000000000:function:${name}`

type Answers = Readonly<Record<string, string>>

/** The public client's half of SRP. */
async function srpClient(poolId: string, password: string) {
  const group = poolId.slice(poolId.indexOf('_') + 1)
  const helper = new AuthenticationHelper(group)
  const A = await new Promise<{ toString(radix: number): string }>((resolve, reject) =>
    helper.getLargeAValue((error, value) => (error ? reject(error) : resolve(value))),
  )
  return {
    SRP_A: A.toString(16),
    async claim(parameters: Answers): Promise<Answers> {
      const { SRP_B = '', SALT = '', SECRET_BLOCK = '', USER_ID_FOR_SRP = '' } = parameters
      const key = await new Promise<Uint8Array>((resolve, reject) =>
        helper.getPasswordAuthenticationKey(
          USER_ID_FOR_SRP,
          password,
          new BigInteger(SRP_B, 16),
          new BigInteger(SALT, 16),
          (error, value) => (error ? reject(error) : resolve(value)),
        ),
      )
      const TIMESTAMP = 'Tue Nov 24 07:21:12 UTC 2026'
      const signature = createHmac('sha256', Buffer.from(key))
        .update(group + USER_ID_FOR_SRP)
        .update(Buffer.from(SECRET_BLOCK, 'base64'))
        .update(TIMESTAMP)
        .digest('base64')
      return {
        USERNAME: USER_ID_FOR_SRP,
        PASSWORD_CLAIM_SIGNATURE: signature,
        PASSWORD_CLAIM_SECRET_BLOCK: SECRET_BLOCK,
        TIMESTAMP,
      }
    },
  }
}

eachServer(
  'Sign-in through the AWS SDK',
  (server) => {
    const flows = [
      'ALLOW_USER_SRP_AUTH',
      'ALLOW_USER_PASSWORD_AUTH',
      'ALLOW_ADMIN_USER_PASSWORD_AUTH',
      'ALLOW_CUSTOM_AUTH',
      'ALLOW_USER_AUTH',
      'ALLOW_REFRESH_TOKEN_AUTH',
    ] as const

    async function build(
      settings: Omit<UpdateUserPoolCommandInput, 'UserPoolId'> = {},
      client: Parameters<typeof addClient>[1] = {},
    ) {
      const { api } = server()
      const house = await buildHouse(server())
      if (Object.keys(settings).length > 0)
        await api.send(new UpdateUserPoolCommand({ UserPoolId: house.poolId, ...settings }))
      const app = await addClient(house, {
        ExplicitAuthFlows: [...flows],
        PreventUserExistenceErrors: 'ENABLED',
        ...client,
      })
      const start = (AuthFlow: AuthFlowType, AuthParameters: Answers, ClientMetadata?: Record<string, string>) =>
        api.send(new InitiateAuthCommand({ ClientId: app.id, AuthFlow, AuthParameters, ClientMetadata }))
      const respond = (
        ChallengeName: ChallengeNameType,
        { Session }: Pick<InitiateAuthCommandOutput, 'Session'>,
        ChallengeResponses: Answers,
        ClientId = app.id,
      ) => api.send(new RespondToAuthChallengeCommand({ ClientId, ChallengeName, Session, ChallengeResponses }))
      const withPassword = (USERNAME = house.username, PASSWORD = house.password) =>
        start('USER_PASSWORD_AUTH', { USERNAME, PASSWORD })
      return { house, app, start, respond, withPassword, api }
    }

    const mfa = async (house: House, MfaConfiguration: 'ON' | 'OPTIONAL', factors: object) => {
      await server().api.send(
        new SetUserPoolMfaConfigCommand({ UserPoolId: house.poolId, MfaConfiguration, ...factors }),
      )
    }
    const phone = '+4915100000001'
    const withPhone = (house: House) =>
      server().api.send(
        new AdminUpdateUserAttributesCommand({
          UserPoolId: house.poolId,
          Username: house.username,
          UserAttributes: [
            { Name: 'phone_number', Value: phone },
            { Name: 'phone_number_verified', Value: 'true' },
          ],
        }),
      )
    const sms = { SmsMfaConfiguration: { SmsConfiguration: { SnsCallerArn: 'arn:aws:iam::000000000000:role/sms' } } }
    const email = { EmailMfaConfiguration: { Message: 'Your code: {####}', Subject: 'Code' } }

    describe('SRP', () => {
      test('the password is proven and never sent; each exchange works once', async () => {
        const { house, start, respond, api } = await build()
        const srp = await srpClient(house.poolId, house.password)
        const asked = await start('USER_SRP_AUTH', { USERNAME: house.username, SRP_A: srp.SRP_A })
        expect(asked.ChallengeName).toBe('PASSWORD_VERIFIER')
        expect(asked.ChallengeParameters).toMatchObject({ USER_ID_FOR_SRP: house.username, USERNAME: house.username })
        const claim = await srp.claim(asked.ChallengeParameters ?? {})
        const { AuthenticationResult } = await respond('PASSWORD_VERIFIER', asked, claim)
        expect((await api.send(new GetUserCommand({ AccessToken: AuthenticationResult?.AccessToken }))).Username).toBe(
          house.username,
        )
        await expect(respond('PASSWORD_VERIFIER', asked, claim)).rejects.toMatchObject({
          name: 'NotAuthorizedException',
          message: 'Invalid session for the user, session is expired.',
        })
      })

      test('an administrator may use it too', async () => {
        const { house, app, api } = await build()
        const srp = await srpClient(house.poolId, house.password)
        const party = { UserPoolId: house.poolId, ClientId: app.id }
        const AuthParameters = { USERNAME: house.username, SRP_A: srp.SRP_A }
        const asked = await api.send(
          new AdminInitiateAuthCommand({ ...party, AuthFlow: 'USER_SRP_AUTH', AuthParameters }),
        )
        const done = await api.send(
          new AdminRespondToAuthChallengeCommand({
            ...party,
            ChallengeName: 'PASSWORD_VERIFIER',
            ChallengeResponses: await srp.claim(asked.ChallengeParameters ?? {}),
          }),
        )
        expect(done.AuthenticationResult?.AccessToken).toBeTruthy()
      })

      test('a wrong password and a name that nobody has are refused in the same words, by the same questions', async () => {
        const { house, start, respond } = await build()
        const ask = async (USERNAME: string) => {
          const srp = await srpClient(house.poolId, 'Wrong-Horse-1')
          const asked = await start('USER_SRP_AUTH', { USERNAME, SRP_A: srp.SRP_A })
          const claim = await srp.claim(asked.ChallengeParameters ?? {})
          const error = await respond('PASSWORD_VERIFIER', asked, claim).catch((thrown: Error) => thrown)
          return { parameters: asked.ChallengeParameters ?? {}, error }
        }
        const known = await ask(house.username)
        const unknown = await ask('nobody')
        for (const { error } of [known, unknown])
          expect(error).toMatchObject({ name: 'NotAuthorizedException', message: 'Incorrect username or password.' })
        expect(Object.keys(unknown.parameters).sort()).toEqual(Object.keys(known.parameters).sort())
        for (const name of ['SALT', 'SRP_B', 'SECRET_BLOCK'])
          expect(unknown.parameters[name]?.length).toBe(known.parameters[name]?.length)
        expect(unknown.parameters.USER_ID_FOR_SRP).toBe('nobody')
        expect((await ask('nobody')).parameters.SALT).toBe(unknown.parameters.SALT)
        expect((await ask('somebody else')).parameters.SALT).not.toBe(unknown.parameters.SALT)
      })

      test('without prevention a name that nobody has is said to be unknown', async () => {
        const { house, start } = await build({}, { PreventUserExistenceErrors: 'LEGACY' })
        const srp = await srpClient(house.poolId, 'x')
        await expect(start('USER_SRP_AUTH', { USERNAME: 'nobody', SRP_A: srp.SRP_A })).rejects.toMatchObject({
          name: 'UserNotFoundException',
          message: 'User does not exist.',
        })
      })

      test('shares that would let anybody in are refused', async () => {
        const { house, start } = await build()
        const prime = new AuthenticationHelper('x').N.toString(16)
        for (const SRP_A of ['0', prime, '00', 'nonsense'])
          await expect(start('USER_SRP_AUTH', { USERNAME: house.username, SRP_A })).rejects.toMatchObject({
            name: 'InvalidParameterException',
          })
      })

      test('five wrong proofs lock the account, for every door', async () => {
        const { house, start, respond, withPassword } = await build()
        for (let failure = 0; failure < 5; failure++) {
          const srp = await srpClient(house.poolId, 'Wrong-Horse-1')
          const asked = await start('USER_SRP_AUTH', { USERNAME: house.username, SRP_A: srp.SRP_A })
          await respond('PASSWORD_VERIFIER', asked, await srp.claim(asked.ChallengeParameters ?? {})).catch(() => {})
        }
        await expect(withPassword()).rejects.toMatchObject({ message: 'Password attempts exceeded' })
      })
    })

    describe('second factors', () => {
      test('text message: asked, sent, checked; a wrong code leaves the session, a used one does not', async () => {
        const { house, respond, withPassword } = await build()
        await withPhone(house)
        await mfa(house, 'ON', sms)
        const asked = await withPassword()
        expect(asked).toMatchObject({
          ChallengeName: 'SMS_MFA',
          ChallengeParameters: { CODE_DELIVERY_DELIVERY_MEDIUM: 'SMS', CODE_DELIVERY_DESTINATION: '+*********0001' },
        })
        const code = await server().code(phone, 'Authentication')
        const answer = (SMS_MFA_CODE: string) => respond('SMS_MFA', asked, { USERNAME: house.username, SMS_MFA_CODE })
        const wrong = code === '000000' ? '000001' : '000000'
        await expect(answer(wrong)).rejects.toMatchObject({ name: 'CodeMismatchException' })
        expect((await answer(code)).AuthenticationResult?.AccessToken).toBeTruthy()
        await expect(answer(code)).rejects.toMatchObject({ name: 'NotAuthorizedException' })
      })

      test('e-mail, of a user who chose it', async () => {
        const { house, respond, withPassword, api } = await build()
        await mfa(house, 'OPTIONAL', email)
        expect((await withPassword()).AuthenticationResult).toBeDefined()
        await api.send(
          new AdminSetUserMFAPreferenceCommand({
            UserPoolId: house.poolId,
            Username: house.username,
            EmailMfaSettings: { Enabled: true, PreferredMfa: true },
          }),
        )
        const asked = await withPassword()
        expect(asked.ChallengeName).toBe('EMAIL_OTP')
        const EMAIL_OTP_CODE = await server().code(house.email, 'Authentication')
        const done = await respond('EMAIL_OTP', asked, { USERNAME: house.username, EMAIL_OTP_CODE })
        expect(done.AuthenticationResult?.AccessToken).toBeTruthy()
      })

      test('two without a preference: the user is asked which', async () => {
        const { house, respond, withPassword } = await build()
        await withPhone(house)
        await mfa(house, 'ON', { ...sms, ...email })
        const asked = await withPassword()
        expect(asked.ChallengeName).toBe('SELECT_MFA_TYPE')
        expect(JSON.parse(asked.ChallengeParameters?.MFAS_CAN_CHOOSE ?? '')).toEqual(['SMS_MFA', 'EMAIL_OTP'])
        const USERNAME = house.username
        await expect(
          respond('SELECT_MFA_TYPE', asked, { USERNAME, ANSWER: 'SOFTWARE_TOKEN_MFA' }),
        ).rejects.toMatchObject({ name: 'InvalidParameterException' })
        const picked = await respond('SELECT_MFA_TYPE', asked, { USERNAME, ANSWER: 'EMAIL_MFA' })
        expect(picked.ChallengeName).toBe('EMAIL_OTP')
        const EMAIL_OTP_CODE = await server().code(house.email, 'Authentication')
        expect((await respond('EMAIL_OTP', picked, { USERNAME, EMAIL_OTP_CODE })).AuthenticationResult).toBeDefined()
      })

      test('who knows the password cannot guess codes for ever: a right password does not clear the counter', async () => {
        const { house, respond, withPassword } = await build()
        await withPhone(house)
        await mfa(house, 'ON', sms)
        const guesses: string[] = []
        await server().standing(async () => {
          for (let round = 0; round < 4; round++) {
            const asked = await withPassword()
            const code = await server().code(phone, 'Authentication')
            for (let guess = 0; guess < 3; guess++) {
              const SMS_MFA_CODE = code === `00000${guess}` ? '999999' : `00000${guess}`
              const answer = { USERNAME: house.username, SMS_MFA_CODE }
              const error = await respond('SMS_MFA', asked, answer).catch((thrown: Error) => thrown)
              guesses.push(error instanceof Error ? error.message : 'let in')
            }
          }
        })
        expect(guesses.filter((message) => message.startsWith('Invalid code'))).toHaveLength(5)
        expect(guesses.filter((message) => message === 'Password attempts exceeded')).toHaveLength(7)
      })

      test('a session is bound to its client, its user, its step and its time', async () => {
        const { house, respond, withPassword } = await build()
        const other: AppClient = await addClient(house, { ExplicitAuthFlows: [...flows] })
        await addUser(house, 'eve', house.password, 'eve@example.com')
        await withPhone(house)
        await mfa(house, 'ON', sms)
        const asked = await withPassword()
        const SMS_MFA_CODE = await server().code(phone, 'Authentication')
        const answer = { USERNAME: house.username, SMS_MFA_CODE }
        await expect(respond('SMS_MFA', asked, answer, other.id)).rejects.toMatchObject({
          message: 'Invalid session for the user, session is expired.',
        })
        await expect(respond('SMS_MFA', asked, { ...answer, USERNAME: 'eve' })).rejects.toMatchObject({
          message: 'Invalid session for the user.',
        })
        await expect(
          respond('NEW_PASSWORD_REQUIRED', asked, { USERNAME: house.username, NEW_PASSWORD: 'Other-Horse-1' }),
        ).rejects.toMatchObject({ message: 'Invalid session for the user.' })
        server().tick(3 * 60_000 + 1)
        await expect(respond('SMS_MFA', asked, answer)).rejects.toMatchObject({
          message: 'Invalid session for the user, session is expired.',
        })
      })

      test('whoever is in the middle of a sign-in has nothing left once the password is another', async () => {
        const { house, respond, withPassword, api } = await build()
        const key = { UserPoolId: house.poolId, Username: house.username }
        await withPhone(house)
        await mfa(house, 'ON', sms)
        const asked = await withPassword()
        const SMS_MFA_CODE = await server().code(phone, 'Authentication')
        await api.send(new AdminSetUserPasswordCommand({ ...key, Password: 'Other-Horse-1', Permanent: true }))
        await expect(respond('SMS_MFA', asked, { USERNAME: house.username, SMS_MFA_CODE })).rejects.toMatchObject({
          message: 'Invalid session for the user, session is expired.',
        })

        // The old temporary password was known to somebody: it must not undo what the administrator did.
        await api.send(new AdminSetUserPasswordCommand({ ...key, Password: 'Temporary-1x', Permanent: false }))
        const invited = await withPassword(house.username, 'Temporary-1x')
        expect(invited.ChallengeName).toBe('NEW_PASSWORD_REQUIRED')
        await api.send(new AdminSetUserPasswordCommand({ ...key, Password: 'Third-Horse-1', Permanent: true }))
        await expect(
          respond('NEW_PASSWORD_REQUIRED', invited, { USERNAME: house.username, NEW_PASSWORD: 'Stolen-Horse-1' }),
        ).rejects.toMatchObject({ message: 'Invalid session for the user, session is expired.' })
        expect((await withPassword(house.username, 'Third-Horse-1')).ChallengeName).toBe('SMS_MFA')
      })

      test('fifty answers with the right code at once: one is let in', async () => {
        const { house, respond, withPassword } = await build()
        await withPhone(house)
        await mfa(house, 'ON', sms)
        const asked = await withPassword()
        const SMS_MFA_CODE = await server().code(phone, 'Authentication')
        const all = await Promise.allSettled(
          Array.from({ length: 50 }, () => respond('SMS_MFA', asked, { USERNAME: house.username, SMS_MFA_CODE })),
        )
        expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      })

      test('a pool that demands what a user cannot give says so', async () => {
        // No phone number, and an app through which none can be written.
        const { house, withPassword } = await build({}, { WriteAttributes: ['email'] })
        await mfa(house, 'ON', sms)
        await expect(withPassword()).rejects.toMatchObject({ name: 'MFAMethodNotFoundException' })
      })
    })

    describe('USER_AUTH', () => {
      const passwordless = {
        Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP', 'SMS_OTP', 'WEB_AUTHN'] } },
      } as const satisfies Partial<UpdateUserPoolCommandInput>
      const policies = {
        Policies: {
          SignInPolicy: { AllowedFirstAuthFactors: [...passwordless.Policies.SignInPolicy.AllowedFirstAuthFactors] },
        },
      }

      test('a level or an age that is asked for is refused aloud: nothing less is given instead', async () => {
        const { house, start } = await build(policies)
        for (const name of ['TARGET_ACR_VALUES', 'MAX_AGE'])
          await expect(start('USER_AUTH', { USERNAME: house.username, [name]: '1' })).rejects.toMatchObject({
            message: `${name} in the API is not supported by this version of Poolhouse.`,
          })
      })

      test('without a preference the ways are shown, and one is taken', async () => {
        const { house, start, respond } = await build(policies)
        const USERNAME = house.username
        const asked = await start('USER_AUTH', { USERNAME })
        expect(asked).toMatchObject({
          ChallengeName: 'SELECT_CHALLENGE',
          AvailableChallenges: ['PASSWORD', 'PASSWORD_SRP', 'EMAIL_OTP'],
        })
        await expect(respond('SELECT_CHALLENGE', asked, { USERNAME, ANSWER: 'WEB_AUTHN' })).rejects.toMatchObject({
          name: 'InvalidParameterException',
        })
        const mailed = await respond('SELECT_CHALLENGE', asked, { USERNAME, ANSWER: 'EMAIL_OTP' })
        expect(mailed.ChallengeName).toBe('EMAIL_OTP')
        const EMAIL_OTP_CODE = await server().code(house.email, 'Authentication')
        const done = await respond('EMAIL_OTP', mailed, { USERNAME, EMAIL_OTP_CODE })
        expect(done.AuthenticationResult?.AccessToken).toBeTruthy()
      })

      test('the preferred way is gone at once: password, SRP, text message', async () => {
        const { house, start, respond } = await build(policies)
        await withPhone(house)
        const USERNAME = house.username
        const ask = (rest: Answers) => start('USER_AUTH', { USERNAME, ...rest })
        expect(
          (await ask({ PREFERRED_CHALLENGE: 'PASSWORD', PASSWORD: house.password })).AuthenticationResult,
        ).toBeDefined()
        const srp = await srpClient(house.poolId, house.password)
        const exchange = await ask({ PREFERRED_CHALLENGE: 'PASSWORD_SRP', SRP_A: srp.SRP_A })
        const claim = await srp.claim(exchange.ChallengeParameters ?? {})
        expect((await respond('PASSWORD_VERIFIER', exchange, claim)).AuthenticationResult).toBeDefined()
        const sent = await ask({ PREFERRED_CHALLENGE: 'SMS_OTP' })
        expect(sent.ChallengeName).toBe('SMS_OTP')
        const SMS_OTP_CODE = await server().code(phone, 'Authentication')
        expect((await respond('SMS_OTP', sent, { USERNAME, SMS_OTP_CODE })).AuthenticationResult).toBeDefined()
      })

      test('a name that nobody has is shown what others are, and gets nowhere', async () => {
        const { start, respond } = await build(policies)
        const USERNAME = 'nobody'
        const asked = await start('USER_AUTH', { USERNAME })
        expect(asked.AvailableChallenges).toEqual(['PASSWORD', 'PASSWORD_SRP', 'EMAIL_OTP'])
        const mailed = await respond('SELECT_CHALLENGE', asked, { USERNAME, ANSWER: 'EMAIL_OTP' })
        expect(mailed).toMatchObject({
          ChallengeName: 'EMAIL_OTP',
          ChallengeParameters: { CODE_DELIVERY_DELIVERY_MEDIUM: 'EMAIL' },
        })
        await expect(respond('EMAIL_OTP', mailed, { USERNAME, EMAIL_OTP_CODE: '123456' })).rejects.toMatchObject({
          name: 'CodeMismatchException',
        })
        const withPassword = { USERNAME, PREFERRED_CHALLENGE: 'PASSWORD', PASSWORD: 'Wrong-Horse-1' }
        await expect(start('USER_AUTH', withPassword)).rejects.toMatchObject({
          name: 'NotAuthorizedException',
          message: 'Incorrect username or password.',
        })
      })

      test('one-time codes are not offered where MFA is demanded, nor is a pool set up so that they contradict', async () => {
        const { house, start } = await build({
          Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } },
        })
        await withPhone(house)
        await mfa(house, 'ON', sms)
        expect((await start('USER_AUTH', { USERNAME: house.username })).AvailableChallenges).toEqual([
          'PASSWORD',
          'PASSWORD_SRP',
        ])
        await expect(
          server().api.send(
            new UpdateUserPoolCommand({
              UserPoolId: house.poolId,
              MfaConfiguration: 'ON',
              ...policies,
              SmsConfiguration: sms.SmsMfaConfiguration.SmsConfiguration,
            }),
          ),
        ).rejects.toMatchObject({ message: expect.stringContaining('Cannot set WebAuthn factor configuration') })
      })
    })

    describe('triggers', () => {
      const custom = {
        LambdaConfig: {
          DefineAuthChallenge: arn('define'),
          CreateAuthChallenge: arn('create'),
          VerifyAuthChallengeResponse: arn('verify'),
        },
      }
      const events = (name: string) =>
        readFileSync(seen(name), 'utf8')
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as { userName: string; userPoolId: string; request: Record<string, unknown> })
      const lastOf = (name: string, house: House) =>
        events(name)
          .filter(({ userPoolId }) => userPoolId === house.poolId)
          .at(-1)

      test('custom challenge: a wrong answer asks again, a right one is let in', async () => {
        const { house, start, respond } = await build(custom)
        const USERNAME = house.username
        const asked = await start('CUSTOM_AUTH', { USERNAME })
        expect(asked).toMatchObject({
          ChallengeName: 'CUSTOM_CHALLENGE',
          ChallengeParameters: { USERNAME, question: 'the colour of the sky' },
        })
        expect(JSON.stringify(asked)).not.toContain('blue')
        const again = await respond('CUSTOM_CHALLENGE', asked, { USERNAME, ANSWER: 'green' })
        expect(again.ChallengeName).toBe('CUSTOM_CHALLENGE')
        expect(lastOf('define', house)?.request.session).toEqual([
          { challengeName: 'CUSTOM_CHALLENGE', challengeResult: false, challengeMetadata: 'COLOUR' },
        ])
        const done = await respond('CUSTOM_CHALLENGE', again, { USERNAME, ANSWER: 'blue' })
        expect(done.AuthenticationResult?.AccessToken).toBeTruthy()
        await expect(respond('CUSTOM_CHALLENGE', again, { USERNAME, ANSWER: 'blue' })).rejects.toMatchObject({
          name: 'NotAuthorizedException',
        })
      })

      test('custom challenge: three wrong answers and the triggers refuse', async () => {
        const { house, start, respond } = await build(custom)
        const USERNAME = house.username
        let asked: InitiateAuthCommandOutput = await start('CUSTOM_AUTH', { USERNAME })
        for (let round = 0; round < 2; round++)
          asked = await respond('CUSTOM_CHALLENGE', asked, { USERNAME, ANSWER: 'green' })
        await expect(respond('CUSTOM_CHALLENGE', asked, { USERNAME, ANSWER: 'green' })).rejects.toMatchObject({
          name: 'NotAuthorizedException',
          message: 'Incorrect username or password.',
        })
      })

      test('custom challenge after the password by SRP', async () => {
        const { house, start, respond } = await build(custom)
        const srp = await srpClient(house.poolId, house.password)
        const USERNAME = house.username
        const asked = await start('CUSTOM_AUTH', { USERNAME, CHALLENGE_NAME: 'SRP_A', SRP_A: srp.SRP_A })
        expect(asked.ChallengeName).toBe('PASSWORD_VERIFIER')
        const proven = await respond('PASSWORD_VERIFIER', asked, await srp.claim(asked.ChallengeParameters ?? {}))
        expect(proven.ChallengeName).toBe('CUSTOM_CHALLENGE')
        expect(lastOf('define', house)?.request.session).toMatchObject([
          { challengeName: 'SRP_A', challengeResult: true },
          { challengeName: 'PASSWORD_VERIFIER', challengeResult: true },
        ])
        const done = await respond('CUSTOM_CHALLENGE', proven, { USERNAME, ANSWER: 'blue' })
        expect(done.AuthenticationResult?.AccessToken).toBeTruthy()
      })

      test('custom challenge: a name that nobody has is asked too, and never let in', async () => {
        const { house, start, respond } = await build(custom)
        const USERNAME = 'nobody'
        const asked = await start('CUSTOM_AUTH', { USERNAME })
        expect(asked.ChallengeName).toBe('CUSTOM_CHALLENGE')
        expect(lastOf('create', house)).toMatchObject({ userName: 'nobody', request: { userNotFound: true } })
        await expect(respond('CUSTOM_CHALLENGE', asked, { USERNAME, ANSWER: 'blue' })).rejects.toMatchObject({
          name: 'NotAuthorizedException',
          message: 'Incorrect username or password.',
        })
      })

      test('a pool without the triggers of custom sign-in says so', async () => {
        const { house, start } = await build()
        await expect(start('CUSTOM_AUTH', { USERNAME: house.username })).rejects.toMatchObject({
          name: 'InvalidParameterException',
        })
      })

      test('PreAuthentication refuses before the password counts, PostAuthentication hears of who got in', async () => {
        const { house, start, withPassword } = await build({
          LambdaConfig: { PreAuthentication: arn('before'), PostAuthentication: arn('after') },
        })
        const right = { USERNAME: house.username, PASSWORD: house.password }
        await expect(start('USER_PASSWORD_AUTH', right, { refuse: 'yes' })).rejects.toMatchObject({
          name: 'UserLambdaValidationException',
          message: 'PreAuthentication failed with error Not on Sundays.',
        })
        expect((await withPassword()).AuthenticationResult).toBeDefined()
        expect(lastOf('before', house)?.request).toMatchObject({
          userAttributes: { email: house.email, 'cognito:user_status': 'CONFIRMED' },
          userNotFound: false,
        })
        expect(lastOf('after', house)).toMatchObject({
          triggerSource: 'PostAuthentication_Authentication',
          request: { newDeviceUsed: false },
        })
        await withPassword('nobody').catch(() => {})
        expect(lastOf('before', house)).toMatchObject({ userName: 'nobody', request: { userNotFound: true } })
      })

      test('UserMigration: a user of the old directory moves in by signing in, once', async () => {
        const { house, withPassword, api } = await build({ LambdaConfig: { UserMigration: arn('migrate') } })
        await expect(withPassword('old-friend', 'Wrong-Password-1')).rejects.toMatchObject({
          name: 'UserLambdaValidationException',
          message: 'UserMigration failed with error Bad password.',
        })
        const signedIn = await Promise.allSettled(
          Array.from({ length: 4 }, () => withPassword('old-friend', 'Old-Password-1')),
        )
        expect(signedIn.filter(({ status }) => status === 'fulfilled')).toHaveLength(4)
        const users = await api.send(
          new ListUsersCommand({ UserPoolId: house.poolId, Filter: 'username = "old-friend"' }),
        )
        expect(users.Users).toMatchObject([{ UserStatus: 'CONFIRMED' }])
        // From now on the password is ours to check, and SRP works.
        await expect(withPassword('old-friend', 'Wrong-Password-1')).rejects.toMatchObject({
          message: 'Incorrect username or password.',
        })
      })
    })
  },
  { config: { functions } },
)
