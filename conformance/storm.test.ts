import { availableParallelism } from 'node:os'
import { GetUserCommand, InitiateAuthCommand } from '@aws-sdk/client-cognito-identity-provider'
import { expect, onTestFinished, test } from 'vitest'
import { addClient, buildHouse, callback, newVisitor } from './hosted.ts'
import { startServer } from './server.ts'

// Everybody signs in at once: who comes too late is told when to come again, and nobody else waits for the hashes.

/** More than may be under way and wait on any machine of as many cores. */
const tooMany = 130 * availableParallelism() + 200

// The queue is the process's and knows no store: once is enough.
test('a storm of sign-ins: the rest is refused with Retry-After, and a token is checked meanwhile', async () => {
  const server = await startServer('sqlite')
  onTestFinished(() => server.close())
  const { api, url } = server
  const house = await buildHouse({ url, api })
  const { id: ClientId } = await addClient(house)
  const signIn = (USERNAME: string, PASSWORD: string) =>
    fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'AWSCognitoIdentityProviderService.InitiateAuth',
      },
      body: JSON.stringify({ ClientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters: { USERNAME, PASSWORD } }),
    })
  const { AuthenticationResult } = await api.send(
    new InitiateAuthCommand({
      ClientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: house.username, PASSWORD: house.password },
    }),
  )
  const AccessToken = AuthenticationResult?.AccessToken

  const page = newVisitor()
  const query = new URLSearchParams({ client_id: ClientId, response_type: 'code', redirect_uri: callback })
  await page.get(`${house.domain}/login?${query}`)

  // Each under a name of its own that nobody has: they cost the same, and attempts at one name wait for each other.
  let hashed = 0
  const storm = Array.from({ length: tooMany }, async (_, index) => {
    const answer = await signIn(`stranger-${index}`, 'Wrong-Horse-1')
    if (answer.status === 400) hashed++
    return { status: answer.status, after: answer.headers.get('retry-after'), body: await answer.json() }
  })
  const pages = Array.from({ length: 20 }, (_, index) =>
    page.submit({ username: `guest-${index}`, password: 'Wrong-Horse-1' }),
  )
  const refused = await Promise.race(
    storm.map(async (one) => ((await one).status === 429 ? one : new Promise<never>(() => {}))),
  )
  expect(refused).toMatchObject({ after: '2', body: { __type: 'TooManyRequestsException' } })

  const before = hashed
  expect(await api.send(new GetUserCommand({ AccessToken }))).toMatchObject({ Username: house.username })
  // It did not wait for the hashes, of which hundreds were before it.
  expect(hashed - before).toBeLessThan(60)

  const all = await Promise.all(storm)
  expect(new Set(all.map(({ status }) => status))).toEqual(new Set([400, 429]))
  expect(hashed).toBeGreaterThan(128)
  const late = (await Promise.all(pages)).find(({ status }) => status === 429)
  expect(late?.headers.get('retry-after')).toBe('2')
  expect((await signIn(house.username, house.password)).status).toBe(200)
}, 120_000)
