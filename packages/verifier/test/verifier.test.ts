import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { createVerifier, VerifyError } from '../src/index.ts'
import { access, client, codeOf, id, issuer, key, poolId, token } from './pool.ts'

const jwks = { keys: [key.jwk] }
const good = { issuer, clientId: client, tokenUse: 'access' as const, jwks }

test('what a good token gives', async () => {
  const mine = token(access())
  const auth = await createVerifier(good).verify(mine)
  expect(auth).toEqual({
    claims: access({ iat: auth.claims.iat, exp: auth.claims.exp, auth_time: auth.claims.auth_time }),
    token: mine,
    scopes: new Set(['openid', 'profile', 'notes/read']),
    groups: new Set(['readers', 'writers']),
  })
})

test('a token is read and proven once: the next call gets the very same claims', async () => {
  const verifier = createVerifier(good)
  const mine = token(access())
  const first = await verifier.verify(mine)
  expect((await verifier.verify(mine)).claims).toBe(first.claims)
  expect((await verifier.verify(token(access({ jti: 'other' })))).claims).not.toBe(first.claims)
})

test('several clients, several pools, several names of a pool', async () => {
  const verifier = createVerifier({ ...good, clientId: ['other', client] })
  expect(await codeOf(verifier.verify(token(access())))).toBe('ok')
  expect(await codeOf(verifier.verify(token(access({ client_id: 'other' }))))).toBe('ok')
  const aws = createVerifier({ userPoolId: poolId, clientId: client, tokenUse: 'id', jwks })
  for (const iss of [issuer, `https://issuer-cognito-idp.eu-west-1.amazonaws.com/${poolId}`]) {
    expect(await codeOf(aws.verify(token(id({ iss }))))).toBe('ok')
  }
  const here = createVerifier({
    userPoolId: 'local_1',
    endpoint: 'http://localhost:9500/',
    clientId: client,
    tokenUse: 'access',
    jwks,
  })
  expect(await codeOf(here.verify(token(access({ iss: 'http://localhost:9500/local_1' }))))).toBe('ok')
})

// biome-ignore format: a table
const required: [title: string, require: object, code: string][] = [
  ['all scopes', { scopes: ['openid', 'notes/read'] }, 'ok'],
  ['one scope is missing', { scopes: ['openid', 'notes/write'] }, 'missing_scope'],
  ['one scope of several', { anyScope: ['notes/write', 'notes/read'] }, 'ok'],
  ['no scope of several', { anyScope: ['notes/write', 'notes/admin'] }, 'missing_scope'],
  ['one group of several', { groups: ['admins', 'readers'] }, 'ok'],
  ['no group of several', { groups: ['admins', 'owners'] }, 'missing_group'],
  ['scope and group', { scopes: ['openid'], groups: ['admins'] }, 'missing_group'],
  ['nothing', {}, 'ok'],
  ['nothing, written out', { scopes: undefined, groups: undefined }, 'ok'],
]

for (const [title, require, code] of required) {
  test(`required: ${title}`, async () => {
    const mine = token(access())
    expect(await codeOf(createVerifier(good).verify(mine, require))).toBe(code)
    expect(await codeOf(createVerifier({ ...good, ...require }).verify(mine))).toBe(code)
  })
}

test('what the call requires comes on top of what the verifier requires', async () => {
  const verifier = createVerifier({ ...good, groups: ['readers'] })
  expect(await codeOf(verifier.verify(token(access()), { groups: ['writers'] }))).toBe('ok')
  expect(await codeOf(verifier.verify(token(access({ 'cognito:groups': ['writers'] })), { groups: ['writers'] }))).toBe(
    'missing_group',
  )
})

const header = `Bearer ${token(access())}`
// biome-ignore format: a table
const carriers: [title: string, headers: Headers | Record<string, string | string[] | undefined>, code: string][] = [
  ['a Request\'s headers', new Headers({ authorization: header }), 'ok'],
  ['Node\'s headers', { authorization: header }, 'ok'],
  ['a Lambda event\'s headers', { Authorization: header }, 'ok'],
  ['none', {}, 'missing'],
  ['undefined', { authorization: undefined }, 'missing'],
  ['empty', { authorization: '' }, 'missing'],
  ['two by spelling', { authorization: header, Authorization: header }, 'malformed'],
  ['two in a list', { authorization: [header, header] }, 'malformed'],
  ['a tab after the scheme', { authorization: header.replace(' ', '\t') }, 'missing'],
  ['a space after the token', { authorization: `${header} ` }, 'malformed'],
  ['a line after the token', { authorization: `${header}\nx` }, 'malformed'],
  ['the token alone', { authorization: header.slice(7) }, 'missing'],
]

for (const [title, headers, code] of carriers) {
  test(`authenticate: ${title}`, async () => {
    expect(await codeOf(createVerifier(good).authenticate({ headers }))).toBe(code)
  })
}

test('nothing at all is missing, not malformed', async () => {
  const verifier = createVerifier(good)
  for (const nothing of ['', null, undefined]) expect(await codeOf(verifier.verify(nothing))).toBe('missing')
})

test('an error is safe to send and to log', async () => {
  const verifier = createVerifier(good)
  const mine = token(access({ exp: 'never', secret: 'hush' }))
  for (const text of [mine, `${mine}x`, token('{"secret": hush'), token(access({ iss: 'https://hush.example' }))]) {
    const thrown = await verifier.verify(text).catch((error) => error)
    expect(thrown).toBeInstanceOf(VerifyError)
    for (const shown of [
      inspect(thrown, { depth: 9, showHidden: true }),
      JSON.stringify(thrown),
      thrown.wwwAuthenticate,
    ]) {
      expect(shown).not.toContain('hush')
      expect(shown).not.toContain(text.slice(0, 20))
    }
  }
})

// biome-ignore format: a table
const wrong: [title: string, options: unknown, message: RegExp][] = [
  ['nothing', undefined, /must be given an object/],
  ['no pool', { clientId: client, tokenUse: 'access' }, /either userPoolId or issuer/],
  ['two kinds of pool', { ...good, userPoolId: poolId }, /either userPoolId or issuer/],
  ['no pools', { ...good, issuer: [] }, /issuer must be/],
  ['a pool twice', { ...good, issuer: [issuer, issuer] }, /named twice/],
  ['an issuer over http', { ...good, issuer: 'http://pool.example' }, /must be https/],
  ['an issuer that looks like this machine', { ...good, issuer: 'http://localhost.pool.example' }, /must be https/],
  ['an issuer that is no URL', { ...good, issuer: 'pool' }, /must be a URL/],
  ['an issuer of another scheme', { ...good, issuer: 'file:///etc/passwd' }, /must be https/],
  ['an issuer with a password', { ...good, issuer: 'https://a:b@pool.example' }, /credentials/],
  ['an issuer with a fragment', { ...good, issuer: 'https://pool.example/#x' }, /fragment/],
  ['an issuer with a query', { ...good, issuer: 'https://pool.example/?x' }, /query/],
  ['an endpoint for an issuer', { ...good, endpoint: 'http://localhost:9500' }, /endpoint goes with userPoolId/],
  ['a pool id that would change the host', { clientId: client, tokenUse: 'access', userPoolId: 'evil.example/x_y' }, /userPoolId must look like/],
  ['a pool id without a region', { clientId: client, tokenUse: 'access', userPoolId: 'pool' }, /userPoolId must look like/],
  ['a pool id that would change the path', { clientId: client, tokenUse: 'access', userPoolId: '../x', endpoint: 'http://localhost:9500' }, /userPoolId must be/],
  ['an endpoint over http', { clientId: client, tokenUse: 'access', userPoolId: poolId, endpoint: 'http://pool.example' }, /must be https/],
  ['no client', { ...good, clientId: undefined }, /clientId must be/],
  ['an empty client', { ...good, clientId: '' }, /clientId must be/],
  ['no clients', { ...good, clientId: [] }, /clientId must be/],
  ['a client that is null among others', { ...good, clientId: [client, null] }, /clientId must be/],
  ['no use', { ...good, tokenUse: undefined }, /tokenUse must be/],
  ['another use', { ...good, tokenUse: 'refresh' }, /tokenUse must be/],
  ['a misspelt option', { ...good, audience: 'x' }, /no option audience/],
  ['a misspelt option of jwks', { ...good, jwks: { uri: 'https://x' } }, /no option uri/],
  ['scopes as a text', { ...good, scopes: 'openid' }, /scopes must be a list/],
  ['two scopes in one', { ...good, scopes: ['openid profile'] }, /RFC 6749/],
  ['a scope that would break out of the header', { ...good, scopes: ['a"b'] }, /RFC 6749/],
  ['no scope in the list', { ...good, scopes: [] }, /scopes must be/],
  ['no group in the list', { ...good, groups: [] }, /groups must be/],
  ['scopes of an ID token', { ...good, tokenUse: 'id', scopes: ['openid'] }, /no scopes/],
  ['a tolerance below zero', { ...good, clockTolerance: -1 }, /clockTolerance/],
  ['a tolerance of NaN', { ...good, clockTolerance: Number.NaN }, /clockTolerance/],
  ['a tolerance of an hour', { ...good, clockTolerance: 3600 }, /clockTolerance/],
  ['a tolerance as a text', { ...good, clockTolerance: '5' }, /clockTolerance/],
  ['an age without end', { ...good, jwks: { maxAge: Number.POSITIVE_INFINITY } }, /jwks.maxAge/],
  ['a cooldown longer than the age', { ...good, jwks: { maxAge: 5 } }, /jwks.cooldown/],
  ['keys and their address', { ...good, jwks: { keys: [key.jwk], url: 'https://pool.example' } }, /either jwks.keys or jwks.url/],
  ['keys for two pools', { ...good, issuer: [issuer, 'https://pool.example'] }, /for one pool/],
  ['keys over http', { ...good, jwks: { url: 'http://pool.example/keys' } }, /must be https/],
  ['keys that are none', { ...good, jwks: { keys: [{ kty: 'oct', k: 'AAAA', kid: 'x' }] } }, /usable RSA keys/],
  ['no keys', { ...good, jwks: { keys: [] } }, /usable RSA keys/],
  ['another way of revocation', { ...good, revocation: true }, /revocation must be/],
  ['revocation of ID tokens', { ...good, tokenUse: 'id', revocation: 'userinfo' }, /access tokens only/],
  ['an age of answers nobody asks for', { ...good, revocationMaxAge: 5 }, /go with revocation/],
  ['userInfo over http', { ...good, revocation: 'userinfo', userinfoUrl: 'http://pool.example' }, /must be https/],
  ['a fetch that is none', { ...good, fetch: 'https://proxy' }, /fetch must be a function/],
]

for (const [title, options, message] of wrong) {
  test(`misconfigured: ${title}`, () => {
    const construct = () => Reflect.apply(createVerifier, undefined, [options])
    expect(construct).toThrow(TypeError)
    expect(construct).toThrow(message)
  })
}

test('http beyond this machine is allowed only when it is said', () => {
  expect(() => createVerifier({ ...good, issuer: 'http://poolhouse:9500/pool', allowHttp: true })).not.toThrow()
  for (const local of [
    'http://localhost:9500',
    'http://127.0.0.1:9500',
    'http://[::1]:9500',
    'http://x.auth.localhost:9500',
  ]) {
    expect(() => createVerifier({ ...good, issuer: local })).not.toThrow()
  }
})

test('a requirement that makes no sense is a TypeError, not a pass', async () => {
  const verifier = createVerifier(good)
  for (const require of [{ scope: ['x'] }, { scopes: 'x' }, { groups: [] }, 'admins', null]) {
    await expect(Reflect.apply(verifier.verify, verifier, [token(access()), require])).rejects.toThrow(TypeError)
  }
})
