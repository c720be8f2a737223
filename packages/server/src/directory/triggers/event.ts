// What Lambda triggers are asked and what they may answer, a file for each kind of trigger: events in AWS's own words
// (developer guide, "Customizing user pool workflows with Lambda triggers"). How a function is run is world's to know.
import { PoolError } from '../../errors.ts'
import type { Client } from '../../store/setup/clients.ts'
import type { Pool } from '../../store/setup/pools.ts'
import type { Attributes, User } from '../../store/users.ts'

/** What a caller sends along for triggers. */
export type ClientMetadata = Readonly<Record<string, string>>

/** The common part of every event (developer guide, "User pool Lambda trigger event"). */
export function eventHead(pool: Pool, client: Pick<Client, 'id'> | undefined, triggerSource: string, userName: string) {
  return {
    version: '1',
    region: pool.region,
    userPoolId: pool.id,
    userName,
    callerContext: { awsSdkVersion: 'aws-sdk-unknown-unknown', clientId: client?.id ?? 'CLIENT_ID_NOT_APPLICABLE' },
    triggerSource,
  }
}

/** A user's attributes as every event carries them. */
export function eventAttributes(user: Pick<User, 'id' | 'status' | 'attributes'>): Attributes {
  return { sub: user.id, 'cognito:user_status': user.status, ...user.attributes }
}

/** The `response` of the event that a function gave back; throws InvalidLambdaResponse when there is none. */
export function readResponse(answer: unknown): Readonly<Record<string, unknown>> {
  const response = isRecord(answer) ? answer.response : undefined
  if (!isRecord(response)) throw new PoolError('InvalidLambdaResponse', 'Unrecognizable lambda output')
  return response
}

/** A yes or no of a response; absent is no. */
export function readFlag(response: Readonly<Record<string, unknown>>, name: string): boolean {
  const value = response[name]
  if (value === undefined || value === null) return false
  if (typeof value !== 'boolean') throw new PoolError('InvalidLambdaResponse', 'Unrecognizable lambda output')
  return value
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
