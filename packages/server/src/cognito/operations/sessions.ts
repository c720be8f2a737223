import type {
  GetUserPoolClientSessionConfigurationResponse,
  GetUserPoolSessionConfigurationResponse,
  SessionDescriptionType,
} from '@poolhouse/api'
import { getUserByAnyName } from '../../directory/usernames.ts'
import { changeSso, changeTracking, defaultSsoMinutes, defaultTracking } from '../../settings/sessions.ts'
import type { Client } from '../../store/setup/clients.ts'
import type { Pool } from '../../store/setup/pools.ts'
import { endSession, type Session, sessionsOf } from '../../tokens/grants/sessions.ts'
import type { Handler } from '../resolve.ts'

export const ListUserSessions: Handler<'ListUserSessions'> = async (_, { db, world, pool, user, grantId }) => ({
  Sessions: (await sessionsOf(db, world, pool, user, grantId)).map(describe),
})

export const AdminListUserSessions: Handler<'AdminListUserSessions'> = async ({ Username }, { db, world, pool }) => ({
  Sessions: (await sessionsOf(db, world, pool, await getUserByAnyName(db, pool, Username))).map(describe),
})

export const RevokeUserSession: Handler<'RevokeUserSession'> = async (
  { SessionId, RevokeAssociatedSessions },
  { db, world, pool, user, grantId },
) => {
  await endSession(db, world, pool, user, { id: SessionId, linked: RevokeAssociatedSessions === 'LINKED', grantId })
  return {}
}

export const AdminRevokeUserSession: Handler<'AdminRevokeUserSession'> = async (
  { Username, SessionId, RevokeAssociatedSessions },
  { db, world, pool },
) => {
  const user = await getUserByAnyName(db, pool, Username)
  await endSession(db, world, pool, user, { id: SessionId, linked: RevokeAssociatedSessions === 'LINKED' })
  return {}
}

export const GetUserPoolSessionConfiguration: Handler<'GetUserPoolSessionConfiguration'> = async (_, { pool }) =>
  describeTracking(pool)

export const SetUserPoolSessionConfiguration: Handler<'SetUserPoolSessionConfiguration'> = async (
  { UserSessionTracking, TokenSession },
  { db, world, pool },
) => {
  const tracking = { enabled: UserSessionTracking === 'ENABLED', maxPerUser: TokenSession.MaxPerUser }
  return describeTracking(await changeTracking(db, world, pool, tracking))
}

export const GetUserPoolClientSessionConfiguration: Handler<'GetUserPoolClientSessionConfiguration'> = async (
  _,
  { client },
) => describeSso(client)

export const SetUserPoolClientSessionConfiguration: Handler<'SetUserPoolClientSessionConfiguration'> = async (
  { SSOSession },
  { db, world, pool, client },
) => describeSso(await changeSso(db, world, pool, client, SSOSession.MaxValidityMinutes))

function describeTracking({ id, sessions = defaultTracking }: Pool): GetUserPoolSessionConfigurationResponse {
  return {
    UserPoolId: id,
    UserSessionTracking: sessions.enabled ? 'ENABLED' : 'DISABLED',
    TokenSession: { MaxPerUser: sessions.maxPerUser },
  }
}

function describeSso({ poolId, id, ssoMinutes }: Client): GetUserPoolClientSessionConfigurationResponse {
  return { UserPoolId: poolId, ClientId: id, SSOSession: { MaxValidityMinutes: ssoMinutes ?? defaultSsoMinutes } }
}

function describe(session: Session): SessionDescriptionType {
  return {
    SessionId: session.id,
    SessionType: session.type,
    ClientId: session.clientId,
    CreateDate: session.createdAt,
    LastActiveDate: session.lastUsedAt,
    // Of the caller's device its address alone is kept.
    DeviceType: 'unknown',
    LastIPAddress: session.lastAddress,
    OriginSessionId: session.originId,
    IsCurrentSession: session.current,
  }
}
