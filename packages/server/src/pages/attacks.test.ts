// What is left of the attacks on sign-in, sign-up and sessions that need no running server; the others are in
// security.test.ts, and in conformance/attacks-session.test.ts.
import { expect, test } from 'vitest'
import { findUserByAnyName } from '../directory/usernames.ts'
import { listMessages } from '../store/outbox.ts'
import { secretToken } from '../tokens/opaque.ts'
import { createWorld } from '../world/real.ts'
import { testWorld } from '../world/test.ts'
import { addUser, codeOf, openBrowser, openDomain, password, type TestDomainOptions } from './test.ts'

const named: TestDomainOptions['pool'] = {
  Schema: [{ Name: 'email', Required: true, Mutable: true }],
  VerificationMessageTemplate: {
    EmailSubject: 'For {username}',
    EmailMessage: 'Hello {username}, your code is {####}.',
  },
}

// biome-ignore format: a table
const hostile: [title: string, username: string, html: string][] = [
  ['markup',             '<b>ada</b>',                     'Hello &#60;b&#62;ada&#60;/b&#62;, your'],
  ['a place for a code', '{####}{####}',                   'Hello {####}{####}, your code'],
  ['a long name',        'x'.repeat(128),                  `Hello ${'x'.repeat(128)}, your`],
]
for (const [title, username, html] of hostile)
  test(`LG10: in a mail a name is text: ${title}`, async () => {
    const shop = await openDomain({ pool: named })
    const browser = openBrowser(shop)
    await browser.submit(await browser.open('/signup'), { username, email: 'ada@example.com', password })
    const [mail] = await listMessages(shop.db, shop.world, {}, 1)
    expect(mail?.html).toContain(html)
    expect(mail?.subject).not.toMatch(/[\r\n]/)
    expect(mail?.to).toBe('ada@example.com')
  })

test('LG10: what would split a header is no name and no address', async () => {
  const shop = await openDomain({ pool: named })
  const browser = openBrowser(shop)
  const page = await browser.open('/signup')
  for (const fields of [
    { username: 'ada\r\nBcc: eve@example.com', email: 'ada@example.com' },
    { username: 'ada', email: 'ada@example.com\r\nBcc: eve@example.com' },
    { username: 'ada', email: 'ada@example.com,eve@example.com' },
  ])
    expect((await browser.submit(page, { ...fields, password })).status).toBe(400)
  expect(await listMessages(shop.db, shop.world, {}, 10)).toEqual([])
})

// biome-ignore format: a table
const passwords: [title: string, typed: string, taken: boolean][] = [
  ['256 characters',         `Aa1!${'x'.repeat(252)}`, true],
  ['257 characters',         `Aa1!${'x'.repeat(253)}`, false],
  ['right-to-left marks',    'Aa1!\u202e\u200fxyz',    true],
  ['an emoji',               'Aa1!🐠🐠xyz',             true],
]
for (const [title, typed, taken] of passwords)
  test(`LG13: a password is taken exactly or not at all: ${title}`, async () => {
    const shop = await openDomain({ pool: named })
    const browser = openBrowser(shop)
    const answer = await browser.submit(await browser.open('/signup'), {
      username: 'ada',
      email: 'a@example.com',
      password: typed,
    })
    expect(answer.status).toBe(taken ? 303 : 400)
    const user = await findUserByAnyName(shop.db, shop.pool, 'ada')
    expect(Boolean(user)).toBe(taken)
    if (!user) return
    await shop.db.updateTable('users').set({ status: 'CONFIRMED' }).execute()
    const enter = async (as: string) =>
      (await browser.submit(await browser.open('/login'), { username: 'ada', password: as })).location
    expect(await enter(typed.slice(0, -1))).toBeUndefined()
    expect(await enter(typed)).toContain('code=')
  })

test('LG17: names, passwords and codes may be filled in and pasted', async () => {
  const shop = await openDomain({ pool: named })
  const browser = openBrowser(shop)
  const pages = [await browser.open('/login'), await browser.open('/signup')]
  pages.push(
    await browser.follow(
      await browser.submit(pages[1] ?? expect.fail(), { username: 'ada', email: 'a@example.com', password }),
    ),
  )
  const inputs = pages.flatMap(({ html }) =>
    [...html.matchAll(/<input (?!type="hidden")[^>]*>/g)].map(([input]) => input),
  )
  const completes = inputs.map((input) => / autocomplete="([^"]+)"/.exec(input)?.[1])
  expect(completes).toEqual(
    expect.arrayContaining(['username', 'current-password', 'new-password', 'email', 'one-time-code']),
  )
  expect(completes).not.toContain('off')
  for (const { html } of pages) expect(html).not.toMatch(/onpaste|oncopy|autocomplete="off"/)
})

test('LG21: a name that only looks like another is another, and nobody', async () => {
  const shop = await openDomain()
  await addUser(shop, 'admin')
  const browser = openBrowser(shop)
  const cyrillic = '\u0430dmin'
  const login = await browser.open('/login')
  const answer = await browser.submit(login, { username: cyrillic, password })
  expect([answer.status, browser.cookies.has('cognito')]).toEqual([400, false])
  expect((await browser.submit(login, { username: 'admin', password })).location).toContain('code=')
})

test('SE2, SE3: a link into a sign-in leads a stranger to the beginning; a restart has a session of its own', async () => {
  const shop = await openDomain({ mfa: { MfaConfiguration: 'ON', SoftwareTokenMfaConfiguration: { Enabled: true } } })
  await addUser(shop, 'ada')
  const [attacker, victim] = [openBrowser(shop), openBrowser(shop)]
  const begin = async () =>
    attacker.follow(await attacker.submit(await attacker.open('/login'), { username: 'ada', password }))
  const first = await begin()
  const old = attacker.cookies.get('poolhouse-step') ?? ''
  for (const page of ['/setUp', '/code', '/chooseFactor'])
    expect((await victim.open(page)).location).toContain('/login?')
  const second = await begin()
  expect(attacker.cookies.get('poolhouse-step')).not.toBe(old)
  const secret = (html: string) => /class="key">([^<]+)</.exec(html)?.[1] ?? ''
  expect(secret(second.html)).not.toBe(secret(first.html))
  // Whoever has not the cookie cannot hand in the step, whatever the form says.
  const code = codeOf(secret(second.html), shop.world.now())
  const token = await victim.open('/login')
  const stolen = {
    ...second,
    html: second.html.replace(/name="_csrf" value="[^"]+"/, /name="_csrf" value="[^"]+"/.exec(token.html)?.[0] ?? ''),
  }
  expect((await victim.submit(stolen, { code })).location).toContain('/login?')
  expect(victim.cookies.has('cognito')).toBe(false)
})

test('SE11: the cookie of one pool is nobody at another', async () => {
  const shop = await openDomain()
  await addUser(shop, 'ada')
  const browser = openBrowser(shop)
  await browser.submit(await browser.open('/login'), { username: 'ada', password })
  const other = await openDomain({ beside: shop, domain: { name: 'other', path: '/domains/other' } })
  const stranger = openBrowser(other)
  for (const [name, value] of browser.cookies) stranger.cookies.set(name, value)
  expect((await stranger.open('/login')).status).toBe(200)
  expect((await browser.open('/login')).location).toContain('code=')
})

test('SE15: a hundred thousand session ids: 256 bits each, none twice, no bit and no byte more likely than another', () => {
  const world = createWorld(testWorld().config)
  const many = 100_000
  const seen = new Set<string>()
  const bytes = new Array<number>(256).fill(0)
  let ones = 0
  for (let drawn = 0; drawn < many; drawn++) {
    const id = secretToken(world)
    seen.add(id)
    const raw = Buffer.from(id, 'base64url')
    expect(raw.length).toBe(32)
    for (const byte of raw) {
      bytes[byte] = (bytes[byte] ?? 0) + 1
      for (let rest = byte; rest > 0; rest >>= 1) ones += rest & 1
    }
  }
  expect(seen.size).toBe(many)
  const bits = many * 256
  // Five standard deviations: one run in two million fails by chance.
  expect(Math.abs(ones - bits / 2)).toBeLessThan((5 * Math.sqrt(bits)) / 2)
  const expected = (many * 32) / 256
  const chiSquare = bytes.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
  expect(Math.abs(chiSquare - 255)).toBeLessThan(5 * Math.sqrt(2 * 255))
})
