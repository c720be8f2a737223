import type { AuthenticationResultType } from '@poolhouse/api'
import type { Party } from '../../directory/register.ts'
import { PoolError } from '../../errors.ts'
import { checkSecretHash } from '../../settings/clients.ts'
import type { Db } from '../../store/db.ts'
import type { User } from '../../store/users.ts'
import { refreshTokens, rotates } from '../../tokens/grants/refresh.ts'
import type { Tokens } from '../../tokens/issue.ts'
import type { World } from '../../world/world.ts'

/**
 * The flows REFRESH_TOKEN_AUTH and REFRESH_TOKEN of InitiateAuth and AdminInitiateAuth. A client whose refresh tokens
 * rotate must call GetTokensFromRefreshToken (developer guide, "Refresh token rotation"). Its ClientMetadata reaches no
 * trigger, as AWS documents for InitiateAuth.
 */
export async function refreshByFlow(
  db: Db,
  world: World,
  { pool, client }: Party,
  answers: Readonly<Record<string, string>>,
  address: string,
): Promise<AuthenticationResultType> {
  // AWS does not document its sentence.
  if (rotates(pool, client))
    throw new PoolError('InvalidParameter', 'REFRESH_TOKEN_AUTH is not supported with refresh token rotation')
  const refreshToken = answers.REFRESH_TOKEN
  if (!refreshToken) throw new PoolError('InvalidParameter', 'Missing required parameter REFRESH_TOKEN')
  const check = (user: User) => {
    if (client.secretSealed !== undefined) checkRefreshHash(world, { pool, client }, user, answers.SECRET_HASH)
  }
  const refresh = { refreshToken, deviceKey: answers.DEVICE_KEY, check, address }
  return describeTokens(await refreshTokens(db, world, pool, client, refresh))
}

/** A refresh carries no user name: the hash may be over the name or the `sub` (AWS developer guide, "secret hash"). */
function checkRefreshHash(world: World, { client }: Party, user: User, given: string | undefined): void {
  try {
    checkSecretHash(world, client, user.username, given)
  } catch {
    checkSecretHash(world, client, user.id, given)
  }
}

/** Tokens as the JSON API gives them. */
export function describeTokens({ accessToken, idToken, refreshToken, expiresIn }: Tokens): AuthenticationResultType {
  return {
    AccessToken: accessToken,
    IdToken: idToken,
    RefreshToken: refreshToken,
    ExpiresIn: expiresIn,
    TokenType: 'Bearer',
  }
}
