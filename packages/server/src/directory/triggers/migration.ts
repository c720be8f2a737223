import { PoolError } from '../../errors.ts'
import type { Client } from '../../store/setup/clients.ts'
import type { Pool } from '../../store/setup/pools.ts'
import type { Attributes } from '../../store/users.ts'
import type { World } from '../../world/world.ts'
import { type ClientMetadata, eventHead, readFlag, readResponse } from './event.ts'

/** Somebody whom the pool does not know, as the UserMigration trigger is asked. */
export interface MigrationRequest {
  readonly source: 'UserMigration_Authentication' | 'UserMigration_ForgotPassword'
  /** The name as it was typed. */
  readonly username: string
  /** The password as it was typed, at sign-in. */
  readonly password?: string | undefined
  readonly validationData?: ClientMetadata | undefined
  readonly metadata?: ClientMetadata | undefined
}

/** Who the old directory says that it is. */
export interface MigratedUser {
  readonly attributes: Attributes
  readonly status: 'CONFIRMED' | 'RESET_REQUIRED'
  /** Whether aliases that lead to another user move here. */
  readonly forceAlias: boolean
  readonly smsMfa: boolean
}

/**
 * Asks the UserMigration trigger (AWS developer guide, "Migrate user Lambda trigger"). Undefined when the pool has none or
 * the function gives no attributes: there is no such user. It refuses by throwing (UserLambdaValidation).
 */
export async function askMigration(
  world: World,
  pool: Pool,
  client: Client,
  { source, username, password, validationData, metadata }: MigrationRequest,
): Promise<MigratedUser | undefined> {
  const arn = pool.settings.LambdaConfig?.UserMigration
  if (!arn) return undefined
  const event = {
    ...eventHead(pool, client, source, username),
    request: {
      ...(password !== undefined && { password }),
      validationData: validationData ?? null,
      ...(metadata && { clientMetadata: metadata }),
    },
    response: {
      userAttributes: null,
      forceAliasCreation: null,
      enableSMSMFA: null,
      finalUserStatus: null,
      messageAction: null,
      desiredDeliveryMediums: null,
    },
  }
  const response = readResponse(await world.invoke(arn, event))
  const attributes = readStrings(response.userAttributes)
  if (!attributes) return undefined
  const status = response.finalUserStatus ?? 'RESET_REQUIRED'
  if (status !== 'CONFIRMED' && status !== 'RESET_REQUIRED') throw unreadable()
  // No message is sent to who moves in: AWS's welcome carries a password, and the only one there is is theirs.
  if (![undefined, null, 'SUPPRESS', 'RESEND'].includes(response.messageAction as string)) throw unreadable()
  return {
    attributes,
    status,
    forceAlias: readFlag(response, 'forceAliasCreation'),
    smsMfa: readFlag(response, 'enableSMSMFA'),
  }
}

function readStrings(value: unknown): Attributes | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'object' || Array.isArray(value)) throw unreadable()
  const strings: Record<string, string> = Object.create(null)
  for (const [name, text] of Object.entries(value)) {
    if (typeof text !== 'string' && typeof text !== 'boolean' && typeof text !== 'number') throw unreadable()
    strings[name] = String(text)
  }
  return strings
}

function unreadable(): PoolError {
  return new PoolError('InvalidLambdaResponse', 'Unrecognizable lambda output')
}
