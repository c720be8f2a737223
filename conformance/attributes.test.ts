import {
  AddCustomAttributesCommand,
  AdminDeleteUserAttributesCommand,
  AdminGetUserCommand,
  AdminUpdateUserAttributesCommand,
  type AttributeType,
  CreateUserPoolCommand,
  type CreateUserPoolCommandInput,
  DeleteUserAttributesCommand,
  DescribeUserPoolCommand,
  GetUserAttributeVerificationCodeCommand,
  GetUserCommand,
  InitiateAuthCommand,
  SignUpCommand,
  UpdateUserAttributesCommand,
  VerifyUserAttributeCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { describe, expect, test } from 'vitest'
import { addClient, addUser, type House } from './hosted.ts'
import { eachServer } from './server.ts'

// What a user's attributes may be, who may write them, and what a new address must do to become the user's.
const password = 'Correct-Horse-1'
const pairs = (record: Readonly<Record<string, string>>): AttributeType[] =>
  Object.entries(record).map(([Name, Value]) => ({ Name, Value }))

eachServer('attributes', (server) => {
  async function poolWith(input: Partial<CreateUserPoolCommandInput> = {}): Promise<House> {
    const { UserPool } = await server().api.send(
      new CreateUserPoolCommand({ PoolName: 'attributes', AutoVerifiedAttributes: ['email'], ...input }),
    )
    return { server: server(), poolId: UserPool?.Id ?? '', domain: '', issuer: '', username: '', password, email: '' }
  }
  async function signIn(house: House, ClientId: string, USERNAME: string): Promise<string> {
    const flow = { AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters: { USERNAME, PASSWORD: password } } as const
    return (
      (await house.server.api.send(new InitiateAuthCommand({ ClientId, ...flow }))).AuthenticationResult?.AccessToken ??
      ''
    )
  }
  const shown = async ({ poolId }: House, Username: string) => {
    const { UserAttributes = [] } = await server().api.send(new AdminGetUserCommand({ UserPoolId: poolId, Username }))
    return Object.fromEntries(UserAttributes.map(({ Name, Value }) => [Name, Value]))
  }
  let names = 0
  const newName = () => `user-${++names}`
  const mail = (name: string) => `${name}@example.com`

  describe('an address that is proven first', () => {
    const first: Partial<CreateUserPoolCommandInput> = {
      AutoVerifiedAttributes: ['email', 'phone_number'],
      AliasAttributes: ['email'],
      UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ['email'] },
    }
    async function setUp() {
      const house = await poolWith(first)
      const client = (await addClient(house)).id
      const name = newName()
      await addUser(house, name, password, mail(name))
      return { house, client, name, AccessToken: await signIn(house, client, name) }
    }
    const change = (AccessToken: string, record: Record<string, string>) =>
      server().api.send(new UpdateUserAttributesCommand({ AccessToken, UserAttributes: pairs(record) }))

    test('the old one stays and signs in; the code makes the new one the user’s', async () => {
      const { house, client, name, AccessToken } = await setUp()
      const next = mail(`new-${name}`)
      const answer = await change(AccessToken, { email: next, nickname: 'Nick' })
      expect(answer.CodeDeliveryDetailsList).toEqual([
        { DeliveryMedium: 'EMAIL', AttributeName: 'email', Destination: 'n***@e***' },
      ])
      expect(await shown(house, name)).toMatchObject({ email: mail(name), email_verified: 'true', nickname: 'Nick' })
      await signIn(house, client, mail(name))
      await expect(signIn(house, client, next)).rejects.toMatchObject({ name: 'NotAuthorizedException' })

      const Code = await server().code(next, 'UpdateUserAttribute')
      await server().api.send(new VerifyUserAttributeCommand({ AccessToken, AttributeName: 'email', Code }))
      expect(await shown(house, name)).toMatchObject({ email: next, email_verified: 'true' })
      await signIn(house, client, next)
      await expect(signIn(house, client, mail(name))).rejects.toMatchObject({ name: 'NotAuthorizedException' })
      await expect(
        server().api.send(new VerifyUserAttributeCommand({ AccessToken, AttributeName: 'email', Code })),
      ).rejects.toMatchObject({ name: 'ExpiredCodeException' })
    })

    test('a new code goes to the address that waits; a later address overtakes an earlier one', async () => {
      const { house, name, AccessToken } = await setUp()
      await change(AccessToken, { email: mail(`a-${name}`) })
      const early = await server().code(mail(`a-${name}`), 'UpdateUserAttribute')
      await change(AccessToken, { email: mail(`b-${name}`) })
      const again = await server().api.send(
        new GetUserAttributeVerificationCodeCommand({ AccessToken, AttributeName: 'email' }),
      )
      expect(again.CodeDeliveryDetails?.Destination).toBe('b***@e***')
      const Code = await server().code(mail(`b-${name}`), 'VerifyUserAttribute')
      if (early !== Code)
        await expect(
          server().api.send(new VerifyUserAttributeCommand({ AccessToken, AttributeName: 'email', Code: early })),
        ).rejects.toMatchObject({ name: 'CodeMismatchException' })
      await server().api.send(new VerifyUserAttributeCommand({ AccessToken, AttributeName: 'email', Code }))
      expect(await shown(house, name)).toMatchObject({ email: mail(`b-${name}`) })
    })

    test('an administrator who calls it verified changes it at once, and what waited is dead', async () => {
      const { house, name, AccessToken } = await setUp()
      const key = { UserPoolId: house.poolId, Username: name }
      await change(AccessToken, { email: mail(`x-${name}`) })
      const Code = await server().code(mail(`x-${name}`), 'UpdateUserAttribute')
      const now = { ...key, UserAttributes: pairs({ email: mail(`y-${name}`), email_verified: 'true' }) }
      await server().api.send(new AdminUpdateUserAttributesCommand(now))
      expect(await shown(house, name)).toMatchObject({ email: mail(`y-${name}`), email_verified: 'true' })
      await expect(
        server().api.send(new VerifyUserAttributeCommand({ AccessToken, AttributeName: 'email', Code })),
      ).rejects.toMatchObject({ name: 'ExpiredCodeException' })
      const later = { ...key, UserAttributes: pairs({ email: mail(`z-${name}`) }) }
      await server().api.send(new AdminUpdateUserAttributesCommand(later))
      expect(await shown(house, name)).toMatchObject({ email: mail(`y-${name}`), email_verified: 'true' })
      expect(await server().code(mail(`z-${name}`), 'UpdateUserAttribute')).toMatch(/^\d{6}$/)
    })

    test('another user’s address is refused, and no code goes to it', async () => {
      const { house, name, AccessToken } = await setUp()
      const other = newName()
      await addUser(house, other, password, mail(other))
      await expect(change(AccessToken, { email: mail(other) })).rejects.toMatchObject({
        name: 'AliasExistsException',
        message: 'An account with the given email already exists.',
      })
      expect(await shown(house, name)).toMatchObject({ email: mail(name) })
      const sent = await fetch(`${server().url}/inbox/messages?to=${mail(other)}`)
      expect(await sent.json()).toEqual([])
    })

    test('only an address that the pool verifies by itself can be asked for', async () => {
      await expect(poolWith({ ...first, AutoVerifiedAttributes: [] })).rejects.toMatchObject({
        name: 'InvalidParameterException',
      })
      const { poolId } = await poolWith(first)
      const { UserPool } = await server().api.send(new DescribeUserPoolCommand({ UserPoolId: poolId }))
      expect(UserPool?.UserAttributeUpdateSettings).toEqual(first.UserAttributeUpdateSettings)
    })
  })

  test('without that setting a new address is the user’s at once and not verified', async () => {
    const house = await poolWith()
    const client = (await addClient(house)).id
    const name = newName()
    await addUser(house, name, password, mail(name))
    const AccessToken = await signIn(house, client, name)
    const next = mail(`new-${name}`)
    await server().api.send(new UpdateUserAttributesCommand({ AccessToken, UserAttributes: pairs({ email: next }) }))
    expect(await shown(house, name)).toMatchObject({ email: next, email_verified: 'false' })
    const Code = await server().code(next, 'UpdateUserAttribute')
    await server().api.send(new VerifyUserAttributeCommand({ AccessToken, AttributeName: 'email', Code }))
    expect(await shown(house, name)).toMatchObject({ email: next, email_verified: 'true' })
  })

  describe('rules', () => {
    const Schema: CreateUserPoolCommandInput['Schema'] = [
      { Name: 'given_name', Required: true, Mutable: true },
      {
        Name: 'team',
        AttributeDataType: 'String',
        Mutable: true,
        StringAttributeConstraints: { MinLength: '2', MaxLength: '4' },
      },
      {
        Name: 'age',
        AttributeDataType: 'Number',
        Mutable: true,
        NumberAttributeConstraints: { MinValue: '18', MaxValue: '130' },
      },
      { Name: 'since', AttributeDataType: 'DateTime', Mutable: true },
      { Name: 'vip', AttributeDataType: 'Boolean', Mutable: true },
      { Name: 'badge', AttributeDataType: 'String', Mutable: false },
      { Name: 'secret', AttributeDataType: 'String', Mutable: true, DeveloperOnlyAttribute: true },
    ]
    let house: House
    let client: string
    async function ready() {
      if (house) return
      house = await poolWith({ Schema })
      const WriteAttributes = [
        'email',
        'given_name',
        'custom:team',
        'custom:age',
        'custom:since',
        'custom:vip',
        'custom:badge',
      ]
      client = (await addClient(house, { WriteAttributes, ReadAttributes: ['email', 'custom:team'] })).id
    }
    const signUp = async (record: Record<string, string>) => {
      await ready()
      const Username = newName()
      await server().api.send(
        new SignUpCommand({ ClientId: client, Username, Password: password, UserAttributes: pairs(record) }),
      )
      return Username
    }
    const fine = { given_name: 'Ada', email: 'ada@example.com' }

    // biome-ignore format: a table
    const refused: [what: string, record: Record<string, string>, error: string, message: RegExp][] = [
      ['a required one is missing',   { email: 'ada@example.com' },           'InvalidParameterException', /given_name: The attribute given_name is required/],
      ['a text is too short',         { ...fine, 'custom:team': 'a' },        'InvalidParameterException', /custom:team/],
      ['a text is too long',          { ...fine, 'custom:team': 'abcde' },    'InvalidParameterException', /custom:team/],
      ['a number is too small',       { ...fine, 'custom:age': '17' },        'InvalidParameterException', /custom:age/],
      ['a number is too large',       { ...fine, 'custom:age': '131' },       'InvalidParameterException', /custom:age/],
      ['a number is none',            { ...fine, 'custom:age': '0x20' },      'InvalidParameterException', /custom:age/],
      ['a date is none',              { ...fine, 'custom:since': 'monday' },  'InvalidParameterException', /custom:since/],
      ['a date has thirteen months',  { ...fine, 'custom:since': '2026-13-01' }, 'InvalidParameterException', /custom:since/],
      ['a truth value is none',       { ...fine, 'custom:vip': 'yes' },       'InvalidParameterException', /custom:vip/],
      ['nobody knows it',             { ...fine, 'custom:nothing': 'x' },     'InvalidParameterException', /could not be determined/],
      ['the pool owns it',            { ...fine, identities: '[]' },          'InvalidParameterException', /could not be determined/],
      ['the pool sets it',            { ...fine, sub: 'x' },                  'InvalidParameterException', /non-mutable attribute sub/],
      ['only administrators set it',  { ...fine, email_verified: 'true' },    'NotAuthorizedException',    /unauthorized attribute/],
      ['it is for developers',        { ...fine, 'dev:secret': 'x' },         'NotAuthorizedException',    /unauthorized attribute/],
      ['the client may not write it', { ...fine, nickname: 'x' },             'NotAuthorizedException',    /unauthorized attribute/],
      ['an email address is none',    { ...fine, email: 'ada' },              'InvalidParameterException', /Invalid email address format/],
    ]
    for (const [what, record, name, message] of refused)
      test(`refused: ${what}`, async () => {
        await expect(signUp(record)).rejects.toMatchObject({ name, message: expect.stringMatching(message) })
      })

    // biome-ignore format: a table
    const taken: [record: Record<string, string>][] = [
      [{ 'custom:team': 'ab' }], [{ 'custom:team': 'abcd' }], [{ 'custom:age': '18' }], [{ 'custom:age': '130' }],
      [{ 'custom:since': '2026-12-31' }], [{ 'custom:since': '2026-12-31T23:59:59Z' }], [{ 'custom:since': '1800000000' }],
      [{ 'custom:vip': 'TRUE' }], [{ 'custom:badge': '7' }],
    ]
    for (const [record] of taken)
      test(`taken: ${JSON.stringify(record)}`, async () => {
        expect(await shown(house, await signUp({ ...fine, ...record }))).toMatchObject(record)
      })

    test('an attribute that cannot be changed is set once; what may not be read is not shown', async () => {
      const name = await signUp({ ...fine, 'custom:badge': '7', 'custom:team': 'ab' })
      const user = { UserPoolId: house.poolId, Username: name }
      for (const value of ['8', '7'])
        await expect(
          server().api.send(
            new AdminUpdateUserAttributesCommand({ ...user, UserAttributes: pairs({ 'custom:badge': value }) }),
          ),
        ).rejects.toMatchObject({ name: 'InvalidParameterException', message: expect.stringContaining('custom:badge') })
      const known = newName()
      await addUser(house, known, password, mail(known))
      const AccessToken = await signIn(house, client, known)
      const { UserAttributes = [] } = await server().api.send(new GetUserCommand({ AccessToken }))
      expect(UserAttributes.map(({ Name }) => Name)).toEqual(['sub', 'email'])
    })

    test('AddCustomAttributes: there at once, never twice, never required', async () => {
      const own = await poolWith()
      const add = (...CustomAttributes: NonNullable<CreateUserPoolCommandInput['Schema']>) =>
        server().api.send(new AddCustomAttributesCommand({ UserPoolId: own.poolId, CustomAttributes }))
      await add(
        { Name: 'plan', AttributeDataType: 'String', Mutable: true },
        { Name: 'email', AttributeDataType: 'Number' },
      )
      const { UserPool } = await server().api.send(new DescribeUserPoolCommand({ UserPoolId: own.poolId }))
      expect(UserPool?.SchemaAttributes?.map(({ Name }) => Name)).toEqual(
        expect.arrayContaining(['custom:plan', 'custom:email', 'email']),
      )
      const name = newName()
      await addUser(own, name, password, mail(name))
      const user = { UserPoolId: own.poolId, Username: name }
      await server().api.send(
        new AdminUpdateUserAttributesCommand({ ...user, UserAttributes: pairs({ 'custom:plan': 'gold' }) }),
      )
      expect(await shown(own, name)).toMatchObject({ 'custom:plan': 'gold' })
      for (const wrong of [
        { Name: 'plan', AttributeDataType: 'String' },
        { Name: 'more', AttributeDataType: 'String', Required: true },
      ] as const)
        await expect(add(wrong)).rejects.toMatchObject({ name: 'InvalidParameterException' })
      const many = (from: number) =>
        Array.from({ length: 25 }, (_, index) => ({ Name: `a${from + index}`, AttributeDataType: 'String' }) as const)
      await add(...many(0))
      await expect(add(...many(25))).rejects.toMatchObject({ message: expect.stringContaining('50') })
      await expect(
        server().api.send(
          new AddCustomAttributesCommand({ UserPoolId: 'eu-west-1_nothing', CustomAttributes: many(0) }),
        ),
      ).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
    })

    test('DeleteUserAttributes and AdminDeleteUserAttributes', async () => {
      await ready()
      const name = newName()
      await addUser(house, name, password, mail(name))
      const user = { UserPoolId: house.poolId, Username: name }
      const AccessToken = await signIn(house, client, name)
      await server().api.send(
        new AdminUpdateUserAttributesCommand({
          ...user,
          UserAttributes: pairs({ given_name: 'Ada', 'custom:team': 'ab', nickname: 'A', 'custom:vip': 'true' }),
        }),
      )
      const leave = (...UserAttributeNames: string[]) =>
        server().api.send(new DeleteUserAttributesCommand({ AccessToken, UserAttributeNames }))
      const remove = (...UserAttributeNames: string[]) =>
        server().api.send(new AdminDeleteUserAttributesCommand({ ...user, UserAttributeNames }))
      await leave('custom:team')
      await expect(leave('nickname')).rejects.toMatchObject({ name: 'NotAuthorizedException' })
      await expect(leave('email_verified')).rejects.toMatchObject({ name: 'NotAuthorizedException' })
      for (const required of [leave, remove])
        await expect(required('given_name')).rejects.toMatchObject({ name: 'InvalidParameterException' })
      await expect(remove('sub')).rejects.toMatchObject({ name: 'InvalidParameterException' })
      await expect(remove('custom:badge')).rejects.toMatchObject({ name: 'InvalidParameterException' })
      await expect(remove('custom:nothing')).rejects.toMatchObject({ name: 'InvalidParameterException' })
      await remove('nickname', 'custom:vip', 'email')
      expect(Object.keys(await shown(house, name)).sort()).toEqual(['given_name', 'sub'])
      await expect(
        server().api.send(
          new AdminDeleteUserAttributesCommand({ ...user, Username: 'nobody', UserAttributeNames: ['email'] }),
        ),
      ).rejects.toMatchObject({ name: 'UserNotFoundException' })
    })

    test('AdminUpdateUserAttributes: errors', async () => {
      await ready()
      const update = (Username: string, record: Record<string, string>) =>
        server().api.send(
          new AdminUpdateUserAttributesCommand({ UserPoolId: house.poolId, Username, UserAttributes: pairs(record) }),
        )
      const name = newName()
      await addUser(house, name, password, mail(name))
      await expect(update('nobody', { email: 'a@example.com' })).rejects.toMatchObject({
        name: 'UserNotFoundException',
      })
      await expect(update(name, { given_name: 'Ada', phone_number_verified: 'true' })).rejects.toMatchObject({
        name: 'InvalidParameterException',
        message: expect.stringMatching(/phone number/i),
      })
      await update(name, { given_name: 'Ada', 'dev:secret': 'x', email_verified: 'True' })
      expect(await shown(house, name)).toMatchObject({ 'dev:secret': 'x', email_verified: 'true' })
    })
  })
})
