import { randomBytes } from 'node:crypto'
import * as sdk from '@aws-sdk/client-cognito-identity-provider'
import { type OperationName, operations, structures } from '@poolhouse/api'
import { buildHouse, type House } from '../hosted.ts'
import { minimalInput } from '../minimal-input.ts'
import { functionArn, functionsFolder, password, SmsConfiguration } from '../pool.ts'
import { type Server, startServer } from '../server.ts'

/** How a trigger fails, and the error that AWS has for it. */
export const failures = {
  refuse: 'UserLambdaValidationException',
  garbage: 'InvalidLambdaResponseException',
  crash: 'UnexpectedLambdaException',
} as const

const functions = functionsFolder({
  refuse: `export const handler = async () => { throw new Error('No') }`,
  garbage: `export const handler = async () => 'not an event'`,
  crash: `export const handler = async () => process.exit(1)`,
})

/** Members of an input, whatever the operation. */
export type Input = Readonly<Record<string, unknown>>

/** What an answer holds, as far as a row looks at it. */
export interface Output {
  readonly Session?: string
  readonly AuthenticationResult?: {
    readonly AccessToken?: string
    readonly RefreshToken?: string
    readonly NewDeviceMetadata?: { readonly DeviceKey: string }
  }
  readonly ChallengeParameters?: Readonly<Record<string, string>>
  readonly UserPool?: { readonly Id: string }
  readonly UserPoolClient?: { readonly ClientId: string; readonly ClientSecret: string }
  readonly CredentialCreationOptions?: object
}

/** A pool and whoever is in it: what the rows play on. */
export interface Stage {
  readonly server: Server
  readonly poolId: string
  /** A client that says when a user does not exist, with every flow that needs no trigger. */
  readonly clientId: string
  /** The access token of somebody who was deleted since, or whose password was reset. */
  tokenOf(fate: 'deleted' | 'reset'): Promise<string>
  /** Calls an operation with the key that may do everything. */
  call(name: OperationName, input: Input): Promise<Output>
  /** Makes a pool, another client of a pool, somebody in it. */
  newPool(input?: Input): Promise<string>
  newClient(input?: Input, poolId?: string): Promise<{ id: string; secret: string }>
  newUser(input?: NewUser): Promise<string>
  /** Signs somebody in with the password. */
  signIn(username: string, clientId?: string): Promise<NonNullable<Output['AuthenticationResult']>>
  begin(username: string, flow?: string, parameters?: Record<string, string>, clientId?: string): Promise<Output>
  /** Makes a pool's trigger fail, or takes it away. */
  trigger(poolId: string, name: string, failure: keyof typeof failures | undefined): Promise<void>
}

interface NewUser {
  readonly poolId?: string
  readonly temporary?: true
  readonly signedUp?: true
  readonly clientId?: string
  readonly attributes?: Readonly<Record<string, string>>
}

const mfa = {
  MfaConfiguration: 'OPTIONAL',
  SoftwareTokenMfaConfiguration: { Enabled: true },
  EmailMfaConfiguration: {},
}

/** The settings of a pool in which most can go wrong. */
export const policies = {
  PasswordPolicy: { MinimumLength: 8, PasswordHistorySize: 2 },
  SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'WEB_AUTHN', 'EMAIL_OTP'] },
}

/** Starts a server with such a pool. */
export async function openStage(config: Parameters<typeof startServer>[1] = {}): Promise<Stage> {
  const server = await startServer('sqlite', { functions, ...config })
  const commands = sdk as unknown as Record<string, new (input: unknown) => sdk.GetUserCommand>
  const call = async (name: OperationName, input: Input): Promise<Output> => {
    const Command = commands[`${name}Command`]
    if (!Command) throw new Error(`the SDK has no ${name}`)
    return (await server.api.send(new Command(input))) as unknown as Output
  }
  // Whoever signs keeps the server's time.
  let ahead = 0
  Object.defineProperty(server.api.config, 'systemClockOffset', { get: () => ahead, set() {} })
  const tick = (milliseconds: number) => {
    ahead += milliseconds
    server.tick(milliseconds)
  }
  const house: House = await buildHouse(server)
  const { poolId } = house
  await call('UpdateUserPool', { UserPoolId: poolId, ...settings })
  await call('SetUserPoolMfaConfig', { UserPoolId: poolId, ...mfa })
  await call('SetUserPoolSessionConfiguration', {
    UserPoolId: poolId,
    UserSessionTracking: 'ENABLED',
    TokenSession: { MaxPerUser: 20 },
  })
  let count = 0
  const newClient: Stage['newClient'] = async (input, inPool = poolId) => {
    const { UserPoolClient } = await call('CreateUserPoolClient', {
      UserPoolId: inPool,
      ClientName: 'app',
      ExplicitAuthFlows: [
        'ALLOW_USER_PASSWORD_AUTH',
        'ALLOW_ADMIN_USER_PASSWORD_AUTH',
        'ALLOW_USER_AUTH',
        'ALLOW_REFRESH_TOKEN_AUTH',
      ],
      ...input,
    })
    return { id: UserPoolClient?.ClientId ?? '', secret: UserPoolClient?.ClientSecret ?? '' }
  }
  const clientId = (await newClient()).id
  const newUser: Stage['newUser'] = async (input = {}) => {
    const Username = `user-${++count}-${randomBytes(3).toString('hex')}`
    const inPool = { UserPoolId: input.poolId ?? poolId, Username }
    const given = input.attributes ?? { email: `${Username}@example.com` }
    const UserAttributes = Object.entries(given).map(([Name, Value]) => ({ Name, Value }))
    if (input.signedUp) {
      await call('SignUp', { ClientId: input.clientId ?? clientId, Username, Password: password, UserAttributes })
      return Username
    }
    const verified = given.email ? [{ Name: 'email_verified', Value: 'true' }] : []
    await call('AdminCreateUser', {
      ...inPool,
      MessageAction: 'SUPPRESS',
      UserAttributes: [...UserAttributes, ...verified],
      ...(input.temporary && { TemporaryPassword: password }),
    })
    if (!input.temporary) await call('AdminSetUserPassword', { ...inPool, Password: password, Permanent: true })
    return Username
  }
  const begin: Stage['begin'] = (USERNAME, AuthFlow = 'USER_PASSWORD_AUTH', parameters = {}, ClientId = clientId) =>
    call('InitiateAuth', { ClientId, AuthFlow, AuthParameters: { USERNAME, PASSWORD: password, ...parameters } })
  const signIn: Stage['signIn'] = async (username, ClientId = clientId) => {
    const { AuthenticationResult } = await begin(username, 'USER_PASSWORD_AUTH', {}, ClientId)
    if (!AuthenticationResult) throw new Error(`${username} is asked for more`)
    return AuthenticationResult
  }
  return {
    server: { ...server, tick },
    poolId,
    clientId,
    call,
    newClient,
    newUser,
    begin,
    signIn,
    async tokenOf(fate) {
      const Username = await newUser()
      const { AccessToken = '' } = await signIn(Username)
      await call(fate === 'deleted' ? 'AdminDeleteUser' : 'AdminResetUserPassword', { UserPoolId: poolId, Username })
      return AccessToken
    },
    async newPool(input) {
      const { UserPool } = await call('CreateUserPool', { PoolName: 'other', SmsConfiguration, ...auto, ...input })
      return UserPool?.Id ?? ''
    },
    async trigger(UserPoolId, name, failure) {
      const LambdaConfig = failure ? { [name]: functionArn(failure) } : {}
      await call('UpdateUserPool', { UserPoolId, ...settings, LambdaConfig })
    },
  }
}

const auto = { AutoVerifiedAttributes: ['email'] }

/** What is set by UpdateUserPool has to be said each time. */
const settings = { ...auto, Policies: policies, DeviceConfiguration: {} }

/** Whether an operation's input has a member, required or not. */
export function takes(name: OperationName, member: string): boolean {
  return Object.hasOwn(structures[operations[name].input] ?? {}, member)
}

/** The smallest input of an operation, with these members in it where it takes them. */
export function inputOf(name: OperationName, members: Readonly<Record<string, string>>): Input {
  const known = Object.fromEntries(Object.entries(members).filter(([member]) => takes(name, member)))
  return { ...minimalInput(name, known), ...known }
}
