// What every signed-in visitor costs, again and again.
import { bareCall, call, compare, connections, json, measure, type Row } from '../load.ts'
import type { Bench } from '../main.ts'
import type { Target } from '../poolhouse.ts'

/** Refresh, sign-in, GetUser and userInfo beside a bare server that does the unavoidable work alone. */
export async function tokenRows({ target, bareUrl }: Bench): Promise<Row[]> {
  const tokens = await accessTokens(target)
  const refresh = target.refreshTokens.map((token) => refreshCall(target, token))
  const signIn = target.users.map((user) => signInCall(target, user))
  const userInfo = {
    method: 'GET',
    path: `${new URL(target.domain).pathname}/oauth2/userInfo`,
    headers: { authorization: `Bearer ${target.hostedToken}` },
  } as const
  const beside = (path: string, body?: string) => () => measure(bareUrl, [bareCall(path, body)])
  return [
    await compare('refresh (2 signatures)', 0.75, beside('/refresh'), () => measure(target.url, refresh)),
    await compare('sign-in (1 argon2id, 2 signatures, 1 durable insert)', 0.85, beside('/sign-in'), () =>
      measure(target.url, signIn),
    ),
    await compare('GetUser (1 verification)', 0.4, beside('/verify', JSON.stringify({ AccessToken: tokens[0] })), () =>
      measure(
        target.url,
        tokens.map((AccessToken) => json('GetUser', { AccessToken })),
      ),
    ),
    await compare(
      'userInfo (1 verification)',
      0.4,
      () => measure(bareUrl, [{ method: 'GET', path: '/verify', headers: {} }]),
      () => measure(target.url, [userInfo]),
    ),
  ]
}

/** A refresh without rotation. */
export function refreshCall({ clientId }: Target, token: string) {
  return json('InitiateAuth', {
    ClientId: clientId,
    AuthFlow: 'REFRESH_TOKEN_AUTH',
    AuthParameters: { REFRESH_TOKEN: token },
  })
}

/** A sign-in with the password that all users have. */
export function signInCall({ clientId, password }: Target, user: string) {
  return json('InitiateAuth', {
    ClientId: clientId,
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: user, PASSWORD: password },
  })
}

/** An access token of the JSON API for each connection. */
export async function accessTokens(target: Target): Promise<string[]> {
  const tokens: string[] = []
  for (const token of target.refreshTokens.slice(0, connections)) {
    type Answer = { AuthenticationResult: { AccessToken: string } }
    const { AuthenticationResult } = await call<Answer>(target.url, refreshCall(target, token))
    tokens.push(AuthenticationResult.AccessToken)
  }
  return tokens
}
