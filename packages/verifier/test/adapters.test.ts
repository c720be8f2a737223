import express from 'express'
import { Hono } from 'hono'
import { expect, test } from 'vitest'
import * as forExpress from '../src/express.ts'
import * as forHono from '../src/hono.ts'
import { createVerifier } from '../src/index.ts'
import { access, client, id, issuer, key, serve, token } from './pool.ts'

const options = { issuer, clientId: client, jwks: { keys: [key.jwk] } }
const verifier = createVerifier({ ...options, tokenUse: 'access' })
const identity = createVerifier({ ...options, tokenUse: 'id' })
const closed = createVerifier({
  issuer,
  clientId: client,
  tokenUse: 'access',
  fetch: async () => {
    throw new Error('the network is down')
  },
})

const readers = { scopes: ['notes/read'], groups: ['readers'] }
const writers = { scopes: ['notes/write', 'notes/read'] }
const admins = { groups: ['admins'] }

function hono(): (path: string, headers: Record<string, string>) => Promise<Response> {
  const { requireAuth, getAuth } = forHono
  const app = new Hono()
  app.use('/guarded/*', requireAuth(verifier))
  app.get('/guarded/me', (c) => c.json({ name: getAuth(c).claims.username, groups: [...getAuth(c).groups] }))
  app.get('/readers', requireAuth(verifier, readers), (c) => c.text(getAuth(c).claims.sub))
  app.get('/writers', requireAuth(verifier, writers), (c) => c.text('never'))
  app.get('/admins', requireAuth(verifier, admins), (c) => c.text('never'))
  app.get('/id', requireAuth(identity), (c) => c.text(String(getAuth(c, 'id').claims.email)))
  app.get('/wrong-use', requireAuth(identity), (c) => c.text(getAuth(c).claims.sub))
  app.get('/open', (c) => c.text(getAuth(c).claims.sub))
  app.get('/down', requireAuth(closed), (c) => c.text('never'))
  app.onError((error, c) => c.text(error.message, 500))
  return async (path, headers) => app.request(path, { headers })
}

async function expressApp(): Promise<(path: string, headers: Record<string, string>) => Promise<Response>> {
  const { requireAuth, getAuth } = forExpress
  const app = express()
  app.use('/guarded', requireAuth(verifier))
  app.get('/guarded/me', (req, res) => {
    res.json({ name: getAuth(req).claims.username, groups: [...getAuth(req).groups] })
  })
  app.get('/readers', requireAuth(verifier, readers), (req, res) => void res.send(getAuth(req).claims.sub))
  app.get('/writers', requireAuth(verifier, writers), (_, res) => void res.send('never'))
  app.get('/admins', requireAuth(verifier, admins), (_, res) => void res.send('never'))
  app.get('/id', requireAuth(identity), (req, res) => void res.send(getAuth(req, 'id').claims.email))
  app.get('/wrong-use', requireAuth(identity), (req, res) => void res.send(getAuth(req).claims.sub))
  app.get('/open', (req, res) => void res.send(getAuth(req).claims.sub))
  app.get('/down', requireAuth(closed), (_, res) => void res.send('never'))
  app.use((error: Error, _: express.Request, res: express.Response, __: express.NextFunction) => {
    res.status(500).send(error.message)
  })
  const { url } = await serve(app)
  return async (path, headers) => fetch(url + path, { headers })
}

interface Case {
  readonly title: string
  readonly path: string
  readonly authorization?: () => string
  readonly status: number
  readonly challenge?: string | null
  readonly body: unknown
}

const bearer = () => `Bearer ${token(access())}`
const invalid = (description: string) => ({ error: 'invalid_token', error_description: description })

// biome-ignore format: a table
const cases: Case[] = [
  { title: 'a good token', path: '/guarded/me', authorization: bearer, status: 200, body: { name: 'ada', groups: ['readers', 'writers'] } },
  { title: 'the scheme has no case', path: '/guarded/me', authorization: () => `bEARER  ${token(access())}`, status: 200, body: { name: 'ada', groups: ['readers', 'writers'] } },
  { title: 'scope and group', path: '/readers', authorization: bearer, status: 200, body: access().sub },
  { title: 'an ID token', path: '/id', authorization: () => `Bearer ${token(id())}`, status: 200, body: 'ada@example.com' },
  { title: 'no header', path: '/guarded/me', status: 401, challenge: 'Bearer', body: { error: 'missing_token', error_description: 'No bearer token was sent' } },
  { title: 'another scheme', path: '/guarded/me', authorization: () => 'Basic YTpi', status: 401, challenge: 'Bearer', body: { error: 'missing_token', error_description: 'No bearer token was sent' } },
  { title: 'a scheme without a token', path: '/guarded/me', authorization: () => 'Bearer', status: 401, challenge: 'Bearer', body: { error: 'missing_token', error_description: 'No bearer token was sent' } },
  { title: 'a token in the address is not looked at', path: `/guarded/me?access_token=${token(access())}`, status: 401, challenge: 'Bearer', body: { error: 'missing_token', error_description: 'No bearer token was sent' } },
  { title: 'two tokens', path: '/guarded/me', authorization: () => `${bearer()}, ${bearer()}`, status: 401, challenge: 'Bearer error="invalid_token", error_description="The token is malformed"', body: invalid('The token is malformed') },
  { title: 'an expired token', path: '/guarded/me', authorization: () => `Bearer ${token(access({ iat: 1_000_000_000, exp: 1_000_003_600 }))}`, status: 401, challenge: 'Bearer error="invalid_token", error_description="The token has expired"', body: invalid('The token has expired') },
  { title: 'a scope short', path: '/writers', authorization: bearer, status: 403, challenge: 'Bearer error="insufficient_scope", error_description="The token lacks a scope", scope="notes/write notes/read"', body: { error: 'insufficient_scope', error_description: 'The token lacks a scope' } },
  { title: 'a group short', path: '/admins', authorization: bearer, status: 403, challenge: 'Bearer error="insufficient_scope", error_description="The user is not in a required group"', body: { error: 'insufficient_scope', error_description: 'The user is not in a required group' } },
  { title: 'no keys', path: '/down', authorization: bearer, status: 503, challenge: null, body: { error: 'temporarily_unavailable', error_description: 'The keys of the issuer cannot be had' } },
  { title: 'getAuth on an open route', path: '/open', authorization: bearer, status: 500, body: 'requireAuth does not guard this route' },
  { title: 'getAuth for another use', path: '/wrong-use', authorization: () => `Bearer ${token(id())}`, status: 500, body: 'this route is guarded with id tokens, not access' },
]

for (const [framework, start] of [
  ['Hono', hono],
  ['Express', expressApp],
] as const) {
  for (const { title, path, authorization, status, challenge = null, body } of cases) {
    test(`${framework}: ${title}`, async () => {
      const request = await start()
      const response = await request(path, authorization === undefined ? {} : { authorization: authorization() })
      expect(response.status).toBe(status)
      expect(response.headers.get('www-authenticate')).toBe(challenge)
      const text = await response.text()
      expect(typeof body === 'string' ? text : JSON.parse(text)).toEqual(body)
      if (status === 401 || status === 403 || status === 503) {
        expect(response.headers.get('cache-control')).toBe('no-store')
        expect(response.headers.get('content-type')).toMatch(/^application\/json/)
      }
    })
  }
}

test('a misspelt requirement is found when the route is made', () => {
  const misspelt: object = { scope: ['notes/read'] }
  expect(() => forHono.requireAuth(verifier, misspelt)).toThrow('require has no option scope')
  expect(() => forExpress.requireAuth(verifier, misspelt)).toThrow('require has no option scope')
})
