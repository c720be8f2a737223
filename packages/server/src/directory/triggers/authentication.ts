import { PoolError } from '../../errors.ts'
import type { Client } from '../../store/setup/clients.ts'
import type { Pool } from '../../store/setup/pools.ts'
import type { User } from '../../store/users.ts'
import type { World } from '../../world/world.ts'
import { type ClientMetadata, eventAttributes, eventHead, readFlag, readResponse } from './event.ts'

/** Who is signing in, as triggers see it: a name that no user has is somebody too, when a client hides existence. */
export interface Visitor {
  readonly user: User | undefined
  readonly username: string
}

/** One step of a custom sign-in that is over, as the triggers are told (developer guide, "Define auth challenge"). */
export interface ChallengeResult {
  readonly challengeName: string
  readonly challengeResult: boolean
  readonly challengeMetadata?: string | undefined
}

/** What DefineAuthChallenge decided. */
export type Decision = 'issue' | 'fail' | { readonly challenge: string }

/** What CreateAuthChallenge made up: `public` goes to the client, `private` stays with us. */
export interface CreatedChallenge {
  readonly public: Readonly<Record<string, string>>
  readonly private: Readonly<Record<string, string>>
  readonly metadata: string | undefined
}

/** Asks PreAuthentication, before any proof is looked at; it refuses by throwing. */
export async function preAuthentication(
  world: World,
  pool: Pool,
  client: Client,
  visitor: Visitor,
  validationData?: ClientMetadata,
): Promise<void> {
  const arn = pool.settings.LambdaConfig?.PreAuthentication
  if (!arn) return
  const request = { ...about(visitor), validationData: validationData ?? null, userNotFound: !visitor.user }
  const event = {
    ...eventHead(pool, client, 'PreAuthentication_Authentication', nameOf(visitor)),
    request,
    response: {},
  }
  readResponse(await world.invoke(arn, event))
}

/** Tells PostAuthentication that all is proven, before tokens are made; what it throws ends the sign-in. */
export async function postAuthentication(
  world: World,
  pool: Pool,
  client: Client,
  user: User,
  newDeviceUsed: boolean,
  metadata?: ClientMetadata,
): Promise<void> {
  const arn = pool.settings.LambdaConfig?.PostAuthentication
  if (!arn) return
  const request = { userAttributes: eventAttributes(user), newDeviceUsed, ...sent(metadata) }
  const event = {
    ...eventHead(pool, client, 'PostAuthentication_Authentication', user.username),
    request,
    response: {},
  }
  readResponse(await world.invoke(arn, event))
}

/** Asks DefineAuthChallenge what comes next after the steps so far. */
export async function defineChallenge(
  world: World,
  pool: Pool,
  client: Client,
  visitor: Visitor,
  session: readonly ChallengeResult[],
  metadata?: ClientMetadata,
): Promise<Decision> {
  const head = eventHead(pool, client, 'DefineAuthChallenge_Authentication', nameOf(visitor))
  const request = { ...about(visitor), session, ...sent(metadata), userNotFound: !visitor.user }
  const empty = { challengeName: null, issueTokens: null, failAuthentication: null }
  const arn = required(pool, 'DefineAuthChallenge')
  const event = { ...head, request, response: empty }
  const response = readResponse(await world.invoke(arn, event))
  if (readFlag(response, 'failAuthentication')) return 'fail'
  if (readFlag(response, 'issueTokens')) return 'issue'
  const challenge = response.challengeName
  if (typeof challenge !== 'string' || challenge === '') throw unreadable()
  return { challenge }
}

/** Asks CreateAuthChallenge for a challenge. */
export async function createChallenge(
  world: World,
  pool: Pool,
  client: Client,
  visitor: Visitor,
  session: readonly ChallengeResult[],
  metadata?: ClientMetadata,
): Promise<CreatedChallenge> {
  const head = eventHead(pool, client, 'CreateAuthChallenge_Authentication', nameOf(visitor))
  const request = {
    ...about(visitor),
    challengeName: 'CUSTOM_CHALLENGE',
    session,
    ...sent(metadata),
    userNotFound: !visitor.user,
  }
  const empty = { publicChallengeParameters: null, privateChallengeParameters: null, challengeMetadata: null }
  const arn = required(pool, 'CreateAuthChallenge')
  const event = { ...head, request, response: empty }
  const response = readResponse(await world.invoke(arn, event))
  const { challengeMetadata } = response
  return {
    public: readTexts(response.publicChallengeParameters),
    private: readTexts(response.privateChallengeParameters),
    metadata: typeof challengeMetadata === 'string' ? challengeMetadata : undefined,
  }
}

/** Asks VerifyAuthChallengeResponse whether an answer is right. */
export async function verifyChallenge(
  world: World,
  pool: Pool,
  client: Client,
  visitor: Visitor,
  answer: string,
  privateParameters: Readonly<Record<string, string>>,
  metadata?: ClientMetadata,
): Promise<boolean> {
  const head = eventHead(pool, client, 'VerifyAuthChallengeResponse_Authentication', nameOf(visitor))
  const request = {
    ...about(visitor),
    privateChallengeParameters: privateParameters,
    challengeAnswer: answer,
    ...sent(metadata),
    userNotFound: !visitor.user,
  }
  const arn = required(pool, 'VerifyAuthChallengeResponse')
  const event = { ...head, request, response: { answerCorrect: null } }
  return readFlag(readResponse(await world.invoke(arn, event)), 'answerCorrect')
}

function required(pool: Pool, name: 'DefineAuthChallenge' | 'CreateAuthChallenge' | 'VerifyAuthChallengeResponse') {
  const arn = pool.settings.LambdaConfig?.[name]
  // AWS's words for a pool without the triggers of custom sign-in.
  if (!arn) throw new PoolError('InvalidParameter', 'Custom auth lambda trigger is not configured for the user pool.')
  return arn
}

const nameOf = ({ user, username }: Visitor) => user?.username ?? username

const about = ({ user }: Visitor) => ({ userAttributes: user ? eventAttributes(user) : {} })

const sent = (metadata: ClientMetadata | undefined) => metadata && { clientMetadata: metadata }

/** Parameters are texts by name; what else a function gave is text to the client too. */
function readTexts(value: unknown): Record<string, string> {
  if (value === undefined || value === null) return {}
  if (typeof value !== 'object' || Array.isArray(value)) throw unreadable()
  return Object.fromEntries(
    Object.entries(value).map(([name, text]) => [name, typeof text === 'string' ? text : JSON.stringify(text)]),
  )
}

function unreadable(): PoolError {
  return new PoolError('InvalidLambdaResponse', 'Unrecognizable lambda output')
}
