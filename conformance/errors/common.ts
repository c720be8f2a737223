import { type AwsErrorName, type OperationName, operations, structures } from '@poolhouse/api'
import { password } from '../pool.ts'
import type { Row } from './rows.ts'
import { failures, inputOf, type Stage, takes } from './stage.ts'

/** What cannot be provoked of any operation. */
const nowhere: Readonly<Partial<Record<AwsErrorName, string>>> = {
  InternalErrorException: 'It is a fault of ours; no input is known to cause one.',
  ForbiddenException: 'There is no web application firewall (AWS WAF) in front of a pool.',
  OperationNotEnabledException:
    'There are no replicas of pools, which AWS has it for; what is not offered answers with it (aws-sdk-refused.test.ts).',
  InvalidSmsRoleAccessPolicyException: 'Messages go out by a gateway of the configuration; there are no IAM roles.',
  InvalidSmsRoleTrustRelationshipException:
    'Messages go out by a gateway of the configuration; there are no IAM roles.',
  InvalidEmailRoleAccessPolicyException: 'Mail goes out by a server of the configuration; there are no IAM roles.',
  UserImportInProgressException: 'Users are not imported by jobs.',
  TierChangeNotAllowedException: 'Tiers have no price here, and change freely.',
  UserPoolTaggingException: 'Tags are stored with their pool, by no other service; unfit ones are an InvalidParameter.',
  CodeDeliveryFailureException: 'Messages are stored with the code and sent after the answer (docs/adr/0023).',
  ConcurrentModificationException:
    'Changes wait for one another; one that was overtaken between reading and writing cannot be timed from outside.',
}

/** What another operation of the same kind shows, or what an operation that has none of it does instead. */
const elsewhere: Readonly<Partial<Record<AwsErrorName, string>>> = {
  TooManyRequestsException:
    'Answered where passwords are hashed, when more wait than the queue holds (storm.test.ts); rates are for a proxy in front.',
  NotAuthorizedException:
    'Whoever signs may do everything; another key is an UnrecognizedClientException (attacks-api.test.ts).',
  LimitExceededException: 'It limits what one account of AWS has; a server of your own has no such quota.',
  InvalidUserPoolConfigurationException:
    'A pool that does not track devices answers InvalidParameter, by which clients tell (aws-amplify 5, rememberDevice).',
  FeatureUnavailableInTierException: 'What the operation sets is in every tier.',
  UserNotConfirmedException: 'Who is not confirmed has never got a token.',
  TooManyFailedAttemptsException:
    'AWS answers LimitExceeded to one try too many (aws-amplify/amplify-ui-android#180), and so do we.',
}

/** The trigger that an operation calls, and how it is called. */
const triggered: Readonly<
  Partial<Record<OperationName, [trigger: string, prepare: (stage: Stage) => Promise<() => Promise<unknown>>]>>
> = {
  AdminConfirmSignUp: [
    'PostConfirmation',
    async (s) => {
      const Username = await s.newUser({ signedUp: true })
      return () => s.call('AdminConfirmSignUp', { UserPoolId: s.poolId, Username })
    },
  ],
  AdminCreateUser: ['PreSignUp', async (s) => () => s.newUser({ temporary: true })],
  AdminInitiateAuth: [
    'PreAuthentication',
    async (s) => {
      const USERNAME = await s.newUser()
      return () =>
        s.call('AdminInitiateAuth', {
          UserPoolId: s.poolId,
          ClientId: s.clientId,
          AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
          AuthParameters: { USERNAME, PASSWORD: password },
        })
    },
  ],
  AdminResetUserPassword: [
    'CustomMessage',
    async (s) => {
      const Username = await s.newUser()
      return () => s.call('AdminResetUserPassword', { UserPoolId: s.poolId, Username })
    },
  ],
  AdminRespondToAuthChallenge: [
    'PostAuthentication',
    async (s) => {
      const USERNAME = await s.newUser()
      const { Session } = await s.begin(USERNAME, 'USER_AUTH', { PREFERRED_CHALLENGE: 'WEB_AUTHN' })
      return () =>
        s.call('AdminRespondToAuthChallenge', {
          UserPoolId: s.poolId,
          ClientId: s.clientId,
          ChallengeName: 'SELECT_CHALLENGE',
          Session,
          ChallengeResponses: { USERNAME, ANSWER: 'PASSWORD', PASSWORD: password },
        })
    },
  ],
  AdminUpdateUserAttributes: [
    'CustomMessage',
    async (s) => {
      const Username = await s.newUser()
      const UserAttributes = [{ Name: 'email', Value: `new-${Username}@example.com` }]
      return () => s.call('AdminUpdateUserAttributes', { UserPoolId: s.poolId, Username, UserAttributes })
    },
  ],
  ConfirmForgotPassword: [
    'PostConfirmation',
    async (s) => {
      const Username = await s.newUser()
      await s.call('ForgotPassword', { ClientId: s.clientId, Username })
      const ConfirmationCode = await s.server.code(`${Username}@example.com`, 'ForgotPassword')
      return () =>
        s.call('ConfirmForgotPassword', {
          ClientId: s.clientId,
          Username,
          ConfirmationCode,
          Password: 'Another-Horse-2',
        })
    },
  ],
  ConfirmSignUp: [
    'PostConfirmation',
    async (s) => {
      const Username = await s.newUser({ signedUp: true })
      const ConfirmationCode = await s.server.code(`${Username}@example.com`, 'SignUp')
      return () => s.call('ConfirmSignUp', { ClientId: s.clientId, Username, ConfirmationCode })
    },
  ],
  ForgotPassword: [
    'CustomMessage',
    async (s) => {
      const Username = await s.newUser()
      return () => s.call('ForgotPassword', { ClientId: s.clientId, Username })
    },
  ],
  GetTokensFromRefreshToken: [
    'PreTokenGeneration',
    async (s) => {
      const { RefreshToken } = await s.signIn(await s.newUser())
      return () => s.call('GetTokensFromRefreshToken', { ClientId: s.clientId, RefreshToken })
    },
  ],
  GetUserAttributeVerificationCode: [
    'CustomMessage',
    async (s) => {
      const { AccessToken } = await s.signIn(await s.newUser())
      return () => s.call('GetUserAttributeVerificationCode', { AccessToken, AttributeName: 'email' })
    },
  ],
  InitiateAuth: [
    'PreAuthentication',
    async (s) => {
      const username = await s.newUser()
      return () => s.begin(username)
    },
  ],
  ResendConfirmationCode: [
    'CustomMessage',
    async (s) => {
      const Username = await s.newUser({ signedUp: true })
      return () => s.call('ResendConfirmationCode', { ClientId: s.clientId, Username })
    },
  ],
  RespondToAuthChallenge: [
    'PostAuthentication',
    async (s) => {
      const USERNAME = await s.newUser()
      const { Session } = await s.begin(USERNAME, 'USER_AUTH', { PREFERRED_CHALLENGE: 'WEB_AUTHN' })
      return () =>
        s.call('RespondToAuthChallenge', {
          ClientId: s.clientId,
          ChallengeName: 'SELECT_CHALLENGE',
          Session,
          ChallengeResponses: { USERNAME, ANSWER: 'PASSWORD', PASSWORD: password },
        })
    },
  ],
  SignUp: ['PreSignUp', async (s) => () => s.newUser({ signedUp: true })],
  UpdateUserAttributes: [
    'CustomMessage',
    async (s) => {
      const username = await s.newUser()
      const { AccessToken } = await s.signIn(username)
      const UserAttributes = [{ Name: 'email', Value: `new-${username}@example.com` }]
      return () => s.call('UpdateUserAttributes', { AccessToken, UserAttributes })
    },
  ],
}

function byTrigger(name: OperationName, error: AwsErrorName): Row | undefined {
  const failure = (Object.keys(failures) as (keyof typeof failures)[]).find((kind) => failures[kind] === error)
  const [trigger, prepare] = triggered[name] ?? []
  if (!failure || !trigger || !prepare) return undefined
  return async (stage) => {
    const call = await prepare(stage)
    await stage.trigger(stage.poolId, trigger, failure)
    try {
      return await call()
    } finally {
      await stage.trigger(stage.poolId, trigger, undefined)
    }
  }
}

/** What an error takes where no operation has a row of its own for it; undefined where one must have it. */
export function commonRow(name: OperationName, error: AwsErrorName): Row | undefined {
  if (nowhere[error] !== undefined) return nowhere[error]
  const { input } = operations[name]
  const required = Object.entries(structures[input] ?? {}).find(([, member]) => member.required)?.[0]
  const call =
    (members: Readonly<Record<string, string>>): Row =>
    (stage) =>
      stage.call(name, inputOf(name, { UserPoolId: stage.poolId, ClientId: stage.clientId, ...members }))
  const byToken = takes(name, 'AccessToken')
  switch (error) {
    case 'InvalidParameterException':
      return (stage) => {
        const whole = inputOf(name, { UserPoolId: stage.poolId, ClientId: stage.clientId })
        return stage.call(name, Object.fromEntries(Object.entries(whole).filter(([member]) => member !== required)))
      }
    case 'ResourceNotFoundException':
      if (takes(name, 'UserPoolId')) return call({ UserPoolId: 'eu-west-1_nothing00' })
      if (takes(name, 'ClientId')) return call({ ClientId: 'nothing' })
      if (takes(name, 'ResourceArn'))
        return call({ ResourceArn: 'arn:aws:cognito-idp:eu-west-1:000000000000:userpool/eu-west-1_nothing00' })
      return byToken ? 'A token says itself which pool and client it is of: without them it is none.' : undefined
    case 'NotAuthorizedException':
      if (byToken) return call({ AccessToken: 'x.y.z' })
      if (takes(name, 'SecretHash'))
        return async (stage) => {
          const { id } = await stage.newClient({ GenerateSecret: true })
          return stage.call(name, inputOf(name, { ClientId: id }))
        }
      break
    case 'UserNotFoundException':
      if (byToken)
        return async (stage) => stage.call(name, inputOf(name, { AccessToken: await stage.tokenOf('deleted') }))
      if (takes(name, 'Username')) return call({ Username: 'nobody' })
      return undefined
    case 'PasswordResetRequiredException':
      return byToken
        ? async (stage) => stage.call(name, inputOf(name, { AccessToken: await stage.tokenOf('reset') }))
        : undefined
    case 'UserNotConfirmedException':
      return byToken ? elsewhere[error] : undefined
    default:
  }
  return byTrigger(name, error) ?? elsewhere[error]
}
