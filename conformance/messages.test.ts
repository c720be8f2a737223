import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  AdminCreateUserCommand,
  AdminGetUserCommand,
  AdminResetUserPasswordCommand,
  AdminUpdateUserAttributesCommand,
  ConfirmForgotPasswordCommand,
  ConfirmSignUpCommand,
  CreateUserPoolCommand,
  type CreateUserPoolCommandInput,
  DescribeUserPoolCommand,
  ForgotPasswordCommand,
  GetUserAttributeVerificationCodeCommand,
  InitiateAuthCommand,
  type LambdaConfigType,
  ResendConfirmationCodeCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { describe, expect, test } from 'vitest'
import { addClient, addUser, type House } from './hosted.ts'
import { eachServer, type InboxMessage } from './server.ts'

// What the CustomMessage trigger is asked and may say, and who the UserMigration trigger lets in.
const functions = mkdtempSync(join(tmpdir(), 'poolhouse-messages-'))
const sources: Readonly<Record<string, string>> = {
  // Says in the message what it was asked, so that a test can read it.
  'echo.js': `exports.handler = async (event) => {
    const { userAttributes, codeParameter, usernameParameter, linkParameter, clientMetadata } = event.request
    const asked = { source: event.triggerSource, version: event.version, name: event.userName, client: event.callerContext.clientId,
      email: userAttributes.email, status: userAttributes['cognito:user_status'], linkParameter, usernameParameter, clientMetadata }
    event.response.emailSubject = 'About ' + event.triggerSource
    event.response.emailMessage = JSON.stringify(asked) + ' code ' + codeParameter + ' name ' + usernameParameter
    event.response.smsMessage = event.triggerSource + ' ' + codeParameter + ' ' + usernameParameter
    return event
  }`,
  'no-code.js': `exports.handler = async (event) => {
    event.response.emailSubject = 'Hello'
    event.response.emailMessage = 'There is no code in this.'
    return event
  }`,
  'silent.js': 'exports.handler = async (event) => event',
  'refuse.js': `exports.handler = async () => { throw new Error('No mail today') }`,
  'wrong.js': 'exports.handler = async (event) => ({ ...event, response: { emailMessage: 7 } })',
  'long.js': `exports.handler = async (event) => ({ ...event, response: { emailMessage: '{####}' + 'x'.repeat(20000) } })`,
  'migrate.js': `exports.handler = async (event) => {
    const { password } = event.request
    if (event.userName === 'old-nobody') return event
    if (event.userName === 'old-banned') throw new Error('Not you')
    if (event.userName === 'old-broken') event.response.userAttributes = { 'custom:unknown': 'x' }
    else if (event.userName === 'old-array') event.response.userAttributes = []
    else event.response.userAttributes = { email: event.userName + '@example.com', email_verified: 'true', nickname: event.triggerSource + ' ' + password }
    event.response.finalUserStatus = event.userName === 'old-status' ? 'UNKNOWN' : undefined
    event.response.messageAction = 'SUPPRESS'
    return event
  }`,
}
for (const [name, source] of Object.entries(sources)) writeFileSync(join(functions, name), source)
const arn = (name: string) => `arn:aws:lambda:eu-west-1:000000000000:function:${name}`
const password = 'Correct-Horse-1'

type Inbox = InboxMessage & { readonly subject?: string; readonly channel?: string; readonly html?: string }

eachServer(
  'messages',
  (server) => {
    let names = 0
    async function setUp(
      LambdaConfig: LambdaConfigType,
      input: Partial<CreateUserPoolCommandInput> = {},
      existence: 'ENABLED' | 'LEGACY' = 'LEGACY',
    ) {
      const { UserPool } = await server().api.send(
        new CreateUserPoolCommand({ PoolName: 'messages', AutoVerifiedAttributes: ['email'], LambdaConfig, ...input }),
      )
      const poolId = UserPool?.Id ?? ''
      const house: House = { server: server(), poolId, domain: '', issuer: '', username: '', password, email: '' }
      return { house, client: (await addClient(house, { PreventUserExistenceErrors: existence })).id }
    }
    const newName = () => `user-${++names}`
    const mail = (name: string) => `${name}@example.com`
    async function newest(to: string, kind: string): Promise<Inbox> {
      const found = await fetch(`${server().url}/inbox/messages?${new URLSearchParams({ to, kind, wait: '5s' })}`)
      const [message] = (await found.json()) as Inbox[]
      if (!message) throw new Error(`no ${kind} message for ${to}`)
      return message
    }
    const signUp = (ClientId: string, Username: string, ClientMetadata?: Record<string, string>) =>
      server().api.send(
        new SignUpCommand({
          ClientId,
          Username,
          Password: password,
          UserAttributes: [{ Name: 'email', Value: mail(Username) }],
          ClientMetadata,
        }),
      )
    const signIn = async (ClientId: string, USERNAME: string) => {
      const flow = { AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters: { USERNAME, PASSWORD: password } } as const
      return (await server().api.send(new InitiateAuthCommand({ ClientId, ...flow }))).AuthenticationResult
    }

    test('every message is asked for, with what AWS’s event holds', async () => {
      const { house, client } = await setUp({ CustomMessage: arn('echo') })
      const { api } = server()
      const UserPoolId = house.poolId
      const ClientMetadata = { lang: 'de' }
      const visitor = newName()
      await signUp(client, visitor, ClientMetadata)
      await api.send(new ResendConfirmationCodeCommand({ ClientId: client, Username: visitor, ClientMetadata }))
      const user = newName()
      await addUser(house, user, password, mail(user))
      await api.send(new ForgotPasswordCommand({ ClientId: client, Username: user, ClientMetadata }))
      const { AccessToken } = (await signIn(client, user)) ?? {}
      await api.send(
        new GetUserAttributeVerificationCodeCommand({ AccessToken, AttributeName: 'email', ClientMetadata }),
      )
      const moved = { UserPoolId, Username: user, UserAttributes: [{ Name: 'email', Value: `x-${mail(user)}` }] }
      await api.send(new AdminUpdateUserAttributesCommand({ ...moved, ClientMetadata }))
      const invited = newName()
      const invitation = { UserPoolId, Username: invited, UserAttributes: [{ Name: 'email', Value: mail(invited) }] }
      await api.send(new AdminCreateUserCommand({ ...invitation, DesiredDeliveryMediums: ['EMAIL'], ClientMetadata }))
      const anybody = 'CLIENT_ID_NOT_APPLICABLE'
      // biome-ignore format: a table
      const rows: [kind: string, to: string, name: string, client: string, status: string][] = [
        ['SignUp',              mail(visitor),      visitor, client,  'UNCONFIRMED'],
        ['ResendCode',          mail(visitor),      visitor, client,  'UNCONFIRMED'],
        ['ForgotPassword',      mail(user),         user,    client,  'CONFIRMED'],
        ['VerifyUserAttribute', mail(user),         user,    client,  'CONFIRMED'],
        ['UpdateUserAttribute', `x-${mail(user)}`,  user,    anybody, 'CONFIRMED'],
        ['AdminCreateUser',     mail(invited),      invited, anybody, 'FORCE_CHANGE_PASSWORD'],
      ]
      for (const [kind, to, name, through, status] of rows) {
        const { subject, text, code = '' } = await newest(to, kind)
        const [asked = '', rest = ''] = text.split(' code ')
        expect(subject).toBe(`About CustomMessage_${kind}`)
        expect(JSON.parse(asked)).toEqual({
          source: `CustomMessage_${kind}`,
          version: '1',
          name,
          client: through,
          email: to,
          status,
          linkParameter: 'Click Here',
          // What the function wrote of the placeholder was filled in as well.
          usernameParameter: kind === 'AdminCreateUser' ? name : null,
          clientMetadata: ClientMetadata,
        })
        expect(rest).toBe(`${code} name ${kind === 'AdminCreateUser' ? name : 'null'}`)
      }
    })

    test('the code in its words confirms; a text message takes smsMessage', async () => {
      const { client } = await setUp({ CustomMessage: arn('echo') }, { AutoVerifiedAttributes: ['phone_number'] })
      const Username = newName()
      const phone = `+49301234${1000 + names}`
      await server().api.send(
        new SignUpCommand({
          ClientId: client,
          Username,
          Password: password,
          UserAttributes: [{ Name: 'phone_number', Value: phone }],
        }),
      )
      const { code = '', text, channel } = await newest(phone, 'SignUp')
      expect({ channel, text }).toEqual({ channel: 'sms', text: `CustomMessage_SignUp ${code} null` })
      await server().api.send(new ConfirmSignUpCommand({ ClientId: client, Username, ConfirmationCode: code }))
    })

    for (const name of ['no-code', 'silent'])
      test(`a function that gives no usable text (${name}): the pool’s own`, async () => {
        const { client } = await setUp({ CustomMessage: arn(name) })
        const Username = newName()
        await signUp(client, Username)
        const { text, code, subject } = await newest(mail(Username), 'SignUp')
        expect(text).toMatch(`Your confirmation code is ${code}\n`)
        expect(subject).toBe(name === 'silent' ? 'Your verification code' : 'Hello')
      })

    // biome-ignore format: a table
    const faults: [name: string, error: string, message: RegExp][] = [
      ['refuse',  'UserLambdaValidationException',  /^CustomMessage failed with error No mail today\.$/],
      ['wrong',   'InvalidLambdaResponseException', /^Unrecognizable lambda output$/],
      ['long',    'InvalidLambdaResponseException', /^Unrecognizable lambda output$/],
      ['missing', 'UnexpectedLambdaException',      /CustomMessage/],
    ]
    for (const [name, error, message] of faults)
      test(`a function at fault (${name}): AWS’s error from every operation, and nothing was done`, async () => {
        const { house, client } = await setUp({ CustomMessage: arn(name) })
        const user = newName()
        await addUser(house, user, password, mail(user))
        const { AccessToken } = (await signIn(client, user)) ?? {}
        const { api } = server()
        const key = { UserPoolId: house.poolId, Username: user }
        const UserAttributes = [{ Name: 'email', Value: `new-${mail(user)}` }]
        const calls = [
          () => signUp(client, newName()),
          () => api.send(new ForgotPasswordCommand({ ClientId: client, Username: user })),
          () => api.send(new GetUserAttributeVerificationCodeCommand({ AccessToken, AttributeName: 'email' })),
          () => api.send(new AdminResetUserPasswordCommand(key)),
          () => api.send(new AdminUpdateUserAttributesCommand({ ...key, UserAttributes })),
          () => api.send(new AdminCreateUserCommand({ UserPoolId: house.poolId, Username: newName(), UserAttributes })),
        ]
        const without = ({ quotas: _, ...rows }: Readonly<Record<string, readonly string[]>>) => rows
        for (const call of calls) {
          const before = without(await server().rows())
          await expect(call()).rejects.toMatchObject({ name: error, message: expect.stringMatching(message) })
          expect(without(await server().rows())).toEqual(before)
        }
      })

    test('every trigger is taken and shown; a custom sender needs a key', async () => {
      const LambdaConfig: LambdaConfigType = {
        PreSignUp: arn('a'), CustomMessage: arn('a'), PostConfirmation: arn('a'), PreAuthentication: arn('a'),
        PostAuthentication: arn('a'), DefineAuthChallenge: arn('a'), CreateAuthChallenge: arn('a'),
        VerifyAuthChallengeResponse: arn('a'), UserMigration: arn('a'), PreTokenGeneration: arn('a'),
        CustomEmailSender: { LambdaArn: arn('a'), LambdaVersion: 'V1_0' },
        CustomSMSSender: { LambdaArn: arn('a'), LambdaVersion: 'V1_0' },
        KMSKeyID: 'arn:aws:kms:eu-west-1:000000000000:key/one',
      } // biome-ignore format: a table
      const { house } = await setUp(LambdaConfig)
      const { UserPool } = await server().api.send(new DescribeUserPoolCommand({ UserPoolId: house.poolId }))
      expect(UserPool?.LambdaConfig).toMatchObject(LambdaConfig)
      const { KMSKeyID: _, ...withoutKey } = LambdaConfig
      for (const wrong of [withoutKey, { CustomMessage: 'not an ARN of anything' }])
        await expect(setUp(wrong)).rejects.toMatchObject({ name: 'InvalidParameterException' })
    })

    describe('UserMigration at a forgotten password', () => {
      const forgot = (ClientId: string, Username: string) =>
        server().api.send(new ForgotPasswordCommand({ ClientId, Username }))

      test('who is in the old directory moves in and sets a new password', async () => {
        const { house, client } = await setUp({ UserMigration: arn('migrate') })
        const { CodeDeliveryDetails } = await forgot(client, 'old-ada')
        expect(CodeDeliveryDetails).toMatchObject({ AttributeName: 'email', Destination: 'o***@e***' })
        const key = { UserPoolId: house.poolId, Username: 'old-ada' }
        const moved = await server().api.send(new AdminGetUserCommand(key))
        expect(moved.UserStatus).toBe('RESET_REQUIRED')
        expect(moved.UserAttributes).toContainEqual({
          Name: 'nickname',
          Value: 'UserMigration_ForgotPassword undefined',
        })
        const ConfirmationCode = await server().code('old-ada@example.com', 'ForgotPassword')
        const set = { ClientId: client, Username: 'old-ada', ConfirmationCode, Password: password }
        await server().api.send(new ConfirmForgotPasswordCommand(set))
        expect((await signIn(client, 'old-ada'))?.AccessToken).toBeDefined()
      })

      test('five at once are one user', async () => {
        const { client } = await setUp({ UserMigration: arn('migrate') }, {}, 'ENABLED')
        const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => forgot(client, 'old-bob')))
        expect(outcomes.map(({ status }) => status)).toEqual(Array(5).fill('fulfilled'))
      })

      // biome-ignore format: a table
      const refusals: [name: string, legacy: string, message: RegExp, enabled: string][] = [
        ['old-nobody', 'UserNotFoundException',         /not found/,                     'ok'],
        ['old-banned', 'UserLambdaValidationException', /UserMigration failed with error Not you/, 'UserLambdaValidationException'],
        ['old-broken', 'UserNotFoundException',         /Exception migrating user in app client/, 'ok'],
        ['old-array',  'InvalidLambdaResponseException', /Unrecognizable/,               'InvalidLambdaResponseException'],
        ['old-status', 'InvalidLambdaResponseException', /Unrecognizable/,               'InvalidLambdaResponseException'],
      ]
      for (const [name, legacy, message, enabled] of refusals)
        test(`${name} does not move in`, async () => {
          const { house, client } = await setUp({ UserMigration: arn('migrate') })
          await expect(forgot(client, name)).rejects.toMatchObject({
            name: legacy,
            message: expect.stringMatching(message),
          })
          const hiding = (await addClient(house, { PreventUserExistenceErrors: 'ENABLED' })).id
          const answer = await forgot(hiding, name).then(
            () => 'ok',
            (error: Error) => error.name,
          )
          expect(answer).toBe(enabled)
          await expect(
            server().api.send(new AdminGetUserCommand({ UserPoolId: house.poolId, Username: name })),
          ).rejects.toMatchObject({ name: 'UserNotFoundException' })
        })
    })
  },
  { config: { functions, codeKey: Buffer.alloc(32, 9) } },
)
