// Codes, clients and refresh tokens handed in by the wrong hands, in the wrong form or too late: the documented error,
// nothing given, nothing changed but what the attempt itself uses up, and the next honest request works.
import {
  AddUserPoolClientSecretCommand,
  AdminCreateUserCommand,
  AdminDeleteUserCommand,
  AdminSetUserPasswordCommand,
  AdminUserGlobalSignOutCommand,
  CreateResourceServerCommand,
  DeleteUserPoolClientCommand,
  ForgotPasswordCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { beforeAll, expect, test } from 'vitest'
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
  pkce,
  postForm,
  signInAt,
  type Visitor,
} from './hosted.ts'
import { eachServer } from './server.ts'

interface Tokens {
  readonly access_token: string
  readonly id_token: string
  readonly refresh_token: string
}

type Fields = Record<string, string | undefined>

eachServer('attacks on the token endpoint', (server) => {
  let house: House
  let other: House
  let client: AppClient
  let confidential: AppClient
  let visitor: Visitor
  beforeAll(async () => {
    ;[house, other] = await Promise.all([buildHouse(server()), buildHouse(server())])
    ;[client, confidential] = await Promise.all([addClient(house), addClient(house, { GenerateSecret: true })])
    visitor = newVisitor()
    await signInAt(authorizeUrl(house, client), house, visitor)
  })

  /** A good exchange that was not sent yet: what its attack changes is everything that is wrong with it. */
  async function newExchange(party = client, withChallenge = true): Promise<Fields> {
    const { verifier, challenge } = pkce()
    const asked = withChallenge ? { code_challenge: challenge, code_challenge_method: 'S256' } : {}
    const back = await signInAt(authorizeUrl(house, party, asked), house, visitor)
    return {
      grant_type: 'authorization_code',
      client_id: party.id,
      client_secret: party.secret,
      code: back.searchParams.get('code') ?? '',
      redirect_uri: callback,
      code_verifier: withChallenge ? verifier : undefined,
    }
  }

  const exchange = (fields: Fields, headers?: Record<string, string>) =>
    postForm(house, '/oauth2/token', fields, headers)

  async function newTokens(party = client): Promise<Tokens> {
    const response = await exchange(await newExchange(party))
    expect(response.status).toBe(200)
    return (await response.json()) as Tokens
  }

  const refresh = ({ refresh_token }: Pick<Tokens, 'refresh_token'>, party = client) =>
    exchange({ grant_type: 'refresh_token', client_id: party.id, client_secret: party.secret, refresh_token })

  const userInfo = (token: string) =>
    fetch(`${house.domain}/oauth2/userInfo`, { headers: { authorization: `Bearer ${token}` } })

  async function refused(response: Response, error: string, status = 400): Promise<void> {
    const body = (await response.json()) as { error: string }
    expect({ status: response.status, error: body.error }).toEqual({ status, error })
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(JSON.stringify(body)).not.toMatch(/_token":|stack|select |sqlite|postgres/i)
  }

  /** Does something that must not leave a trace. */
  async function traceless<T>(work: () => Promise<T>): Promise<T> {
    const before = await server().rows()
    const result = await work()
    expect(await server().rows()).toEqual(before)
    return result
  }

  test('TK1: a code is good once; its second use ends what the first one gave', async () => {
    const good = await newExchange()
    const response = await exchange(good)
    expect(response.status).toBe(200)
    const tokens = (await response.json()) as Tokens
    expect((await userInfo(tokens.access_token)).status).toBe(200)
    await refused(await exchange(good), 'invalid_grant')
    await refused(await refresh(tokens), 'invalid_grant')
    expect((await userInfo(tokens.access_token)).status).toBe(401)
    await newTokens()
  })

  test('TK1: half a minute later too', async () => {
    const good = await newExchange()
    const tokens = (await (await exchange(good)).json()) as Tokens
    server().tick(30_000)
    await refused(await exchange(good), 'invalid_grant')
    await refused(await refresh(tokens), 'invalid_grant')
    server().tick(-30_000)
  })

  test('TK1: another client’s second use ends nothing', async () => {
    const good = await newExchange()
    const tokens = (await (await exchange(good)).json()) as Tokens
    const thief = { client_id: confidential.id, client_secret: confidential.secret }
    await traceless(async () => refused(await exchange({ ...good, ...thief }), 'invalid_grant'))
    expect((await refresh(tokens)).status).toBe(200)
  })

  test('TK1: an expired code is no code', async () => {
    const good = await newExchange()
    server().tick(5 * 60_000 + 1000)
    await traceless(async () => refused(await exchange(good), 'invalid_grant'))
    server().tick(-5 * 60_000 - 1000)
    await newTokens()
  })

  test('TK2: of 32 exchanges of one code at once exactly one is answered with tokens', async () => {
    const good = await newExchange()
    const responses = await Promise.all(Array.from({ length: 32 }, () => exchange(good)))
    expect(responses.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 31 }, () => 400)])
    // The other uses were seen: nobody knows who of the two is the thief.
    const winner = responses.find(({ status }) => status === 200)
    await refused(await refresh((await winner?.json()) as Tokens), 'invalid_grant')
    await newTokens()
  })

  // biome-ignore format: a table
  const bindings: [title: string, error: string, change: (good: Fields) => Fields][] = [
    ['TK3: of a confidential client',    'invalid_grant',       (good) => ({ ...good, client_id: confidential.id, client_secret: confidential.secret })],
    ['TK4: with another address',        'unauthorized_client', (good) => ({ ...good, redirect_uri: 'http://localhost:9501/' })],
    ['TK4: without its address',         'unauthorized_client', (good) => ({ ...good, redirect_uri: undefined })],
    ['TK4: with its address re-encoded', 'unauthorized_client', (good) => ({ ...good, redirect_uri: 'http://localhost:9501/%63allback' })],
    ['TK5: without verifier',            'invalid_grant',       (good) => ({ ...good, code_verifier: undefined })],
    ['TK7: with a wrong verifier',       'invalid_grant',       (good) => ({ ...good, code_verifier: pkce().verifier })],
    ['TK7: with the challenge',          'invalid_grant',       (good) => ({ ...good, code_verifier: 'a'.repeat(43) })],
    ['TK7: with a short verifier',       'invalid_grant',       (good) => ({ ...good, code_verifier: good.code_verifier?.slice(1) })],
    ['TK7: with a long verifier',        'invalid_grant',       (good) => ({ ...good, code_verifier: 'a'.repeat(129) })],
    ['TK7: with a padded verifier',      'invalid_grant',       (good) => ({ ...good, code_verifier: `${good.code_verifier}=` })],
    ['TK7: with a space after it',       'invalid_grant',       (good) => ({ ...good, code_verifier: `${good.code_verifier} ` })],
  ]
  test.each(bindings)('%s a code gives %s, and is used up', async (_, error, change) => {
    const good = await newExchange()
    const before = await server().rows()
    await refused(await exchange(change(good)), error)
    const after = await server().rows()
    expect(after).toEqual({ ...before, authorization_codes: after.authorization_codes })
    await refused(await exchange(good), 'invalid_grant')
    await newTokens()
  })

  test('TK6: a verifier without a challenge is a downgrade', async () => {
    const good = await newExchange(client, false)
    await refused(await exchange({ ...good, code_verifier: pkce().verifier }), 'invalid_grant')
    expect((await exchange(await newExchange(client, false))).status).toBe(200)
  })

  test('TK8-TK12: whoever is not the client learns nothing and uses nothing up', async () => {
    const good = await newExchange(confidential)
    const { client_secret: secret = '', client_id: id = '', ...rest } = good
    const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` })
    // biome-ignore format: a table
    const attempts: [fields: Fields, headers?: Record<string, string>][] = [
      [{ ...good, client_secret: 'wrong' }],
      [{ ...good, client_secret: '' }],
      [{ ...good, client_secret: undefined }],
      [{ ...good, client_secret: `${secret}\0` }],
      [{ ...good, client_secret: secret.toUpperCase() }],
      [{ ...good, client_secret: secret.slice(1) }],
      [{ ...good, client_id: 'unknown' }],
      [rest, basic(`${id}:wrong`)],
      [rest, basic(`${id}:`)],
      [rest, basic(id)],
      [rest, { authorization: 'Basic %%%' }],
      [rest, { authorization: `Bearer ${secret}` }],
      [{ ...rest, client_id: client.id }, basic(`${id}:${secret}`)],
      [rest, basic(`${id}:%zz`)],
    ]
    await traceless(async () => {
      for (const [fields, headers] of attempts) await refused(await exchange(fields, headers), 'invalid_client')
      const large = await exchange({ ...good, client_secret: 's'.repeat(1024 * 1024) })
      await refused(large, 'invalid_request', 413)
      // TK9: two ways at once.
      await refused(await exchange(good, basic(`${id}:${secret}`)), 'invalid_request')
    })
    // TK11: both parts are form-encoded before they are joined (RFC 6749 appendix B).
    const encoded = [...secret].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join('')
    expect((await exchange(rest, basic(`${id}:${encoded}`))).status).toBe(200)
  })

  test('TK12: a public client sends no secret', async () => {
    const good = await newExchange()
    await traceless(async () => refused(await exchange({ ...good, client_secret: 'any' }), 'invalid_client'))
    expect((await exchange(good)).status).toBe(200)
  })

  test('TK14: grants that are not offered', async () => {
    const good = await newExchange()
    const foreign = ['password', 'implicit', 'AUTHORIZATION_CODE', 'urn:ietf:params:oauth:grant-type:device_code']
    await traceless(async () => {
      for (const grant_type of foreign) await refused(await exchange({ ...good, grant_type }), 'unsupported_grant_type')
      await refused(await exchange({ ...good, grant_type: 'client_credentials' }), 'unauthorized_client')
      await refused(await exchange({ ...good, grant_type: undefined }), 'invalid_request')
    })
    const api = await addClient(house, {
      AllowedOAuthFlowsUserPoolClient: false,
      AllowedOAuthFlows: [],
      AllowedOAuthScopes: [],
      CallbackURLs: [],
      LogoutURLs: [],
    })
    await traceless(async () => refused(await exchange({ ...good, client_id: api.id }), 'unauthorized_client'))
    expect((await exchange(good)).status).toBe(200)
  })

  test('TK15: secrets in the address, other bodies, doubled parameters', async () => {
    const good = await newExchange()
    const fields = Object.entries(good).flatMap(([name, value]): [string, string][] =>
      value === undefined ? [] : [[name, value]],
    )
    const form = new URLSearchParams(fields)
    const address = `${house.domain}/oauth2/token`
    const post = (
      body: string | Buffer<ArrayBuffer> | URLSearchParams | FormData | undefined,
      type?: string,
      query = '',
    ) =>
      fetch(`${address}${query}`, { method: 'POST', body: body ?? null, headers: type ? { 'content-type': type } : {} })
    const multipart = new FormData()
    for (const [name, value] of fields) multipart.append(name, value)
    await traceless(async () => {
      expect((await fetch(`${address}?${form}`)).status).toBeGreaterThanOrEqual(400)
      await refused(await post(undefined, 'application/x-www-form-urlencoded', `?${form}`), 'invalid_request')
      await refused(await post(JSON.stringify(good), 'application/json'), 'invalid_request')
      await refused(await post(multipart), 'invalid_request')
      await refused(await post(Buffer.from(form.toString())), 'invalid_request')
      await refused(await post(form.toString(), 'text/plain'), 'invalid_request')
      for (const [name, value] of fields)
        await refused(await post(new URLSearchParams([...fields, [name, value]])), 'invalid_request')
      for (const name of ['code', 'client_id'])
        await refused(await exchange({ ...good, [name]: undefined }), 'invalid_request')
    })
    expect((await exchange(good)).status).toBe(200)
  })

  test('TK13: a client has one secret, and nothing else is one', async () => {
    // A second one for an overlap is refused by name: AddUserPoolClientSecret (docs/operations.md).
    const good = await newExchange(confidential)
    const other = await addClient(house, { GenerateSecret: true })
    await traceless(async () => refused(await exchange({ ...good, client_secret: other.secret }), 'invalid_client'))
    expect((await exchange(good)).status).toBe(200)
    const add = new AddUserPoolClientSecretCommand({ UserPoolId: house.poolId, ClientId: confidential.id })
    await expect(server().api.send(add)).rejects.toThrow()
  })

  test('TK16: a machine asks for custom scopes alone', async () => {
    await server().api.send(
      new CreateResourceServerCommand({
        UserPoolId: house.poolId,
        Identifier: 'api',
        Name: 'api',
        Scopes: [{ ScopeName: 'read', ScopeDescription: 'Read' }],
      }),
    )
    const machine = await addClient(house, {
      GenerateSecret: true,
      AllowedOAuthFlows: ['client_credentials'],
      AllowedOAuthScopes: ['api/read', 'openid', 'email', 'aws.cognito.signin.user.admin'],
      CallbackURLs: [],
      LogoutURLs: [],
    })
    const grant = { grant_type: 'client_credentials', client_id: machine.id, client_secret: machine.secret }
    await traceless(async () => {
      for (const scope of ['openid', 'api/read openid', 'email', 'aws.cognito.signin.user.admin', 'api/write', ' '])
        await refused(await exchange({ ...grant, scope }), 'invalid_scope')
    })
    expect((await exchange({ ...grant, scope: 'api/read' })).status).toBe(200)
  })

  test('TK17, TK18: a signed assertion is no way to be a client, whoever it is for', async () => {
    const good = await newExchange(confidential)
    const { client_secret: _, ...rest } = good
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const assertion = (aud: string | string[], exp: number) => ({
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: `${encode({ alg: 'RS256' })}.${encode({ iss: rest.client_id, sub: rest.client_id, aud, exp, jti: 'same' })}.AA`,
    })
    const token = `${house.domain}/oauth2/token`
    await traceless(async () => {
      for (const aud of [house.issuer, token, `${house.domain}/oauth2/revoke`, [token, 'https://evil.example']])
        for (const exp of [1, 4_000_000_000])
          for (let use = 0; use < 2; use++)
            await refused(await exchange({ ...rest, ...assertion(aud, exp) }), 'invalid_client')
    })
    const discovery = await fetch(`${house.issuer}/.well-known/openid-configuration`)
    const { token_endpoint_auth_methods_supported: methods } = (await discovery.json()) as Record<string, string[]>
    expect(methods).toEqual(['client_secret_basic', 'client_secret_post', 'none'])
    expect((await exchange(good)).status).toBe(200)
  })

  test('TK24: a proof of possession is not offered, and binds nothing', async () => {
    const discovery = await fetch(`${house.issuer}/.well-known/openid-configuration`)
    expect(await discovery.json()).not.toHaveProperty('dpop_signing_alg_values_supported')
    const response = await exchange(await newExchange(), { dpop: 'eyJ0eXAiOiJkcG9wK2p3dCJ9.e30.AA' })
    const tokens = (await response.json()) as Tokens & { token_type: string }
    expect([response.status, tokens.token_type]).toEqual([200, 'Bearer'])
    const claims = JSON.parse(Buffer.from(tokens.access_token.split('.')[1] ?? '', 'base64url').toString()) as object
    expect(claims).not.toHaveProperty('cnf')
    const shown = await fetch(`${house.domain}/oauth2/userInfo`, {
      headers: { authorization: `DPoP ${tokens.access_token}` },
    })
    expect(shown.status).toBe(400)
  })

  test('TK19, TK22: revoking ends one’s own grant alone', async () => {
    const [tokens, kept] = [await newTokens(), await newTokens(confidential)]
    const revoke = (fields: Fields) => postForm(house, '/oauth2/revoke', fields)
    const own = { client_id: client.id, token: tokens.refresh_token }
    await traceless(async () => {
      expect((await revoke({ ...own, token: kept.refresh_token })).status).toBe(200)
      expect((await revoke({ ...own, token: 'unknown' })).status).toBe(200)
      await refused(await revoke({ ...own, token: undefined }), 'invalid_request')
      await refused(await revoke({ ...own, token: tokens.access_token }), 'unsupported_token_type')
      expect((await revoke({ ...own, client_id: confidential.id })).status).toBe(401)
      expect((await revoke({ ...own, client_id: confidential.id, client_secret: 'wrong' })).status).toBe(401)
    })
    expect((await refresh(kept, confidential)).status).toBe(200)
    const revoked = await revoke({ ...own, token_type_hint: 'access_token' })
    expect([revoked.status, await revoked.text()]).toEqual([200, ''])
    await refused(await refresh(tokens), 'invalid_grant')
    expect((await userInfo(tokens.access_token)).status).toBe(401)
    expect((await revoke(own)).status).toBe(200)
  })

  test('TK20, TK21: what is not exactly a code is none', async () => {
    const [good, tokens] = [await newExchange(), await newTokens()]
    const { code = '' } = good
    await server().api.send(new ForgotPasswordCommand({ ClientId: client.id, Username: house.username }))
    const reset = await server().code(house.email, 'ForgotPassword')
    const strangers = [reset, tokens.refresh_token, tokens.access_token, tokens.id_token]
    const mutants = [
      `${code} `,
      ` ${code}`,
      encodeURIComponent(`${code}%20`),
      code.slice(0, -1),
      code.toUpperCase(),
      `${code}\0`,
    ]
    await traceless(async () => {
      for (const wrong of [...strangers, ...mutants])
        await refused(await exchange({ ...good, code: wrong }), 'invalid_grant')
      for (const wrong of [code, reset, tokens.access_token, tokens.id_token])
        await refused(await refresh({ refresh_token: wrong }), 'invalid_grant')
    })
    expect((await exchange(good)).status).toBe(200)
  })

  test('TK23: userInfo takes an access token with openid, in the header', async () => {
    const tokens = await newTokens()
    const address = `${house.domain}/oauth2/userInfo`
    const narrow = await newExchange()
    const signed = new URL(
      locationOf(await visitor.get(authorizeUrl(house, client, { scope: 'aws.cognito.signin.user.admin' }))),
    )
    const scoped = await exchange({ ...narrow, code: signed.searchParams.get('code') ?? '', code_verifier: undefined })
    const withoutOpenid = (await scoped.json()) as Tokens
    expect(withoutOpenid.id_token).toBeUndefined()
    await traceless(async () => {
      expect((await fetch(`${address}?access_token=${tokens.access_token}`)).status).toBe(400)
      expect((await fetch(address)).status).toBe(400)
      const body = new URLSearchParams({ access_token: tokens.access_token })
      const both = { method: 'POST', body, headers: { authorization: `Bearer ${tokens.access_token}` } }
      expect((await fetch(address, both)).status).toBe(400)
      for (const token of [
        tokens.id_token,
        tokens.refresh_token,
        withoutOpenid.access_token,
        `${tokens.access_token}x`,
      ]) {
        const response = await userInfo(token)
        expect(response.status).toBe(401)
        expect(response.headers.get('www-authenticate')).toContain('error="invalid_token"')
      }
      const foreign = await fetch(`${other.domain}/oauth2/userInfo`, {
        headers: { authorization: `Bearer ${tokens.access_token}` },
      })
      expect(foreign.status).toBe(401)
    })
    expect((await userInfo(tokens.access_token)).status).toBe(200)
  })

  test('RT6, RT9: a refresh token of another client, another pool, or not quite itself', async () => {
    const tokens = await newTokens()
    const own = await newTokens(confidential)
    const stranger = await addClient(other)
    const [token, changed] = [tokens.refresh_token, { ...tokens }]
    const flipped = token.replace(/[a-zA-Z]/, (letter) =>
      letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
    )
    await traceless(async () => {
      await refused(await refresh(tokens, confidential), 'invalid_grant')
      await refused(await refresh(own, { ...confidential, secret: undefined }), 'invalid_client')
      const fields = { grant_type: 'refresh_token', client_id: stranger.id, refresh_token: token }
      await refused(await postForm(other, '/oauth2/token', fields), 'invalid_grant')
      await refused(await postForm(other, '/oauth2/token', { ...fields, client_id: client.id }), 'invalid_client')
      for (const refresh_token of [token.slice(0, -1), `${token}a`, `${token} `, flipped, token.slice(0, 8), '='])
        await refused(await refresh({ ...changed, refresh_token }), 'invalid_grant')
    })
    expect((await refresh(tokens)).status).toBe(200)
  })

  test('RT7: who may not sign in any more may not go on either', async () => {
    const user = { UserPoolId: house.poolId, Username: 'leaver' }
    const { api } = server()
    const enter = async (party: AppClient) => {
      const fresh = newVisitor()
      const credentials = { ...house, username: user.Username, password: 'Leaving-Soon-1' }
      const back = await signInAt(authorizeUrl(house, party), credentials, fresh)
      const fields = { grant_type: 'authorization_code', client_id: party.id, redirect_uri: callback }
      const response = await exchange({ ...fields, code: back.searchParams.get('code') ?? '' })
      return (await response.json()) as Tokens
    }
    await addUser(house, user.Username, 'Leaving-Soon-1', 'leaver@example.com')
    const leaving = await addClient(house)

    const signedOut = await enter(client)
    await api.send(new AdminUserGlobalSignOutCommand(user))
    await refused(await refresh(signedOut), 'invalid_grant')

    const changed = await enter(client)
    await api.send(new AdminSetUserPasswordCommand({ ...user, Password: 'Leaving-Soon-1', Permanent: true }))
    await refused(await refresh(changed), 'invalid_grant')

    const clientless = await enter(leaving)
    await api.send(new DeleteUserPoolClientCommand({ UserPoolId: house.poolId, ClientId: leaving.id }))
    await refused(await refresh(clientless, leaving), 'invalid_client')
    expect((await userInfo(clientless.access_token)).status).toBe(401)

    const deleted = await enter(client)
    await api.send(new AdminDeleteUserCommand(user))
    await refused(await refresh(deleted), 'invalid_grant')
    expect((await userInfo(deleted.access_token)).status).toBe(401)
    // The name is free again, and its next owner inherits nothing.
    await api.send(new AdminCreateUserCommand({ ...user, MessageAction: 'SUPPRESS' }))
    await refused(await refresh(deleted), 'invalid_grant')
    expect((await userInfo(deleted.access_token)).status).toBe(401)
  })

  test('RT8: a refresh widens no scope', async () => {
    const tokens = await newTokens()
    const scope = 'openid email profile aws.cognito.signin.user.admin'
    const fields = { grant_type: 'refresh_token', client_id: client.id, refresh_token: tokens.refresh_token, scope }
    const response = await exchange(fields)
    if (response.status !== 200) return refused(response, 'invalid_scope')
    const { access_token } = (await response.json()) as Tokens
    const claims = JSON.parse(Buffer.from(access_token.split('.')[1] ?? '', 'base64url').toString()) as {
      scope: string
    }
    expect(claims.scope).toBe('openid email')
  })
})
