import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminDisableProviderForUserCommand,
  AdminDisableUserCommand,
  AdminEnableUserCommand,
  AdminGetUserCommand,
  AdminLinkProviderForUserCommand,
  AdminResetUserPasswordCommand,
  AdminSetUserPasswordCommand,
  type AuthenticationResultType,
  ConfirmForgotPasswordCommand,
  CreateGroupCommand,
  CreateUserPoolDomainCommand,
  DescribeUserPoolDomainCommand,
  ForgotPasswordCommand,
  GetUserCommand,
  InitiateAuthCommand,
  ListUsersCommand,
  type ProviderUserIdentifierType,
  paginateListUsersInGroup,
  SignUpCommand,
  UpdateUserPoolDomainCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { beforeAll, describe, expect, test } from 'vitest'
import { type AppClient, addClient, addUser, buildHouse, type House } from './hosted.ts'
import { eachServer } from './server.ts'

// What administrators do with accounts over the SDK: disable, reset, link, list.
const password = 'Correct-Horse-1'

eachServer('accounts', (server) => {
  let house: House
  let client: AppClient
  let names = 0
  beforeAll(async () => {
    house = await buildHouse(server())
    client = await addClient(house, { PreventUserExistenceErrors: 'LEGACY' })
  })
  async function newUser() {
    const name = `user-${++names}`
    await addUser(house, name, password, `${name}@example.com`)
    return { name, key: { UserPoolId: house.poolId, Username: name } }
  }
  const signIn = async (USERNAME: string, PASSWORD = password): Promise<AuthenticationResultType> => {
    const flow = { AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters: { USERNAME, PASSWORD } } as const
    return (
      (await server().api.send(new InitiateAuthCommand({ ClientId: client.id, ...flow }))).AuthenticationResult ?? {}
    )
  }
  const refresh = ({ RefreshToken = '' }: AuthenticationResultType) =>
    server().api.send(
      new InitiateAuthCommand({
        ClientId: client.id,
        AuthFlow: 'REFRESH_TOKEN_AUTH',
        AuthParameters: { REFRESH_TOKEN: RefreshToken },
      }),
    )
  const statusOf = async (Username: string) => {
    const { UserStatus, Enabled } = await server().api.send(
      new AdminGetUserCommand({ UserPoolId: house.poolId, Username }),
    )
    return { UserStatus, Enabled }
  }

  test('a disabled user is out at once, and stays out of what was before when enabled again', async () => {
    const { name, key } = await newUser()
    const tokens = await signIn(name)
    await server().api.send(new AdminDisableUserCommand(key))
    expect(await statusOf(name)).toEqual({ UserStatus: 'CONFIRMED', Enabled: false })
    const getUser = () => server().api.send(new GetUserCommand({ AccessToken: tokens.AccessToken }))
    for (const call of [() => signIn(name), () => refresh(tokens), getUser])
      await expect(call()).rejects.toMatchObject({ name: 'NotAuthorizedException' })
    await expect(signIn(name)).rejects.toMatchObject({ message: 'User is disabled.' })
    const { Users = [] } = await server().api.send(
      new ListUsersCommand({ UserPoolId: house.poolId, Filter: 'status = "Disabled"' }),
    )
    expect(Users.map(({ Username }) => Username)).toContain(name)
    await server().api.send(new AdminEnableUserCommand(key))
    for (const call of [() => refresh(tokens), getUser])
      await expect(call()).rejects.toMatchObject({ name: 'NotAuthorizedException' })
    expect((await signIn(name)).AccessToken).toBeDefined()
  })

  describe('AdminResetUserPassword', () => {
    test('the password is worth nothing until the code that was sent sets a new one', async () => {
      const { name, key } = await newUser()
      await server().api.send(new AdminResetUserPasswordCommand(key))
      expect(await statusOf(name)).toMatchObject({ UserStatus: 'RESET_REQUIRED' })
      for (const given of [password, 'Wrong-Horse-1'])
        await expect(signIn(name, given)).rejects.toMatchObject({ name: 'PasswordResetRequiredException' })
      const ConfirmationCode = await server().code(`${name}@example.com`, 'ForgotPassword')
      const Password = 'Another-Horse-2'
      await server().api.send(
        new ConfirmForgotPasswordCommand({ ClientId: client.id, Username: name, ConfirmationCode, Password }),
      )
      expect(await statusOf(name)).toMatchObject({ UserStatus: 'CONFIRMED' })
      await expect(signIn(name)).rejects.toMatchObject({ name: 'NotAuthorizedException' })
      expect((await signIn(name, Password)).AccessToken).toBeDefined()
    })

    test('a user without a verified address, in another state, disabled or unknown', async () => {
      const { poolId: UserPoolId } = house
      await server().api.send(
        new AdminCreateUserCommand({ UserPoolId, Username: 'invited', MessageAction: 'SUPPRESS' }),
      )
      const reset = (Username: string) => server().api.send(new AdminResetUserPasswordCommand({ UserPoolId, Username }))
      await expect(reset('invited')).rejects.toMatchObject({ name: 'NotAuthorizedException' })
      const set = { UserPoolId, Username: 'invited', Password: password, Permanent: true }
      await server().api.send(new AdminSetUserPasswordCommand(set))
      await expect(reset('invited')).rejects.toMatchObject({
        name: 'InvalidParameterException',
        message: expect.stringContaining('no registered/verified email or phone_number'),
      })
      expect(await statusOf('invited')).toMatchObject({ UserStatus: 'CONFIRMED' })
      const { name, key } = await newUser()
      await server().api.send(new AdminDisableUserCommand(key))
      await expect(reset(name)).rejects.toMatchObject({ message: 'User is disabled.' })
      await server().api.send(
        new SignUpCommand({
          ClientId: client.id,
          Username: 'waiting',
          Password: password,
          UserAttributes: [{ Name: 'email', Value: 'w@example.com' }],
        }),
      )
      await expect(reset('waiting')).rejects.toMatchObject({ name: 'NotAuthorizedException' })
    })
  })

  test('nobody: UserNotFoundException of every operation on a user', async () => {
    const key = { UserPoolId: house.poolId, Username: 'nobody' }
    const Cognito = { ProviderName: 'Cognito', ProviderAttributeValue: 'nobody' }
    const Google = { ProviderName: 'Google', ProviderAttributeName: 'Cognito_Subject', ProviderAttributeValue: 'g-0' }
    const { api } = server()
    for (const call of [
      () => api.send(new AdminDisableUserCommand(key)),
      () => api.send(new AdminEnableUserCommand(key)),
      () => api.send(new AdminResetUserPasswordCommand(key)),
      () =>
        api.send(
          new AdminLinkProviderForUserCommand({
            UserPoolId: house.poolId,
            DestinationUser: Cognito,
            SourceUser: Google,
          }),
        ),
      () => api.send(new AdminDisableProviderForUserCommand({ UserPoolId: house.poolId, User: Cognito })),
      () => api.send(new AdminDisableProviderForUserCommand({ UserPoolId: house.poolId, User: Google })),
    ])
      await expect(call()).rejects.toMatchObject({ name: 'UserNotFoundException', message: 'User does not exist.' })
  })

  describe('identities of providers', () => {
    const google = (subject: string): ProviderUserIdentifierType => ({
      ProviderName: 'Google',
      ProviderAttributeName: 'Cognito_Subject',
      ProviderAttributeValue: subject,
    })
    const own = (name: string): ProviderUserIdentifierType => ({
      ProviderName: 'Cognito',
      ProviderAttributeValue: name,
    })
    const link = (DestinationUser: ProviderUserIdentifierType, SourceUser: ProviderUserIdentifierType) =>
      server().api.send(new AdminLinkProviderForUserCommand({ UserPoolId: house.poolId, DestinationUser, SourceUser }))
    const disable = (User: ProviderUserIdentifierType) =>
      server().api.send(new AdminDisableProviderForUserCommand({ UserPoolId: house.poolId, User }))
    const identitiesOf = async (Username: string): Promise<{ userId: string }[] | undefined> => {
      const user = await server().api.send(new AdminGetUserCommand({ UserPoolId: house.poolId, Username }))
      const text = user.UserAttributes?.find(({ Name }) => Name === 'identities')?.Value
      return text === undefined ? undefined : JSON.parse(text)
    }

    test('a linked identity is shown, and forgotten with the last of them', async () => {
      const { name } = await newUser()
      await link(own(name), google('g-1'))
      await link(own(name), { ProviderName: 'Okta', ProviderAttributeName: 'email', ProviderAttributeValue: 'a@b' })
      expect(await identitiesOf(name)).toEqual([
        expect.objectContaining({
          userId: 'g-1',
          providerName: 'Google',
          providerType: 'Google',
          primary: false,
          issuer: null,
        }),
        expect.objectContaining({ providerName: 'Okta', providerType: 'SAML', primary: false }),
      ])
      const tokens = await signIn(name)
      await disable(google('g-1'))
      await expect(refresh(tokens)).rejects.toMatchObject({ name: 'NotAuthorizedException' })
      expect(await identitiesOf(name)).toHaveLength(1)
      await disable({ ProviderName: 'Okta', ProviderAttributeName: 'email', ProviderAttributeValue: 'a@b' })
      expect(await identitiesOf(name)).toBeUndefined()
      expect((await signIn(name)).AccessToken).toBeDefined()
      await link(own(name), google('g-1'))
    })

    test('an identity is one user’s; the sixth is one too many, also when they come at once', async () => {
      const [one, two] = [await newUser(), await newUser()]
      await link(own(one.name), google('g-2'))
      await expect(link(own(one.name), google('g-2'))).rejects.toMatchObject({
        name: 'InvalidParameterException',
        message: 'SourceUser is already linked to DestinationUser',
      })
      await expect(link(own(two.name), google('g-2'))).rejects.toMatchObject({ name: 'AliasExistsException' })
      const outcomes = await Promise.allSettled(
        Array.from({ length: 8 }, (_, index) => link(own(two.name), google(`g-3-${index}`))),
      )
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(5)
      for (const outcome of outcomes)
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ name: 'LimitExceededException' })
      expect(await identitiesOf(two.name)).toHaveLength(5)
    })

    // biome-ignore format: a table
    const wrong: [what: string, source: ProviderUserIdentifierType, message: RegExp][] = [
      ['a user of the pool itself', { ProviderName: 'Cognito', ProviderAttributeName: 'Cognito_Subject', ProviderAttributeValue: 'ada' }, /may not be passed in as a SourceUser/],
      ['no provider',               { ProviderAttributeName: 'Cognito_Subject', ProviderAttributeValue: 'x' },                              /ProviderName/],
      ['no value',                  { ProviderName: 'Google', ProviderAttributeName: 'Cognito_Subject' },                                   /ProviderAttributeValue/],
      ['no attribute',              { ProviderName: 'Google', ProviderAttributeValue: 'x' },                                                /ProviderAttributeName/],
    ]
    for (const [what, source, message] of wrong)
      test(`refused as a source: ${what}`, async () => {
        const { name } = await newUser()
        await expect(link(own(name), source)).rejects.toMatchObject({
          name: 'InvalidParameterException',
          message: expect.stringMatching(message),
        })
        expect(await identitiesOf(name)).toBeUndefined()
      })

    test('a user of the pool itself who is disabled has no password any more, until there is a new one', async () => {
      const { name, key } = await newUser()
      const tokens = await signIn(name)
      await disable(own(name))
      await expect(signIn(name)).rejects.toMatchObject({ name: 'NotAuthorizedException' })
      await expect(refresh(tokens)).rejects.toMatchObject({ name: 'NotAuthorizedException' })
      await server().api.send(new AdminSetUserPasswordCommand({ ...key, Password: 'New-Horse-1', Permanent: true }))
      expect((await signIn(name, 'New-Horse-1')).AccessToken).toBeDefined()
    })
  })

  test('ListUsersInGroup: pages of members and nobody else', async () => {
    const group = { UserPoolId: house.poolId, GroupName: 'crew' }
    await server().api.send(new CreateGroupCommand(group))
    const members: string[] = []
    for (let n = 0; n < 5; n++) {
      const { name } = await newUser()
      members.push(name)
      await server().api.send(new AdminAddUserToGroupCommand({ ...group, Username: name }))
    }
    await newUser()
    const seen: (string | undefined)[] = []
    for await (const page of paginateListUsersInGroup({ client: server().api, pageSize: 2 }, group)) {
      expect(page.Users?.length).toBeLessThanOrEqual(2)
      seen.push(...(page.Users ?? []).map(({ Username }) => Username))
    }
    expect(seen).toEqual(members.sort())
    const none = paginateListUsersInGroup({ client: server().api }, { ...group, GroupName: 'nothing' })
    await expect(none.next()).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  })

  test('UpdateUserPoolDomain', async () => {
    const { poolId: UserPoolId } = house
    const Domain = house.domain.split('/').at(-1) ?? ''
    await server().api.send(new UpdateUserPoolDomainCommand({ UserPoolId, Domain, ManagedLoginVersion: 2 }))
    const { DomainDescription } = await server().api.send(new DescribeUserPoolDomainCommand({ Domain }))
    expect(DomainDescription).toMatchObject({ UserPoolId, ManagedLoginVersion: 2 })
    const CustomDomainConfig = { CertificateArn: 'arn:aws:acm:us-east-1:000000000000:certificate/one' }
    await expect(
      server().api.send(new UpdateUserPoolDomainCommand({ UserPoolId, Domain, CustomDomainConfig })),
    ).rejects.toMatchObject({ name: 'InvalidParameterException' })
    await expect(
      server().api.send(new UpdateUserPoolDomainCommand({ UserPoolId, Domain: 'not-there' })),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
    const other = await buildHouse(server())
    const foreign = other.domain.split('/').at(-1) ?? ''
    await expect(
      server().api.send(new UpdateUserPoolDomainCommand({ UserPoolId, Domain: foreign })),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
    for (const Domain of ['auth.example.com', 'x'.repeat(64)])
      await expect(server().api.send(new CreateUserPoolDomainCommand({ UserPoolId, Domain }))).rejects.toMatchObject({
        name: 'InvalidParameterException',
      })
    const custom = { UserPoolId, Domain: `auth.${UserPoolId.slice(-9).toLowerCase()}.example.com` }
    await server().api.send(new CreateUserPoolDomainCommand({ ...custom, CustomDomainConfig }))
    const next = { CertificateArn: CustomDomainConfig.CertificateArn.replace('one', 'two') }
    await server().api.send(new UpdateUserPoolDomainCommand({ ...custom, CustomDomainConfig: next }))
    const described = await server().api.send(new DescribeUserPoolDomainCommand({ Domain: custom.Domain }))
    expect(described.DomainDescription?.CustomDomainConfig).toEqual(next)
  })

  test('a user whose reset is asked for recovers without an administrator as well', async () => {
    const { name, key } = await newUser()
    await server().api.send(new AdminResetUserPasswordCommand(key))
    await server().api.send(new ForgotPasswordCommand({ ClientId: client.id, Username: name }))
    const ConfirmationCode = await server().code(`${name}@example.com`, 'ForgotPassword')
    const set = { ClientId: client.id, Username: name, ConfirmationCode, Password: 'Another-Horse-3' }
    await server().api.send(new ConfirmForgotPasswordCommand(set))
    expect((await signIn(name, 'Another-Horse-3')).AccessToken).toBeDefined()
  })
})
