import type {
  AdminInitiateAuthRequest,
  AdminRespondToAuthChallengeRequest,
  AuthFlowType,
  InitiateAuthRequest,
  InitiateAuthResponse,
  RespondToAuthChallengeRequest,
} from '@poolhouse/api'
import type { Party } from '../../directory/register.ts'
import type { ClientMetadata } from '../../directory/triggers/event.ts'
import type { TokenSource } from '../../directory/triggers/tokens.ts'
import { PoolError } from '../../errors.ts'
import { checkSecretHash } from '../../settings/clients.ts'
import { unsupported } from '../../settings/pools.ts'
import { continueSignIn, type Start, startSignIn } from '../../sign-in/answer.ts'
import type { Done, Progress } from '../../sign-in/proceed.ts'
import type { Db } from '../../store/db.ts'
import { adminScope } from '../../tokens/claims.ts'
import { grantTokens } from '../../tokens/issue.ts'
import type { World } from '../../world/world.ts'
import { type Answers, describeAsked, readReply, required, sessionOf } from '../challenges.ts'
import type { Handler } from '../resolve.ts'
import { originOf } from './origin.ts'
import { describeTokens, refreshByFlow } from './refresh-flow.ts'

export const InitiateAuth: Handler<'InitiateAuth'> = async (input, { db, world, pool, client, address }) => {
  if (input.AuthFlow === 'ADMIN_USER_PASSWORD_AUTH' || input.AuthFlow === 'ADMIN_NO_SRP_AUTH')
    throw new PoolError('InvalidParameter', 'Initiate Auth method not supported.')
  return initiate(db, world, { pool, client }, input, originOf(client, address, input))
}

export const AdminInitiateAuth: Handler<'AdminInitiateAuth'> = async (input, { db, world, pool, client, address }) => {
  if (input.AuthFlow === 'USER_PASSWORD_AUTH')
    throw new PoolError('InvalidParameter', 'Initiate Auth method not supported.')
  return initiate(db, world, { pool, client }, input, originOf(client, address, input))
}

export const RespondToAuthChallenge: Handler<'RespondToAuthChallenge'> = async (
  input,
  { db, world, pool, client, address },
) => respond(db, world, { pool, client }, input, originOf(client, address, input))

export const AdminRespondToAuthChallenge: Handler<'AdminRespondToAuthChallenge'> = async (
  input,
  { db, world, pool, client, address },
) => respond(db, world, { pool, client }, input, originOf(client, address, input))

async function initiate(
  db: Db,
  world: World,
  party: Party,
  { AuthFlow, AuthParameters: answers = {}, ClientMetadata, Session }: InitiateAuthRequest | AdminInitiateAuthRequest,
  address: string,
): Promise<InitiateAuthResponse> {
  checkFlow(party, AuthFlow)
  // The hosted pages step up; less than what is asked for here must not look like it (docs/adr/0018).
  for (const name of ['TARGET_ACR_VALUES', 'MAX_AGE']) if (name in answers) throw unsupported(`${name} in the API`)
  if (AuthFlow === 'REFRESH_TOKEN_AUTH' || AuthFlow === 'REFRESH_TOKEN')
    return { AuthenticationResult: await refreshByFlow(db, world, party, answers, address), ChallengeParameters: {} }
  const username = required(answers, 'USERNAME')
  checkSecretHash(world, party.client, username, answers.SECRET_HASH)
  const start: Start = {
    door: 'api',
    address,
    username,
    deviceKey: answers.DEVICE_KEY || undefined,
    validationData: ClientMetadata,
    session: Session,
    ...readStart(AuthFlow, answers),
  }
  return replyTo(db, world, party, await startSignIn(db, world, party, start), { address })
}

/** What each flow begins with (API reference, InitiateAuth: AuthParameters). */
function readStart(flow: AuthFlowType, answers: Answers): Pick<Start, 'flow' | 'password' | 'A' | 'preferred'> {
  switch (flow) {
    case 'USER_SRP_AUTH':
      return { flow: 'srp', A: required(answers, 'SRP_A') }
    case 'CUSTOM_AUTH': {
      // The model's text writes ChallengeName, the clients CHALLENGE_NAME.
      const first = answers.CHALLENGE_NAME ?? answers.ChallengeName
      return { flow: 'custom', A: first === 'SRP_A' ? required(answers, 'SRP_A') : undefined }
    }
    case 'USER_AUTH':
      return {
        flow: 'choice',
        preferred: answers.PREFERRED_CHALLENGE,
        password: answers.PASSWORD,
        A: answers.SRP_A,
      }
    default:
      return { flow: 'password', password: required(answers, 'PASSWORD') }
  }
}

async function respond(
  db: Db,
  world: World,
  party: Party,
  {
    ChallengeName,
    Session,
    ChallengeResponses: answers = {},
    ClientMetadata,
  }: RespondToAuthChallengeRequest | AdminRespondToAuthChallengeRequest,
  address: string,
): Promise<InitiateAuthResponse> {
  const username = required(answers, 'USERNAME')
  checkSecretHash(world, party.client, username, answers.SECRET_HASH)
  const progress = await continueSignIn(db, world, party, {
    door: 'api',
    address,
    session: sessionOf(ChallengeName, answers, Session),
    step: readStep(ChallengeName),
    username,
    reply: readReply(ChallengeName, answers),
    deviceKey: answers.DEVICE_KEY || undefined,
    metadata: ClientMetadata,
  })
  return replyTo(db, world, party, progress, { address, metadata: ClientMetadata })
}

function readStep(name: RespondToAuthChallengeRequest['ChallengeName']) {
  if (name === 'ADMIN_NO_SRP_AUTH') throw new PoolError('InvalidParameter', 'Unsupported challenge name')
  return name
}

/** Flows of a client: by the names with ALLOW_, or by the three legacy names. */
function checkFlow({ client }: Party, flow: AuthFlowType): void {
  const allowed = new Set<string>(client.settings.ExplicitAuthFlows)
  const legacy = ![...allowed].some((name) => name.startsWith('ALLOW_'))
  const wanted = flow === 'REFRESH_TOKEN' ? 'REFRESH_TOKEN_AUTH' : flow
  const allows = (name: string) =>
    allowed.has(`ALLOW_${name}`) || (legacy && (allowed.has(name) || name === 'REFRESH_TOKEN_AUTH'))
  // The legacy name of ADMIN_USER_PASSWORD_AUTH is ADMIN_NO_SRP_AUTH, both ways; CUSTOM_AUTH_FLOW_ONLY allows custom alone.
  const names = flow.startsWith('ADMIN_') ? ['ADMIN_USER_PASSWORD_AUTH', 'ADMIN_NO_SRP_AUTH'] : [wanted]
  if (legacy && (allowed.has('CUSTOM_AUTH_FLOW_ONLY') ? flow === 'CUSTOM_AUTH' : flow === 'USER_SRP_AUTH')) return
  if (!names.some(allows)) throw new PoolError('InvalidParameter', `${wanted} flow not enabled for this client`)
}

async function replyTo(
  db: Db,
  world: World,
  party: Party,
  progress: Progress,
  { address, metadata }: { address: string; metadata?: ClientMetadata | undefined },
): Promise<InitiateAuthResponse> {
  if (progress.step !== 'done') return describeAsked(progress)
  const { user, authTime, deviceKey, newDevice } = progress
  const tokens = await grantTokens(db, world, party.pool, party.client, {
    user,
    door: 'api',
    scopes: [adminScope],
    authTime,
    refresh: true,
    deviceKey,
    source: sourceOf(progress),
    metadata,
    address,
  })
  const result = describeTokens(tokens)
  const device = newDevice && {
    NewDeviceMetadata: { DeviceKey: newDevice.deviceKey, DeviceGroupKey: newDevice.deviceGroupKey },
  }
  return { AuthenticationResult: { ...result, ...device }, ChallengeParameters: {} }
}

/** What PreTokenGeneration is told (developer guide, "Pre token generation Lambda trigger"). */
function sourceOf({ proven }: Done): TokenSource {
  if (proven.includes('device')) return 'TokenGeneration_AuthenticateDevice'
  return proven.includes('new-password') ? 'TokenGeneration_NewPasswordChallenge' : 'TokenGeneration_Authentication'
}
