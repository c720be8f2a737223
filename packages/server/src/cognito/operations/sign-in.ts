import type {
  AdminRespondToAuthChallengeRequest,
  AuthFlowType,
  InitiateAuthResponse,
  RespondToAuthChallengeRequest,
} from '@poolhouse/api'
import type { Party } from '../../directory/register.ts'
import { PoolError } from '../../errors.ts'
import { checkSecretHash, isSecret } from '../../settings/clients.ts'
import { unsupported } from '../../settings/pools.ts'
import { continueSignIn, type Progress, startSignIn } from '../../sign-in/answer.ts'
import { newDeviceKeys, tracksDevices } from '../../sign-in/devices.ts'
import type { Db } from '../../store/db.ts'
import { adminScope } from '../../tokens/claims.ts'
import { findRefresh } from '../../tokens/exchange.ts'
import { grantTokens, issueTokens, type Tokens } from '../../tokens/issue.ts'
import { revokeToken, signOutEverywhere } from '../../tokens/revoke.ts'
import type { World } from '../../world/world.ts'
import type { Handler } from '../resolve.ts'

type Answers = Readonly<Record<string, string>>

export const InitiateAuth: Handler<'InitiateAuth'> = async (input, { db, world, pool, client }) => {
  if (input.AuthFlow === 'ADMIN_USER_PASSWORD_AUTH' || input.AuthFlow === 'ADMIN_NO_SRP_AUTH')
    throw new PoolError('InvalidParameter', 'Initiate Auth method not supported.')
  return initiate(db, world, { pool, client }, input.AuthFlow, input.AuthParameters ?? {})
}

export const AdminInitiateAuth: Handler<'AdminInitiateAuth'> = async (input, { db, world, pool, client }) => {
  if (input.AuthFlow === 'USER_PASSWORD_AUTH')
    throw new PoolError('InvalidParameter', 'Initiate Auth method not supported.')
  return initiate(db, world, { pool, client }, input.AuthFlow, input.AuthParameters ?? {})
}

export const RespondToAuthChallenge: Handler<'RespondToAuthChallenge'> = async (input, { db, world, pool, client }) =>
  respond(db, world, { pool, client }, input)

export const AdminRespondToAuthChallenge: Handler<'AdminRespondToAuthChallenge'> = async (
  input,
  { db, world, pool, client },
) => respond(db, world, { pool, client }, input)

export const RevokeToken: Handler<'RevokeToken'> = async ({ Token, ClientSecret }, { db, world, client }) => {
  if (client.secretSealed !== undefined && (ClientSecret === undefined || !isSecret(world, client, ClientSecret)))
    throw new PoolError('UnauthorizedToken', 'Invalid client secret')
  await revokeToken(db, world, client, Token)
  return {}
}

export const GlobalSignOut: Handler<'GlobalSignOut'> = async (_, { db, world, user }) => {
  await signOutEverywhere(db, world, user)
  return {}
}

async function initiate(
  db: Db,
  world: World,
  party: Party,
  flow: AuthFlowType,
  answers: Answers,
): Promise<InitiateAuthResponse> {
  checkFlow(party, flow)
  switch (flow) {
    case 'USER_PASSWORD_AUTH':
    case 'ADMIN_USER_PASSWORD_AUTH':
    case 'ADMIN_NO_SRP_AUTH': {
      const username = required(answers, 'USERNAME')
      const password = required(answers, 'PASSWORD')
      checkSecretHash(world, party.client, username, answers.SECRET_HASH)
      return replyTo(db, world, party, await startSignIn(db, world, party, { door: 'api', username, password }))
    }
    case 'REFRESH_TOKEN_AUTH':
    case 'REFRESH_TOKEN': {
      const { pool, client } = party
      const { grant, user } = await findRefresh(db, world, pool, client, required(answers, 'REFRESH_TOKEN'))
      if (client.secretSealed !== undefined)
        checkRefreshHash(world, party, [user.username, user.id], answers.SECRET_HASH)
      const tokens = await issueTokens(db, world, pool, client, user, grant)
      return { AuthenticationResult: describeTokens(tokens), ChallengeParameters: {} }
    }
    default:
      throw unsupported(`The flow ${flow}`)
  }
}

async function respond(
  db: Db,
  world: World,
  party: Party,
  {
    ChallengeName,
    Session,
    ChallengeResponses = {},
  }: RespondToAuthChallengeRequest | AdminRespondToAuthChallengeRequest,
): Promise<InitiateAuthResponse> {
  if (ChallengeName !== 'NEW_PASSWORD_REQUIRED') throw unsupported(`The challenge ${ChallengeName}`)
  const username = required(ChallengeResponses, 'USERNAME')
  checkSecretHash(world, party.client, username, ChallengeResponses.SECRET_HASH)
  if (Session === undefined) throw new PoolError('InvalidParameter', 'Missing required parameter Session')
  const attributes = Object.entries(ChallengeResponses).flatMap(([name, value]) =>
    name.startsWith('userAttributes.') ? [[name.slice('userAttributes.'.length), value]] : [],
  )
  const reply = {
    newPassword: required(ChallengeResponses, 'NEW_PASSWORD'),
    attributes: Object.fromEntries(attributes),
  }
  const progress = await continueSignIn(db, world, party, { door: 'api', session: Session, username, reply })
  return replyTo(db, world, party, progress)
}

/** A refresh carries no user name: the hash may be over the name or the `sub` (AWS developer guide, "secret hash"). */
function checkRefreshHash(world: World, { client }: Party, names: readonly string[], given: string | undefined): void {
  const [first = '', second = ''] = names
  try {
    checkSecretHash(world, client, first, given)
  } catch {
    checkSecretHash(world, client, second, given)
  }
}

/** Flows of a client: by the names with ALLOW_, or by the three legacy names. */
function checkFlow({ client }: Party, flow: AuthFlowType): void {
  const allowed = new Set<string>(client.settings.ExplicitAuthFlows)
  const legacy = ![...allowed].some((name) => name.startsWith('ALLOW_'))
  const wanted = flow === 'REFRESH_TOKEN' ? 'REFRESH_TOKEN_AUTH' : flow
  const allows = (name: string) =>
    allowed.has(`ALLOW_${name}`) || (legacy && (allowed.has(name) || name === 'REFRESH_TOKEN_AUTH'))
  // The legacy name of ADMIN_USER_PASSWORD_AUTH is ADMIN_NO_SRP_AUTH, both ways.
  const names = flow.startsWith('ADMIN_') ? ['ADMIN_USER_PASSWORD_AUTH', 'ADMIN_NO_SRP_AUTH'] : [wanted]
  if (!names.some(allows)) throw new PoolError('InvalidParameter', `${wanted} flow not enabled for this client`)
}

async function replyTo(db: Db, world: World, party: Party, progress: Progress): Promise<InitiateAuthResponse> {
  const { user } = progress
  if (progress.step === 'done') {
    const granted = { user, door: 'api', scopes: [adminScope], authTime: progress.authTime, refresh: true } as const
    const tokens = await grantTokens(db, world, party.pool, party.client, granted)
    const keys = tracksDevices(party.pool) ? newDeviceKeys(world, party.pool, user) : undefined
    const NewDeviceMetadata = keys && { DeviceKey: keys.deviceKey, DeviceGroupKey: keys.deviceGroupKey }
    return { AuthenticationResult: { ...describeTokens(tokens), NewDeviceMetadata }, ChallengeParameters: {} }
  }
  return {
    ChallengeName: progress.step,
    Session: progress.session,
    ChallengeParameters: {
      USER_ID_FOR_SRP: user.username,
      requiredAttributes: JSON.stringify(progress.requiredAttributes.map((name) => `userAttributes.${name}`)),
      userAttributes: JSON.stringify(user.attributes),
    },
  }
}

function describeTokens({ accessToken, idToken, refreshToken, expiresIn }: Tokens) {
  return {
    AccessToken: accessToken,
    IdToken: idToken,
    RefreshToken: refreshToken,
    ExpiresIn: expiresIn,
    TokenType: 'Bearer',
  }
}

function required(answers: Answers, name: string): string {
  const value = answers[name]
  if (!value) throw new PoolError('InvalidParameter', `Missing required parameter ${name}`)
  return value
}
