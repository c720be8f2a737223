// Attacks on sessions and sign-out of the hosted domain, by the numbers of the field's list (SE1 to SE15); those that need
// no running server are beside the pages.
import {
  AdminDeleteUserCommand,
  AdminDisableUserCommand,
  AdminInitiateAuthCommand,
  AdminUserGlobalSignOutCommand,
  ChangePasswordCommand,
  SignUpCommand,
  TagResourceCommand,
  UpdateUserPoolCommand,
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
  signedOut,
  signInAt,
  type Visitor,
} from './hosted.ts'
import { eachServer, region } from './server.ts'

eachServer('attacks on sessions', (server) => {
  let house: House
  let client: AppClient
  let people = 0

  beforeAll(async () => {
    house = await buildHouse(server())
    client = await addClient(house)
  })

  /** A new user who is signed in, and what the app got. */
  async function enter() {
    const username = `visitor${people++}`
    await addUser(house, username, house.password, `${username}@example.com`)
    const visitor = newVisitor()
    const back = await signInAt(authorizeUrl(house, client), { ...house, username }, visitor)
    const tokens = await redeem(back)
    return { username, visitor, ...tokens }
  }

  async function redeem(back: URL) {
    const fields = { grant_type: 'authorization_code', client_id: client.id, redirect_uri: callback }
    const response = await postForm(house, '/oauth2/token', { ...fields, code: back.searchParams.get('code') ?? '' })
    const body = (await response.json()) as Record<string, string>
    return { access: body.access_token ?? '', refresh: body.refresh_token ?? '', id: body.id_token ?? '' }
  }

  const isSignedIn = async (visitor: Visitor) => {
    const answer = await visitor.get(authorizeUrl(house, client, { prompt: 'none' }))
    return new URL(locationOf(answer)).searchParams.has('code')
  }
  const userInfo = async (token: string) =>
    (await fetch(`${house.domain}/oauth2/userInfo`, { headers: { authorization: `Bearer ${token}` } })).status
  const refreshed = async (refresh_token: string) =>
    (await postForm(house, '/oauth2/token', { grant_type: 'refresh_token', client_id: client.id, refresh_token }))
      .status
  const logoutUrl = (logout_uri = signedOut) =>
    `${house.domain}/logout?${new URLSearchParams({ client_id: client.id, logout_uri })}`

  /** A visitor with a cookie that was copied. */
  const withCookie = (value: string): Visitor => ({
    ...newVisitor(),
    get: (url) => fetch(url, { redirect: 'manual', headers: { cookie: `cognito=${value}` } }),
  })

  test('SE4: after signing out a browser that signs in again has a new id', async () => {
    const { username, visitor } = await enter()
    const before = visitor.cookie('cognito')
    await visitor.get(logoutUrl())
    expect(visitor.cookie('cognito')).toBeUndefined()
    await signInAt(authorizeUrl(house, client), { ...house, username }, visitor)
    expect(visitor.cookie('cognito')).toMatch(/^[\w-]{43}$/)
    expect(visitor.cookie('cognito')).not.toBe(before)
  })

  // AWS's /logout ends the browser's session; what apps hold lives on until they revoke it (developer guide, "logout endpoint").
  test('SE5: after signing out the old cookie is nobody; a refresh token is dead once it is revoked', async () => {
    const { visitor, access, refresh } = await enter()
    const cookie = visitor.cookie('cognito') ?? ''
    expect(await isSignedIn(withCookie(cookie))).toBe(true)
    await visitor.get(logoutUrl())
    expect(await isSignedIn(withCookie(cookie))).toBe(false)
    await postForm(house, '/oauth2/revoke', { token: refresh, client_id: client.id })
    expect([await refreshed(refresh), await userInfo(access)]).toEqual([400, 401])
  })

  test('SE6: a changed password ends every other session and refresh token, and keeps the caller’s', async () => {
    const { username, visitor, refresh } = await enter()
    const app = await addClient(house)
    const { AuthenticationResult } = await server().api.send(
      new AdminInitiateAuthCommand({
        UserPoolId: house.poolId,
        ClientId: app.id,
        AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: username, PASSWORD: house.password },
      }),
    )
    const mine = AuthenticationResult?.AccessToken ?? ''
    const passwords = { PreviousPassword: house.password, ProposedPassword: 'Another-Horse-2' }
    await server().api.send(new ChangePasswordCommand({ AccessToken: mine, ...passwords }))
    expect([await isSignedIn(visitor), await refreshed(refresh)]).toEqual([false, 400])
    const again = { PreviousPassword: 'Another-Horse-2', ProposedPassword: 'Third-Horse-33' }
    await server().api.send(new ChangePasswordCommand({ AccessToken: mine, ...again }))
  })

  describe('SE7, SE8: whoever is out is out at the next request', () => {
    // biome-ignore format: a table
    const ways = [
      ['disabled',              AdminDisableUserCommand],
      ['deleted',               AdminDeleteUserCommand],
      ['signed out everywhere', AdminUserGlobalSignOutCommand],
    ] as const
    for (const [title, Command] of ways)
      test(title, async () => {
        const { username, visitor, access, refresh } = await enter()
        expect([await isSignedIn(visitor), await userInfo(access)]).toEqual([true, 200])
        // The clock of sign-outs counts milliseconds.
        server().tick(5)
        const command = new Command({ UserPoolId: house.poolId, Username: username })
        await server().api.send(command as AdminDisableUserCommand)
        expect([await isSignedIn(visitor), await userInfo(access), await refreshed(refresh)]).toEqual([false, 401, 400])
      })
  })

  test('SE9: a session ends with its hour, however often it was used', async () => {
    const { visitor } = await enter()
    server().tick(59 * 60_000)
    expect(await isSignedIn(visitor)).toBe(true)
    server().tick(60_000)
    const stillThere = await isSignedIn(visitor)
    // Signatures of the others are of the present.
    server().tick(-60 * 60_000)
    expect(stillThere).toBe(false)
  })

  describe('SE12: nobody is sent to an address that is not registered, and the session stays', () => {
    // biome-ignore format: a table
    const addresses = [
      'https://evil.example/', `${signedOut}?next=x`, `${signedOut}#x`, signedOut.replace('http:', 'https:'),
      signedOut.replace('//', '//user@'), signedOut.replace('localhost:9501', 'localhost:9501@evil.example'),
      signedOut.replace('localhost', 'LOCALHOST'), signedOut.slice(0, -1), callback, '//evil.example', 'javascript:alert(1)', '',
    ]
    for (const address of addresses)
      test(JSON.stringify(address), async () => {
        const { visitor } = await enter()
        const answer = await visitor.get(logoutUrl(address))
        expect([answer.status, answer.headers.get('location')]).toEqual([400, null])
        expect(await isSignedIn(visitor)).toBe(true)
      })
  })

  test('SE13: a picture on another site signs nobody out: the cookie does not come along', async () => {
    const { visitor, username } = await enter()
    const anew = newVisitor()
    await anew.get(authorizeUrl(house, client))
    let set = ''
    const watched: Visitor = {
      ...anew,
      async submit(fields) {
        const response = await anew.submit(fields)
        set = response.headers.getSetCookie().find((line) => line.startsWith('cognito=')) ?? ''
        return response
      },
    }
    await signInAt(authorizeUrl(house, client), { ...house, username }, watched)
    expect(set).toMatch(/; HttpOnly; SameSite=Lax$/)
    expect((await newVisitor().get(logoutUrl())).status).toBe(302)
    expect(await isSignedIn(visitor)).toBe(true)
  })

  describe('SE14: a hint that is not exactly ours signs nobody out', () => {
    beforeAll(async () => {
      const ResourceArn = `arn:aws:cognito-idp:${region}:000000000000:userpool/${house.poolId}`
      await server().api.send(new TagResourceCommand({ ResourceArn, Tags: { 'poolhouse:rp-initiated-logout': '*' } }))
    })
    const by = (hint: string | undefined, more: Record<string, string> = {}) => {
      const query = new URLSearchParams({ post_logout_redirect_uri: signedOut, ...more })
      if (hint !== undefined) query.set('id_token_hint', hint)
      return `${house.domain}/logout?${query}`
    }
    const forged = (id: string, change: object) => {
      const [head = '', body = '', signature = ''] = id.split('.')
      const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as object
      return [head, Buffer.from(JSON.stringify({ ...claims, ...change })).toString('base64url'), signature].join('.')
    }
    const none = (id: string) => `${Buffer.from('{"alg":"none"}').toString('base64url')}.${id.split('.')[1]}.`

    test('modified, of no algorithm, of another client, none', async () => {
      const { visitor, id, access } = await enter()
      const other = await addClient(house)
      for (const url of [
        by(forged(id, { sub: 'x' })),
        by(none(id)),
        by(access),
        by('x'),
        by(id, { client_id: other.id }),
        by(id, { post_logout_redirect_uri: 'https://evil.example/' }),
      ]) {
        const answer = await visitor.get(url)
        expect(answer.headers.get('location')).toBeNull()
        expect(await isSignedIn(visitor)).toBe(true)
      }
      const unhinted = await visitor.get(by(undefined, { client_id: client.id }))
      expect(unhinted.headers.get('location') ?? '').not.toContain(signedOut)
      expect(await isSignedIn(visitor)).toBe(true)
      expect(locationOf(await visitor.get(by(id)))).toBe(signedOut)
      expect(await isSignedIn(visitor)).toBe(false)
    })
  })

  test('LG19: where only administrators make accounts, neither the API nor a page makes one', async () => {
    const closed = await buildHouse(server())
    const AdminCreateUserConfig = { AllowAdminCreateUserOnly: true }
    await server().api.send(
      new UpdateUserPoolCommand({
        UserPoolId: closed.poolId,
        AutoVerifiedAttributes: ['email'],
        AdminCreateUserConfig,
      }),
    )
    const app = await addClient(closed)
    const mine = {
      Username: 'eve',
      Password: closed.password,
      UserAttributes: [{ Name: 'email', Value: 'e@example.com' }],
    }
    await expect(server().api.send(new SignUpCommand({ ClientId: app.id, ...mine }))).rejects.toMatchObject({
      name: 'NotAuthorizedException',
    })
    const url = new URL(authorizeUrl(closed, app))
    url.pathname = url.pathname.replace('/oauth2/authorize', '/signup')
    expect((await newVisitor().get(url)).status).toBe(403)
  })
})
