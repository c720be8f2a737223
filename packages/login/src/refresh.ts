import type { Endpoints } from './addresses.ts'
import { ask } from './ask.ts'
import { LoginError } from './login-error.ts'
import { readSession, type Session } from './sessions.ts'

/**
 * The session that follows this one, or `session_ended` when there is none. What is thrown leaves the session alive:
 * the network was down, the server in trouble. Rotated refresh tokens are single-use: hold the lock.
 */
export async function refresh(
  kept: Session,
  { token, issuer = kept.claims.iss }: Endpoints,
  clientId: string,
  readAgain: () => Promise<Session | undefined>,
): Promise<Session | LoginError> {
  try {
    if (!kept.refreshToken) throw new LoginError('callback_invalid', 'There is no refresh token')
    const answer = await ask(token, {
      grant_type: 'refresh_token',
      client_id: clientId,
      refresh_token: kept.refreshToken,
    })
    return readSession(answer, { clientId, issuer, sub: kept.claims.sub }, kept)
  } catch (cause) {
    // invalid_grant, or tokens of somebody else (OIDC Core 12.2): nothing to be had from this refresh token any more.
    if (!(cause instanceof LoginError) || cause.code !== 'callback_invalid') throw cause
    const again = await readAgain()
    if (again && again.refreshToken !== kept.refreshToken) return again
    return new LoginError('session_ended', 'The session has ended', { cause, oauthError: cause.oauthError })
  }
}
