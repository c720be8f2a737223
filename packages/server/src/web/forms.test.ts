import { expect, test } from 'vitest'
import { parseForm } from './forms.ts'

// biome-ignore format: a table
const taken: [title: string, body: string, fields: Record<string, string>][] = [
  ['fields',                       'username=ada&password=a+b%2B',          { username: 'ada', password: 'a b+' }],
  ['nothing',                      '',                                      {}],
  ['a field without value',        'username&password=',                    { username: '', password: '' }],
  ['an equals sign in a value',    'code=a=b',                              { code: 'a=b' }],
  ['text in any script',           'password=%C3%A9%F0%9F%90%A0%E2%80%AE',  { password: 'é🐠\u202e' }],
  ['a leading space',              'password=+secret',                      { password: ' secret' }],
  ['the name of a prototype',      '__proto__=x&constructor=y',             JSON.parse('{"__proto__":"x","constructor":"y"}')],
]

for (const [title, body, fields] of taken)
  test(`LG13: a form is read: ${title}`, () => {
    expect([...(parseForm(body) ?? [])]).toEqual(Object.entries(fields))
  })

// biome-ignore format: a table
const refused: [title: string, body: string][] = [
  ['a field twice',                          'username=ada&username=eve'],
  ['a field twice, once escaped',            'username=ada&user%6Eame=eve'],
  ['NUL',                                    'password=a%00b'],
  ['a lone surrogate',                       'password=%ED%A0%80'],
  ['bytes that are not UTF-8',               'password=%FF'],
  ['an overlong encoding of a slash',        'password=%C0%AF'],
  ['a broken escape',                        'password=100%'],
  ['a character that browsers escape',       'password=é'],
  ['a line break that browsers escape',      'username=ada\r\npassword=x'],
]

for (const [title, body] of refused)
  test(`LG13: a form is refused, not repaired: ${title}`, () => {
    expect(parseForm(body)).toBeUndefined()
  })
