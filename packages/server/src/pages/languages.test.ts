import { expect, test } from 'vitest'
import { languages } from '../languages/languages.ts'
import { addUser, openBrowser, openDomain, password } from './test.ts'

/** What a page is in, and whether it says so. */
function languageOf({ html, headers }: { html: string; headers: Headers }): string {
  const [, tag = '', dir] = /<html lang="([^"]*)" dir="([^"]*)">/.exec(html) ?? []
  expect(dir).toBe(tag === 'ar' || tag === 'he' ? 'rtl' : 'ltr')
  expect(headers.get('content-language')).toBe(tag)
  expect(headers.get('vary')).toMatch(/Accept-Language/)
  return tag
}

// biome-ignore format: a table
const cases: [title: string, lang: string, cookie: string, header: string, language: string][] = [
  ['nothing is known',                   '',      '',      '',                            'en'],
  ['the address asks for one',           'de',    'fr',    'it',                          'de'],
  ['the address asks for what we lack',  'tlh',   'fr',    'it',                          'fr'],
  ['this browser was shown one before',  '',      'fr',    'it',                          'fr'],
  ['the cookie was written by others',   '',      '../x',  'it',                          'it'],
  ['the browser likes one',              '',      '',      'tlh, he;q=0.8, en;q=0.5',     'he'],
  ['the browser likes Brazil’s sister',  '',      '',      'pt-PT',                       'pt-BR'],
  ['the browser is from Hong Kong',      '',      '',      'zh-HK',                       'zh-TW'],
  ['markup',                             '"><script>', '', '',                            'en'],
]

for (const [title, lang, cookie, header, language] of cases)
  test(`the language of a page when ${title}: ${language}`, async () => {
    const shop = await openDomain()
    const browser = openBrowser(shop)
    if (cookie) browser.cookies.set('lang', cookie)
    const address = `/domains/shop/login${shop.query}${lang && `&lang=${encodeURIComponent(lang)}`}`
    const page = await browser.send(address, { headers: header ? { 'accept-language': header } : {} })
    expect(page.status).toBe(200)
    expect(languageOf(page)).toBe(language)
    // What was asked for is kept; what a browser likes it says again by itself.
    expect(browser.cookies.get('lang')).toBe(lang === language ? lang : cookie || undefined)
  })

test('a language stays from page to page, and in what is wrong', async () => {
  const shop = await openDomain()
  await addUser(shop, 'ada')
  const browser = openBrowser(shop)
  const first = await browser.open(`/login${shop.query}&lang=de`)
  const wrong = await browser.submit(first, { username: 'ada', password: 'Wrong-horse-1' })
  expect(languageOf(wrong)).toBe('de')
  expect(wrong.html).toContain('Benutzername oder Passwort ist falsch.')
  expect(wrong.html).toContain('<title>Fehler: Anmelden')
  const empty = await browser.submit(first, { username: '', password })
  expect(empty.html).toContain('<a href="#username">Geben Sie Ihren Benutzernamen ein.</a>')
  // An error page is outside the authorization request; the cookie remembers.
  expect(languageOf(await browser.send('/domains/shop/error?error=access_denied', {}))).toBe('de')
})

test('a notice that was written in one language is read in another', async () => {
  const shop = await openDomain()
  const browser = openBrowser(shop)
  const signUp = await browser.open('/signup')
  await browser.submit(signUp, { username: 'ada', password, email: 'ada@example.com' })
  const confirm = await browser.open(`/confirm${shop.query}&lang=fr`)
  expect(confirm.html).toContain('à <strong>a***@e***</strong>')
  const done = await browser.submit(confirm, { code: await shop.lastCode() })
  expect((await browser.follow(done)).html).toContain('Votre compte est confirmé.')
})

test('the foot of a page offers every language, and carries the request', async () => {
  const shop = await openDomain()
  const page = await openBrowser(shop).open(`/login${shop.query}&lang=ar&then=add-passkey`)
  const [picker = ''] = /<form class="languages"[\s\S]*?<\/form>/.exec(page.html) ?? []
  const offered = [...picker.matchAll(/name="lang" value="([^"]*)" lang="([^"]*)"/g)].map(([, value, lang]) => {
    expect(lang).toBe(value)
    return value
  })
  expect(offered).toEqual(languages.map(({ tag }) => tag))
  expect(picker).toMatch(/value="ar" lang="ar" dir="rtl" aria-current="true"/)
  const carried = [...picker.matchAll(/<input type="hidden" name="([^"]*)"/g)].map(([, name]) => name)
  expect(carried).toEqual(['client_id', 'redirect_uri', 'response_type', 'state', 'then'])
})
