import { createServer } from 'node:http'
import { expect, test } from 'vitest'
import { accessToken, describeInBrowser, signIn, stateOf } from './browser.ts'
import { listen } from './listen.ts'

describeInBrowser('fetch', (house) => {
  const refreshes = () => house.oauth.seen.filter(({ form }) => form.grant_type === 'refresh_token')

  test('fetch adds the token for the own origin and for those named, for no others', async () => {
    const away = createServer((request, response) => {
      const headers = { 'access-control-allow-origin': '*', 'access-control-allow-headers': 'authorization' }
      response.writeHead(200, headers).end(request.headers.authorization ?? 'none')
    })
    const [named, other] = [await listen(away), house.oauth.origin]
    try {
      house.site.options = { apiOrigins: [`${named}/v1`] }
      const page = await house.open()
      await signIn(page)
      const get = (url: string, init?: RequestInit) =>
        page.evaluate(
          async ([u, i]) => (await globalThis.login.fetch(u as string, i as RequestInit)).text(),
          [url, init],
        )
      const bearer = `Bearer ${(await accessToken(page)).value}`
      expect(await get('/api/me')).toBe(bearer)
      expect(await get(`${named}/v1/me`)).toBe(bearer)
      expect(await get(`${named}/v1/me`, { headers: { authorization: 'Basic mine' } })).toBe('Basic mine')
      await get(`${other}/api`)
      expect(house.oauth.seen.at(-1)).toMatchObject({ path: '/api' })
      // Named is the origin, and a redirect away from it takes no token along.
      expect(await get(`/api/redirect?to=${encodeURIComponent(`${named.replace('localhost', '127.0.0.1')}/x`)}`)).toBe(
        'none',
      )
    } finally {
      away.closeAllConnections()
      away.close()
    }
  })

  test('a strange origin sees no token', async () => {
    const seen: (string | undefined)[] = []
    const stranger = createServer((request, response) => {
      seen.push(request.headers.authorization)
      response.writeHead(200, { 'access-control-allow-origin': '*' }).end()
    })
    const origin = await listen(stranger)
    try {
      const page = await house.open()
      await signIn(page)
      for (const url of [origin, origin.replace('http:', ''), `${house.site.origin}@${origin.slice(7)}`])
        await page.evaluate((u) => globalThis.outcome(() => globalThis.login.fetch(u)), url)
      expect(seen.length).toBeGreaterThanOrEqual(2)
      expect(seen.every((value) => value === undefined)).toBe(true)
    } finally {
      stranger.closeAllConnections()
      stranger.close()
    }
  })

  test('fetch renews and retries once after 401, body included', async () => {
    const page = await house.open()
    await signIn(page)
    const { value: first } = await accessToken(page)
    // The API stops to know the token before its time; the token is good by the clock.
    const honest = house.oauth.accepts
    Object.assign(house.oauth, { accepts: (token: string) => token !== first && honest(token) })
    try {
      const status = await page.evaluate(async () => {
        const answer = await globalThis.login.fetch('/api/orders', { method: 'POST', body: 'three apples' })
        return answer.status
      })
      expect(status).toBe(200)
    } finally {
      Object.assign(house.oauth, { accepts: honest })
    }
    const { value: second } = await accessToken(page)
    expect(house.site.calls).toEqual([
      { path: '/api/orders', authorization: `Bearer ${first}`, body: 'three apples' },
      { path: '/api/orders', authorization: `Bearer ${second}`, body: 'three apples' },
    ])
    expect(refreshes()).toHaveLength(1)
  })

  test('a 401 that stays is handed on after one retry; without a session to renew, at once', async () => {
    const page = await house.open()
    await signIn(page)
    const honest = house.oauth.accepts
    Object.assign(house.oauth, { accepts: () => false })
    const status = () => page.evaluate(async () => (await globalThis.login.fetch('/api/me')).status)
    try {
      expect(await status()).toBe(401)
      expect(house.site.calls).toHaveLength(2)
      house.oauth.token = { status: 400, body: '{"error":"invalid_grant"}' }
      expect(await status()).toBe(401)
      expect(house.site.calls).toHaveLength(3)
    } finally {
      Object.assign(house.oauth, { accepts: honest })
    }
    expect(await stateOf(page)).toMatchObject({ status: 'signed-out', error: { code: 'session_ended' } })
    const outcome = await page.evaluate(() => globalThis.outcome(() => globalThis.login.fetch('/api/me')))
    expect(outcome).toMatchObject({ code: 'login_required' })
    expect(house.site.calls).toHaveLength(3)
  })
})
