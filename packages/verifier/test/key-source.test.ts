import { expect, test } from 'vitest'
import { createVerifier } from '../src/index.ts'
import { access, client, codeOf, json, key, newKey, poolId, serve, token } from './pool.ts'

/** A pool on this machine whose published keys can be changed, and a verifier with a clock of its own. */
async function pool(options: { jwks?: object; timeout?: number; delay?: number } = {}) {
  const state = { time: Date.now(), keys: [key.jwk], broken: false }
  const { url, requests, stop } = await serve((_, res) => {
    const answer = () => (state.broken ? res.writeHead(500).end() : json(res, { keys: state.keys }))
    setTimeout(answer, options.delay ?? 0)
  })
  const issuer = `${url}/${poolId}`
  const verifier = createVerifier({
    userPoolId: poolId,
    endpoint: url,
    clientId: client,
    tokenUse: 'access',
    now: () => state.time,
    timeout: options.timeout,
    jwks: options.jwks,
  })
  const sign = (by = key) => token(access({ iss: issuer, exp: Math.floor(state.time / 1000) + 3600 }), {}, by)
  return { state, requests, stop, verifier, sign, code: (text: string) => codeOf(verifier.verify(text)) }
}

test('keys come from the well-known address of the issuer, once for all who need them at once', async () => {
  const { requests, verifier, sign } = await pool({ delay: 20 })
  await Promise.all(Array.from({ length: 50 }, () => verifier.verify(sign())))
  expect(requests.map(({ url }) => url)).toEqual([`/${poolId}/.well-known/jwks.json`])
})

test('warmUp fetches the keys before the first token, and says when there are none', async () => {
  const { requests, verifier, state, sign } = await pool()
  state.broken = true
  expect(await codeOf(verifier.warmUp())).toBe('keys_unavailable')
  state.broken = false
  await verifier.warmUp()
  await verifier.verify(sign())
  expect(requests).toHaveLength(2)
})

test('a pool of AWS is warm when one of its two issuers answers', async () => {
  const asked: string[] = []
  const verifier = createVerifier({
    userPoolId: 'eu-west-1_AbCdEfGhI',
    clientId: client,
    tokenUse: 'access',
    fetch: async (input) => {
      asked.push(String(input))
      if (String(input).includes('issuer-')) return new Response(null, { status: 404 })
      return Response.json({ keys: [key.jwk] })
    },
  })
  await verifier.warmUp()
  expect(asked).toEqual([
    'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI/.well-known/jwks.json',
    'https://issuer-cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI/.well-known/jwks.json',
  ])
  const replicated = access({ iss: 'https://issuer-cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI' })
  expect(await codeOf(verifier.verify(token(access())))).toBe('ok')
  // Its keys were not to be had, and the other name's are not its own.
  expect(await codeOf(verifier.verify(token(replicated)))).toBe('keys_unavailable')
})

test('an unknown key is looked for at most once per cooldown, while rotation is noticed after it', async () => {
  const { requests, state, sign, code } = await pool()
  const next = newKey('key-2')
  expect(await code(sign())).toBe('ok')
  state.keys = [key.jwk, next.jwk]
  expect(await code(sign(next))).toBe('unknown_key')
  expect(requests).toHaveLength(1)
  state.time += 9_999
  expect(await code(sign(next))).toBe('unknown_key')
  expect(requests).toHaveLength(1)
  state.time += 1
  expect(await Promise.all([code(sign(next)), code(sign(next)), code(sign())])).toEqual(['ok', 'ok', 'ok'])
  expect(requests).toHaveLength(2)
})

test('one issuer in its cooldown does not keep another from its keys', async () => {
  const [one, two] = [
    await serve((_, res) => json(res, { keys: [key.jwk] })),
    await serve((_, res) => json(res, { keys: [key.jwk] })),
  ]
  const verifier = createVerifier({ issuer: [one.url, two.url], clientId: client, tokenUse: 'access' })
  const from = (iss: string, kid = key.kid) => codeOf(verifier.verify(token(access({ iss }), { kid })))
  expect(await from(one.url)).toBe('ok')
  expect(await from(one.url, 'made-up')).toBe('unknown_key')
  expect(await from(two.url)).toBe('ok')
  expect([one.requests.length, two.requests.length]).toEqual([1, 1])
})

test("the keys of one issuer do not prove another's tokens", async () => {
  const other = newKey('key-1')
  const [one, two] = [
    await serve((_, res) => json(res, { keys: [key.jwk] })),
    await serve((_, res) => json(res, { keys: [other.jwk] })),
  ]
  const verifier = createVerifier({ issuer: [one.url, two.url], clientId: client, tokenUse: 'access' })
  expect(await codeOf(verifier.verify(token(access({ iss: one.url }), {}, other)))).toBe('bad_signature')
  expect(await codeOf(verifier.verify(token(access({ iss: two.url }), {}, other)))).toBe('ok')
})

test('a withdrawn key is refused once the set is older than maxAge', async () => {
  const { state, requests, sign, code } = await pool({ jwks: { maxAge: 60 } })
  const mine = sign()
  expect(await code(mine)).toBe('ok')
  state.keys = [newKey('key-2').jwk]
  state.time += 59_999
  expect(await code(mine)).toBe('ok')
  state.time += 1
  expect(await code(mine)).toBe('unknown_key')
  expect(requests).toHaveLength(2)
})

test('another key under the same name takes the place of the first', async () => {
  const { state, sign, code } = await pool({ jwks: { maxAge: 60 } })
  const [mine, other] = [sign(), newKey(key.kid)]
  expect(await code(mine)).toBe('ok')
  state.keys = [other.jwk]
  state.time += 60_000
  expect(await code(mine)).toBe('bad_signature')
  expect(await code(sign(other))).toBe('ok')
})

test('while fetching fails, known keys serve at once and one call per cooldown asks behind its back', async () => {
  const { state, requests, sign, code } = await pool({ jwks: { maxAge: 60 } })
  expect(await code(sign())).toBe('ok')
  state.broken = true
  state.time += 60_000
  expect(await Promise.all([code(sign()), code(sign())])).toEqual(['ok', 'ok'])
  expect(requests).toHaveLength(2)
  expect(await code(sign())).toBe('ok')
  expect(requests).toHaveLength(2)
  // An unknown key may be a new one that could not be fetched: not the token's fault.
  expect(await code(sign(newKey('key-2')))).toBe('keys_unavailable')
  expect(requests).toHaveLength(2)
  state.time += 10_000
  expect(await code(sign())).toBe('ok')
  await expect.poll(() => requests.length).toBe(3)
  state.broken = false
  state.time += 10_000
  expect(await code(sign())).toBe('ok')
  await expect.poll(() => requests.length).toBe(4)
  expect(await code(sign(newKey('key-3')))).toBe('unknown_key')
})

test('a pool that hangs delays one call, not those after it', async () => {
  const hanging = await serve(() => {})
  const verifier = createVerifier({ issuer: hanging.url, clientId: client, tokenUse: 'access', timeout: 0.2 })
  const mine = token(access({ iss: hanging.url }))
  const start = performance.now()
  expect(await codeOf(verifier.verify(mine))).toBe('keys_unavailable')
  expect(performance.now() - start).toBeGreaterThan(150)
  const again = performance.now()
  expect(await codeOf(verifier.verify(mine))).toBe('keys_unavailable')
  expect(performance.now() - again).toBeLessThan(100)
  expect(hanging.requests).toHaveLength(1)
})

test('after a first failure the next try comes within a second, but not with every token', async () => {
  const { state, requests, sign, code } = await pool()
  state.broken = true
  for (let i = 0; i < 20; i++) expect(await code(sign())).toBe('keys_unavailable')
  expect(requests).toHaveLength(1)
  state.broken = false
  state.time += 1000
  expect(await code(sign())).toBe('ok')
})

test('a bad set does not replace a good one', async () => {
  const { state, sign, code } = await pool({ jwks: { maxAge: 60 } })
  expect(await code(sign())).toBe('ok')
  state.keys = [key.jwk, newKey(key.kid).jwk]
  state.time += 60_000
  expect(await code(sign())).toBe('ok')
})

test('the cause of keys_unavailable is for the log', async () => {
  const { state, verifier, sign } = await pool()
  state.broken = true
  await expect(verifier.verify(sign())).rejects.toMatchObject({
    name: 'VerifyError',
    status: 503,
    wwwAuthenticate: '',
    cause: new Error('The keys were answered with status 500'),
  })
})

test('given keys are never fetched', async () => {
  const fetched: unknown[] = []
  const verifier = createVerifier({
    issuer: 'https://pool.example',
    clientId: client,
    tokenUse: 'access',
    jwks: { keys: [key.jwk] },
    fetch: async (input) => {
      fetched.push(input)
      throw new Error('not to be asked')
    },
  })
  await verifier.warmUp()
  expect(await codeOf(verifier.verify(token(access({ iss: 'https://pool.example' }))))).toBe('ok')
  expect(await codeOf(verifier.verify(token(access({ iss: 'https://pool.example' }), { kid: 'x' })))).toBe(
    'unknown_key',
  )
  expect(fetched).toEqual([])
})
