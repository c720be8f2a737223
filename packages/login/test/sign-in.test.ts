import { expect, test } from 'vitest'
import { accessToken, describeInBrowser, leave, settle, signIn, stateOf } from './browser.ts'

describeInBrowser('signing in', (house) => {
  const exchanges = () => house.oauth.seen.filter(({ path }) => path === '/oauth2/token')

  test('leaves with state, nonce and S256, comes back signed in', async () => {
    const page = await house.open('/shop?page=2#offers')
    expect(await stateOf(page)).toEqual({ status: 'signed-out', error: undefined })
    const state = await signIn(page, { provider: 'Google', lang: 'de', prompt: 'login', loginHint: 'bob' })
    expect(state).toMatchObject({ status: 'signed-in', error: undefined })
    expect(state.user).toMatchObject({ sub: 'bob', name: 'Änne ☂', 'cognito:groups': ['editors'] })
    expect(state.expiresAt?.getTime()).toBeGreaterThan(Date.now() + 3_500_000)
    expect(page.url()).toBe(`${house.site.origin}/shop?page=2#offers`)

    const [{ form: request }] = house.oauth.seen.filter(({ path }) => path === '/oauth2/authorize') as [
      (typeof house.oauth.seen)[0],
    ]
    expect(request).toMatchObject({
      response_type: 'code',
      client_id: house.clientId,
      redirect_uri: `${house.site.origin}/`,
      scope: 'openid',
      code_challenge_method: 'S256',
      identity_provider: 'Google',
      login_hint: 'bob',
      lang: 'de',
      prompt: 'login',
    })
    for (const name of ['state', 'nonce', 'code_challenge']) expect(request[name]).toMatch(/^[\w-]{43,}$/)
    expect(exchanges()).toHaveLength(1)
    expect(exchanges()[0]?.form.code_verifier).toMatch(/^[\w-]{43,128}$/)
    const kept = await page.evaluate(() => JSON.stringify(sessionStorage))
    expect(kept).not.toContain(exchanges()[0]?.form.code_verifier)
    expect(house.oauth.accepts((await accessToken(page)).value ?? '')).toBe(true)
  })

  test('finds the endpoints by discovery, once', async () => {
    house.site.options = { domain: undefined, issuer: house.oauth.issuer }
    const page = await house.open()
    expect(await signIn(page)).toMatchObject({ status: 'signed-in' })
    await page.evaluate(() => {
      globalThis.clock += 3_600_000
    })
    house.oauth.clock = 3_600_000
    expect(await accessToken(page)).toHaveProperty('value')
    // One per page load: the page that left, the page that came back.
    expect(house.oauth.seen.filter(({ path }) => path.endsWith('openid-configuration'))).toHaveLength(2)
  })

  test('a discovery document of another issuer is a config error', async () => {
    house.site.options = { domain: undefined, issuer: `${house.oauth.issuer}/` }
    const page = await house.open()
    const outcome = await page.evaluate(() => globalThis.outcome(() => globalThis.login.signIn()))
    expect(outcome).toMatchObject({ name: 'LoginError', code: 'config' })
  })

  test('the sign-up page is asked the same way', async () => {
    const page = await house.open()
    expect(await signIn(page, { screen: 'sign-up' })).toMatchObject({ status: 'signed-in' })
    expect(house.oauth.seen.some(({ path, form }) => path === '/signup' && form.code_challenge)).toBe(true)
  })

  test('start twice, as StrictMode does, and a second instance use the code once', async () => {
    house.site.script = `
      globalThis.first = login.start()
      globalThis.twin = createLogin(options)
      void twin.start()`
    const page = await house.open()
    expect(await signIn(page)).toMatchObject({ status: 'signed-in' })
    expect(exchanges()).toHaveLength(1)
    const twins = await page.evaluate(async () => {
      const { first, twin } = globalThis as unknown as { first: Promise<unknown>; twin: typeof login }
      return [
        (await first) === (await globalThis.started),
        twin.state.status,
        (await twin.accessToken()) === (await login.accessToken()),
      ]
    })
    expect(twins).toEqual([true, 'signed-in', true])
  })

  test('a second copy of the module uses the code once and shares the session', async () => {
    house.site.script = `
      const copy = await import('/login.js?copy')
      globalThis.twin = copy.createLogin(options)
      globalThis.different = copy.createLogin !== createLogin
      void twin.start()`
    const page = await house.open()
    expect(await signIn(page)).toMatchObject({ status: 'signed-in' })
    expect(exchanges()).toHaveLength(1)
    const twins = await page.evaluate(async () => {
      const { different, twin } = globalThis as unknown as { different: boolean; twin: typeof login }
      return [different, (await twin.start()).status, (await twin.accessToken()) === (await login.accessToken())]
    })
    expect(twins).toEqual([true, 'signed-in', true])
  })

  test('the code is out of the address before anything is asked of the network', async () => {
    const page = await house.open()
    const urls: string[] = []
    await page.exposeFunction('note', (url: string) => urls.push(url))
    await page.addInitScript(() => {
      const { fetch } = globalThis
      globalThis.fetch = (...given) => {
        void (globalThis as unknown as { note: (url: string) => void }).note(location.href)
        return fetch(...given)
      }
    })
    await signIn(page)
    expect(urls).toEqual([`${house.site.origin}/`])
  })

  test('an unknown state is refused, its code is not used, the other parameters stay', async () => {
    const page = await house.open(
      '/?a=%20b+c&code=stolen&state=unknown&iss=x&session_state=y&error_description=z&keep=1#part',
    )
    expect(await stateOf(page)).toMatchObject({
      status: 'signed-out',
      error: { name: 'LoginError', code: 'callback_invalid', retryable: false },
    })
    expect(page.url()).toBe(`${house.site.origin}/?a=%20b+c&keep=1#part`)
    expect(exchanges()).toEqual([])
  })

  test('parameters of the same names mean nothing elsewhere, or without a state', async () => {
    for (const path of ['/invite?code=1&state=2', '/?code=voucher', '/?error=404']) {
      const page = await house.open(path)
      expect(await stateOf(page)).toEqual({ status: 'signed-out', error: undefined })
      expect(page.url()).toBe(house.site.origin + path)
    }
  })

  test('a callback meant for another tab is refused', async () => {
    const [attacker, victim] = [await house.open(), await house.open()]
    house.oauth.redirect = (url) => {
      house.oauth.callback = url.href
      url.pathname = '/elsewhere'
    }
    await signIn(attacker, { loginHint: 'mallory' })
    await victim.goto(house.oauth.callback.replace('/elsewhere', '/'))
    expect(await settle(victim)).toMatchObject({ status: 'signed-out', error: { code: 'callback_invalid' } })
    expect(exchanges()).toEqual([])
  })

  test('a callback is used once: loaded again it is refused', async () => {
    const page = await house.open()
    await signIn(page)
    await leave(page, () => page.goto(house.oauth.callback))
    expect(await stateOf(page)).toMatchObject({
      status: 'signed-out',
      error: { code: 'callback_used', retryable: false },
    })
    expect(page.url()).toBe(`${house.site.origin}/`)
    expect(exchanges()).toHaveLength(1)
  })

  test('the way back does not lead to the callback', async () => {
    const page = await house.open('/cart')
    await signIn(page)
    await page.evaluate(() => history.pushState(null, '', '/next'))
    await page.goBack()
    expect(page.url()).toBe(`${house.site.origin}/cart`)
    expect(exchanges()).toHaveLength(1)
  })

  test('a used callback leaves a living session alone, and says so beside it', async () => {
    house.site.options = { persist: 'device' }
    const page = await house.open()
    await signIn(page)
    await leave(page, () => page.goto(house.oauth.callback))
    expect(await stateOf(page)).toMatchObject({
      status: 'signed-in',
      user: { sub: 'ann' },
      error: { code: 'callback_used' },
    })
  })

  // Every other way for an ID token to be wrong: id-token.test.ts.
  const wrongClaims: [what: string, claims: Record<string, unknown>][] = [
    ['nonce', { nonce: 'another' }],
    ['iss', { iss: 'https://other.example/pool' }],
    ['aud', { aud: 'another-client' }],
    ['exp', { exp: Math.floor(Date.now() / 1000) - 3600 }],
  ]
  for (const [what, claims] of wrongClaims)
    test(`an ID token with a wrong ${what} signs nobody in`, async () => {
      house.oauth.claims = (honest) => ({ ...honest, ...claims })
      const page = await house.open()
      const { status, error } = await signIn(page)
      expect(status).toBe('signed-out')
      expect(error).toMatchObject({ code: 'callback_invalid', retryable: false })
      expect(error?.message).toContain(what)
      expect(await accessToken(page)).toMatchObject({ code: 'login_required' })
    })

  test('issuer beside domain is compared with the ID token', async () => {
    house.site.options = { issuer: 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Other' }
    house.oauth.redirect = (url) => url.searchParams.delete('iss')
    const page = await house.open()
    expect(await signIn(page)).toMatchObject({ status: 'signed-out', error: { code: 'callback_invalid' } })
    expect(exchanges()).toHaveLength(1)
  })

  test('an answer of another issuer (RFC 9207) is refused before its code is used', async () => {
    house.site.options = { issuer: house.oauth.issuer }
    house.oauth.redirect = (url) => url.searchParams.set('iss', 'https://evil.example')
    const page = await house.open()
    expect(await signIn(page)).toMatchObject({ status: 'signed-out', error: { code: 'callback_invalid' } })
    expect(exchanges()).toEqual([])
  })

  test('without a known issuer the answer and the ID token must name the same one', async () => {
    house.oauth.redirect = (url) => url.searchParams.set('iss', 'https://evil.example')
    const page = await house.open()
    expect(await signIn(page)).toMatchObject({ status: 'signed-out', error: { code: 'callback_invalid' } })
  })

  test("the server's refusal is told with the page the visitor came from; a code beside it is not used", async () => {
    house.oauth.redirect = (url) => {
      url.searchParams.set('error', 'access_denied')
      url.searchParams.set('error_description', 'not today')
    }
    const page = await house.open('/cart?full')
    const { status, error } = await signIn(page)
    expect(status).toBe('signed-out')
    expect(error).toMatchObject({ code: 'access_denied', oauthError: 'access_denied', retryable: false })
    expect(error?.message).toContain('not today')
    expect(page.url()).toBe(`${house.site.origin}/cart?full`)
    expect(exchanges()).toEqual([])
  })

  test('a repeated parameter is refused', async () => {
    house.oauth.redirect = (url) => url.searchParams.append('code', 'second')
    const page = await house.open()
    expect(await signIn(page)).toMatchObject({ status: 'signed-out', error: { code: 'callback_invalid' } })
    expect(exchanges()).toEqual([])
  })

  test('a code the token endpoint refuses is an invalid callback', async () => {
    house.oauth.redirect = (url) => url.searchParams.set('code', 'forged')
    const page = await house.open()
    expect(await signIn(page)).toMatchObject({ error: { code: 'callback_invalid', oauthError: 'invalid_grant' } })
  })

  test('a dead network at the exchange is said to be retryable', async () => {
    house.oauth.token = 'silence'
    const page = await house.open()
    expect(await signIn(page)).toMatchObject({ status: 'signed-out', error: { code: 'network', retryable: true } })
  })

  test('returns to no other origin', async () => {
    const page = await house.open('/cart')
    expect(await signIn(page, { returnTo: '//evil.example' })).toMatchObject({ status: 'signed-in' })
    expect(page.url()).toBe(`${house.site.origin}/`)
  })

  test('returns to the page asked for, and tells the router', async () => {
    house.site.script = `addEventListener('popstate', () => { globalThis.routed = location.pathname })`
    const page = await house.open('/cart')
    await signIn(page, { returnTo: '/checkout?step=1#pay' })
    expect(page.url()).toBe(`${house.site.origin}/checkout?step=1#pay`)
    expect(await page.evaluate(() => (globalThis as unknown as { routed: string }).routed)).toBe('/checkout')
  })

  test('parameters that came with the answer stay in the address', async () => {
    house.oauth.redirect = (url) => {
      url.searchParams.set('campaign', '7')
      url.hash = 'top'
    }
    const page = await house.open('/?mine=1')
    await signIn(page)
    expect(page.url()).toBe(`${house.site.origin}/?mine=1&campaign=7#top`)
  })

  test('two tabs that sign in at the same time do not mix', async () => {
    house.oauth.latency = 120
    const tabs = [await house.open('/one'), await house.open('/two'), await house.open('/three')]
    const states = await Promise.all(tabs.map((page, i) => signIn(page, { loginHint: `user-${i}` })))
    expect(states.map(({ user }) => user?.sub)).toEqual(['user-0', 'user-1', 'user-2'])
    expect(tabs.map((page) => new URL(page.url()).pathname)).toEqual(['/one', '/two', '/three'])
  })

  test('two attempts in one tab do not mix: the older answer is as good as the newer', async () => {
    const page = await house.open()
    const held: string[] = []
    house.oauth.redirect = (url) => {
      held.push(url.href)
      url.pathname = '/elsewhere'
    }
    await signIn(page, { loginHint: 'first' })
    await signIn(page, { loginHint: 'second' })
    await leave(page, () => page.goto(held[0] ?? ''))
    expect(await stateOf(page)).toMatchObject({ status: 'signed-in', user: { sub: 'first' } })
  })

  test('a loop of failing redirects stops at the third', async () => {
    house.oauth.claims = (honest) => ({ ...honest, nonce: 'wrong' })
    const page = await house.open()
    for (let i = 0; i < 3; i += 1) await signIn(page)
    const fourth = () => page.evaluate(() => globalThis.outcome(() => globalThis.login.signIn()))
    expect(await fourth()).toMatchObject({ code: 'server', retryable: true })
    await page.evaluate(() => {
      globalThis.clock += 61_000
    })
    house.oauth.claims = (honest) => honest
    expect(await signIn(page)).toMatchObject({ status: 'signed-in' })
  })

  test('attempts older than an hour are forgotten', async () => {
    const page = await house.open()
    house.oauth.redirect = (url) => {
      url.pathname = '/elsewhere'
    }
    await signIn(page)
    await page.addInitScript(() => {
      globalThis.clock += 3_601_000
    })
    await leave(page, () => page.goto(house.oauth.callback.replace('/elsewhere', '/')))
    expect(await stateOf(page)).toMatchObject({ status: 'signed-out', error: { code: 'callback_invalid' } })
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0)
  })

  test('a redirect URI of another origin is a config error before anybody leaves', async () => {
    house.site.options = { redirectUri: 'https://other.example/' }
    const page = await house.open()
    const outcome = await page.evaluate(() => globalThis.outcome(() => globalThis.login.signIn()))
    expect(outcome).toMatchObject({ code: 'config' })
  })

  test('claims the app refuses are a config error with its cause', async () => {
    house.site.script = `globalThis.login = createLogin({ ...options, parseClaims: () => { throw new Error('no e-mail') } })`
    const page = await house.open()
    expect(await signIn(page)).toMatchObject({ status: 'signed-out', error: { code: 'config' } })
  })
})
