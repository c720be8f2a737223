import { authorizeUrl, callback, signInAt } from '../../conformance/hosted.ts'
import { bareCall, compare, drive, measure, type Row } from '../load.ts'
import type { Bench } from '../main.ts'

/**
 * A whole sign-in on the hosted pages by a new browser each time: authorize, the page, the form, the exchange of the code;
 * beside a server that only hashes a password.
 */
export async function hostedRows({ target, bareUrl }: Bench): Promise<Row[]> {
  const { house, users, password } = target
  const client = { id: target.clientId, secret: undefined }
  const start = authorizeUrl(house, client, { scope: 'openid' })
  let next = 0
  const signIn = async () => {
    const back = await signInAt(start, { ...house, username: users[next++ % users.length] ?? '', password })
    const body = new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: client.id,
      redirect_uri: callback,
      code: back.searchParams.get('code') ?? '',
    })
    const answer = await fetch(`${house.domain}/oauth2/token`, { method: 'POST', body })
    if (!answer.ok) throw new Error(`The exchange answered ${answer.status} ${await answer.text()}`)
    await answer.arrayBuffer()
  }
  const beside = () => measure(bareUrl, [bareCall('/hash')])
  return [await compare('a whole hosted sign-in (beside argon2id)', 0.4, beside, () => drive(signIn))]
}
