import { beforeEach, describe, expect, test } from 'vitest'
import { eachStore } from '../../../test/databases.ts'
import { heldSessions } from '../../sign-in/session.ts'
import {
  addUser,
  type Browser,
  callback,
  openBrowser,
  openDomain,
  type Page,
  password,
  type TestDomain,
} from '../test.ts'

const names = ['ada', 'bob', 'cy', 'dee', 'eli', 'fay'] as const
const minutes = 60_000

eachStore('several accounts in one browser', (open) => {
  let shop: TestDomain
  let browser: Browser

  beforeEach(async () => {
    shop = await openDomain({ db: await open(), client: { LogoutURLs: ['http://localhost:3000/'] } })
    browser = openBrowser(shop)
  })

  const choose = () => browser.open(`/login${shop.query}&prompt=select_account`)
  const accountsOn = ({ html }: Page) =>
    [...html.matchAll(/name="account" value="[^"]+"><span class="title">([^<]+)</g)].map(([, name]) => name)
  const idOf = ({ html }: Page, name: string) =>
    new RegExp(`name="account" value="([^"]+)"><span class="title">${name}<`).exec(html)?.[1] ??
    expect.fail(`no ${name}`)
  const ids = () =>
    [browser.cookies.get('cognito'), ...(browser.cookies.get('poolhouse-accounts')?.split('.') ?? [])].filter(Boolean)

  /** Signs in beside whoever is signed in. */
  async function add(name: string): Promise<Page> {
    if (!(await shop.db.selectFrom('users').select('id').where('username', '=', name).executeTakeFirst()))
      await addUser(shop, name, { attributes: { email: `${name}@example.com` } })
    const page = await browser.open(`/login${shop.query}&prompt=select_account&another=1`)
    return browser.submit(page, { username: name, password })
  }

  /** Whose code it is that the app is called back with. */
  async function whoArrives({ location = '' }: Page): Promise<string | undefined> {
    expect(location).toMatch(new RegExp(`^${callback}\\?code=`))
    const [newest] = await shop.db
      .selectFrom('authorization_codes')
      .innerJoin('users', 'users.id', 'authorization_codes.user_id')
      .select('username')
      .orderBy('authorization_codes.expires_at', 'desc')
      .execute()
    return newest?.username
  }

  test('nobody signed in: the sign-in page; one signed in: a choice all the same', async () => {
    expect((await choose()).html).toContain('id="password"')
    await add('ada')
    const page = await choose()
    expect(accountsOn(page)).toEqual(['ada'])
    expect(page.html).toContain('Use another account')
    const another = /class="secondary" href="([^"]+)"/.exec(page.html)?.[1]?.replaceAll('&amp;', '&') ?? ''
    expect((await browser.send(another, {})).html).toContain('id="password"')
  })

  test('the one that was chosen goes to the app, and is the one of the next app', async () => {
    await add('ada')
    shop.world.tick(1000)
    await add('bob')
    shop.world.tick(1000)
    const page = await choose()
    expect(accountsOn(page)).toEqual(['bob', 'ada'])
    expect(await whoArrives(await browser.submit(page, { account: idOf(page, 'ada') }, { to: '/accounts?' }))).toBe(
      'ada',
    )
    shop.world.tick(1000)
    expect(await whoArrives(await browser.open('/login'))).toBe('ada')
    expect(accountsOn(await choose())).toEqual(['ada', 'bob'])
  })

  test('five stay side by side; the sixth ends the one that was chosen longest ago', async () => {
    for (const name of names) {
      shop.world.tick(1000)
      await add(name)
    }
    expect(accountsOn(await choose())).toEqual(['fay', 'eli', 'dee', 'cy', 'bob'])
    expect(await shop.db.selectFrom('sessions').select('id').execute()).toHaveLength(5)
  })

  test('somebody who signs in again has one session, under a new id and the old name', async () => {
    await add('ada')
    const [before] = await heldSessions(shop.db, shop.world, shop.pool, [browser.cookies.get('cognito') ?? ''])
    await add('bob')
    await add('ada')
    const held = await heldSessions(shop.db, shop.world, shop.pool, ids() as string[])
    expect(held.map(({ user }) => user.username)).toEqual(['ada', 'bob'])
    expect(held[0]?.publicId).toBe(before?.publicId)
    expect(held[0]?.id).not.toBe(before?.id)
    expect(await heldSessions(shop.db, shop.world, shop.pool, [before?.id ?? ''])).toEqual([])
  })

  test('a sign-in that nobody asked to be beside others ends them, as on AWS', async () => {
    await add('ada')
    await addUser(shop, 'bob')
    const page = await browser.open(`/login${shop.query}&prompt=login`)
    await browser.submit(page, { username: 'bob', password })
    expect(accountsOn(await choose())).toEqual(['bob'])
    expect(await shop.db.selectFrom('sessions').select('id').execute()).toHaveLength(1)
  })

  test('one is signed out, or all; their cookies are nobody', async () => {
    for (const name of ['ada', 'bob', 'cy']) await add(name)
    const old = ids() as string[]
    let page = await choose()
    page = await browser.follow(
      await browser.submit(page, { account: idOf(page, 'cy'), action: 'one' }, { to: '/accounts/signout' }),
    )
    expect(accountsOn(page)).toEqual(['bob', 'ada'])
    page = await browser.follow(await browser.submit(page, { account: '', action: 'all' }, { to: '/accounts/signout' }))
    expect(page.html).toContain('id="password"')
    expect(ids()).toEqual([])
    expect(await heldSessions(shop.db, shop.world, shop.pool, old)).toEqual([])
  })

  test('one that signed in too long ago for the app signs in again', async () => {
    await add('ada')
    shop.world.tick(59 * minutes)
    await add('bob')
    const page = await choose()
    shop.world.tick(minutes)
    const answer = await browser.submit(page, { account: idOf(page, 'ada') }, { to: '/accounts?' })
    expect(answer.location).toContain('/login?')
    expect(accountsOn(await choose())).toEqual(['bob'])
  })

  describe('attacks', () => {
    test('ids that were planted before stay strangers: no sign-in goes under them, and dead ones are dropped', async () => {
      browser.cookies.set('cognito', 'x'.repeat(43))
      browser.cookies.set('poolhouse-accounts', `${'y'.repeat(43)}.${'z'.repeat(43)}.`)
      await add('ada')
      expect(ids()).toHaveLength(1)
      expect(ids()[0]).not.toBe('x'.repeat(43))
    })

    test('an account of another browser cannot be chosen or signed out', async () => {
      const other = openBrowser(shop)
      await add('ada')
      await addUser(shop, 'eve')
      await other.submit(await other.open(`/login${shop.query}&prompt=select_account`), { username: 'eve', password })
      const mine = idOf(await choose(), 'ada')
      const page = await other.open(`/login${shop.query}&prompt=select_account`)
      expect((await other.submit(page, { account: mine }, { to: '/accounts?' })).location).toContain('/login?')
      await other.submit(page, { account: mine, action: 'one' }, { to: '/accounts/signout' })
      expect(accountsOn(await choose())).toEqual(['ada'])
    })

    test('a choice from another site, or without the token, changes nothing', async () => {
      await add('ada')
      await add('bob')
      const page = await choose()
      const account = idOf(page, 'ada')
      const headers = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
      for (const how of [
        { to: '/accounts?', headers },
        { to: '/accounts/signout', headers },
      ])
        expect((await browser.submit(page, { account }, how)).status).toBe(403)
      expect((await browser.submit(page, { account, _csrf: 'x' }, { to: '/accounts?' })).status).toBe(403)
      expect(accountsOn(await choose())).toEqual(['bob', 'ada'])
    })
  })
})
