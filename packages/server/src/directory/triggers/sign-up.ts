import type { Client } from '../../store/setup/clients.ts'
import type { Pool } from '../../store/setup/pools.ts'
import type { Attributes, User } from '../../store/users.ts'
import type { World } from '../../world/world.ts'
import { type ClientMetadata, eventAttributes, eventHead, readFlag, readResponse } from './event.ts'

/** What PreSignUp decides. */
export interface PreSignUpAnswer {
  readonly autoConfirmUser: boolean
  readonly autoVerifyEmail: boolean
  readonly autoVerifyPhone: boolean
}

/** A sign-up as PreSignUp sees it; the user does not exist yet. */
export interface SignUpAttempt {
  readonly source: 'PreSignUp_SignUp' | 'PreSignUp_AdminCreateUser' | 'PreSignUp_ExternalProvider'
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
