// Where a sign-in may be sent back to, and what may be asked for. Until client and address are trusted an error is a page;
// after that it goes to the client, with its state. Nothing is stored before a password is proven.
import { createHmac } from 'node:crypto'
import { CreateUserPoolClientCommand } from '@aws-sdk/client-cognito-identity-provider'
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
  pkce,
  postForm,
  signInAt,
} from './hosted.ts'
import { eachServer } from './server.ts'

const registered = 'https://app.example.com/cb'

/** Addresses that a lenient comparison takes for a registered one (AZ5, AZ6, AZ7, AZ9). */
const nearMisses = [
  ...['https://app.example.com@evil.example/cb', 'https://evil.example@app.example.com/cb'],
  ...[
    'https://a@b@app.example.com/cb',
    'https://app.example.com\\@evil.example/cb',
    'https://evil.example\\@app.example.com/cb',
  ],
  ...['https:app.example.com/cb', '//app.example.com/cb', 'app.example.com/cb', '/cb', 'HTTPS://app.example.com/cb'],
  ...['https://app.example.com/cb/../x', 'https://app.example.com/cb/..;/x', 'https://app.example.com/cb%2f..'],
  ...['https://app.example.com/x/../cb', 'https://app.example.com/./cb', 'https://app.example.com/%2e%2e/cb'],
  ...[
    'https://app.example.com/c%62',
    'https://app.example.com/CB',
    'https://app.example.com/cb/',
    'https://app.example.com//cb',
  ],
  ...[
    'https://app.example.com/cb?x',
    'https://app.example.com/cb?',
    'https://app.example.com/cb#f',
    'https://app.example.com/cb;x',
  ],
  ...['https://appxexample.com/cb', 'https://evil.app.example.com/cb', 'https://app.example.com.evil.example/cb'],
  ...[
    'https://app.example.com./cb',
    'https://app.exаmple.com/cb',
    'https://xn--app-example.com/cb',
    'https://App.Example.Com/cb',
  ],
  ...[
    'http://app.example.com/cb',
    'https://app.example.com:443/cb',
    'https://app.example.com:8443/cb',
    'https://app.example.com:/cb',
  ],
  ...['http://localhost:9502/callback', 'http://localhost/callback', 'https://localhost:9501/callback'],
  ...['http://127.0.0.1:9501/callback', 'http://[::1]:9501/callback', 'http://localhost.evil.example:9501/callback'],
  ...['http://127.0.0.1.evil.example:9501/callback', 'http://localhost:9501', 'http://localhost:9501/'],
  ...[
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    '\tjavascript:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    'file:///etc/passwd',
  ],
  ...[
    'null',
    '*',
    'https://*',
    ' https://app.example.com/cb',
    'https://app.example.com/cb ',
    'https://app.example.com/cb\0',
  ],
]

/** Every registered address with one character more, less or in the other case. */
function mutants(address: string): string[] {
  const found: string[] = []
  for (let at = 0; at <= address.length; at++) {
    const [before, after] = [address.slice(0, at), address.slice(at)]
    for (const extra of ['/', '.', '%', '@', '\\', '?', ':', '\t']) found.push(before + extra + after)
    const [letter = ''] = after
    if (letter === '') continue
    found.push(before + after.slice(1))
    const other = letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase()
    if (other !== letter) found.push(before + other + after.slice(1))
  }
  return found
}

eachServer('attacks on authorize', (server) => {
  let house: House
  let other: House
  let client: AppClient
  let foreign: AppClient
  beforeAll(async () => {
    ;[house, other] = await Promise.all([buildHouse(server()), buildHouse(server())])
    client = await addClient(house, { CallbackURLs: [registered, callback] })
    foreign = await addClient(other)
  })

  /** Opens an address as a stranger; whatever comes of it, nothing may be stored. */
  async function open(address: URL | string): Promise<Response> {
    const before = await server().rows()
    const response = await fetch(address, { redirect: 'manual' })
    expect(response.status).toBeLessThan(500)
    expect(await server().rows()).toEqual(before)
    return response
  }

  async function shownError(address: URL | string): Promise<string> {
    const response = await open(address)
    expect({ address: String(address), status: response.status }).toEqual({ address: String(address), status: 400 })
    expect(response.headers.get('location')).toBeNull()
    expect(response.headers.get('content-type')).toContain('text/html')
    const text = await response.text()
    // The choice of a language aside, nothing can be handed in.
    expect(text).not.toContain('method="post"')
    // Nor does anything tell one page from another but its number, and the address that the choice of a language repeats.
    return text.replace(/<p class="reference">.*<\/p>/, '').replace(/<form class="languages"[\s\S]*?<\/form>/, '')
  }

  async function answeredError(address: URL | string): Promise<{ error: string | null; state: string | null }> {
    const back = new URL(locationOf(await open(address)))
    expect(back.origin + back.pathname).toBe(callback)
    expect(back.searchParams.has('code')).toBe(false)
    return { error: back.searchParams.get('error'), state: back.searchParams.get('state') }
  }

  /** The tokens of an answer. */
  async function tokensOf(back: URL, fields: Record<string, string> = {}) {
    const response = await postForm(house, '/oauth2/token', {
      grant_type: 'authorization_code',
      client_id: client.id,
      redirect_uri: callback,
      code: back.searchParams.get('code') ?? '',
      ...fields,
    })
    expect(response.status).toBe(200)
    return (await response.json()) as { id_token: string; access_token: string }
  }

  const claimsOf = (token: string) =>
    JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>

  const ask = (parameters: Record<string, string | undefined>) => authorizeUrl(house, client, parameters)

  test('AZ1-AZ3: an unknown, missing or other pool’s client is shown the same page', async () => {
    const unknown = await shownError(ask({ client_id: 'unknown' }))
    expect(await shownError(ask({ client_id: foreign.id }))).toBe(unknown)
    await shownError(ask({ client_id: undefined }))
    await shownError(ask({ client_id: '' }))
  })

  test('AZ4: without an address only a registered default is taken', async () => {
    await shownError(ask({ redirect_uri: undefined }))
    const single = await addClient(house, { CallbackURLs: [registered] })
    await shownError(authorizeUrl(house, single, { redirect_uri: undefined }))
    const preset = await addClient(house, { DefaultRedirectURI: callback })
    const back = await signInAt(authorizeUrl(house, preset, { redirect_uri: undefined }), house)
    expect(back.href).toMatch(/^http:\/\/localhost:9501\/callback\?code=/)
  })

  test.each(['/oauth2/authorize', '/login'])(
    'AZ5-AZ9: no near miss of a registered address is taken by %s',
    async (path) => {
      const misses = [...nearMisses, ...mutants(registered), ...mutants(callback)].filter(
        (address) => address !== registered && address !== callback,
      )
      expect(misses.length).toBeGreaterThan(300)
      const before = await server().rows()
      for (const redirect_uri of misses) {
        const address = ask({ redirect_uri })
        address.pathname = address.pathname.replace('/oauth2/authorize', path)
        const response = await fetch(address, { redirect: 'manual' })
        const seen = { redirect_uri, status: response.status, location: response.headers.get('location') }
        expect(seen).toEqual({ redirect_uri, status: 400, location: null })
      }
      expect(await server().rows()).toEqual(before)
    },
  )

  test('AZ8: addresses that run something are not registered', async () => {
    const wrong = [
      'javascript:alert(1)',
      'JaVaScRiPt:alert(1)',
      '\tjavascript:alert(1)',
      'data:text/html,x',
      'vbscript:x',
    ]
    for (const address of [
      ...wrong,
      'file:///etc/passwd',
      'http://app.example.com/',
      'https://app.example.com/#f',
      '/cb',
    ]) {
      const before = await server().rows()
      const input = { UserPoolId: house.poolId, ClientName: 'wrong', CallbackURLs: [address] }
      await expect(server().api.send(new CreateUserPoolClientCommand(input))).rejects.toMatchObject({
        name: 'InvalidParameterException',
      })
      expect(await server().rows()).toEqual(before)
    }
  })

  test.each(['client_id', 'redirect_uri'])('AZ10: a second %s is shown on a page', async (name) => {
    const address = ask({})
    address.searchParams.append(name, address.searchParams.get(name) ?? '')
    await shownError(address)
  })

  test.each(['response_type', 'scope', 'state', 'nonce', 'code_challenge', 'prompt'])(
    'AZ10: a second %s goes to the client',
    async (name) => {
      const address = ask({ state: 's' })
      address.searchParams.append(name, 'a')
      address.searchParams.append(name, 'a')
      expect(await answeredError(address)).toEqual({ error: 'invalid_request', state: name === 'state' ? null : 's' })
    },
  )

  // biome-ignore format: a table
  const wrong: [title: string, error: string, parameters: Record<string, string | undefined>][] = [
    ['AZ11: no response type',                  'invalid_request',     { response_type: undefined }],
    ['AZ11: two response types',                'invalid_request',     { response_type: 'code token' }],
    ['AZ11: another case',                      'invalid_request',     { response_type: 'CODE' }],
    ['AZ11: none',                              'invalid_request',     { response_type: 'none' }],
    ['AZ11: an ID token alone',                 'invalid_request',     { response_type: 'id_token' }],
    ['AZ12: an unknown scope',                  'invalid_scope',       { scope: 'openid unknown' }],
    ['AZ12: a scope the client has not',        'invalid_scope',       { scope: 'openid phone' }],
    ['AZ12: many scopes',                       'invalid_scope',       { scope: 'x '.repeat(2000) }],
    ['AZ12: a scope with NUL',                  'invalid_scope',       { scope: 'openid\0' }],
    ['AZ12: a scope with a quote',              'invalid_scope',       { scope: 'openid"' }],
    ['AZ12: a tab between scopes',              'invalid_scope',       { scope: 'openid\temail' }],
    ['AZ12: spaces alone',                      'invalid_scope',       { scope: '  ' }],
    ['AZ12: email without openid',              'invalid_scope',       { scope: 'email' }],
    ['AZ15: a nonce of 4 KiB',                  'invalid_request',     { nonce: 'n'.repeat(4096) }],
    ['AZ16: a challenge of 42 characters',      'invalid_request',     { code_challenge: 'a'.repeat(42), code_challenge_method: 'S256' }],
    ['AZ16: a challenge of 129 characters',     'invalid_request',     { code_challenge: 'a'.repeat(129), code_challenge_method: 'S256' }],
    ['AZ16: a padded challenge',                'invalid_request',     { code_challenge: `${'a'.repeat(42)}=`, code_challenge_method: 'S256' }],
    ['AZ16: the method plain',                  'invalid_request',     { code_challenge: 'a'.repeat(43), code_challenge_method: 'plain' }],
    ['AZ16: the method none',                   'invalid_request',     { code_challenge: 'a'.repeat(43), code_challenge_method: 'none' }],
    ['AZ16: the method S512',                   'invalid_request',     { code_challenge: 'a'.repeat(43), code_challenge_method: 'S512' }],
    ['AZ16: a challenge without method',        'invalid_request',     { code_challenge: 'a'.repeat(43) }],
    ['AZ16: a method without challenge',        'invalid_request',     { code_challenge_method: 'S256' }],
    ['AZ19: nobody is signed in',               'login_required',      { prompt: 'none' }],
    ['AZ19: two prompts that exclude',          'invalid_request',     { prompt: 'none login' }],
    ['AZ20: an age below zero',                 'invalid_request',     { max_age: '-1' }],
    ['AZ20: an age in another notation',        'invalid_request',     { max_age: '1e9' }],
    ['AZ20: an age of letters',                 'invalid_request',     { max_age: 'abc' }],
    ['AZ20: an age without end',                'invalid_request',     { max_age: '9'.repeat(11) }],
    ['AZ21: a hint of 9 KiB',                   'invalid_request',     { id_token_hint: 'h'.repeat(9000) }],
    ['AZ22: a request object',                  'request_not_supported',     { request: 'eyJhbGciOiJub25lIn0.e30.' }],
    ['AZ22: a request to fetch',                'request_uri_not_supported', { request_uri: 'http://127.0.0.1:9/' }],
    ['AZ22: a request in a file',               'request_uri_not_supported', { request_uri: 'file:///etc/passwd' }],
    ['AZ24: a provider that nobody has',        'invalid_request',     { identity_provider: 'Nobody' }],
    ['AZ24: an identifier that nobody has',     'invalid_request',     { idp_identifier: 'nobody.example' }],
    ['AZ19: an unknown prompt',                 'invalid_request',     { prompt: 'create' }],
  ]
  test.each(wrong)('%s: %s', async (_, error, parameters) => {
    expect(await answeredError(ask({ state: 'the state', ...parameters }))).toEqual({ error, state: 'the state' })
  })

  test('AZ11: tokens are given in the address to clients of the implicit flow alone', async () => {
    const response = await open(ask({ response_type: 'token', state: 's' }))
    const back = new URL(locationOf(response))
    expect(back.search).toBe('')
    expect(new URLSearchParams(back.hash.slice(1)).get('error')).toBe('unauthorized_client')
  })

  test('AZ13: a response mode moves nothing', async () => {
    for (const response_mode of ['fragment', 'form_post', 'form_post.jwt', 'web_message']) {
      const back = new URL(locationOf(await open(ask({ prompt: 'none', response_mode }))))
      expect({ hash: back.hash, error: back.searchParams.get('error') }).toEqual({ hash: '', error: 'login_required' })
    }
  })

  describe('AZ14: the state', () => {
    const states = [
      '0',
      '<script>alert(1)</script>',
      'a\r\nset-cookie: x=y',
      'Grüße 😀',
      '%2e%00',
      '{"a":1}',
      's'.repeat(2048),
    ]
    test.each(states)('%j comes back as it was', async (state) => {
      expect(await answeredError(ask({ prompt: 'none', state }))).toEqual({ error: 'login_required', state })
    })

    test('of more than 2 KiB is refused', async () => {
      const error = await answeredError(ask({ state: 's'.repeat(2049) }))
      expect(error).toEqual({ error: 'invalid_request', state: null })
    })

    test('comes back with the code too', async () => {
      const state = '<b> "é" & + %'
      expect((await signInAt(ask({ state }), house)).searchParams.get('state')).toBe(state)
    })
  })

  test('AZ17: a public client may leave PKCE out, as on AWS', async () => {
    const back = await signInAt(ask({}), house)
    expect(back.searchParams.get('code')).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('AZ15: a nonce of 64 characters comes back in the ID token', async () => {
    const nonce = 'n'.repeat(64)
    const back = await signInAt(ask({ nonce }), house)
    expect(claimsOf((await tokensOf(back)).id_token).nonce).toBe(nonce)
  })

  test('AZ18: a challenge that never changes is taken; its verifier protects each code all the same', async () => {
    const { verifier, challenge } = pkce()
    const visitor = newVisitor()
    const codes = new Set<string>()
    for (let at = 0; at < 10; at++) {
      const back = await signInAt(ask({ code_challenge: challenge, code_challenge_method: 'S256' }), house, visitor)
      codes.add(back.searchParams.get('code') ?? '')
      if (at === 9) await tokensOf(back, { code_verifier: verifier })
    }
    expect(codes.size).toBe(10)
  })

  test('AZ20: an age of 0 asks again, a great one does not, and the ID token says when', async () => {
    const visitor = newVisitor()
    const first = claimsOf((await tokensOf(await signInAt(ask({}), house, visitor))).id_token)
    server().tick(1000)
    expect(locationOf(await visitor.get(ask({ max_age: '0' })))).toContain('/login')
    expect(locationOf(await visitor.get(ask({ max_age: '0', prompt: 'none' })))).toContain('error=login_required')
    const again = claimsOf((await tokensOf(await signInAt(ask({ max_age: '0' }), house, visitor))).id_token)
    expect(Number(again.auth_time)).toBeGreaterThan(Number(first.auth_time))
    const later = claimsOf((await tokensOf(await signInAt(ask({ max_age: '1000000000' }), house, visitor))).id_token)
    expect(later.auth_time).toBe(again.auth_time)
    server().tick(-1000)
  })

  test('AZ21: a hint that is not of whoever is signed in opens nothing, and none is believed', async () => {
    const visitor = newVisitor()
    const tokens = await tokensOf(await signInAt(ask({}), house, visitor))
    await addUser(house, 'mallory', house.password, 'mallory@example.com')
    const mallory = await tokensOf(await signInAt(ask({}), { ...house, username: 'mallory' }))
    const [header = '', payload = '', signature = ''] = tokens.id_token.split('.')
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const jwks = await (await fetch(`${house.issuer}/.well-known/jwks.json`)).text()
    const input = `${encode({ alg: 'HS256', kid: 'x' })}.${payload}`
    const wrong = [
      mallory.id_token,
      tokens.access_token,
      `${header}.${payload}.`,
      `${encode({ alg: 'none' })}.${payload}.`,
      `${input}.${createHmac('sha256', jwks).update(input).digest('base64url')}`,
      `${header}.${encode({ sub: 'somebody' })}.${signature}`,
      'nothing',
    ]
    const silent = (id_token_hint: string) => visitor.get(ask({ prompt: 'none', id_token_hint }))
    for (const hint of wrong) {
      expect(locationOf(await silent(hint))).toContain('error=login_required')
      // A hint signs nobody in either.
      const stranger = await fetch(ask({ prompt: 'none', id_token_hint: hint }), { redirect: 'manual' })
      expect(locationOf(stranger)).toContain('error=login_required')
    }
    // An old one names its owner all the same, and another client may hold it (OpenID Connect Core 3.1.2.1).
    expect(locationOf(await silent(tokens.id_token))).toContain('code=')
    server().tick(2 * 60 * 60 * 1000)
    await signInAt(ask({}), house, visitor)
    expect(locationOf(await silent(tokens.id_token))).toContain('code=')
    server().tick(-2 * 60 * 60 * 1000)
  })

  test('AZ23: what nobody asks for is ignored: claims, and languages that are paths', async () => {
    const claims = `${'{"a":'.repeat(500)}1${'}'.repeat(500)}`
    const address = ask({ claims, lang: '../../etc/passwd', ui_locales: '../../etc/passwd' })
    expect((await signInAt(address, house)).searchParams.get('code')).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('AZ25: a form of another site works as an address does, and sets no session', async () => {
    const body = ask({ state: 's' }).searchParams
    const headers = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
    const address = `${house.domain}/oauth2/authorize`
    const sent = await fetch(address, { method: 'POST', body, headers, redirect: 'manual' })
    expect([sent.status, sent.headers.getSetCookie()]).toEqual([303, []])
    expect(locationOf(sent)).toBe(ask({ state: 's' }).href)
    const visitor = newVisitor()
    expect((await signInAt(locationOf(sent), house, visitor)).searchParams.get('state')).toBe('s')
    const json = await fetch(address, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } })
    expect(json.status).toBe(400)
    const large = await fetch(address, { method: 'POST', body: new URLSearchParams({ state: 's'.repeat(20_000) }) })
    expect(large.status).toBe(413)
  })

  test('AZ26: no other site may read what authorize answers', async () => {
    const response = await fetch(ask({}), { redirect: 'manual', headers: { origin: 'https://evil.example' } })
    expect(response.headers.get('access-control-allow-origin')).toBeNull()
  })
})
