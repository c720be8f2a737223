import { expect, test } from 'vitest'
import { readIdToken } from '../src/id-token.ts'

const now = 1_800_000_000
const issuer = 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Example'
const expected = { clientId: 'client', issuer, nonce: 'n1' }
const good = {
  iss: issuer,
  aud: 'client',
  sub: 'u1',
  token_use: 'id',
  nonce: 'n1',
  iat: now,
  exp: now + 3600,
  name: 'Änne ☂',
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const tokenOf = (claims: unknown) => `${encode({ alg: 'RS256' })}.${encode(claims)}.c2lnbmF0dXJl`

// biome-ignore format: a table
const accepted: [title: string, claims: Record<string, unknown>, expected: Parameters<typeof readIdToken>[1]][] = [
  ['as Cognito sends it',               {},                              expected],
  ['one audience in a list',            { aud: ['client'] },             expected],
  ['authorized for us',                 { azp: 'client' },               expected],
  ['no issuer known: any https one',    { iss: 'https://x.example/p' },  { ...expected, issuer: undefined }],
  ['no issuer known: any loopback one', { iss: 'http://localhost:9/p' }, { ...expected, issuer: undefined }],
  ['refreshed: without nonce',          { nonce: undefined },            { clientId: 'client', issuer, sub: 'u1' }],
  ['the clock four minutes fast',       { exp: now - 240 },              expected],
  ['the clock four minutes slow',       { iat: now + 240 },              expected],
]
for (const [title, claims, expecting] of accepted)
  test(`accepted: ${title}`, () => {
    expect(readIdToken(tokenOf({ ...good, ...claims }), expecting, now)).toMatchObject({ sub: 'u1', name: 'Änne ☂' })
  })

// biome-ignore format: a table
const refused: [what: string, claims: Record<string, unknown>, expected?: Partial<Parameters<typeof readIdToken>[1]>][] = [
  ['iss',       { iss: 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Other' }],
  ['iss',       { iss: `${issuer}/` }],
  ['iss',       { iss: undefined }],
  ['iss',       { iss: [issuer] }],
  ['iss',       { iss: 'http://pool.example' },       { issuer: undefined }],
  ['iss',       { iss: 'http://localhost.example' },  { issuer: undefined }],
  ['iss',       { iss: 'http://127.0.0.1.example' },  { issuer: undefined }],
  ['iss',       { iss: 'not a URL' },                 { issuer: undefined }],
  ['iss',       { iss: ['https://x.example'] },       { issuer: undefined }],
  ['aud',       { aud: 'other' }],
  ['aud',       { aud: undefined }],
  ['aud',       { aud: [] }],
  ['aud',       { aud: ['client', 'other'] }],
  ['aud',       { aud: 'client,other' }],
  ['azp',       { azp: 'other' }],
  ['azp',       { azp: null }],
  ['token_use', { token_use: 'access' }],
  ['token_use', { token_use: undefined }],
  ['sub',       { sub: '' }],
  ['sub',       { sub: 7 }],
  ['sub',       { sub: undefined }],
  ['sub',       {},                                   { sub: 'u2' }],
  ['nonce',     { nonce: 'n2' }],
  ['nonce',     { nonce: undefined }],
  ['exp',       { exp: now - 301 }],
  ['exp',       { exp: `${now + 3600}` }],
  ['exp',       { exp: undefined }],
  ['exp',       { exp: null }],
  ['iat',       { iat: now + 301 }],
  ['iat',       { iat: undefined }],
]
for (const [what, claims, expecting] of refused)
  test(`refused for ${what}: ${JSON.stringify({ ...claims, ...expecting })}`, () => {
    const read = () => readIdToken(tokenOf({ ...good, ...claims }), { ...expected, ...expecting }, now)
    expect(read).toThrow(expect.objectContaining({ name: 'LoginError', code: 'callback_invalid' }))
    expect(read).toThrow(new RegExp(`ID token refused: .*${what}`))
  })

const [header, payload, signature] = tokenOf(good).split('.')
const malformed: [title: string, token: unknown][] = [
  ['missing', undefined],
  ['null', null],
  ['empty', ''],
  ['two parts', `${header}.${payload}`],
  ['four parts', `${header}.${payload}.${signature}.x`],
  ['no base64url', `${header}.{"a":1}.${signature}`],
  ['no JSON', `${header}.${Buffer.from('{').toString('base64url')}.${signature}`],
  ['no object', `${header}.${encode('text')}.${signature}`],
  ['an array', `${header}.${encode([good])}.${signature}`],
  ['nothing in it', tokenOf({})],
  ['null in it', tokenOf(null)],
]
for (const [title, token] of malformed)
  test(`refused: ${title}`, () => {
    expect(() => readIdToken(token, expected, now)).toThrow(expect.objectContaining({ code: 'callback_invalid' }))
  })
