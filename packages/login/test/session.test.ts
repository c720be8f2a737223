import { expect, test } from 'vitest'
import { accessToken, describeInBrowser, leave, settle, signIn, stateOf } from './browser.ts'

describeInBrowser('the session', (house) => {
  const refreshes = () => house.oauth.seen.filter(({ form }) => form.grant_type === 'refresh_token')
  const hour = 3_600_000

  async function pass(milliseconds: number): Promise<void> {
    house.oauth.clock += milliseconds
    for (const page of house.context().pages())
      await page.evaluate((by) => {
        globalThis.clock += by
      }, milliseconds)
  }

  test('a token at hand is used until a minute before its end', async () => {
    const page = await house.open()
    await signIn(page)
    const first = await accessToken(page)
    await pass(hour - 70_000)
    expect(await accessToken(page)).toEqual(first)
    expect(await accessToken(page, 90)).not.toEqual(first)
    expect(refreshes()).toHaveLength(1)
    await pass(hour - 50_000)
    await accessToken(page)
    expect(refreshes()).toHaveLength(2)
  })

  test('calls at the same time share one refresh; a longer wish than a token lives is not a refresh per call', async () => {
    house.oauth.latency = 50
    const page = await house.open()
    await signIn(page)
    await pass(hour)
    const tokens = await page.evaluate(() =>
      Promise.all([1, 2, 3].map(() => globalThis.login.accessToken({ minValidity: 1e9 }))),
    )
    expect(new Set(tokens).size).toBe(1)
    expect(await accessToken(page, 1e9)).toEqual({ value: tokens[0] })
    expect(refreshes()).toHaveLength(1)
  })

  test('rotated refresh tokens are followed, one that stays is kept', async () => {
    const page = await house.open()
    await signIn(page)
    for (const rotate of [true, true, false, false, true]) {
      house.oauth.rotate = rotate
      await pass(hour)
      expect(await accessToken(page)).toHaveProperty('value')
    }
    expect(house.oauth.refused).toBe(0)
    expect(new Set(refreshes().map(({ form }) => form.refresh_token)).size).toBe(3)
  })

  for (const persist of ['memory', 'device'] as const)
    test(`${persist}: a dead network keeps the session`, async () => {
      house.site.options = { persist }
      const page = await house.open()
      await signIn(page)
      await pass(hour)
      house.oauth.token = 'silence'
      expect(await accessToken(page)).toMatchObject({ name: 'LoginError', code: 'network', retryable: true })
      house.oauth.token = { status: 503, body: 'busy' }
      expect(await accessToken(page)).toMatchObject({ code: 'server', retryable: true })
      house.oauth.token = { status: 400, body: '{"error":"unauthorized_client"}' }
      expect(await accessToken(page)).toMatchObject({ code: 'config', oauthError: 'unauthorized_client' })
      house.oauth.token = { status: 200, body: '<html>' }
      expect(await accessToken(page)).toMatchObject({ code: 'server' })
      expect(await stateOf(page)).toMatchObject({ status: 'signed-in' })
      house.oauth.token = undefined
      expect(await accessToken(page)).toHaveProperty('value')
    })

  for (const persist of ['memory', 'device'] as const)
    test(`${persist}: a session the server has ended is over`, async () => {
      house.site.options = { persist }
      const page = await house.open()
      await signIn(page)
      await pass(hour)
      house.oauth.token = { status: 400, body: '{"error":"invalid_grant"}' }
      expect(await accessToken(page)).toMatchObject({
        code: 'session_ended',
        oauthError: 'invalid_grant',
        retryable: false,
      })
      expect(await stateOf(page)).toMatchObject({ status: 'signed-out', error: { code: 'session_ended' } })
      house.oauth.token = undefined
      expect(await accessToken(page)).toMatchObject({ code: 'login_required' })
    })

  test('a refresh that brings the tokens of somebody else ends the session', async () => {
    const page = await house.open()
    await signIn(page)
    await pass(hour)
    house.oauth.claims = (honest) => ({ ...honest, sub: 'mallory' })
    expect(await accessToken(page)).toMatchObject({ code: 'session_ended' })
    expect(await stateOf(page)).toMatchObject({ status: 'signed-out' })
  })

  test('a session without a refresh token lasts as long as its access token', async () => {
    const page = await house.open()
    house.oauth.token = undefined
    house.site.options = { persist: 'device' }
    await leave(page, () => page.reload())
    await signIn(page)
    await page.evaluate(async () => {
      const database = await new Promise<IDBDatabase>((resolve) => {
        const opening = indexedDB.open('poolhouse-login')
        opening.onsuccess = () => resolve(opening.result)
      })
      const table = database.transaction('sessions', 'readwrite').objectStore('sessions')
      const [key] = await new Promise<IDBValidKey[]>((resolve) => {
        const keys = table.getAllKeys()
        keys.onsuccess = () => resolve(keys.result)
      })
      const session = await new Promise<Record<string, unknown>>((resolve) => {
        const value = table.get(key as IDBValidKey)
        value.onsuccess = () => resolve(value.result)
      })
      await new Promise((resolve) => {
        table.put({ ...session, refreshToken: undefined }, key).onsuccess = resolve
      })
      database.close()
    })
    await pass(hour - 10_000)
    expect(await accessToken(page)).toHaveProperty('value')
    await pass(20_000)
    expect(await accessToken(page)).toMatchObject({ code: 'session_ended' })
    expect(refreshes()).toEqual([])
  })

  test('memory is forgotten by a reload; the device remembers, also in a new tab, and is asked for nothing', async () => {
    const page = await house.open()
    await signIn(page)
    expect(await leave(page, () => page.reload())).toMatchObject({ status: 'signed-out', error: undefined })
    expect(await page.evaluate(() => indexedDB.databases())).toEqual([])

    house.site.options = { persist: 'device' }
    const kept = await house.open()
    await signIn(kept, { loginHint: 'bob' })
    const requests = house.oauth.seen.length
    expect(await leave(kept, () => kept.reload())).toMatchObject({ status: 'signed-in', user: { sub: 'bob' } })
    expect(await stateOf(await house.open('/other'))).toMatchObject({ status: 'signed-in', user: { sub: 'bob' } })
    expect(house.oauth.seen).toHaveLength(requests)
  })

  test('a sign-in in one tab shows in the others, and takes the place of the session before', async () => {
    house.site.options = { persist: 'device' }
    const [one, two] = [await house.open(), await house.open()]
    await signIn(one)
    await two.waitForFunction(() => globalThis.login.state.status === 'signed-in')
    await signIn(two, { loginHint: 'bob' })
    await one.waitForFunction(() => {
      const { state } = globalThis.login
      return state.status === 'signed-in' && state.user.sub === 'bob'
    })
    await expect.poll(() => house.oauth.alive()).toBe(1)
    expect((await accessToken(one)).value).toBe((await accessToken(two)).value)
  })

  for (const persist of ['memory', 'device'] as const)
    test(`${persist}: signing out revokes, signs out all tabs, and goes through /logout as Cognito wants it`, async () => {
      house.site.options = { persist, logoutUri: `${house.site.origin}/bye` }
      const tabs = [await house.open(), await house.open(), await house.open()] as const
      const [one, two, three] = tabs
      for (const page of tabs) await signIn(page)
      await leave(one, () => one.evaluate(() => void globalThis.login.signOut()))
      expect(one.url()).toBe(`${house.site.origin}/bye`)
      expect(house.oauth.seen.find(({ path }) => path === '/logout')?.form).toEqual({
        client_id: house.clientId,
        logout_uri: `${house.site.origin}/bye`,
      })
      for (const page of [two, three]) {
        await page.waitForFunction(() => globalThis.login.state.status === 'signed-out')
        expect(await accessToken(page)).toMatchObject({ code: 'login_required' })
      }
      await expect.poll(() => house.oauth.alive()).toBe(0)
      expect(await stateOf(await house.open())).toMatchObject({ status: 'signed-out' })
    })

  test('a page that signs in whenever nobody is signed in does not overtake its own sign-out', async () => {
    house.site.script = `
      globalThis.auto = false
      login.subscribe(({ status }) => { if (auto && status === 'signed-out') void login.signIn() })`
    const page = await house.open()
    await signIn(page)
    await page.evaluate(() => {
      ;(globalThis as unknown as { auto: boolean }).auto = true
    })
    const before = house.oauth.seen.length
    await leave(page, () => page.evaluate(() => void globalThis.login.signOut({ returnTo: '/bye' })))
    expect(page.url()).toBe(`${house.site.origin}/bye`)
    expect(house.oauth.seen.slice(before).map(({ path }) => path)).toEqual(['/oauth2/revoke', '/logout'])
  })

  test('a sign-out waits for a refresh under way and revokes what it brought', async () => {
    house.site.options = { persist: 'device' }
    house.oauth.latency = 300
    const [one, two] = [await house.open(), await house.open()]
    await signIn(one)
    await two.waitForFunction(() => globalThis.login.state.status === 'signed-in')
    await pass(hour)
    const refreshed = accessToken(two)
    await expect.poll(() => refreshes().length).toBe(1)
    await leave(one, () => one.evaluate(() => void globalThis.login.signOut()))
    await refreshed
    expect(house.oauth.alive()).toBe(0)
    expect(await stateOf(one)).toMatchObject({ status: 'signed-out' })
    expect(await settle(two)).toMatchObject({ status: 'signed-out' })
  })

  test('an abort ends the wait of its caller alone', async () => {
    house.oauth.latency = 300
    const page = await house.open()
    await signIn(page)
    await pass(hour)
    const [aborted, early, other] = await page.evaluate(() => {
      const controller = new AbortController()
      setTimeout(() => controller.abort(), 50)
      const ask = (signal?: AbortSignal) => globalThis.outcome(() => globalThis.login.accessToken({ signal }))
      return Promise.all([ask(controller.signal), ask(AbortSignal.abort()), ask()])
    })
    expect([aborted, early]).toMatchObject([{ name: 'AbortError' }, { name: 'AbortError' }])
    expect(other).toHaveProperty('value')
    expect(refreshes()).toHaveLength(1)
  })

  test('subscribers hear of changes, and nothing after they have left; one that throws stops nobody', async () => {
    house.site.script = `
      globalThis.heard = []
      login.subscribe(() => { throw new Error('mine') })
      globalThis.stop = login.subscribe((state) => heard.push(state === login.state && state.status))`
    const page = await house.open()
    await signIn(page)
    await pass(hour)
    await accessToken(page)
    const heard = () => page.evaluate(() => (globalThis as unknown as { heard: string[] }).heard)
    expect(await heard()).toEqual(['signed-in', 'signed-in'])
    await page.evaluate(() => (globalThis as unknown as { stop: () => void }).stop())
    await pass(hour)
    await accessToken(page)
    expect(await heard()).toHaveLength(2)
  })

  test('tokens are in no storage but the one that was chosen', async () => {
    const page = await house.open()
    await signIn(page)
    const { value: token } = await accessToken(page)
    const kept = await page.evaluate(() =>
      JSON.stringify([sessionStorage, localStorage, document.cookie, location.href]),
    )
    expect(kept).not.toContain(token)
  })

  test('where the browser keeps nothing, the device says so', async () => {
    house.site.options = { persist: 'device' }
    await house.context().addInitScript(() => {
      indexedDB.open = () => {
        throw new DOMException('blocked', 'SecurityError')
      }
    })
    const page = await house.open()
    expect(await stateOf(page)).toMatchObject({ status: 'signed-out', error: { code: 'config' } })
  })
})
