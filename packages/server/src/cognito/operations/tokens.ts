import { PoolError } from '../../errors.ts'
import { isSecret } from '../../settings/clients.ts'
import { clientToken } from '../../tokens/grants/client-credentials.ts'
import { refreshTokens } from '../../tokens/grants/refresh.ts'
import { revokeToken, signOutEverywhere } from '../../tokens/revoke.ts'
import type { Handler } from '../resolve.ts'
import { describeTokens } from './refresh-flow.ts'

export const GetTokensFromRefreshToken: Handler<'GetTokensFromRefreshToken'> = async (
  { RefreshToken, ClientSecret, DeviceKey, ClientMetadata },
  { db, world, pool, client, address },
) => {
  if (client.secretSealed === undefined ? ClientSecret !== undefined : !isSecret(world, client, ClientSecret ?? ''))
    throw new PoolError('NotAuthorized', `Unable to verify secret for client ${client.id}`)
  const refresh = { refreshToken: RefreshToken, deviceKey: DeviceKey, metadata: ClientMetadata, address }
  return { AuthenticationResult: describeTokens(await refreshTokens(db, world, pool, client, refresh)) }
}

export const GetClientToken: Handler<'GetClientToken'> = async (
  { Secret, Scopes, ClientMetadata },
  { db, world, pool, client },
) => {
  if (!isSecret(world, client, Secret))
    throw new PoolError('NotAuthorized', `Unable to verify secret for client ${client.id}`)
  if (!client.settings.ExplicitAuthFlows?.includes('ALLOW_CLIENT_TOKEN_AUTH'))
    throw new PoolError('InvalidParameter', 'CLIENT_TOKEN_AUTH flow not enabled for this client')
  const asked = { scopes: Scopes?.length ? Scopes : undefined, metadata: ClientMetadata }
  const { accessToken, expiresIn } = await clientToken(db, world, pool, client, asked)
  return { ClientAuthenticationResult: { AccessToken: accessToken, ExpiresIn: expiresIn, TokenType: 'Bearer' } }
}

export const RevokeToken: Handler<'RevokeToken'> = async (
  { Token, ClientSecret, RevokeAssociatedSessions },
  { db, world, client },
) => {
  if (client.secretSealed !== undefined && (ClientSecret === undefined || !isSecret(world, client, ClientSecret)))
    throw new PoolError('UnauthorizedToken', 'Invalid client secret')
  await revokeToken(db, world, client, Token, RevokeAssociatedSessions === 'LINKED')
  return {}
}

export const GlobalSignOut: Handler<'GlobalSignOut'> = async (_, { db, world, user }) => {
  await signOutEverywhere(db, world, user)
  return {}
}
