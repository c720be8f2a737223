import { expect, test } from 'vitest'
import { accessToken, describeInBrowser, leave, settle, signIn, stateOf } from './browser.ts'

describeInBrowser('the callback', (house) => {
  const exchanges = () => house.oauth.seen.filter(({ path }) => path === '/oauth2/token')

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
})
