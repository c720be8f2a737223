import { describe, expect, test } from 'vitest'
import { createApi } from '../api/app.ts'
import { newKey, signToken } from './tokens.ts'

const issuer = 'http://localhost:9500/local_demo'
const clientId = 'website'
const now = Date.UTC(2026, 10, 24, 12)
const seconds = now / 1000
const key = newKey('pool')
const claims = {
  sub: '5d0c6b5e-9f5a-4b0e-8f39-0d6a1f0a2b3c',
  iss: issuer,
  client_id: clientId,
  token_use: 'access',
  scope: 'openid email',
  auth_time: seconds - 100,
  iat: seconds - 100,
  exp: seconds + 200,
  jti: 'token-1',
  username: 'ada',
  'cognito:groups': ['members'],
}

function api(userinfo: typeof fetch = () => Promise.reject(new Error('the pool was asked'))) {
  const userinfoUrl = 'http://localhost:9500/domains/demo/oauth2/userInfo'
  return createApi({ issuer, clientId, userinfoUrl, jwks: { keys: [key.jwk] }, now: () => now, fetch: userinfo })
}

function bearer(token: string): RequestInit {
  return { headers: { authorization: `Bearer ${token}` } }
}

describe('/user', () => {
  test('greets the caller and says how long the token lives, without asking the pool', async () => {
    const response = await api().request('/user', bearer(signToken(key, claims)))
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(await response.json()).toEqual({
      greeting: 'Hello, ada',
      sub: claims.sub,
      username: 'ada',
      groups: ['members'],
      scopes: ['openid', 'email'],
      token: { id: 'token-1', issuedAt: seconds - 100, expiresAt: seconds + 200, secondsLeft: 200 },
    })
  })

  const { username: _name, 'cognito:groups': _groups, ...machine } = claims
  test('greets a machine, which has neither name nor groups', async () => {
    const response = await api().request('/user', bearer(signToken(key, machine)))
    expect(await response.json()).toMatchObject({ username: null, groups: [] })
  })

  const refusals: [title: string, token: string, challenge: string][] = [
    ['no token', '', 'Bearer'],
    ['signed by another key', signToken(newKey('pool'), claims), 'The signature of the token is wrong'],
    ['expired', signToken(key, { ...claims, exp: seconds - 10 }), 'The token has expired'],
    ['of another pool', signToken(key, { ...claims, iss: `${issuer}x` }), 'The token comes from another issuer'],
    ['of another client', signToken(key, { ...claims, client_id: 'x' }), 'The token was issued to another client'],
    ['an ID token', signToken(key, { ...claims, token_use: 'id', aud: clientId }), 'The token is for another use'],
    ['unsigned', signToken(key, claims, { alg: 'none', kid: 'pool' }), 'The token is not signed with RS256'],
    ['not a token', 'hello', 'The token is malformed'],
  ]
  test.each(refusals)('refuses a token that is %s', async (_, token, challenge) => {
    for (const path of ['/user', '/checked-user']) {
      const response = await api().request(path, token === '' ? {} : bearer(token))
      expect(response.status).toBe(401)
      expect(response.headers.get('www-authenticate')).toContain(challenge)
      expect(JSON.stringify(await response.json())).not.toContain('ada')
    }
  })

  test('refuses a good token when told its id, so that the client renews it', async () => {
    const response = await api().request('/user?refuse=token-1', bearer(signToken(key, claims)))
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toContain('error="invalid_token"')
    const next = await api().request('/user?refuse=token-1', bearer(signToken(key, { ...claims, jti: 'token-2' })))
    expect(next.status).toBe(200)
  })
})

describe('/checked-user', () => {
  const token = signToken(key, claims)

  test('greets the caller when the pool says that the token lives', async () => {
    const asked: Request[] = []
    const checked = api(async (input, init) => {
      asked.push(new Request(input, init))
      return Response.json({ sub: claims.sub })
    })
    expect((await checked.request('/checked-user', bearer(token))).status).toBe(200)
    expect(asked.map(({ url, headers }) => [url, headers.get('authorization')])).toEqual([
      ['http://localhost:9500/domains/demo/oauth2/userInfo', `Bearer ${token}`],
    ])
  })

  test('refuses a revoked token that /user still takes', async () => {
    const revoked = api(async () => Response.json({ error: 'invalid_token' }, { status: 401 }))
    const response = await revoked.request('/checked-user', bearer(token))
    expect(response.status).toBe(401)
    expect(await response.json()).toEqual({ error: 'invalid_token', error_description: 'The token has been revoked' })
    expect((await revoked.request('/user', bearer(token))).status).toBe(200)
  })

  test('lets nobody in when the pool gives no answer', async () => {
    const response = await api().request('/checked-user', bearer(token))
    expect(response.status).toBe(503)
    expect(response.headers.has('www-authenticate')).toBe(false)
  })
})

test('answers an unknown address in JSON', async () => {
  const response = await api().request('/nothing')
  expect([response.status, await response.json()]).toEqual([
    404,
    { error: 'not_found', error_description: 'The API has no such address' },
  ])
})
