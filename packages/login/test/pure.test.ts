import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { addressOf, isSecure, readDomain } from '../src/addresses.ts'
import { mergeReturn, readCallback, readReturn } from '../src/callback.ts'
import { challengeOf, fromBase64Url, randomText } from '../src/encoding.ts'
import { createLogin, LoginError } from '../src/index.ts'
import { oauthFailure } from '../src/login-error.ts'
import { readSession } from '../src/sessions.ts'

const site = 'https://site.example/'

// biome-ignore format: a table
const callbacks: [url: string, kept: string | undefined, parts?: Record<string, unknown>][] = [
  ['/?code=c&state=s',                          '/',                      { code: 'c', state: 's', error: undefined }],
  ['/?error=access_denied&error_description=no%20way&state=s', '/',       { error: 'access_denied', description: 'no way' }],
  ['/?a=%20+b&code=c&state=s&b#h?code=1',       '/?a=%20+b&b#h?code=1'],
  ['/?state=s&code=c&iss=i&session_state=x&error_uri=u&q=', '/?q=',       { iss: 'i' }],
  ['/?%63ode=c&state=s&codes=1',                '/?codes=1',              { code: 'c' }],
  ['/?code=&state=s',                           '/',                      { code: '' }],
  ['/?code=c&code=d&state=s',                   '/',                      { state: '' }],
  ['/?code=c&state=s&state=s',                  '/',                      { state: '' }],
  ['/?code=c&state=s&iss=a&iss=b',              '/',                      { state: '' }],
  ['/?code=c',                                  undefined],
  ['/?state=s',                                 undefined],
  ['/?error=404',                               undefined],
  ['/other?code=c&state=s',                     undefined],
  ['/',                                         undefined],
  ['/#code=c&state=s',                          undefined],
]
for (const [url, kept, parts = {}] of callbacks)
  test(`the callback in ${url}`, () => {
    const found = readCallback(`https://site.example${url}`, site)
    expect(found?.url).toBe(kept && `https://site.example${kept}`)
    if (found) expect(found).toMatchObject(parts)
  })

test('a callback of another origin is none of ours', () => {
  expect(readCallback('https://site.example/?code=c&state=s', 'https://www.site.example/')).toBeUndefined()
})

// biome-ignore format: a table
const returns: [target: string, page: string | undefined][] = [
  ['/cart?x=1#y',                    'https://site.example/cart?x=1#y'],
  ['cart',                           'https://site.example/shop/cart'],
  ['?tab=2',                         'https://site.example/shop/here?tab=2'],
  ['https://site.example/a',         'https://site.example/a'],
  ['https://site.example:443/a',     'https://site.example/a'],
  ['/.//evil.example',               'https://site.example//evil.example'],
  ['//evil.example',                 undefined],
  ['/\\evil.example',                undefined],
  ['\\\\evil.example',               undefined],
  ['/\t/evil.example',               undefined],
  ['https:evil.example',             'https://site.example/shop/evil.example'],
  ['https://site.example.evil.example/', undefined],
  ['https://site.example@evil.example/', undefined],
  ['https://evil@site.example/',     undefined],
  ['http://site.example/',           undefined],
  ['https://site.example:8443/',     undefined],
  ['javascript:alert(1)',            undefined],
  ['JaVaScRiPt://site.example/%0aalert(1)', undefined],
  ['data:text/html,x',               undefined],
  ['blob:https://site.example/1',    undefined],
  ['https://',                       undefined],
]
for (const [target, page] of returns)
  test(`returning to ${JSON.stringify(target)}`, () => {
    expect(readReturn(target, 'https://site.example/shop/here?q=1#f')).toBe(page)
  })

// biome-ignore format: a table
const merges: [target: string, landed: string, page: string][] = [
  ['/?a=1',        '/',            '/?a=1'],
  ['/?a=%20b',     '/',            '/?a=%20b'],
  ['/?a=1',        '/?a=2&b=3#h',  '/?a=1&b=3#h'],
  ['/#mine',       '/#theirs',     '/#mine'],
  ['/cart?a=1',    '/?b=3#h',      '/cart?a=1'],
]
for (const [target, landed, page] of merges)
  test(`returning to ${target} from ${landed}`, () => {
    expect(mergeReturn(`https://site.example${target}`, `https://site.example${landed}`)).toBe(
      `https://site.example${page}`,
    )
  })

// biome-ignore format: a table
const urls: [url: unknown, secure: boolean][] = [
  ['https://pool.example', true], ['http://localhost:9500', true], ['http://x.auth.eu-west-1.localhost:9500/', true],
  ['http://127.0.0.1/', true], ['http://127.1.2.3/', true], ['http://[::1]:9/', true], ['HTTPS://POOL.example', true],
  ['http://pool.example', false], ['http://localhost.evil.example', false], ['http://127.0.0.1.evil.example', false],
  ['http://notlocalhost/', false], ['http://10.0.0.1/', false], ['ftp://localhost/', false], ['javascript:1', false],
  ['localhost', false], ['', false], [undefined, false], [['https://pool.example'], false], [{}, false],
]
for (const [url, secure] of urls)
  test(`${JSON.stringify(url)} is ${secure ? '' : 'not '}fit for secrets`, () => {
    expect(isSecure(url)).toBe(secure)
  })

test('a domain is a base URL, a bare host gets https', () => {
  expect(readDomain('x.auth.eu-west-1.amazoncognito.com')).toBe('https://x.auth.eu-west-1.amazoncognito.com')
  expect(readDomain('http://localhost:9500/domains/x/')).toBe('http://localhost:9500/domains/x')
  expect(() => readDomain('http://pool.example')).toThrow(expect.objectContaining({ code: 'config' }))
})

test('an endpoint keeps the parameters it has', () => {
  const url = addressOf('https://pool.example/authorize?tenant=1', { lang: 'de', prompt: undefined })
  expect(url.href).toBe('https://pool.example/authorize?tenant=1&lang=de')
})

test('challenges are those of RFC 7636 appendix B, and of node:crypto', async () => {
  expect(await challengeOf('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')).toBe(
    'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  )
  for (let i = 0; i < 50; i += 1) {
    const verifier = randomText()
    expect(verifier).toMatch(/^[A-Za-z0-9._~-]{43,128}$/)
    expect(await challengeOf(verifier)).toBe(createHash('sha256').update(verifier).digest('base64url'))
  }
})

test('base64url is read back', () => {
  for (let length = 0; length < 66; length += 1) {
    const bytes = Buffer.alloc(length, 0xfb)
    expect(Buffer.from(fromBase64Url(bytes.toString('base64url'))).equals(bytes)).toBe(true)
  }
})

// biome-ignore format: a table
const failures: [oauthError: string, code: string, retryable: boolean][] = [
  ['access_denied',              'access_denied',    false],
  ['login_required',             'login_required',   false],
  ['interaction_required',       'login_required',   false],
  ['account_selection_required', 'login_required',   false],
  ['consent_required',           'login_required',   false],
  ['invalid_grant',              'callback_invalid', false],
  ['invalid_client',             'config',           false],
  ['invalid_scope',              'config',           false],
  ['unauthorized_client',        'config',           false],
  ['unsupported_grant_type',     'config',           false],
  ['unsupported_response_type',  'config',           false],
  ['invalid_request',            'server',           false],
  ['server_error',               'server',           true],
  ['temporarily_unavailable',    'server',           true],
  ['something_new',              'server',           false],
]
for (const [oauthError, code, retryable] of failures)
  test(`the server's ${oauthError} is ${code}`, () => {
    expect(oauthFailure(oauthError, 'why')).toMatchObject({ code, oauthError, retryable })
  })

test('what is thrown by others becomes the cause of a LoginError', () => {
  const cause = new TypeError('x')
  expect(LoginError.from(cause)).toMatchObject({ name: 'LoginError', code: 'config', cause })
  const own = new LoginError('network', 'x')
  expect(LoginError.from(own)).toBe(own)
})

test('a session needs a bearer token, and lives five minutes when nobody says how long', () => {
  const before = {
    accessToken: 'a',
    refreshToken: 'r',
    claims: { iss: 'https://pool.example', sub: 'u' },
    expiresAt: 0,
    lifetime: 1,
  }
  const expected = { clientId: 'c', issuer: undefined }
  const next = readSession({ access_token: 'b', token_type: 'bearer' }, expected, before)
  expect(next).toMatchObject({ accessToken: 'b', refreshToken: 'r', claims: before.claims, lifetime: 300_000 })
  for (const answer of [
    {},
    { access_token: 'b' },
    { access_token: 'b', token_type: 'DPoP' },
    { access_token: 1, token_type: 'Bearer' },
  ])
    expect(() => readSession(answer, expected, before)).toThrow(expect.objectContaining({ code: 'server' }))
  // A sign-in without an ID token is none.
  const answer = { access_token: 'b', token_type: 'Bearer' }
  expect(() => readSession(answer, expected)).toThrow(expect.objectContaining({ code: 'callback_invalid' }))
})

// biome-ignore format: a table
const wrongOptions: [title: string, options: Record<string, unknown>][] = [
  ['no address',             { clientId: 'c' }],
  ['no client',              { domain: 'pool.example' }],
  ['an empty client',        { domain: 'pool.example', clientId: '' }],
  ['no openid',              { domain: 'pool.example', clientId: 'c', scopes: ['email'] }],
  ['a domain in the clear',  { domain: 'http://pool.example', clientId: 'c' }],
  ['an issuer in the clear', { issuer: 'http://pool.example', clientId: 'c' }],
  ['an API in the clear',    { domain: 'pool.example', clientId: 'c', apiOrigins: ['http://api.example'] }],
  ['an API without origin',  { domain: 'pool.example', clientId: 'c', apiOrigins: ['/api'] }],
]
for (const [title, options] of wrongOptions)
  test(`options refused where they are written: ${title}`, () => {
    expect(() => createLogin(options as { domain: string; clientId: string })).toThrow(
      expect.objectContaining({ name: 'LoginError', code: 'config' }),
    )
  })

test('on a server a login is loading and touches nothing', () => {
  const login = createLogin({ domain: 'pool.example', clientId: 'c', persist: 'device' })
  expect(login.state).toEqual({ status: 'loading' })
  expect(login.state).toBe(login.state)
  expect(login.subscribe(() => {})).toBeInstanceOf(Function)
})
