import { PoolError } from '../errors.ts'
import type { Client } from '../store/clients.ts'
import type { Pool } from '../store/pools.ts'
import type { Attributes, User } from '../store/users.ts'
import type { World } from '../world/world.ts'

/** What a caller sends along for triggers. */
export type ClientMetadata = Readonly<Record<string, string>>

/** What PreSignUp decides. */
export interface PreSignUpAnswer {
  readonly autoConfirmUser: boolean
  readonly autoVerifyEmail: boolean
  readonly autoVerifyPhone: boolean
}

/** A sign-up as PreSignUp sees it; the user does not exist yet. */
export interface SignUpAttempt {
  readonly source: 'PreSignUp_SignUp' | 'PreSignUp_AdminCreateUser'
  readonly username: string
  readonly attributes: Attributes
  readonly validationData?: ClientMetadata | undefined
  readonly metadata?: ClientMetadata | undefined
}

/** Asks the PreSignUp trigger; all false when the pool has none. It refuses by throwing (UserLambdaValidation). */
export async function preSignUp(
  world: World,
  pool: Pool,
  client: Client | undefined,
  attempt: SignUpAttempt,
): Promise<PreSignUpAnswer> {
  const arn = pool.settings.LambdaConfig?.PreSignUp
  if (!arn) return { autoConfirmUser: false, autoVerifyEmail: false, autoVerifyPhone: false }
  const event = {
    ...eventHead(pool, client, attempt.source, attempt.username),
    request: {
      userAttributes: attempt.attributes,
      validationData: attempt.validationData ?? null,
      ...(attempt.metadata && { clientMetadata: attempt.metadata }),
    },
    response: { autoConfirmUser: false, autoVerifyEmail: false, autoVerifyPhone: false },
  }
  const response = readResponse(await world.invoke(arn, event))
  return {
    autoConfirmUser: readFlag(response, 'autoConfirmUser'),
    autoVerifyEmail: readFlag(response, 'autoVerifyEmail'),
    autoVerifyPhone: readFlag(response, 'autoVerifyPhone'),
  }
}

/**
 * Tells the PostConfirmation trigger that an account is confirmed or its password was reset. It comes after the change:
 * what it throws reaches the caller, and the user stays confirmed, as on AWS.
 */
export async function postConfirmation(
  world: World,
  pool: Pool,
  client: Client | undefined,
  user: User,
  source: 'PostConfirmation_ConfirmSignUp' | 'PostConfirmation_ConfirmForgotPassword',
  metadata?: ClientMetadata,
): Promise<void> {
  const arn = pool.settings.LambdaConfig?.PostConfirmation
  if (!arn) return
  const event = {
    ...eventHead(pool, client, source, user.username),
    request: { userAttributes: eventAttributes(user), ...(metadata && { clientMetadata: metadata }) },
    response: {},
  }
  readResponse(await world.invoke(arn, event))
}

/** The common part of every event (developer guide, "User pool Lambda trigger event"). */
function eventHead(pool: Pool, client: Client | undefined, triggerSource: string, userName: string) {
  return {
    version: '1',
    region: pool.region,
    userPoolId: pool.id,
    userName,
    callerContext: { awsSdkVersion: 'aws-sdk-unknown-unknown', clientId: client?.id ?? 'CLIENT_ID_NOT_APPLICABLE' },
    triggerSource,
  }
}

function eventAttributes(user: User): Attributes {
  return { sub: user.id, 'cognito:user_status': user.status, ...user.attributes }
}

function readResponse(answer: unknown): Readonly<Record<string, unknown>> {
  const response = isRecord(answer) ? answer.response : undefined
  if (!isRecord(response)) throw new PoolError('InvalidLambdaResponse', 'Unrecognizable lambda output')
  return response
}

function readFlag(response: Readonly<Record<string, unknown>>, name: string): boolean {
  const value = response[name]
  if (value === undefined || value === null) return false
  if (typeof value !== 'boolean') throw new PoolError('InvalidLambdaResponse', 'Unrecognizable lambda output')
  return value
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
