import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { brandAssets, brandSettings, png } from '../../../test/brand.ts'
import { makeStyle, removeStyle } from '../../settings/branding/styles.ts'
import { makeDomain } from '../../settings/domains.ts'
import { openBrowser, openDomain, type TestDomain } from '../test.ts'

async function openBranded(settings: object = brandSettings, assets = brandAssets): Promise<TestDomain> {
  const shop = await openDomain({
    pool: { Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'WEB_AUTHN'] } } },
    client: { ExplicitAuthFlows: ['ALLOW_USER_AUTH'] },
  })
  const { db, world, pool, client } = shop
  await makeDomain(db, world, pool, 'shop', { ManagedLoginVersion: 2 })
  await makeStyle(db, world, pool, client, { settings: JSON.parse(JSON.stringify(settings)), assets })
  return shop
}

test('a page with a whole brand is light, with all that it loads but its pictures', async () => {
  const shop = await openBranded()
  const browser = openBrowser(shop)
  const { html } = await browser.open('/login')
  const names = [...html.matchAll(/="(\/domains\/shop\/(?:assets|branding)\/[^"]+\.(?:css|js))"/g)].map(
    ([, name = '']) => name,
  )
  expect(names).toHaveLength(4)
  const files = await Promise.all(names.map((name) => browser.send(name, {})))
  const script = files.filter((_, index) => names[index]?.endsWith('.js'))
  // Without compression, which is up to what stands in front; the script with it.
  expect([html, ...files.map((file) => file.html)].reduce((sum, text) => sum + text.length, 0)).toBeLessThan(30_000)
  expect(script.reduce((sum, file) => sum + gzipSync(file.html).byteLength, 0)).toBeLessThan(6 * 1024)
})

const logo = [{ Category: 'FORM_LOGO', ColorMode: 'DYNAMIC', Extension: 'PNG', Bytes: png(2, 2, 'ff0000') }] as const
const withLogo = (place: object) => ({ components: { form: { logo: { enabled: true, ...place } } } })

// biome-ignore format: a table
const places: readonly (readonly [title: string, settings: object, order: RegExp])[] = [
  ['above, in the form',    withLogo({}),                                             /<div class="card">\s*<p class="brand"><img [^>]*><\/p>[\s\S]*<form/],
  ['below, in the form',    withLogo({ position: 'BOTTOM' }),                         /<form[\s\S]*<p class="brand"><img [^>]*><\/p><\/div><\/main>/],
  ['above, outside of it',  withLogo({ formInclusion: 'OUT' }),                       /<div class="column"><p class="brand"><img [^>]*><\/p><div class="card">/],
  ['below, outside of it',  withLogo({ formInclusion: 'OUT', position: 'BOTTOM' }),   /<\/div><p class="brand"><img [^>]*><\/p><\/div><\/main>/],
  ['nowhere',               withLogo({ enabled: false }),                             /<div class="card">\s*<p class="brand"><span class="tile"/],
]
test.each(places)('the logo stands %s', async (_, settings, order) => {
  const { html } = await openBrowser(await openBranded(settings, [...logo])).open('/login')
  expect(html).toMatch(order)
  expect(html.match(/class="brand"/g)).toHaveLength(1)
  expect(html.match(/alt="Sunny Shop"/g)?.length ?? 0).toBe(html.includes('<img') ? 1 : 0)
})

// biome-ignore format: a table
const sheets: readonly (readonly [title: string, settings: object, there: RegExp, not: RegExp])[] = [
  ['where the form is',     { categories: { form: { location: { horizontal: 'START', vertical: 'BOTTOM' } } } }, /main\{place-items:end start\}/,  /center center/],
  ['how dense it is',       { categories: { global: { spacingDensity: 'COMFORTABLE' } } },                       /--card-space:3rem/,               /1\.75rem/],
  ['always light',          { categories: { global: { colorSchemeMode: 'LIGHT' } } },                            /color-scheme:light;--page:#f3f6f8/, /prefers-color-scheme/],
  ['always dark',           { categories: { global: { colorSchemeMode: 'DARK' } } },                             /color-scheme:dark;--page:#0d1417/, /prefers-color-scheme|#f3f6f8/],
  ['a colour one can see through', { components: { form: { lightMode: { backgroundColor: 'FFFFFF80' } } } },     /--card:#ffffff80;/,               /FFFFFF/],
  ['no pictures of factors', { categories: { form: { displayGraphics: false } } },                               /\.option::before\{content:none\}/, /graphic\) center/],
  ['how round it is',       { componentClasses: { buttons: { borderRadius: 0 }, input: { borderRadius: 12.5 } } }, /--button-radius:0px;--field-radius:12\.5px/, /NaN|undefined/],
]
test.each(sheets)('the style sheet says %s', async (_, settings, there, not) => {
  const browser = openBrowser(await openBranded(settings, [...logo]))
  const address = /href="([^"]*\/branding\/[^"]*\.css)"/.exec((await browser.open('/login')).html)?.[1] ?? ''
  const { html: css } = await browser.send(address, {})
  expect(css).toMatch(there)
  expect(css).not.toMatch(not)
})

test('pages that lead nowhere wear the look of the client in their address, and one that is gone is gone', async () => {
  const shop = await openBranded()
  const browser = openBrowser(shop)
  expect((await browser.open(`/error?client_id=${shop.client.id}`)).html).toContain('/branding/')
  expect((await browser.open('/error?client_id=nobody')).html).not.toContain('/branding/')
  expect((await browser.open('/error?client_id=ALL')).html).not.toContain('/branding/')
  const { db, pool } = shop
  const style = await db
    .selectFrom('login_styles')
    .select('id')
    .where('pool_id', '=', pool.id)
    .executeTakeFirstOrThrow()
  await removeStyle(db, pool, style.id)
  expect((await browser.open('/login')).html).not.toContain('/branding/')
  expect(await db.selectFrom('login_images').selectAll().execute()).toEqual([])
})

test('a store that does not answer keeps no page from being shown', async () => {
  const shop = await openBranded()
  await shop.db.schema.dropTable('login_styles').execute()
  const { status, html } = await openBrowser(shop).open(`/error?client_id=${shop.client.id}`)
  expect([status, html.includes('Something went wrong')]).toEqual([400, true])
  expect(shop.world.lines).toMatchObject([{ level: 'error', event: 'look not found' }])
})
