import type { ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import { createVerifier } from '../src/index.ts'
import { access, client, codeOf, json, key, serve, token } from './pool.ts'

interface Pool {
  userinfo: (res: ServerResponse) => unknown
  discovery: (url: string, res: ServerResponse) => unknown
  time: number
}

const alive = (res: ServerResponse) => json(res, { sub: access().sub })
const revoked = (res: ServerResponse) =>
  res.writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token"' }).end()
const discovered = (url: string, res: ServerResponse) =>
  json(res, { issuer: url, userinfo_endpoint: `${url}/oauth2/userInfo` })

async function pool(options: object = {}) {
  const state: Pool = { userinfo: alive, discovery: discovered, time: Date.now() }
  const { url, requests, stop } = await serve((req, res) => {
    if (req.url === '/.well-known/jwks.json') json(res, { keys: [key.jwk] })
    else if (req.url === '/.well-known/openid-configuration') state.discovery(url, res)
    else state.userinfo(res)
  })
  const verifier = createVerifier({
    issuer: url,
    clientId: client,
    tokenUse: 'access',
    revocation: 'userinfo',
    now: () => state.time,
    ...options,
  })
  const asked = () => requests.filter((req) => req.url === '/oauth2/userInfo')
  const sign = (changes: object = {}) => token(access({ iss: url, ...changes }))
  return { url, state, requests, stop, verifier, asked, sign, code: (text: string) => codeOf(verifier.verify(text)) }
}

test('a living token passes; the pool is asked at its discovered address with the token as bearer', async () => {
  const { asked, sign, code, requests } = await pool()
  const mine = sign()
  expect(await code(mine)).toBe('ok')
  expect(await code(mine)).toBe('ok')
  expect(asked().map(({ headers, method }) => `${method} ${headers.authorization}`)).toEqual(
    Array(2).fill(`GET Bearer ${mine}`),
  )
  expect(requests.filter(({ url }) => url?.includes('openid-configuration'))).toHaveLength(1)
})

test('a revoked token is refused from the next call on, and another token is not', async () => {
  const { state, sign, code } = await pool()
  const [mine, yours] = [sign(), sign({ jti: 'other' })]
  expect(await code(mine)).toBe('ok')
  state.userinfo = revoked
  expect(await code(mine)).toBe('revoked')
  state.userinfo = alive
  expect(await code(yours)).toBe('ok')
})

const unclear: [title: string, userinfo: (res: ServerResponse) => unknown][] = [
  ['500', (res) => res.writeHead(500).end()],
  ['503', (res) => res.writeHead(503).end()],
  ['429', (res) => res.writeHead(429).end()],
  ['403', (res) => res.writeHead(403).end()],
  ['404', (res) => res.writeHead(404).end()],
  ['400', (res) => res.writeHead(400).end()],
  ['204', (res) => res.writeHead(204).end()],
  ['a redirection', (res) => res.writeHead(302, { location: '/elsewhere' }).end()],
  ['a closed connection', (res) => res.destroy()],
  ['no answer', () => {}],
  ['not JSON', (res) => res.writeHead(200, { 'content-type': 'application/json' }).end('{')],
  ['HTML', (res) => res.writeHead(200, { 'content-type': 'text/html' }).end('{}')],
  ['another user', (res) => json(res, { sub: 'someone else' })],
  ['no user', (res) => json(res, {})],
]

for (const [title, userinfo] of unclear) {
  test(`no clear answer (${title}) is a refusal with 503`, async () => {
    const { state, verifier, sign } = await pool({ timeout: 0.3, revocationMaxAge: 60 })
    state.userinfo = userinfo
    const mine = sign()
    await expect(verifier.verify(mine)).rejects.toMatchObject({ code: 'revocation_unavailable', status: 503 })
    // And it is not remembered.
    state.userinfo = alive
    expect(await codeOf(verifier.verify(mine))).toBe('ok')
  })
}

const badDiscovery: [title: string, discovery: Pool['discovery']][] = [
  ['of another issuer', (url, res) => json(res, { issuer: `${url}/`, userinfo_endpoint: `${url}/oauth2/userInfo` })],
  ['without the address', (url, res) => json(res, { issuer: url })],
  [
    'with an address over http elsewhere',
    (url, res) => json(res, { issuer: url, userinfo_endpoint: 'http://pool.example/userInfo' }),
  ],
  ['that is missing', (_, res) => json(res, {}, 404)],
]

for (const [title, discovery] of badDiscovery) {
  test(`a discovery document ${title} is a refusal with 503, and the token is sent nowhere`, async () => {
    const { state, asked, sign, code } = await pool()
    state.discovery = discovery
    expect(await code(sign())).toBe('revocation_unavailable')
    expect(asked()).toHaveLength(0)
    state.discovery = discovered
    expect(await code(sign())).toBe('ok')
  })
}

test('only tokens that hold are asked about', async () => {
  const { state, asked, sign, code, verifier } = await pool({ scopes: ['notes/read'] })
  await verifier.warmUp()
  const mine = sign()
  expect(await code(`${mine.slice(0, -4)}AAAA`)).toBe('bad_signature')
  expect(await code(sign({ exp: Math.floor(state.time / 1000) - 5, iat: 1_000_000_000 }))).not.toBe('ok')
  expect(await code(sign({ scope: 'openid' }))).toBe('missing_scope')
  expect(asked()).toHaveLength(0)
})

test('a token without openid is told so instead of being called revoked', async () => {
  const { asked, verifier, sign } = await pool()
  await expect(verifier.verify(sign({ scope: 'aws.cognito.signin.user.admin' }))).rejects.toMatchObject({
    code: 'missing_scope',
    wwwAuthenticate: expect.stringContaining('scope="openid"'),
  })
  expect(asked()).toHaveLength(0)
})

test('calls at once share questions, and no answer is older than the call it serves', async () => {
  const { state, asked, sign, verifier } = await pool()
  const waiting: ServerResponse[] = []
  state.userinfo = (res) => waiting.push(res)
  const mine = sign()
  await verifier.warmUp()
  const first = codeOf(verifier.verify(mine))
  await expect.poll(() => waiting.length).toBe(1)
  // The question is on its way; the pool has already looked. Now the token is revoked, and then ten more calls come.
  const later = Array.from({ length: 10 }, () => codeOf(verifier.verify(mine)))
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(waiting).toHaveLength(1)
  state.userinfo = revoked
  const [held] = waiting
  if (held !== undefined) alive(held)
  expect(await first).toBe('ok')
  expect(await Promise.all(later)).toEqual(Array(10).fill('revoked'))
  expect(asked()).toHaveLength(2)
})

test('revocationMaxAge: an answer serves so long and no longer, counted from its question', async () => {
  const { state, asked, sign, code } = await pool({ revocationMaxAge: 30 })
  const mine = sign()
  expect(await Promise.all(Array.from({ length: 20 }, () => code(mine)))).toEqual(Array(20).fill('ok'))
  expect(asked()).toHaveLength(1)
  state.userinfo = revoked
  state.time += 29_999
  expect(await code(mine)).toBe('ok')
  state.time += 1
  expect(await code(mine)).toBe('revoked')
  expect(await code(mine)).toBe('revoked')
  expect(asked()).toHaveLength(2)
  // A clock set back makes no answer younger.
  state.userinfo = alive
  state.time -= 10_000
  expect(await code(mine)).toBe('ok')
  expect(asked()).toHaveLength(3)
})

test('a given address is asked without discovery', async () => {
  const asked = await serve((_, res) => alive(res))
  const { sign, code, requests } = await pool({ userinfoUrl: `${asked.url}/me` })
  expect(await code(sign())).toBe('ok')
  expect(asked.requests.map(({ url }) => url)).toEqual(['/me'])
  expect(requests.map(({ url }) => url)).toEqual(['/.well-known/jwks.json'])
})

test('neither the error nor its cause holds the token', async () => {
  const { stop, state, verifier, sign } = await pool()
  const mine = sign()
  await verifier.verify(mine)
  stop()
  state.time += 1
  const thrown = await verifier.verify(mine).catch((error) => error)
  expect(thrown.code).toBe('revocation_unavailable')
  const { inspect } = await import('node:util')
  expect(inspect(thrown, { depth: 10 })).not.toContain(mine.slice(-40))
})
