import { cpSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { openBrowser, openDomain, type TestDomain } from '../test.ts'
import { partsOf, templateFaults } from './own.ts'

const example = fileURLToPath(new URL('../../../../../examples/templates/', import.meta.url))
const folders: string[] = []
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'poolhouse-templates-'))
  folders.push(folder)
})
afterAll(() => {
  for (const path of folders) rmSync(path, { recursive: true })
})

let saved = 0

/** Saves a file; each time is later than the one before, as it is for people. */
function save(name: string, text: string): void {
  mkdirSync(join(folder, 'assets'), { recursive: true })
  writeFileSync(join(folder, name), text)
  utimesSync(join(folder, name), ++saved, saved)
}

const bare = '<html><head>{{head}}</head><body>{{header}}<main>{{content}}</main></body></html>'

describe('a template is held against what a page needs', () => {
  // biome-ignore format: a table
  const cases: readonly (readonly [title: string, file: string, text: string, faults: readonly (string | RegExp)[]])[] = [
    ['all that is needed',        'login.html',  bare, []],
    ['the parts of a page',       'login.html',  bare.replace('{{content}}', '{{ errors }}{{heading}}{{form}}{{links}}'), []],
    ['a page with two names',     'passkeys-add.html', bare, []],
    ['all other pages',           'page.html',   bare, []],
    ['no page of ours',           'logn.html',   bare, [/^logn\.html: there is no such page; the names are .*login,.*page,/]],
    ['a slot that there is not',  'login.html',  `${bare}\n\n{{ token }}`, [/^login\.html, line 3: \{\{token\}\} is no slot; there are head, /]],
    ['no head',                   'login.html',  bare.replace('{{head}}', ''), ['login.html: the slot {{head}} is missing: it loads the styles and says what the page is called.']],
    ['no header',                 'login.html',  bare.replace('{{header}}', ''), ['login.html: the slot {{header}} is missing: it says when the server is not for real accounts.']],
    ['nothing of the page',       'login.html',  bare.replace('{{content}}', ''), ['login.html: the slot {{content}} is missing, or in its place {{errors}}, {{heading}}, {{form}}, {{links}}.']],
    ['a page without its faults', 'login.html',  bare.replace('{{content}}', '{{heading}}{{form}}{{links}}'), ['login.html: the slot {{content}} is missing, or in its place {{errors}}.']],
    ['content twice',             'login.html',  bare.replace('{{content}}', '{{content}}{{content}}'), ['login.html: the slot {{content}} stands there more than once.']],
    ['content and a part of it',  'login.html',  bare.replace('{{content}}', '{{content}}{{form}}'), ['login.html: {{content}} has {{form}} in it already.']],
    ['a script',                  'login.html',  `${bare}\n<script src="x.js"></script>`, ['login.html, line 2: the pages run no script but their own.']],
    ['a style in the page',       'login.html',  `${bare}\n<p style="color:red">`, [/^login\.html, line 2: the pages take styles from files only/]],
    ['a handler',                 'login.html',  `${bare}<img src="x" onerror="x()">`, ['login.html, line 1: the pages run no script in attributes.']],
    ['a frame',                   'login.html',  `${bare}<iframe src="x">`, ['login.html, line 1: the pages embed nothing.']],
    ['a form',                    'login.html',  `${bare}<form action="//evil.example">`, [/bring their own forms/]],
    ['a slot without quotes',     'login.html',  `${bare}<img alt={{pool}}>`, ['login.html, line 1: a slot in an attribute needs quotes around it.']],
    ['a file that is not served', 'assets/x.js', 'alert(1)', [/^assets\/x\.js: only \.css, /]],
    ['a file that is no template', 'README.md',  'x', []],
  ]
  test.each(cases)('%s', (_, file, text, faults) => {
    save(file, text)
    expect(templateFaults(folder)).toEqual(
      faults.map((fault) => (typeof fault === 'string' ? fault : expect.stringMatching(fault))),
    )
  })

  test('the example is in order', () => {
    expect(templateFaults(example)).toEqual([])
  })
})

describe('pages in templates', () => {
  const open = (mode: 'development' | 'production' = 'production', options = {}): Promise<TestDomain> =>
    openDomain({ world: { config: { templates: folder, mode } }, ...options })

  test('a page has its own template, the others that of all, and what they load is there', async () => {
    cpSync(example, folder, { recursive: true })
    const domain = await open('production', { pool: { PoolName: 'Sun + Sea' }, client: { ClientName: 'A & B' } })
    const browser = openBrowser(domain)
    const login = await browser.open('/login')
    expect(login.html).toContain('<p>Welcome to Sun + Sea</p>')
    expect(login.html).toContain('<title>Sign in – Sun + Sea</title>')
    expect(login.html).toMatch(/<html lang="en" dir="ltr">/)
    const faulty = await browser.submit(login, { username: '', password: '' })
    expect(faulty.html).toContain('There is a problem')
    expect(faulty.html).toContain('Welcome to Sun + Sea')
    expect((await browser.open('/signup')).html).toMatch(/<body class="lido">[\s\S]*Create an account/)
    expect((await browser.open('/login?client_id=x')).html).toMatch(/<body class="lido">[\s\S]*This link does not work/)
    const style = /href="([^"]*lido\.css)"/.exec(login.html)?.[1] ?? ''
    const sheet = await browser.send(style, {})
    expect([sheet.status, sheet.headers.get('content-type'), sheet.headers.get('cache-control')]).toEqual([
      200,
      'text/css; charset=utf-8',
      'public, max-age=31536000, immutable',
    ])
    for (const name of ['page.html', '..%2fpage.html', 'nothing.css', '__proto__'])
      expect((await browser.send(style.replace('lido.css', name), {})).status).toBe(404)
  })

  test('what is filled in is escaped', async () => {
    save('login.html', `${bare}<p title="{{app}}">{{app}}</p>`)
    // No client can be called so over the API; a template must not rely on that.
    const domain = await open('production', { client: { ClientName: '"><script>alert(1)</script>' } })
    expect((await openBrowser(domain).open('/login')).html).toContain(
      '<p title="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;">&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;</p>',
    )
  })

  test('in development the next look sees what was saved, in production a start does', async () => {
    save('login.html', `${bare}<p>first</p>`)
    const [development, production] = [openBrowser(await open('development')), openBrowser(await open())]
    expect((await development.open('/login')).html).toContain('<p>first</p>')
    expect((await production.open('/login')).html).toContain('<p>first</p>')
    save('login.html', `${bare}<p>second</p>`)
    expect((await production.open('/login')).html).toContain('<p>first</p>')
    expect((await development.open('/login')).html).toContain('<p>second</p>')
    expect((await development.open('/login')).html).toContain('Development mode')
  })

  test('every page comes apart into its parts, and together again', async () => {
    save(
      'page.html',
      bare.replace('{{content}}', '<!--a-->{{errors}}<!--b-->{{heading}}<!--c-->{{form}}<!--d-->{{links}}<!--e-->'),
    )
    const browser = openBrowser(await open())
    for (const page of ['/login', '/signup', '/forgotPassword', '/signedout', '/error', '/nothing']) {
      const { html, status } = await browser.open(page)
      if (status === 404) continue
      const [, errors, heading, form, links] =
        /<!--a-->(.*)<!--b-->(.*)<!--c-->(.*)<!--d-->(.*)<!--e-->/s.exec(html) ?? []
      expect([page, errors]).toEqual([page, ''])
      expect(heading).toMatch(/^<h1>[^<]+<\/h1>$/)
      expect(form).toContain('<')
      if (page === '/login') expect(links).toMatch(/^<div class="more">[\s\S]*Create an account[\s\S]*<\/div>\s*$/)
    }
    const faulty = await browser.submit(await browser.open('/login'), { username: '', password: '' })
    expect(/<!--a-->(.*)<!--b-->/s.exec(faulty.html)?.[1]).toMatch(/^<div class="summary"[\s\S]*<\/div>$/)
  })

  test('text that looks like a part is none', () => {
    const body =
      '<div class="summary">&lt;h1&gt;</div><h1>A</h1><p>&lt;div class=&quot;more&quot;&gt;</p><div class="more">x</div>'
    const { errors, heading, form, links } = partsOf(body)
    expect(errors + heading + form + links).toBe(body)
    expect([heading, links]).toEqual(['<h1>A</h1>', '<div class="more">x</div>'])
  })
})
