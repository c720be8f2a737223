import { PoolError } from '../../errors.ts'
import type { Client } from '../../store/setup/clients.ts'
import type { Pool } from '../../store/setup/pools.ts'
import type { User } from '../../store/users.ts'
import type { World } from '../../world/world.ts'
import { type ClientMetadata, eventAttributes, eventHead, readResponse } from './event.ts'

/** What tokens are made for (developer guide, "Pre token generation Lambda trigger sources"). */
export type TokenSource =
  | 'TokenGeneration_HostedAuth'
  | 'TokenGeneration_Authentication'
  | 'TokenGeneration_NewPasswordChallenge'
  | 'TokenGeneration_AuthenticateDevice'
  | 'TokenGeneration_RefreshTokens'
  | 'TokenGeneration_ClientCredentials'

/** A user's groups and what follows of them, as tokens carry them. */
export interface GroupFacts {
  readonly groups: readonly string[]
  readonly roles: readonly string[]
  readonly preferredRole: string | undefined
}

/** Tokens that are about to be made. */
export interface TokenRequest {
  readonly source: TokenSource
  /** Undefined for a machine. */
  readonly user: User | undefined
  readonly groups: GroupFacts
  readonly scopes: readonly string[]
  readonly metadata?: ClientMetadata | undefined
}

/** The version of the event that a function was asked with, and what it answered. */
export interface TokenAnswer {
  readonly version: 1 | 2 | 3
  readonly response: Readonly<Record<string, unknown>>
}

const versions = { V1_0: 1, V2_0: 2, V3_0: 3 } as const

/** The function that customizes a pool's tokens and the version of its event, if there is one. */
function triggerOf({ settings }: Pool): { arn: string; version: TokenAnswer['version'] } | undefined {
  const { PreTokenGeneration, PreTokenGenerationConfig } = settings.LambdaConfig ?? {}
  if (PreTokenGenerationConfig)
    return { arn: PreTokenGenerationConfig.LambdaArn, version: versions[PreTokenGenerationConfig.LambdaVersion] }
  return PreTokenGeneration ? { arn: PreTokenGeneration, version: 1 } : undefined
}

/**
 * Asks the PreTokenGeneration trigger; undefined when the pool has none, or none for machines (version 3 alone). It
 * refuses by throwing (UserLambdaValidation).
 */
export async function preTokenGeneration(
  world: World,
  pool: Pool,
  client: Client,
  { source, user, groups, scopes, metadata }: TokenRequest,
): Promise<TokenAnswer | undefined> {
  const trigger = triggerOf(pool)
  if (!trigger || (!user && trigger.version !== 3)) return undefined
  const { arn, version } = trigger
  const event = {
    // AWS does not document the user name of a machine's event; the client's id is what `sub` says.
    ...eventHead(pool, client, source, user?.username ?? client.id),
    version: String(version),
    request: {
      userAttributes: user ? eventAttributes(user) : {},
      groupConfiguration: {
        groupsToOverride: groups.groups,
        iamRolesToOverride: groups.roles,
        preferredRole: groups.preferredRole ?? null,
      },
      ...(version > 1 && { scopes }),
      ...(metadata && { clientMetadata: metadata }),
    },
    response: version === 1 ? { claimsOverrideDetails: null } : { claimsAndScopeOverrideDetails: null },
  }
  // A trigger's own name stands in AWS's sentences, not that of its source (TokenGeneration).
  const answer = await world.invoke(arn, event).catch((error: unknown) => {
    if (!(error instanceof PoolError)) throw error
    throw new PoolError(error.code, error.message.replace(/^TokenGeneration /, 'PreTokenGeneration '), error.cause)
  })
  return { version, response: readResponse(answer) }
}
