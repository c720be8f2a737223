import { expect, test } from 'vitest'
import { accessToken, describeInBrowser, leave, signIn, stateOf } from './browser.ts'

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

  test('two clients of one page share a redirect URI: each takes the answers it asked for', async () => {
    house.site.script = `
      globalThis.other = createLogin({ ...options, clientId: 'another client' })
      await other.start()`
    const page = await house.open()
    expect(await signIn(page)).toMatchObject({ status: 'signed-in' })
    expect(await page.evaluate(() => (globalThis as unknown as { other: typeof login }).other.state)).toEqual({
      status: 'signed-out',
      error: undefined,
    })
    expect(exchanges()).toHaveLength(1)
  })
})
