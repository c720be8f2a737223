import {
  AdminCreateUserCommand,
  ConfirmSignUpCommand,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  GetUserCommand,
  InitiateAuthCommand,
  type InitiateAuthCommandOutput,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { expect, test } from 'vitest'
import { addClient, authorizeUrl, buildHouse, locationOf, newVisitor, signInAt } from './hosted.ts'
import { eachServer } from './server.ts'

// What expires in a pool, expires by the pool's own clock; `other` is a pool whose clock nobody moves.
const password = 'Correct-Horse-1'

eachServer('the clock of a pool', (server) => {
  async function makePool() {
    const { api } = server()
    const { UserPool } = await api.send(
      new CreateUserPoolCommand({ PoolName: 'clock', AutoVerifiedAttributes: ['email'] }),
    )
    const poolId = UserPool?.Id ?? ''
    const { UserPoolClient } = await api.send(
      new CreateUserPoolClientCommand({
        UserPoolId: poolId,
        ClientName: 'clock',
        ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
      }),
    )
    return { poolId, ClientId: UserPoolClient?.ClientId ?? '' }
  }
  type TestPool = Awaited<ReturnType<typeof makePool>>

  async function twoPools(): Promise<{ pool: TestPool; other: TestPool }> {
    return { pool: await makePool(), other: await makePool() }
  }

  async function move({ poolId }: TestPool, body: object): Promise<void> {
    const answer = await fetch(`${server().url}/inbox/clock/${poolId}`, { method: 'POST', body: JSON.stringify(body) })
    expect(answer.status).toBe(200)
  }

  /** Signs up and gives the code that was sent. */
  async function signUp({ ClientId, poolId }: TestPool): Promise<string> {
    const address = `${poolId.toLowerCase()}@example.com`
    const UserAttributes = [{ Name: 'email', Value: address }]
    await server().api.send(new SignUpCommand({ ClientId, Username: 'ada', Password: password, UserAttributes }))
    return server().code(address, 'SignUp')
  }
  const confirm = ({ ClientId }: TestPool, ConfirmationCode: string) =>
    server().api.send(new ConfirmSignUpCommand({ ClientId, Username: 'ada', ConfirmationCode }))
  const signIn = ({ ClientId }: TestPool, PASSWORD = password): Promise<InitiateAuthCommandOutput> =>
    server().api.send(
      new InitiateAuthCommand({
        ClientId,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: 'ada', PASSWORD },
      }),
    )

  test('a code expires', async () => {
    const { pool, other } = await twoPools()
    const [code, otherCode] = [await signUp(pool), await signUp(other)]
    await move(pool, { advance: '25h' })
    await expect(confirm(pool, code)).rejects.toMatchObject({ name: 'ExpiredCodeException' })
    await confirm(other, otherCode)
  })

  test('an access token and a refresh token expire; new ones are of the new time', async () => {
    const { pool, other } = await twoPools()
    const tokens = []
    for (const each of [pool, other]) {
      await confirm(each, await signUp(each))
      tokens.push((await signIn(each)).AuthenticationResult)
    }
    const [mine, theirs] = tokens
    const getUser = (AccessToken = '') => server().api.send(new GetUserCommand({ AccessToken }))
    const refresh = ({ ClientId }: TestPool, REFRESH_TOKEN = '') =>
      server().api.send(
        new InitiateAuthCommand({ ClientId, AuthFlow: 'REFRESH_TOKEN_AUTH', AuthParameters: { REFRESH_TOKEN } }),
      )
    await getUser(mine?.AccessToken)
    await move(pool, { advance: '61m' })
    await expect(getUser(mine?.AccessToken)).rejects.toMatchObject({ message: 'Access Token has expired' })
    await getUser(theirs?.AccessToken)
    const fresh = (await refresh(pool, mine?.RefreshToken)).AuthenticationResult
    await getUser(fresh?.AccessToken)
    await move(pool, { advance: '31d' })
    await expect(refresh(pool, mine?.RefreshToken)).rejects.toMatchObject({ name: 'NotAuthorizedException' })
    await refresh(other, theirs?.RefreshToken)
  })

  test('a lockout ends', async () => {
    const { pool, other } = await twoPools()
    for (const each of [pool, other]) {
      await confirm(each, await signUp(each))
      for (let n = 0; n < 10; n++) await signIn(each, 'wrong').catch(() => {})
      await expect(signIn(each)).rejects.toMatchObject({ message: 'Password attempts exceeded' })
    }
    await move(pool, { advance: '16m' })
    expect((await signIn(pool)).AuthenticationResult).toBeDefined()
    await expect(signIn(other)).rejects.toMatchObject({ message: 'Password attempts exceeded' })
  })

  test('a temporary password expires', async () => {
    const { pool, other } = await twoPools()
    for (const { poolId } of [pool, other])
      await server().api.send(
        new AdminCreateUserCommand({
          UserPoolId: poolId,
          Username: 'ada',
          TemporaryPassword: password,
          MessageAction: 'SUPPRESS',
        }),
      )
    await move(pool, { advance: '8d' })
    await expect(signIn(pool)).rejects.toMatchObject({ name: 'NotAuthorizedException' })
    expect((await signIn(other)).ChallengeName).toBe('NEW_PASSWORD_REQUIRED')
    await move(pool, { reset: true })
    expect((await signIn(pool)).ChallengeName).toBe('NEW_PASSWORD_REQUIRED')
  })

  test('a session in the browser expires', async () => {
    const house = await buildHouse(server())
    const client = await addClient(house)
    const visitor = newVisitor()
    await signInAt(authorizeUrl(house, client), house, visitor)
    const again = () => visitor.get(authorizeUrl(house, client, { prompt: 'none' }))
    expect(locationOf(await again())).toContain('code=')
    await move({ poolId: house.poolId, ClientId: client.id }, { advance: '61m' })
    expect(locationOf(await again())).toContain('login_required')
  })

  test('a message of a pool that is ahead is due at once', async () => {
    const pool = await makePool()
    await move(pool, { advance: '24h' })
    const before = Date.now()
    await signUp(pool)
    const address = `${pool.poolId.toLowerCase()}@example.com`
    const found = await fetch(`${server().url}/inbox/messages?${new URLSearchParams({ to: address })}`)
    const [{ createdAt } = expect.fail('no message')] = (await found.json()) as { createdAt: number }[]
    expect(createdAt).toBeGreaterThanOrEqual(before)
    expect(createdAt).toBeLessThanOrEqual(Date.now())
  })
})
