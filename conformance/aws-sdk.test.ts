// The operations of a pool's owner and of its users, through the SDK that everybody uses. What is called here and
// answered is recorded: the last test fails when an operation that we offer was never called.
import { readFileSync } from 'node:fs'
import {
  AdminAddUserToGroupCommand,
  AdminConfirmSignUpCommand,
  AdminCreateUserCommand,
  AdminDeleteUserCommand,
  AdminGetUserCommand,
  AdminInitiateAuthCommand,
  AdminListGroupsForUserCommand,
  AdminRemoveUserFromGroupCommand,
  AdminRespondToAuthChallengeCommand,
  AdminSetUserPasswordCommand,
  AdminUserGlobalSignOutCommand,
  type AuthenticationResultType,
  ChangePasswordCommand,
  type CognitoIdentityProviderClient,
  ConfirmForgotPasswordCommand,
  ConfirmSignUpCommand,
  CreateGroupCommand,
  CreateUserPoolClientCommand,
  type CreateUserPoolClientCommandInput,
  CreateUserPoolCommand,
  CreateUserPoolDomainCommand,
  DeleteGroupCommand,
  DeleteUserCommand,
  DeleteUserPoolClientCommand,
  DeleteUserPoolCommand,
  DeleteUserPoolDomainCommand,
  DescribeUserPoolClientCommand,
  DescribeUserPoolCommand,
  DescribeUserPoolDomainCommand,
  ForgotPasswordCommand,
  GetGroupCommand,
  GetUserAttributeVerificationCodeCommand,
  GetUserCommand,
  GetUserPoolMfaConfigCommand,
  GlobalSignOutCommand,
  InitiateAuthCommand,
  ListTagsForResourceCommand,
  ListUserPoolsCommand,
  ListUsersCommand,
  ListUsersInGroupCommand,
  paginateAdminListGroupsForUser,
  paginateListGroups,
  paginateListUserPoolClients,
  paginateListUserPools,
  paginateListUsers,
  paginateListUsersInGroup,
  ResendConfirmationCodeCommand,
  RespondToAuthChallengeCommand,
  RevokeTokenCommand,
  SetUserPoolMfaConfigCommand,
  SignUpCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateGroupCommand,
  UpdateUserAttributesCommand,
  UpdateUserPoolClientCommand,
  UpdateUserPoolCommand,
  VerifyUserAttributeCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { beforeAll, expect, test } from 'vitest'
import { type AppClient, addClient, addUser, buildHouse, callback, type House, signedOut } from './hosted.ts'
import { elsewhere, offered, suites } from './operations.ts'
import { recording } from './recording.ts'
import { secretHash } from './secret-hash.ts'
import { accessKey, eachServer, region, sdkClient } from './server.ts'

eachServer('AWS SDK', (server) => {
  const answered = new Set<string>()
  let api: CognitoIdentityProviderClient
  let anonymous: CognitoIdentityProviderClient
  let house: House

  beforeAll(async () => {
    api = recording(sdkClient(server().url, accessKey), answered)
    anonymous = recording(sdkClient(server().url, undefined), answered)
    house = await buildHouse(server())
  })

  async function signIn(client: AppClient, username: string, password: string): Promise<AuthenticationResultType> {
    const SECRET_HASH = secretHash(client, username)
    const { AuthenticationResult } = await anonymous.send(
      new InitiateAuthCommand({
        ClientId: client.id,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: username, PASSWORD: password, ...(SECRET_HASH && { SECRET_HASH }) },
      }),
    )
    return AuthenticationResult ?? {}
  }

  test('user pools: made, described, changed, listed, protected, deleted', async () => {
    const PoolName = 'made by the SDK'
    const made = (await api.send(new CreateUserPoolCommand({ PoolName, UserPoolTags: { stage: 'test' } }))).UserPool
    const UserPoolId = made?.Id ?? ''
    expect(UserPoolId).toMatch(/^eu-west-1_[0-9a-zA-Z]{9}$/)
    const { UserPool } = await api.send(new DescribeUserPoolCommand({ UserPoolId }))
    expect(UserPool).toMatchObject({
      Id: UserPoolId,
      Name: PoolName,
      Arn: `arn:aws:cognito-idp:${region}:000000000000:userpool/${UserPoolId}`,
      CreationDate: expect.any(Date),
      EstimatedNumberOfUsers: 0,
      MfaConfiguration: 'OFF',
      DeletionProtection: 'INACTIVE',
      UserPoolTags: { stage: 'test' },
      Policies: { PasswordPolicy: { MinimumLength: 8, RequireSymbols: true, TemporaryPasswordValidityDays: 7 } },
    })
    expect(UserPool?.SchemaAttributes).toHaveLength(20)

    const Policies = { PasswordPolicy: { MinimumLength: 15 } }
    await api.send(new UpdateUserPoolCommand({ UserPoolId, Policies, DeletionProtection: 'ACTIVE' }))
    const changed = (await api.send(new DescribeUserPoolCommand({ UserPoolId }))).UserPool
    expect(changed).toMatchObject({ Name: PoolName, UserPoolTags: { stage: 'test' } })
    expect(changed?.Policies?.PasswordPolicy).toMatchObject({ MinimumLength: 15, RequireSymbols: false })

    await expect(api.send(new DeleteUserPoolCommand({ UserPoolId }))).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: expect.stringContaining('deletion protection is activated'),
    })
    await api.send(new UpdateUserPoolCommand({ UserPoolId, DeletionProtection: 'INACTIVE' }))
    const found: (string | undefined)[] = []
    for await (const { UserPools = [] } of paginateListUserPools({ client: api, pageSize: 1 }, { MaxResults: 1 })) {
      expect(UserPools.length).toBeLessThanOrEqual(1)
      found.push(...UserPools.map(({ Id }) => Id))
    }
    expect(found.sort()).toEqual([UserPoolId, house.poolId].sort())
    await expect(api.send(new ListUserPoolsCommand({ MaxResults: 1, NextToken: 'forged' }))).rejects.toMatchObject({
      name: 'InvalidParameterException',
    })

    await api.send(new DeleteUserPoolCommand({ UserPoolId }))
    await expect(api.send(new DescribeUserPoolCommand({ UserPoolId }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: `User pool ${UserPoolId} does not exist.`,
    })
  })

  test('MFA settings: off until a factor is there', async () => {
    const UserPoolId = house.poolId
    expect(await api.send(new GetUserPoolMfaConfigCommand({ UserPoolId }))).toMatchObject({ MfaConfiguration: 'OFF' })
    await api.send(new SetUserPoolMfaConfigCommand({ UserPoolId, MfaConfiguration: 'OFF' }))
    await expect(
      api.send(new SetUserPoolMfaConfigCommand({ UserPoolId, MfaConfiguration: 'ON' })),
    ).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: 'Invalid MFA Configuration given. SMS MFA, Email MFA, or Software Token MFA must be enabled.',
    })
  })

  test('a custom sender is refused where nothing could encrypt its codes', async () => {
    const LambdaArn = 'arn:aws:lambda:eu-west-1:000000000000:function:sender'
    const LambdaConfig = {
      CustomEmailSender: { LambdaArn, LambdaVersion: 'V1_0' as const },
      KMSKeyID: 'arn:aws:kms:eu-west-1:000000000000:key/one',
    }
    await expect(api.send(new CreateUserPoolCommand({ PoolName: 'sender', LambdaConfig }))).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: expect.stringContaining('POOLHOUSE_CODE_KEY'),
    })
  })

  test('domains: one owner, described, deleted before its pool', async () => {
    const { UserPool } = await api.send(new CreateUserPoolCommand({ PoolName: 'with a domain' }))
    const UserPoolId = UserPool?.Id ?? ''
    const Domain = 'sdk-domain'
    await api.send(new CreateUserPoolDomainCommand({ Domain, UserPoolId }))
    await expect(api.send(new CreateUserPoolDomainCommand({ Domain, UserPoolId: house.poolId }))).rejects.toMatchObject(
      { name: 'InvalidParameterException' },
    )
    const { DomainDescription } = await api.send(new DescribeUserPoolDomainCommand({ Domain }))
    expect(DomainDescription).toMatchObject({ UserPoolId, Domain, Status: 'ACTIVE' })
    await expect(api.send(new DeleteUserPoolCommand({ UserPoolId }))).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: expect.stringContaining('It has a domain configured'),
    })
    await api.send(new DeleteUserPoolDomainCommand({ Domain, UserPoolId }))
    expect((await api.send(new DescribeUserPoolDomainCommand({ Domain }))).DomainDescription).toEqual({})
    await api.send(new DeleteUserPoolCommand({ UserPoolId }))
  })

  test('app clients: made, described, changed, listed, deleted; wrong settings are refused', async () => {
    const { api: _, ...rest } = server()
    const pool = await buildHouse({ api, ...rest })
    const UserPoolId = pool.poolId
    const made = await addClient(pool, { GenerateSecret: true, ClientName: 'first' })
    expect(made.secret).toMatch(/^[a-z0-9]{51}$/)
    const key = { UserPoolId, ClientId: made.id }
    expect((await api.send(new DescribeUserPoolClientCommand(key))).UserPoolClient).toMatchObject({
      ...key,
      ClientName: 'first',
      ClientSecret: made.secret,
      CallbackURLs: [callback],
      LogoutURLs: [signedOut],
      RefreshTokenValidity: 30,
      EnableTokenRevocation: true,
      AuthSessionValidity: 3,
    })
    // What an update leaves out goes back to its default.
    const TokenValidityUnits = { AccessToken: 'minutes' } as const
    const update = { ClientName: 'second', AccessTokenValidity: 20, TokenValidityUnits }
    await api.send(new UpdateUserPoolClientCommand({ ...key, ...update }))
    const changed = (await api.send(new DescribeUserPoolClientCommand(key))).UserPoolClient
    expect(changed).toMatchObject({ ClientName: 'second', ClientSecret: made.secret, AccessTokenValidity: 20 })
    expect(changed?.CallbackURLs).toBeUndefined()
    expect(changed?.AllowedOAuthFlowsUserPoolClient).toBe(false)

    await addClient(pool)
    await addClient(pool)
    const ids: (string | undefined)[] = []
    for await (const page of paginateListUserPoolClients({ client: api, pageSize: 2 }, { UserPoolId })) {
      expect(page.UserPoolClients?.length).toBeLessThanOrEqual(2)
      ids.push(...(page.UserPoolClients ?? []).map(({ ClientId }) => ClientId))
    }
    expect(new Set(ids).size).toBe(3)

    // biome-ignore format: a table
    const wrong: [name: string, input: Partial<CreateUserPoolClientCommandInput>][] = [
      ['InvalidParameterException',   { AllowedOAuthFlowsUserPoolClient: true, AllowedOAuthFlows: ['code'], AllowedOAuthScopes: ['openid'] }],
      ['InvalidParameterException',   { CallbackURLs: ['http://example.com/'] }],
      ['InvalidParameterException',   { CallbackURLs: ['https://example.com/#f'] }],
      ['InvalidParameterException',   { LogoutURLs: ['javascript:alert(1)'] }],
      ['ScopeDoesNotExistException',  { AllowedOAuthScopes: ['unknown'] }],
      ['InvalidOAuthFlowException',   { AllowedOAuthFlows: ['code', 'client_credentials'] }],
    ]
    for (const [name, input] of wrong)
      await expect(
        api.send(new CreateUserPoolClientCommand({ UserPoolId, ClientName: 'wrong', ...input })),
      ).rejects.toMatchObject({ name })

    await api.send(new DeleteUserPoolClientCommand(key))
    await expect(api.send(new DescribeUserPoolClientCommand(key))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: `User pool client ${made.id} does not exist.`,
    })
  })

  test('a user of a client with a secret: signs up, confirms, signs in, changes, recovers, leaves', async () => {
    const client = await addClient(house, { GenerateSecret: true })
    const [Username, Password, email] = ['grace', 'Cobol-For-All-59', 'grace@example.com']
    const caller = { ClientId: client.id, Username, SecretHash: secretHash(client, Username) }
    const UserAttributes = [{ Name: 'email', Value: email }]
    const entry = { Username, Password, UserAttributes, ClientId: client.id }

    await expect(anonymous.send(new SignUpCommand(entry))).rejects.toMatchObject({
      name: 'NotAuthorizedException',
      message: `Client ${client.id} is configured with secret but SECRET_HASH was not received`,
    })
    await expect(
      anonymous.send(new SignUpCommand({ ...entry, SecretHash: secretHash(client, 'another') })),
    ).rejects.toMatchObject({
      name: 'NotAuthorizedException',
      message: `Unable to verify secret hash for client ${client.id}`,
    })
    await expect(anonymous.send(new SignUpCommand({ ...entry, ...caller, Password: 'short' }))).rejects.toMatchObject({
      name: 'InvalidPasswordException',
      message: expect.stringMatching(/^Password did not conform with policy: /),
    })
    const { UserSub, UserConfirmed, CodeDeliveryDetails } = await anonymous.send(
      new SignUpCommand({ ...entry, ...caller }),
    )
    expect(UserConfirmed).toBe(false)
    expect(CodeDeliveryDetails).toMatchObject({ DeliveryMedium: 'EMAIL', AttributeName: 'email' })
    await expect(anonymous.send(new SignUpCommand({ ...entry, ...caller }))).rejects.toMatchObject({
      name: 'UsernameExistsException',
    })
    await expect(signIn(client, Username, Password)).rejects.toMatchObject({ name: 'UserNotConfirmedException' })

    const first = await server().code(email, 'SignUp')
    await anonymous.send(new ResendConfirmationCodeCommand(caller))
    const second = await server().code(email, 'ResendCode')
    const confirm = (ConfirmationCode: string) =>
      anonymous.send(new ConfirmSignUpCommand({ ...caller, ConfirmationCode }))
    if (first !== second) await expect(confirm(first)).rejects.toMatchObject({ name: 'CodeMismatchException' })
    await confirm(second)
    // The client hides who exists: a confirmed user looks like nobody.
    await expect(confirm(second)).rejects.toMatchObject({ name: 'ExpiredCodeException' })

    await expect(signIn(client, Username, 'Wrong-Password-1')).rejects.toMatchObject({
      name: 'NotAuthorizedException',
      message: 'Incorrect username or password.',
    })
    const tokens = await signIn(client, Username, Password)
    expect(tokens).toMatchObject({ TokenType: 'Bearer', ExpiresIn: 3600 })
    const AccessToken = tokens.AccessToken ?? ''
    const user = await anonymous.send(new GetUserCommand({ AccessToken }))
    expect(user.Username).toBe(Username)
    expect(user.UserAttributes).toEqual(
      expect.arrayContaining([
        { Name: 'sub', Value: UserSub },
        { Name: 'email', Value: email },
        { Name: 'email_verified', Value: 'true' },
      ]),
    )

    const address = 'hopper@example.com'
    const change = [
      { Name: 'name', Value: 'Grace Hopper' },
      { Name: 'email', Value: address },
    ]
    const changed = await anonymous.send(new UpdateUserAttributesCommand({ AccessToken, UserAttributes: change }))
    expect(changed.CodeDeliveryDetailsList).toMatchObject([{ AttributeName: 'email' }])
    await expect(
      anonymous.send(
        new UpdateUserAttributesCommand({ AccessToken, UserAttributes: [{ Name: 'email_verified', Value: 'true' }] }),
      ),
    ).rejects.toMatchObject({ name: expect.stringMatching(/^(NotAuthorized|InvalidParameter)Exception$/) })
    const attribute = { AccessToken, AttributeName: 'email' }
    await anonymous.send(new GetUserAttributeVerificationCodeCommand(attribute))
    const Code = await server().code(address, 'VerifyUserAttribute')
    await anonymous.send(new VerifyUserAttributeCommand({ ...attribute, Code }))
    await expect(anonymous.send(new VerifyUserAttributeCommand({ ...attribute, Code }))).rejects.toMatchObject({
      name: expect.stringMatching(/^(ExpiredCode|CodeMismatch)Exception$/),
    })

    const passwords = { AccessToken, PreviousPassword: Password, ProposedPassword: 'Nanoseconds-Of-Wire-1' }
    await expect(
      anonymous.send(new ChangePasswordCommand({ ...passwords, PreviousPassword: 'Wrong-Password-1' })),
    ).rejects.toMatchObject({ name: 'NotAuthorizedException', message: 'Incorrect username or password.' })
    await expect(
      anonymous.send(new ChangePasswordCommand({ ...passwords, ProposedPassword: 'alllower' })),
    ).rejects.toMatchObject({ name: 'InvalidPasswordException' })
    await anonymous.send(new ChangePasswordCommand(passwords))

    const refresh = (REFRESH_TOKEN = '', hashed = Username) =>
      anonymous.send(
        new InitiateAuthCommand({
          ClientId: client.id,
          AuthFlow: 'REFRESH_TOKEN_AUTH',
          AuthParameters: { REFRESH_TOKEN, SECRET_HASH: secretHash(client, hashed) ?? '' },
        }),
      )
    const renewed = (await refresh(tokens.RefreshToken)).AuthenticationResult
    expect(renewed).toMatchObject({ AccessToken: expect.any(String), IdToken: expect.any(String) })
    expect(renewed?.RefreshToken).toBeUndefined()
    // AWS takes the hash over the user's sub here as well.
    await refresh(tokens.RefreshToken, UserSub)
    await expect(refresh(tokens.RefreshToken, 'another')).rejects.toMatchObject({ name: 'NotAuthorizedException' })
    await expect(refresh('unknown')).rejects.toMatchObject({
      name: 'NotAuthorizedException',
      message: 'Invalid Refresh Token',
    })

    const revocation = { ClientId: client.id, Token: tokens.RefreshToken }
    await expect(anonymous.send(new RevokeTokenCommand(revocation))).rejects.toMatchObject({
      name: 'UnauthorizedException',
    })
    await expect(
      anonymous.send(new RevokeTokenCommand({ ...revocation, Token: AccessToken, ClientSecret: client.secret })),
    ).rejects.toMatchObject({ name: 'UnsupportedTokenTypeException' })
    await anonymous.send(new RevokeTokenCommand({ ...revocation, ClientSecret: client.secret }))
    await expect(anonymous.send(new GetUserCommand({ AccessToken }))).rejects.toMatchObject({
      name: 'NotAuthorizedException',
      message: 'Access Token has been revoked',
    })

    await anonymous.send(new ForgotPasswordCommand(caller))
    const ConfirmationCode = await server().code(address, 'ForgotPassword')
    const recovery = { ...caller, ConfirmationCode, Password: 'Remembered-Again-1' }
    await anonymous.send(new ConfirmForgotPasswordCommand(recovery))
    await expect(anonymous.send(new ConfirmForgotPasswordCommand(recovery))).rejects.toMatchObject({
      name: expect.stringMatching(/^(ExpiredCode|CodeMismatch)Exception$/),
    })
    await expect(signIn(client, Username, passwords.ProposedPassword)).rejects.toMatchObject({
      name: 'NotAuthorizedException',
    })

    const other = await signIn(client, Username, recovery.Password)
    await anonymous.send(new GlobalSignOutCommand({ AccessToken: other.AccessToken }))
    await expect(refresh(other.RefreshToken)).rejects.toMatchObject({ name: 'NotAuthorizedException' })
    const last = await signIn(client, Username, recovery.Password)
    await anonymous.send(new DeleteUserCommand({ AccessToken: last.AccessToken }))
    await expect(signIn(client, Username, recovery.Password)).rejects.toMatchObject({
      name: 'NotAuthorizedException',
      message: 'Incorrect username or password.',
    })
  })

  test('an invited user: temporary password, NEW_PASSWORD_REQUIRED by both callers, signed out and deleted', async () => {
    const client = await addClient(house)
    const UserPoolId = house.poolId
    for (const caller of ['user', 'administrator'] as const) {
      const Username = `invited-by-${caller}`
      const user = { UserPoolId, Username }
      const entry = { ...user, TemporaryPassword: 'Temporary-Entry-1', MessageAction: 'SUPPRESS' as const }
      const { User } = await api.send(new AdminCreateUserCommand(entry))
      expect(User).toMatchObject({ Username, Enabled: true, UserStatus: 'FORCE_CHANGE_PASSWORD' })
      await expect(api.send(new AdminCreateUserCommand(entry))).rejects.toMatchObject({
        name: 'UsernameExistsException',
      })

      const started = await api.send(
        new AdminInitiateAuthCommand({
          UserPoolId,
          ClientId: client.id,
          AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
          AuthParameters: { USERNAME: Username, PASSWORD: entry.TemporaryPassword },
        }),
      )
      expect(started).toMatchObject({ ChallengeName: 'NEW_PASSWORD_REQUIRED', Session: expect.any(String) })
      expect(started.AuthenticationResult).toBeUndefined()
      const answer = (NEW_PASSWORD: string) => {
        const input = {
          ClientId: client.id,
          ChallengeName: 'NEW_PASSWORD_REQUIRED' as const,
          Session: started.Session,
          ChallengeResponses: { USERNAME: Username, NEW_PASSWORD, 'userAttributes.name': 'Invited' },
        }
        return caller === 'user'
          ? anonymous.send(new RespondToAuthChallengeCommand(input))
          : api.send(new AdminRespondToAuthChallengeCommand({ ...input, UserPoolId }))
      }
      await expect(answer('weak')).rejects.toMatchObject({ name: 'InvalidPasswordException' })
      const { AuthenticationResult } = await answer('Permanent-Entry-1')
      // The session is used up.
      await expect(answer('Permanent-Entry-2')).rejects.toMatchObject({ name: 'NotAuthorizedException' })
      const found = await api.send(new AdminGetUserCommand(user))
      expect(found).toMatchObject({ UserStatus: 'CONFIRMED', UserCreateDate: expect.any(Date) })
      expect(found.UserAttributes).toContainEqual({ Name: 'name', Value: 'Invited' })

      await api.send(new AdminUserGlobalSignOutCommand(user))
      await expect(
        anonymous.send(new GetUserCommand({ AccessToken: AuthenticationResult?.AccessToken })),
      ).rejects.toMatchObject({ name: 'NotAuthorizedException' })
      await api.send(new AdminDeleteUserCommand(user))
      await expect(api.send(new AdminGetUserCommand(user))).rejects.toMatchObject({
        name: 'UserNotFoundException',
        message: 'User does not exist.',
      })
    }
  })

  test('an administrator confirms a sign-up and sets a password; a client that hides nothing says who exists', async () => {
    const client = await addClient(house, { PreventUserExistenceErrors: 'LEGACY' })
    const user = { UserPoolId: house.poolId, Username: 'waiting' }
    const Password = 'Waiting-For-You-1'
    await anonymous.send(new SignUpCommand({ ClientId: client.id, Username: user.Username, Password }))
    await api.send(new AdminConfirmSignUpCommand(user))
    await expect(api.send(new AdminConfirmSignUpCommand(user))).rejects.toMatchObject({
      name: 'NotAuthorizedException',
    })
    await signIn(client, user.Username, Password)
    await expect(
      api.send(new AdminSetUserPasswordCommand({ ...user, Password: 'weak', Permanent: true })),
    ).rejects.toMatchObject({ name: 'InvalidPasswordException' })
    await api.send(new AdminSetUserPasswordCommand({ ...user, Password: 'Another-Entry-1', Permanent: true }))
    await signIn(client, user.Username, 'Another-Entry-1')
    await expect(
      anonymous.send(
        new ConfirmSignUpCommand({ ClientId: client.id, Username: user.Username, ConfirmationCode: '123456' }),
      ),
    ).rejects.toMatchObject({
      name: 'NotAuthorizedException',
      message: 'User cannot be confirmed. Current status is CONFIRMED',
    })
    await expect(signIn(client, 'nobody', Password)).rejects.toMatchObject({
      name: 'UserNotFoundException',
      message: 'User does not exist.',
    })
    await expect(
      anonymous.send(new ForgotPasswordCommand({ ClientId: client.id, Username: 'nobody' })),
    ).rejects.toMatchObject({ name: 'UserNotFoundException' })
    const missing = { ...user, Username: 'nobody' }
    await expect(api.send(new AdminConfirmSignUpCommand(missing))).rejects.toMatchObject({
      name: 'UserNotFoundException',
    })
  })

  test('ListUsers: filters, chosen attributes, pages', async () => {
    const { api: _, ...rest } = server()
    const pool = await buildHouse({ api, ...rest })
    const UserPoolId = pool.poolId
    for (const name of ['bob', 'carol', 'dave']) await addUser(pool, name, 'Some-Password-1', `${name}@example.com`)
    const list = async (Filter?: string) => {
      const { Users } = await api.send(new ListUsersCommand({ UserPoolId, ...(Filter && { Filter }) }))
      return Users?.map(({ Username }) => Username).sort()
    }
    expect(await list()).toEqual(['ada', 'bob', 'carol', 'dave'])
    expect(await list('email = "bob@example.com"')).toEqual(['bob'])
    expect(await list('username ^= "d"')).toEqual(['dave'])
    expect(await list('cognito:user_status = "CONFIRMED"')).toHaveLength(4)
    expect(await list('email = "nobody@example.com"')).toEqual([])
    for (const Filter of ['email', 'email = bob', 'email ~ "b"', 'email = "a" or email = "b"', 'unknown = "a"'])
      await expect(list(Filter)).rejects.toMatchObject({ name: 'InvalidParameterException' })

    const { Users } = await api.send(
      new ListUsersCommand({ UserPoolId, AttributesToGet: ['email'], Filter: 'username = "ada"' }),
    )
    expect(Users?.[0]?.Attributes).toEqual([{ Name: 'email', Value: pool.email }])

    const names: (string | undefined)[] = []
    for await (const page of paginateListUsers({ client: api, pageSize: 3 }, { UserPoolId })) {
      expect(page.Users?.length).toBeLessThanOrEqual(3)
      names.push(...(page.Users ?? []).map(({ Username }) => Username))
    }
    expect(names.sort()).toEqual(['ada', 'bob', 'carol', 'dave'])
    // A page's token is bound to its list.
    const { PaginationToken } = await api.send(new ListUsersCommand({ UserPoolId, Limit: 1 }))
    for (const change of [{ UserPoolId: house.poolId }, { Filter: 'username ^= "a"' }])
      await expect(
        api.send(new ListUsersCommand({ UserPoolId, Limit: 1, PaginationToken, ...change })),
      ).rejects.toMatchObject({ name: 'InvalidParameterException' })
  })

  test('groups: made, changed, joined, listed, in the tokens, deleted', async () => {
    const client = await addClient(house)
    const UserPoolId = house.poolId
    const Username = house.username
    for (const [GroupName, Precedence] of [
      ['admins', 1],
      ['editors', 5],
      ['readers', 9],
    ] as const) {
      await api.send(new CreateGroupCommand({ UserPoolId, GroupName, Precedence, Description: 'made' }))
      await api.send(new AdminAddUserToGroupCommand({ UserPoolId, GroupName, Username }))
    }
    const group = { UserPoolId, GroupName: 'editors' }
    await expect(api.send(new CreateGroupCommand(group))).rejects.toMatchObject({ name: 'GroupExistsException' })
    await api.send(new UpdateGroupCommand({ ...group, Description: 'changed', Precedence: 4 }))
    expect((await api.send(new GetGroupCommand(group))).Group).toMatchObject({ Description: 'changed', Precedence: 4 })

    const pages = { client: api, pageSize: 2 }
    const all: (string | undefined)[] = []
    for await (const { Groups = [] } of paginateListGroups(pages, { UserPoolId }))
      all.push(...Groups.map(({ GroupName }) => GroupName))
    expect(all.sort()).toEqual(['admins', 'editors', 'readers'])
    const own: (string | undefined)[] = []
    for await (const { Groups = [] } of paginateAdminListGroupsForUser(pages, { UserPoolId, Username }))
      own.push(...Groups.map(({ GroupName }) => GroupName))
    expect(own.sort()).toEqual(['admins', 'editors', 'readers'])

    await addUser(house, 'in-group', house.password, 'in-group@example.com')
    await api.send(new AdminAddUserToGroupCommand({ ...group, Username: 'in-group' }))
    const members: (string | undefined)[] = []
    for await (const { Users = [] } of paginateListUsersInGroup({ client: api, pageSize: 1 }, group)) {
      expect(Users.length).toBeLessThanOrEqual(1)
      members.push(...Users.map((user) => user.Username))
    }
    expect(members.sort()).toEqual(['in-group', Username].sort())
    await expect(api.send(new ListUsersInGroupCommand({ UserPoolId, GroupName: 'nobodies' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    })

    await api.send(new AdminRemoveUserFromGroupCommand({ ...group, Username }))
    const left = await api.send(new ListUsersInGroupCommand(group))
    expect(left.Users).toMatchObject([{ Username: 'in-group', UserStatus: 'CONFIRMED', Enabled: true }])
    const { IdToken = '' } = await signIn(client, Username, house.password)
    const claims = JSON.parse(Buffer.from(IdToken.split('.')[1] ?? '', 'base64url').toString()) as object
    expect(claims).toMatchObject({ 'cognito:groups': expect.arrayContaining(['admins', 'readers']) })

    await api.send(new DeleteGroupCommand(group))
    await expect(api.send(new GetGroupCommand(group))).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
    await expect(
      api.send(new AdminAddUserToGroupCommand({ UserPoolId, GroupName: 'admins', Username: 'nobody' })),
    ).rejects.toMatchObject({ name: 'UserNotFoundException' })
    const rest = await api.send(new AdminListGroupsForUserCommand({ UserPoolId, Username }))
    expect(rest.Groups).toHaveLength(2)
  })

  test('tags: added, listed, taken away', async () => {
    const ResourceArn = `arn:aws:cognito-idp:${region}:000000000000:userpool/${house.poolId}`
    await api.send(new TagResourceCommand({ ResourceArn, Tags: { stage: 'test', owner: 'me' } }))
    await api.send(new UntagResourceCommand({ ResourceArn, TagKeys: ['owner', 'unknown'] }))
    expect((await api.send(new ListTagsForResourceCommand({ ResourceArn }))).Tags).toEqual({ stage: 'test' })
    const unknown = `arn:aws:cognito-idp:${region}:000000000000:userpool/${region}_Unknown01`
    await expect(api.send(new ListTagsForResourceCommand({ ResourceArn: unknown }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    })
  })

  test('every operation that is offered was called and answered', () => {
    const sources = Object.entries(elsewhere).map(([file, names]) => {
      const source = readFileSync(new URL(file, import.meta.url), 'utf8')
      return names.filter((name) => new RegExp(`new ${name}Command\\(|paginate${name}\\(`).test(source))
    })
    const called = new Set([...answered, ...sources.flat(), ...Object.values(suites).flat()])
    expect([...offered].filter((name) => !called.has(name))).toEqual([])
    // None is answered that is not on the list: it would be missing from the tests above one day.
    expect([...answered].filter((name) => !offered.has(name))).toEqual([])
  })
})
