import { bareCall, call, compare, connections, drive, json, type Row } from '../load.ts'
import type { Bench } from '../main.ts'
import { signInCall } from './tokens.ts'

type Answer = { AuthenticationResult: { RefreshToken: string } }

/** Refresh with rotation: each token is used once and its successor next, beside bare signing with one durable insert. */
export async function rotationRows({ target, bareUrl }: Bench): Promise<Row[]> {
  const { url, rotatingClientId } = target
  const held: string[] = []
  for (const user of target.users.slice(0, connections)) {
    const signIn = signInCall({ ...target, clientId: rotatingClientId }, user)
    held.push((await call<Answer>(url, signIn)).AuthenticationResult.RefreshToken)
  }
  return [
    await compare(
      'refresh with rotation (2 signatures, 1 durable insert)',
      0.6,
      () => drive(async () => void (await call(bareUrl, bareCall('/rotate')))),
      () =>
        drive(async (worker) => {
          const input = { ClientId: rotatingClientId, RefreshToken: held[worker] }
          const { AuthenticationResult } = await call<Answer>(url, json('GetTokensFromRefreshToken', input))
          held[worker] = AuthenticationResult.RefreshToken
        }),
    ),
  ]
}
