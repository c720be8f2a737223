import {
  AdminSetUserMFAPreferenceCommand,
  AdminUpdateUserAttributesCommand,
  ChangePasswordCommand,
  ConfirmForgotPasswordCommand,
  ConfirmSignUpCommand,
  ForgotPasswordCommand,
  GetUserAttributeVerificationCodeCommand,
  InitiateAuthCommand,
  ResendConfirmationCodeCommand,
  RespondToAuthChallengeCommand,
  SetUserPoolMfaConfigCommand,
  SignUpCommand,
  UpdateUserAttributesCommand,
  UpdateUserPoolCommand,
  VerifyUserAttributeCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { beforeAll, expect, test } from 'vitest'
import { addClient, addUser, buildHouse, callback, type House, newVisitor as newBrowser } from './hosted.ts'
import { eachServer } from './server.ts'

// How often an hour a user may ask for messages and try codes: AWS's numbers, one count whoever asks and by which name.
const password = 'Correct-Horse-1'
const limit = { name: 'LimitExceededException', message: 'Attempt limit exceeded, please try after some time.' }
const hour = 3_600_000

eachServer('limits', (server) => {
  let house: House
  const clients: Record<'ENABLED' | 'LEGACY', string> = { ENABLED: '', LEGACY: '' }
  let names = 0
  beforeAll(async () => {
    house = await buildHouse(server())
    for (const mode of ['ENABLED', 'LEGACY'] as const)
      clients[mode] = (await addClient(house, { PreventUserExistenceErrors: mode })).id
    for (let n = 0; n < 12; n++) {
      spare.push(`user-${n}`)
      await addUser(house, `user-${n}`, password, `user-${n}@example.com`)
    }
  })
  // Made before the clock moves: the SDK signs by its own.
  const spare: string[] = []
  async function newUser(): Promise<{ name: string; AccessToken: string }> {
    const name = spare.pop() ?? ''
    return { name, AccessToken: await signIn(name) }
  }
  async function signIn(USERNAME: string): Promise<string> {
    const flow = { AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters: { USERNAME, PASSWORD: password } } as const
    const signed = await server().api.send(new InitiateAuthCommand({ ClientId: clients.LEGACY, ...flow }))
    return signed.AuthenticationResult?.AccessToken ?? ''
  }
  async function newVisitor(): Promise<string> {
    const Username = `visitor-${++names}`
    const UserAttributes = [{ Name: 'email', Value: `${Username}@example.com` }]
    await server().api.send(
      new SignUpCommand({ ClientId: clients.LEGACY, Username, Password: password, UserAttributes }),
    )
    return Username
  }
  // biome-ignore format: a table
  const byName: [operation: string, most: number, known: 'user' | 'visitor', call: (ClientId: string, Username: string) => Promise<object>][] = [
    ['ForgotPassword',         5,  'user',    (ClientId, Username) => server().api.send(new ForgotPasswordCommand({ ClientId, Username }))],
    ['ResendConfirmationCode', 5,  'visitor', (ClientId, Username) => server().api.send(new ResendConfirmationCodeCommand({ ClientId, Username }))],
    ['ConfirmSignUp',          15, 'visitor', (ClientId, Username) => server().api.send(new ConfirmSignUpCommand({ ClientId, Username, ConfirmationCode: 'x' }))],
    ['ConfirmForgotPassword',  20, 'user',    (ClientId, Username) => server().api.send(new ConfirmForgotPasswordCommand({ ClientId, Username, ConfirmationCode: 'x', Password: password }))],
  ]
  for (const [operation, most, known, call] of byName)
    test(`${operation}: ${most} an hour, for an account and for nobody alike`, async () => {
      const name = known === 'user' ? (await newUser()).name : await newVisitor()
      const nobody = `nobody-${++names}`
      const account = await answers(most + 1, () => call(clients.ENABLED, name))
      const unknown = await answers(most + 1, () => call(clients.ENABLED, nobody))
      // A code that nobody asked for has nothing to mismatch; apart from that the two are one.
      if (operation.startsWith('Confirm')) expect(unknown.at(-1)).toBe(account.at(-1))
      else expect(unknown).toEqual(account)
      expect(account.at(-1)).toBe('LimitExceededException')
      if (!operation.startsWith('Confirm')) expect(account.slice(0, most)).toEqual(Array(most).fill('ok'))
      await expect(call(clients.ENABLED, name)).rejects.toMatchObject(limit)
      // Another client and another writing of the name are the same user.
      await expect(call(clients.LEGACY, name.toUpperCase())).rejects.toMatchObject(limit)
      server().tick(hour - 60_000)
      await expect(call(clients.ENABLED, name)).rejects.toMatchObject(limit)
      server().tick(60_000)
      // A code that was tried too often stays dead; nobody has none.
      expect((await answers(1, () => call(clients.ENABLED, nobody)))[0]).not.toBe('LimitExceededException')
    })

  // biome-ignore format: a table
  const byToken: [operation: string, most: number, call: (AccessToken: string) => Promise<object>][] = [
    ['ChangePassword',                   5,  (AccessToken) => server().api.send(new ChangePasswordCommand({ AccessToken, PreviousPassword: password, ProposedPassword: password }))],
    ['GetUserAttributeVerificationCode', 5,  (AccessToken) => server().api.send(new GetUserAttributeVerificationCodeCommand({ AccessToken, AttributeName: 'email' }))],
    ['VerifyUserAttribute',              15, (AccessToken) => server().api.send(new VerifyUserAttributeCommand({ AccessToken, AttributeName: 'email', Code: 'x' }))],
    ['UpdateUserAttributes',             20, (AccessToken) => server().api.send(new UpdateUserAttributesCommand({ AccessToken, UserAttributes: [{ Name: 'email', Value: `s${++names}@example.com` }] }))],
  ]
  for (const [operation, most, call] of byToken)
    test(`${operation}: ${most} an hour`, async () => {
      const { name, AccessToken } = await newUser()
      const seen = await answers(most, () => call(AccessToken))
      if (operation !== 'VerifyUserAttribute') expect(seen).toEqual(Array(most).fill('ok'))
      await expect(call(AccessToken)).rejects.toMatchObject(limit)
      // Others are not held up by it.
      const other = await newUser()
      expect((await answers(1, () => call(other.AccessToken)))[0]).toBe(seen[0])
      server().tick(hour)
      expect((await answers(1, async () => call(await signIn(name))))[0]).not.toBe('LimitExceededException')
    })

  test('twenty at once use five', async () => {
    const { name } = await newUser()
    const call = () => server().api.send(new ForgotPasswordCommand({ ClientId: clients.ENABLED, Username: name }))
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, call))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(5)
  })
})

eachServer(
  'limits of the configuration',
  (server) => {
    test('what is named differs, the rest is as on AWS', async () => {
      const house = await buildHouse(server())
      const ClientId = (await addClient(house)).id
      const ask = () => server().api.send(new ForgotPasswordCommand({ ClientId, Username: 'ada' }))
      for (let n = 0; n < 7; n++) await ask()
      await expect(ask()).rejects.toMatchObject(limit)
      const resend = () => server().api.send(new ResendConfirmationCodeCommand({ ClientId, Username: 'nobody' }))
      for (let n = 0; n < 5; n++) await resend()
      await expect(resend()).rejects.toMatchObject(limit)
    })
  },
  { config: { limits: { ForgotPassword: 7 } } },
)

eachServer('codes of a sign-in', (server) => {
  async function passwordless(MfaConfiguration: 'OFF' | 'OPTIONAL' = 'OFF') {
    const { api, url } = server()
    const other = await buildHouse(server())
    const UserPoolId = other.poolId
    await api.send(
      new SetUserPoolMfaConfigCommand({ UserPoolId, MfaConfiguration, EmailMfaConfiguration: { Message: '{####}' } }),
    )
    await api.send(
      new UpdateUserPoolCommand({
        UserPoolId,
        MfaConfiguration,
        Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } },
      }),
    )
    const to = `${UserPoolId.slice(-9)}@example.com`.toLowerCase()
    const email = [
      { Name: 'email', Value: to },
      { Name: 'email_verified', Value: 'true' },
    ]
    await api.send(
      new AdminUpdateUserAttributesCommand({ UserPoolId, Username: other.username, UserAttributes: email }),
    )
    const ExplicitAuthFlows = ['ALLOW_USER_AUTH', 'ALLOW_USER_PASSWORD_AUTH'] as const
    const one = await addClient(other, { ExplicitAuthFlows: [...ExplicitAuthFlows] })
    const two = await addClient(other, { ExplicitAuthFlows: [...ExplicitAuthFlows] })
    const sent = async () => {
      const found = await fetch(`${url}/inbox/messages?${new URLSearchParams({ to, kind: 'Authentication' })}`)
      return ((await found.json()) as unknown[]).length
    }
    const ask = (USERNAME: string, ClientId = one.id) =>
      api.send(
        new InitiateAuthCommand({
          ClientId,
          AuthFlow: 'USER_AUTH',
          AuthParameters: { USERNAME, PREFERRED_CHALLENGE: 'EMAIL_OTP' },
        }),
      )
    return { house: other, one, two, to, sent, ask }
  }

  test('five an hour as a first factor, for an account and for nobody, whichever client and door', async () => {
    const { house: mine, one, two, sent, ask } = await passwordless()
    const [account, nobody] = [await answers(6, () => ask('ada')), await answers(6, () => ask('nobody'))]
    expect(account).toEqual([...Array(5).fill('ok'), 'LimitExceededException'])
    expect(nobody).toEqual(account)
    for (const name of ['ada', 'ADA', 'nobody']) await expect(ask(name, two.id)).rejects.toMatchObject(limit)
    expect(await sent()).toBe(5)
    // The pages send none either, and say the same of both names.
    const query = new URLSearchParams({ client_id: one.id, response_type: 'code', redirect_uri: callback })
    const onPages = async (username: string) => {
      const visitor = newBrowser()
      const begun = await visitor.get(`${mine.domain}/login?${query}`)
      expect(begun.status).toBe(200)
      const named = await visitor.submit({ username })
      await visitor.get(new URL(named.headers.get('location') ?? '', mine.domain))
      const refused = await visitor.submit({ username, way: 'EMAIL_OTP' })
      return { status: refused.status, text: (await refused.text()).includes('Too many attempts.') }
    }
    expect(await onPages('ada')).toEqual({ status: 400, text: true })
    expect(await onPages('nobody')).toEqual({ status: 400, text: true })
    expect(await sent()).toBe(5)
  })

  test('a code that is answered rightly forgives those before', async () => {
    const { to, one, ask } = await passwordless()
    for (let round = 0; round < 7; round++) {
      server().tick(1000)
      const asked = await ask('ada')
      const EMAIL_OTP_CODE = await server().code(to, 'Authentication')
      const answer = { ClientId: one.id, ChallengeName: 'EMAIL_OTP', Session: asked.Session } as const
      const ChallengeResponses = { USERNAME: 'ada', EMAIL_OTP_CODE }
      const done = await server().api.send(new RespondToAuthChallengeCommand({ ...answer, ChallengeResponses }))
      expect(done.AuthenticationResult?.AccessToken).toBeDefined()
    }
  })

  test('five an hour as a second factor, counted with the user and not with the password', async () => {
    const { house: mine, one, two, sent } = await passwordless('OPTIONAL')
    const Username = mine.username
    await server().api.send(
      new AdminSetUserMFAPreferenceCommand({
        UserPoolId: mine.poolId,
        Username,
        EmailMfaSettings: { Enabled: true },
      }),
    )
    const ask = (ClientId: string) =>
      server().api.send(
        new InitiateAuthCommand({
          ClientId,
          AuthFlow: 'USER_PASSWORD_AUTH',
          AuthParameters: { USERNAME: Username, PASSWORD: password },
        }),
      )
    expect(await answers(6, () => ask(one.id))).toEqual([...Array(5).fill('ok'), 'LimitExceededException'])
    await expect(ask(two.id)).rejects.toMatchObject(limit)
    expect(await sent()).toBe(5)
    server().tick(hour)
    expect((await answers(1, () => ask(two.id)))[0]).toBe('ok')
  })
})

/** What each of so many calls answered: `ok`, or the error's name. */
async function answers(count: number, call: () => Promise<object>): Promise<string[]> {
  const seen: string[] = []
  for (let n = 0; n < count; n++)
    seen.push(
      await call().then(
        () => 'ok',
        (error: Error) => error.name,
      ),
    )
  return seen
}
