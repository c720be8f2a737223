// What users are signed in by: token sessions and browser sessions, listed, limited and ended.
import {
  AdminListUserSessionsCommand,
  AdminRevokeUserSessionCommand,
  CreateUserPoolCommand,
  GetTokensFromRefreshTokenCommand,
  GetUserCommand,
  GetUserPoolClientSessionConfigurationCommand,
  GetUserPoolSessionConfigurationCommand,
  InitiateAuthCommand,
  ListUserSessionsCommand,
  RevokeTokenCommand,
  RevokeUserSessionCommand,
  SetUserPoolClientSessionConfigurationCommand,
  SetUserPoolSessionConfigurationCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  type AppClient,
  addClient,
  addUser,
  authorizeUrl,
  buildHouse,
  callback,
  type House,
  locationOf,
  newVisitor,
  postForm,
  signInAt,
  type Visitor,
} from './hosted.ts'
import { eachServer, sdkClient } from './server.ts'

const minute = 60_000

eachServer('sessions', (server) => {
  let house: House
  let client: AppClient
  let people = 0
  let ahead = 0
  const api = () => server().api
  const anonymous = () => sdkClient(server().url, undefined)

  /** Moves the server's clock on, and with it that of whoever signs. */
  function wait(milliseconds: number): void {
    server().tick(milliseconds)
    ahead += milliseconds
  }

  const track = (MaxPerUser = 20, UserSessionTracking: 'ENABLED' | 'DISABLED' = 'ENABLED', to = house.poolId) =>
    api().send(
      new SetUserPoolSessionConfigurationCommand({
        UserPoolId: to,
        UserSessionTracking,
        TokenSession: { MaxPerUser },
      }),
    )
  const share = (app: AppClient, MaxValidityMinutes: number) =>
    api().send(
      new SetUserPoolClientSessionConfigurationCommand({
        UserPoolId: house.poolId,
        ClientId: app.id,
        SSOSession: { MaxValidityMinutes },
      }),
    )

  beforeAll(async () => {
    // The SDK would learn the difference from each answer's Date, which is the machine's own.
    Object.defineProperty(api().config, 'systemClockOffset', { get: () => ahead, set() {} })
    house = await buildHouse(server())
    client = await addClient(house)
    await track()
  })

  /** A user of one's own. */
  async function somebody(): Promise<House> {
    const username = `person-${++people}`
    await addUser(house, username, house.password, `${username}@example.com`)
    return { ...house, username }
  }
  async function signIn({ username, password }: House, app = client) {
    const { AuthenticationResult } = await anonymous().send(
      new InitiateAuthCommand({
        ClientId: app.id,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: username, PASSWORD: password },
      }),
    )
    return { AccessToken: AuthenticationResult?.AccessToken, RefreshToken: AuthenticationResult?.RefreshToken }
  }
  async function signInByPages(who: House, visitor: Visitor, app = client) {
    const scope = 'openid aws.cognito.signin.user.admin'
    const back = await signInAt(authorizeUrl(house, app, { scope }), who, visitor)
    const answer = await postForm(house, '/oauth2/token', {
      grant_type: 'authorization_code',
      client_id: app.id,
      code: back.searchParams.get('code') ?? '',
      redirect_uri: callback,
    })
    const tokens = (await answer.json()) as Record<string, string>
    return { AccessToken: tokens.access_token, RefreshToken: tokens.refresh_token }
  }
  const list = async (AccessToken: string | undefined) =>
    (await anonymous().send(new ListUserSessionsCommand({ AccessToken }))).Sessions ?? []
  const listFor = async ({ username }: House) =>
    (await api().send(new AdminListUserSessionsCommand({ UserPoolId: house.poolId, Username: username }))).Sessions ??
    []
  const revoke = (AccessToken: string | undefined, SessionId: string | undefined, linked = false) =>
    anonymous().send(
      new RevokeUserSessionCommand({
        AccessToken,
        SessionId,
        ...(linked && { RevokeAssociatedSessions: 'LINKED' }),
      }),
    )
  const revokeFor = ({ username }: House, SessionId: string | undefined, linked = false) =>
    api().send(
      new AdminRevokeUserSessionCommand({
        UserPoolId: house.poolId,
        Username: username,
        SessionId,
        RevokeAssociatedSessions: linked ? 'LINKED' : 'NONE',
      }),
    )
  const refresh = (RefreshToken: string | undefined, app = client) =>
    anonymous().send(new GetTokensFromRefreshTokenCommand({ ClientId: app.id, RefreshToken }))
  const works = async (AccessToken: string | undefined) =>
    anonymous()
      .send(new GetUserCommand({ AccessToken }))
      .then(() => true)
      .catch(() => false)
  /** Whether the browser is let through to an app without a question. */
  async function recognised(visitor: Visitor, app = client): Promise<boolean> {
    const response = await visitor.get(authorizeUrl(house, app, { prompt: 'none' }))
    return new URL(locationOf(response)).searchParams.has('code')
  }

  test('a user sees each sign-in, its own marked', async () => {
    const ada = await somebody()
    const first = await signIn(ada)
    wait(1000)
    const second = await signIn(ada)
    const sessions = await list(second.AccessToken)
    expect(sessions).toHaveLength(2)
    expect(sessions[0]).toEqual({
      SessionId: expect.stringMatching(/^tkn[0-9a-z]{25}$/),
      SessionType: 'TOKEN',
      ClientId: client.id,
      CreateDate: expect.any(Date),
      LastActiveDate: sessions[0]?.CreateDate,
      DeviceType: 'unknown',
      LastIPAddress: expect.stringMatching(/^(127.0.0.1|::1)$/),
      IsCurrentSession: true,
    })
    expect(sessions.map(({ IsCurrentSession }) => IsCurrentSession)).toEqual([true, false])
    expect((await list(first.AccessToken)).map(({ IsCurrentSession }) => IsCurrentSession)).toEqual([false, true])
    expect((await listFor(ada)).map(({ IsCurrentSession }) => IsCurrentSession)).toEqual([false, false])
  })

  test('a refresh is activity, noted at most once a minute', async () => {
    const ada = await somebody()
    const { AccessToken, RefreshToken } = await signIn(ada)
    const lastActive = async () => (await list(AccessToken))[0]?.LastActiveDate?.getTime() ?? 0
    const start = await lastActive()
    wait(minute / 2)
    await refresh(RefreshToken)
    expect(await lastActive()).toBe(start)
    wait(minute)
    await refresh(RefreshToken)
    expect((await lastActive()) - start).toBeGreaterThanOrEqual(1.5 * minute)
  })

  test('the least recently used session makes room', async () => {
    const tight = await buildHouse(server())
    await track(2, 'ENABLED', tight.poolId)
    const app = await addClient(tight)
    const one = await signIn(tight, app)
    wait(2 * minute)
    const two = await signIn(tight, app)
    wait(2 * minute)
    await refresh(one.RefreshToken, app)
    wait(1000)
    const three = await signIn(tight, app)
    expect([await works(one.AccessToken), await works(two.AccessToken), await works(three.AccessToken)]).toEqual([
      true,
      false,
      true,
    ])
    await track(1, 'ENABLED', tight.poolId)
    expect(await works(one.AccessToken)).toBe(true)
    await signIn(tight, app)
    expect([await works(one.AccessToken), await works(three.AccessToken)]).toEqual([false, false])
  })

  test('a user ends another session, not the one it calls with', async () => {
    const ada = await somebody()
    const other = await signIn(ada)
    const mine = await signIn(ada)
    const [current, foreign] = [...(await list(mine.AccessToken))].sort((a) => (a.IsCurrentSession ? -1 : 1))
    await expect(revoke(mine.AccessToken, current?.SessionId)).rejects.toMatchObject({
      name: 'InvalidParameterException',
    })
    await revoke(mine.AccessToken, foreign?.SessionId)
    expect([await works(other.AccessToken), await works(mine.AccessToken)]).toEqual([false, true])
    await expect(refresh(other.RefreshToken)).rejects.toMatchObject({ name: 'NotAuthorizedException' })
    await expect(revoke(mine.AccessToken, foreign?.SessionId)).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    })
  })

  test('nobody ends a session of somebody else', async () => {
    const [ada, bob] = [await somebody(), await somebody()]
    const [hers, his] = [await signIn(ada), await signIn(bob)]
    const [session] = await listFor(ada)
    for (const id of [session?.SessionId, 'nothing', `tkn${'z'.repeat(25)}`, `sso${'0'.repeat(25)}`]) {
      await expect(revoke(his.AccessToken, id)).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
      await expect(revokeFor(bob, id)).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
    }
    expect(await works(hers.AccessToken)).toBe(true)
    await revokeFor(ada, session?.SessionId)
    expect(await works(hers.AccessToken)).toBe(false)
  })

  test('who is not there, and who is signed out', async () => {
    const nobody = { ...house, username: 'nobody' }
    await expect(listFor(nobody)).rejects.toMatchObject({ name: 'UserNotFoundException' })
    await expect(revokeFor(nobody, 'a')).rejects.toMatchObject({ name: 'UserNotFoundException' })
    await expect(list('bad')).rejects.toMatchObject({ name: 'NotAuthorizedException' })
    await expect(revoke('bad', 'a')).rejects.toMatchObject({ name: 'NotAuthorizedException' })
    const nowhere = api().send(new AdminListUserSessionsCommand({ UserPoolId: 'eu-west-1_none', Username: 'a' }))
    await expect(nowhere).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  })

  describe('browser sessions', () => {
    test('are listed with the token sessions that came through them', async () => {
      const ada = await somebody()
      const { AccessToken } = await signInByPages(ada, newVisitor())
      const sessions = await list(AccessToken)
      const sso = sessions.find(({ SessionType }) => SessionType === 'SSO')
      const token = sessions.find(({ SessionType }) => SessionType === 'TOKEN')
      expect(sessions).toHaveLength(2)
      expect(sso).toMatchObject({
        SessionId: expect.stringMatching(/^sso[0-9a-z]{25}$/),
        ClientId: client.id,
        LastIPAddress: expect.any(String),
      })
      expect(token).toMatchObject({ OriginSessionId: sso?.SessionId, IsCurrentSession: true })
    })

    test('end alone, or with the tokens that came through them', async () => {
      for (const linked of [false, true]) {
        const ada = await somebody()
        const visitor = newVisitor()
        const { AccessToken } = await signInByPages(ada, visitor)
        const other = await signIn(ada)
        const sso = (await listFor(ada)).find(({ SessionType }) => SessionType === 'SSO')
        await revokeFor(ada, sso?.SessionId, linked)
        expect(await recognised(visitor)).toBe(false)
        expect(await works(AccessToken)).toBe(!linked)
        expect(await works(other.AccessToken)).toBe(true)
      }
    })

    test('end with a token session that is ended with what is linked', async () => {
      for (const way of ['session', 'token'] as const) {
        const ada = await somebody()
        const visitor = newVisitor()
        const { RefreshToken } = await signInByPages(ada, visitor)
        const token = (await listFor(ada)).find(({ SessionType }) => SessionType === 'TOKEN')
        expect(await recognised(visitor)).toBe(true)
        if (way === 'session') await revokeFor(ada, token?.SessionId, true)
        else
          await anonymous().send(
            new RevokeTokenCommand({ ClientId: client.id, Token: RefreshToken, RevokeAssociatedSessions: 'LINKED' }),
          )
        expect(await recognised(visitor)).toBe(false)
      }
    })

    test('serve each client as long as it says, from the sign-in on', async () => {
      const [never, long] = [await addClient(house), await addClient(house)]
      await share(never, 0)
      await share(long, 600)
      const visitor = newVisitor()
      await signInByPages(await somebody(), visitor)
      const all = async () => [
        await recognised(visitor, never),
        await recognised(visitor),
        await recognised(visitor, long),
      ]
      expect(await all()).toEqual([false, true, true])
      wait(61 * minute)
      expect(await all()).toEqual([false, false, true])
      await track(20, 'DISABLED')
      expect(await all()).toEqual([false, false, false])
      await track()
      expect(await all()).toEqual([false, false, true])
      wait(540 * minute)
      expect(await all()).toEqual([false, false, false])
    })
  })

  describe('the settings', () => {
    test('of a pool and of a client: defaults, changes, ranges', async () => {
      const fresh = await buildHouse(server())
      const app = await addClient(fresh)
      const key = { UserPoolId: fresh.poolId }
      const get = async () => {
        const { $metadata: _, ...rest } = await api().send(new GetUserPoolSessionConfigurationCommand(key))
        return rest
      }
      expect(await get()).toEqual({ ...key, UserSessionTracking: 'DISABLED', TokenSession: { MaxPerUser: 20 } })
      expect(await track(7, 'ENABLED', fresh.poolId)).toMatchObject({ TokenSession: { MaxPerUser: 7 } })
      expect(await get()).toEqual({ ...key, UserSessionTracking: 'ENABLED', TokenSession: { MaxPerUser: 7 } })
      for (const value of [0, 101])
        await expect(track(value, 'ENABLED', fresh.poolId)).rejects.toMatchObject({ name: 'InvalidParameterException' })

      const ofClient = { ...key, ClientId: app.id }
      const getClient = () => api().send(new GetUserPoolClientSessionConfigurationCommand(ofClient))
      expect(await getClient()).toMatchObject({ ...ofClient, SSOSession: { MaxValidityMinutes: 60 } })
      const set = (MaxValidityMinutes: number) =>
        api().send(
          new SetUserPoolClientSessionConfigurationCommand({ ...ofClient, SSOSession: { MaxValidityMinutes } }),
        )
      expect(await set(129_600)).toMatchObject({ SSOSession: { MaxValidityMinutes: 129_600 } })
      expect(await getClient()).toMatchObject({ SSOSession: { MaxValidityMinutes: 129_600 } })
      for (const value of [-1, 129_601])
        await expect(set(value)).rejects.toMatchObject({ name: 'InvalidParameterException' })
    })

    test('need more than the Lite tier, and a pool and client that are there', async () => {
      const { UserPool } = await api().send(new CreateUserPoolCommand({ PoolName: 'lite', UserPoolTier: 'LITE' }))
      await expect(track(20, 'ENABLED', UserPool?.Id)).rejects.toMatchObject({
        name: 'FeatureUnavailableInTierException',
      })
      const lite = await addClient({ ...house, poolId: UserPool?.Id ?? '' })
      const set = api().send(
        new SetUserPoolClientSessionConfigurationCommand({
          UserPoolId: UserPool?.Id,
          ClientId: lite.id,
          SSOSession: { MaxValidityMinutes: 5 },
        }),
      )
      await expect(set).rejects.toMatchObject({ name: 'FeatureUnavailableInTierException' })
      await expect(track(20, 'ENABLED', 'eu-west-1_none')).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
      await expect(share({ id: 'nobody', secret: undefined }, 5)).rejects.toMatchObject({
        name: 'ResourceNotFoundException',
      })
      const pool = api().send(new GetUserPoolSessionConfigurationCommand({ UserPoolId: 'eu-west-1_none' }))
      await expect(pool).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
      const app = api().send(
        new GetUserPoolClientSessionConfigurationCommand({ UserPoolId: house.poolId, ClientId: 'nobody' }),
      )
      await expect(app).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
    })

    test('a pool that tracks nothing lists nothing', async () => {
      const untracked = await buildHouse(server())
      const app = await addClient(untracked)
      const { AccessToken } = await signIn(untracked, app)
      await expect(list(AccessToken)).rejects.toMatchObject({ name: 'InvalidParameterException' })
      await expect(revoke(AccessToken, 'a')).rejects.toMatchObject({ name: 'InvalidParameterException' })
    })
  })
})
