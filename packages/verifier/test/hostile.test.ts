import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { createVerifier } from '../src/index.ts'
import {
  access,
  client,
  codeOf,
  id,
  issuer,
  json,
  key,
  newKey,
  segment,
  serve,
  signed,
  type TestKey,
  token,
} from './pool.ts'

// One row per case of the catalogue of hostile tokens; its numbers JV1 to JV39 are kept, and the last test counts them.
// A row either gives a token and the code that must come of it, or does something of its own.
interface Row {
  readonly jv: number
  readonly title: string
  readonly token?: () => unknown
  readonly code?: string
  readonly use?: 'access' | 'id'
  readonly run?: () => Promise<void>
}

const now = Date.now()
const seconds = Math.floor(now / 1000)
const keys = [key.jwk]
const settings = { issuer, clientId: client, jwks: { keys }, now: () => now } as const

function verifierFor<U extends 'access' | 'id'>(use: U, changes: object = {}) {
  return createVerifier({ ...settings, ...changes, tokenUse: use })
}

const good = () => token(access({}, now))
const claims = (changes: Record<string, unknown>) => () => token(access(changes, now))
const idClaims = (changes: Record<string, unknown>) => () => token(id(changes, now))
const header =
  (changes: object, by: TestKey = key) =>
  () =>
    token(access({}, now), changes, by)
/** The payload as text, to write what JSON.stringify will not. */
const raw = (edit: (text: string) => string) => () => token(edit(JSON.stringify(access({}, now))))
const parts = (edit: (h: string, p: string, s: string) => string) => () => {
  const [h = '', p = '', s = ''] = good().split('.')
  return edit(h, p, s)
}

function hmac(secret: string | Buffer, headers: object = {}): string {
  const input = `${segment({ alg: 'HS256', kid: key.kid, ...headers })}.${segment(access({}, now))}`
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
}

function signedAs(alg: string, digest: string, privateKey: KeyObject, more: object = {}): string {
  const input = `${segment({ alg, kid: key.kid })}.${segment(access({}, now))}`
  return `${input}.${sign(digest, Buffer.from(input), { key: privateKey, ...more }).toString('base64url')}`
}

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const pem = key.publicKey.export({ type: 'spki', format: 'pem' })
const der = key.publicKey.export({ type: 'spki', format: 'der' })
const weak = newKey('weak', 1024)

/** What becomes of a good token when the pool publishes exactly these keys. */
const withKeys = (published: readonly unknown[], made = good) =>
  codeOf(verifierWithKeys(published).then((verifier) => verifier.verify(made())))

async function verifierWithKeys(published: readonly unknown[]) {
  const { url } = await serve((_, res) => json(res, { keys: published }))
  return verifierFor('access', { jwks: { url } })
}

/** What becomes of a good token when the keys are answered like that. */
async function withAnswer(listener: Parameters<typeof serve>[0], timeout = 5): Promise<string> {
  const { url } = await serve(listener)
  return codeOf(verifierFor('access', { jwks: { url }, timeout }).verify(good()))
}

// biome-ignore format: a table
const rows: Row[] = [
  ...['none', 'None', 'NONE', 'nOnE', null, 42, ['RS256'], undefined, 'RS256 ', 'rs256'].map((alg) => ({
    jv: 1,
    title: `alg ${JSON.stringify(alg)}`,
    token: header({ alg }),
    code: 'alg_not_allowed',
  })),
  { jv: 1, title: 'alg none without a signature', token: () => `${segment({ alg: 'none', kid: key.kid })}.${segment(access({}, now))}.`, code: 'alg_not_allowed' },
  { jv: 2, title: 'empty signature', token: parts((h, p) => `${h}.${p}.`), code: 'malformed' },
  { jv: 2, title: 'one zero byte as signature', token: parts((h, p) => `${h}.${p}.AA`), code: 'bad_signature' },
  { jv: 2, title: "another token's signature", token: parts((h, p) => `${h}.${p}.${token(access({ jti: 'x' }, now)).split('.')[2]}`), code: 'bad_signature' },
  { jv: 3, title: 'HS256 with the PEM', token: () => hmac(String(pem)), code: 'alg_not_allowed' },
  { jv: 3, title: 'HS256 with the DER', token: () => hmac(Buffer.from(der)), code: 'alg_not_allowed' },
  { jv: 3, title: 'HS256 with the JWK as text', token: () => hmac(JSON.stringify(key.jwk)), code: 'alg_not_allowed' },
  { jv: 3, title: 'HS256 with the modulus', token: () => hmac(Buffer.from(String(key.jwk.n), 'base64url')), code: 'alg_not_allowed' },
  { jv: 3, title: 'HMAC with the PEM that calls itself RS256', token: () => hmac(String(pem), { alg: 'RS256' }), code: 'bad_signature' },
  { jv: 4, title: 'HS256 with an empty key', token: () => hmac(''), code: 'alg_not_allowed' },
  { jv: 5, title: 'the key is marked ES256', run: async () => expect(await withKeys([{ ...key.jwk, alg: 'ES256' }])).toBe('keys_unavailable') },
  { jv: 5, title: 'the key is marked PS256', run: async () => expect(await withKeys([{ ...key.jwk, alg: 'PS256' }])).toBe('keys_unavailable') },
  { jv: 6, title: 'a JWK without alg still means RS256', run: async () => expect(await withKeys([{ ...key.jwk, alg: undefined }])).toBe('ok') },
  { jv: 6, title: 'and the header cannot say otherwise', run: async () => expect(await withKeys([{ ...key.jwk, alg: undefined }], () => signedAs('RS512', 'sha512', key.privateKey))).toBe('alg_not_allowed') },
  { jv: 7, title: 'RS384', token: () => signedAs('RS384', 'sha384', key.privateKey), code: 'alg_not_allowed' },
  { jv: 7, title: 'RS512', token: () => signedAs('RS512', 'sha512', key.privateKey), code: 'alg_not_allowed' },
  { jv: 7, title: 'PS256', token: () => signedAs('PS256', 'sha256', key.privateKey, { padding: 6, saltLength: 32 }), code: 'alg_not_allowed' },
  { jv: 7, title: 'PSS padding that calls itself RS256', token: () => signedAs('RS256', 'sha256', key.privateKey, { padding: 6, saltLength: 32 }), code: 'bad_signature' },
  { jv: 7, title: 'SHA-512 that calls itself RS256', token: () => signedAs('RS256', 'sha512', key.privateKey), code: 'bad_signature' },
  { jv: 8, title: 'a PEM with leading whitespace as secret', token: () => hmac(`\n ${pem}`), code: 'alg_not_allowed' },
  { jv: 8, title: 'a PEM with a byte order mark as secret', token: () => hmac(`\ufeff${pem}`), code: 'alg_not_allowed' },
  { jv: 9, title: 'crit: unknown', token: header({ crit: ['exp'], exp: 1 }), code: 'malformed' },
  { jv: 9, title: 'crit: empty', token: header({ crit: [] }), code: 'malformed' },
  { jv: 9, title: 'crit: twice the same', token: header({ crit: ['alg', 'alg'] }), code: 'malformed' },
  { jv: 9, title: 'crit: names what is absent', token: header({ crit: ['b64'] }), code: 'malformed' },
  { jv: 9, title: 'crit: a text', token: header({ crit: 'b64' }), code: 'malformed' },
  { jv: 9, title: 'crit: null', token: header({ crit: null }), code: 'malformed' },
  { jv: 9, title: 'b64 false with its crit', token: header({ b64: false, crit: ['b64'] }), code: 'malformed' },
  { jv: 9, title: 'b64 false, payload detached', token: () => signed(segment({ alg: 'RS256', kid: key.kid, b64: false, crit: ['b64'] }), ''), code: 'malformed' },
  { jv: 9, title: 'b64 without crit', token: header({ b64: true }), code: 'malformed' },
  { jv: 10, title: 'kid missing', token: header({ kid: undefined }), code: 'malformed' },
  { jv: 10, title: 'kid a number', token: header({ kid: 1 }), code: 'malformed' },
  { jv: 10, title: 'kid empty', token: header({ kid: '' }), code: 'malformed' },
  { jv: 10, title: 'kid of 10 KiB', token: header({ kid: 'k'.repeat(10_240) }), code: 'malformed' },
  { jv: 10, title: 'kid of 300 characters', token: header({ kid: 'k'.repeat(300) }), code: 'malformed' },
  ...[
    '../../dev/null',
    '|sleep 10',
    "' UNION SELECT 'x",
    '__proto__',
    'constructor',
    'toString',
    'key-1\u0000',
    'KEY-1',
    'key-1 ',
  ].map((kid) => ({
    jv: 10,
    title: `kid ${JSON.stringify(kid)}`,
    token: header({ kid }),
    code: 'unknown_key',
  })),
  { jv: 10, title: 'two keys of one name', run: async () => expect(await withKeys([key.jwk, newKey(key.kid).jwk])).toBe('keys_unavailable') },
  { jv: 11, title: 'keys offered by the token are not fetched and not used', run: keysOfTheToken },
  { jv: 12, title: 'typ logout+jwt', token: header({ typ: 'logout+jwt' }), code: 'wrong_use' },
  { jv: 12, title: 'typ dpop+jwt', token: header({ typ: 'dpop+jwt' }), code: 'wrong_use' },
  { jv: 12, title: 'typ jose', token: header({ typ: 'jose' }), code: 'wrong_use' },
  { jv: 12, title: 'typ a list', token: header({ typ: ['JWT'] }), code: 'wrong_use' },
  { jv: 12, title: 'typ JWT is fine', token: header({ typ: 'JWT' }), code: 'ok' },
  { jv: 12, title: 'typ at+jwt is fine', token: header({ typ: 'application/at+jwt' }), code: 'ok' },
  { jv: 13, title: 'two parts', token: parts((h, p) => `${h}.${p}`), code: 'malformed' },
  { jv: 13, title: 'four parts', token: parts((h, p, s) => `${h}.${p}.${s}.${s}`), code: 'malformed' },
  { jv: 13, title: 'five parts', token: parts((h, p, s) => `${h}.${p}.${s}.${p}.${s}`), code: 'malformed' },
  { jv: 13, title: 'an empty fourth part', token: parts((h, p, s) => `${h}.${p}.${s}.`), code: 'malformed' },
  { jv: 13, title: 'JSON serialization', token: parts((h, p, s) => JSON.stringify({ protected: h, payload: p, signature: s })), code: 'malformed' },
  { jv: 13, title: 'a JWS in a JWS', token: () => token(good(), { cty: 'JWT' }), code: 'malformed' },
  { jv: 13, title: 'an object', token: () => ({ toString: good }), code: 'malformed' },
  { jv: 13, title: 'a list of one token', token: () => [good()], code: 'malformed' },
  { jv: 14, title: 'Bearer before it', token: () => `Bearer ${good()}`, code: 'malformed' },
  ...[' ', '\n', '\t', '\r\n', '=', '==', '\u0000', '\u00a0', '.'].flatMap((char) => [
    { jv: 14, title: `${JSON.stringify(char)} after it`, token: () => good() + char, code: 'malformed' },
    { jv: 14, title: `${JSON.stringify(char)} before it`, token: () => char + good(), code: 'malformed' },
    {
      jv: 14,
      title: `${JSON.stringify(char)} before the payload`,
      token: parts((h, p, s) => `${h}.${char}${p}.${s}`),
      code: 'malformed',
    },
    {
      jv: 14,
      title: `${JSON.stringify(char)} after the header`,
      token: parts((h, p, s) => `${h}${char}.${p}.${s}`),
      code: 'malformed',
    },
  ]),
  ...['+', '/', ' ', '?', '#', 'é', '\ud800', 'Ａ'].map((char) => ({
    jv: 15,
    title: `${JSON.stringify(char)} in the signature`,
    token: parts((h, p, s) => `${h}.${p}.${s.slice(0, 9)}${char}${s.slice(9)}`),
    code: 'malformed',
  })),
  { jv: 15, title: 'the alphabet of plain base64', token: parts((h, p, s) => `${h}.${p}.${s.replaceAll('-', '+').replaceAll('_', '/')}`), code: 'malformed' },
  { jv: 15, title: 'unused bits of the signature set', token: parts((h, p, s) => `${h}.${p}.${withUnusedBits(s)}`), code: 'malformed' },
  { jv: 15, title: 'unused bits of the payload set, and signed so', token: () => signed(segment({ alg: 'RS256', kid: key.kid }), withUnusedBits(segment(padded()))), code: 'malformed' },
  { jv: 15, title: 'one character left over', token: parts((h, p, s) => `${h}.${p}.${s}AAA`), code: 'malformed' },
  { jv: 16, title: 'overlong UTF-8', token: () => token(bytesIn(Buffer.from([0xc1, 0xa1]))), code: 'malformed' },
  { jv: 16, title: 'invalid UTF-8', token: () => token(bytesIn(Buffer.from([0xff]))), code: 'malformed' },
  { jv: 16, title: 'a surrogate in UTF-8', token: () => token(bytesIn(Buffer.from([0xed, 0xa0, 0x80]))), code: 'malformed' },
  { jv: 16, title: 'a byte order mark before the payload', token: raw((text) => `\ufeff${text}`), code: 'malformed' },
  { jv: 16, title: 'a byte order mark before the header', token: () => token(access({}, now), `\ufeff${JSON.stringify({ alg: 'RS256', kid: key.kid })}`), code: 'malformed' },
  { jv: 16, title: 'UTF-16', token: () => token(Buffer.from(JSON.stringify(access({}, now)), 'utf16le')), code: 'malformed' },
  ...['[]', '"text"', 'null', '42', 'true', '', '{', '{}x', '{} {}', '{"a":1,}', "{'a':1}", '{/**/}', 'NaN'].map(
    (payload) => ({
      jv: 17,
      title: `payload ${payload}`,
      token: () => token(payload),
      code: 'malformed',
    }),
  ),
  ...['[]', '"RS256"', 'null', '42', ''].map((text) => ({
    jv: 17,
    title: `header ${text}`,
    token: () => token(access({}, now), text),
    code: 'malformed',
  })),
  { jv: 17, title: 'exp twice', token: raw((text) => text.replace('{', `{"exp":${seconds + 60},`)), code: 'malformed' },
  { jv: 17, title: 'sub twice', token: raw((text) => text.replace(/}$/, ',"sub":"root"}')), code: 'malformed' },
  { jv: 17, title: 'sub twice, once with an escape', token: raw((text) => text.replace(/}$/, ',"\\u0073ub":"root"}')), code: 'malformed' },
  { jv: 17, title: 'duplicates in an inner object', token: raw((text) => text.replace(/}$/, ',"x":{"a":1,"a":1}}')), code: 'malformed' },
  { jv: 17, title: 'alg twice', token: () => token(access({}, now), `{"alg":"none","alg":"RS256","kid":"${key.kid}"}`), code: 'malformed' },
  { jv: 17, title: 'colons, quotes and backslashes in texts are no duplicates', token: claims({ a: ':"\\', b: '\\":":\\\\', 'c:"d\\': ['"x":1', {}] }), code: 'ok' },
  { jv: 17, title: 'nesting of 33 levels', token: claims({ deep: nested(32) }), code: 'malformed' },
  { jv: 17, title: 'nesting of 2,900 levels', token: () => token(`{"x":${'['.repeat(2900)}${']'.repeat(2900)}}`), code: 'malformed' },
  { jv: 18, title: 'exp missing', token: claims({ exp: undefined }), code: 'malformed' },
  ...[String(seconds + 60), '1e12', seconds + 60.5, null, [seconds + 60], {}, true].map((exp) => ({
    jv: 18,
    title: `exp ${JSON.stringify(exp)}`,
    token: claims({ exp }),
    code: 'malformed',
  })),
  ...['1e30', '1e400', '-1', '0', '-1e400'].map((exp) => ({
    jv: 18,
    title: `exp ${exp}`,
    token: raw((text) => text.replace(/"exp":\d+/, `"exp":${exp}`)),
    code: 'malformed',
  })),
  { jv: 18, title: 'exp 25 hours after iat', token: claims({ exp: seconds + 25 * 3600 }), code: 'ok' },
  { jv: 18, title: 'exp a second more than 25 hours after iat', token: claims({ exp: seconds + 25 * 3600 + 1 }), code: 'malformed' },
  { jv: 18, title: 'exp before iat', token: claims({ iat: seconds, exp: seconds - 1 }), code: 'malformed' },
  { jv: 18, title: 'exp 5 s ago, as far as clocks may differ', token: claims({ iat: seconds - 60, auth_time: seconds - 60, exp: seconds - 5 }), code: 'expired' },
  { jv: 18, title: 'exp 4 s ago', token: claims({ iat: seconds - 60, auth_time: seconds - 60, exp: seconds - 4 }), code: 'ok' },
  { jv: 19, title: 'nbf a text', token: claims({ nbf: String(seconds) }), code: 'malformed' },
  { jv: 19, title: 'nbf null', token: claims({ nbf: null }), code: 'malformed' },
  { jv: 19, title: 'nbf 6 s ahead', token: claims({ nbf: seconds + 6 }), code: 'not_yet_valid' },
  { jv: 19, title: 'nbf 5 s ahead', token: claims({ nbf: seconds + 5 }), code: 'ok' },
  { jv: 19, title: 'iat missing', token: claims({ iat: undefined }), code: 'malformed' },
  { jv: 19, title: 'iat a text', token: claims({ iat: String(seconds) }), code: 'malformed' },
  { jv: 19, title: 'iat 6 s ahead', token: claims({ iat: seconds + 6 }), code: 'not_yet_valid' },
  { jv: 19, title: 'auth_time 6 s ahead', token: claims({ auth_time: seconds + 6 }), code: 'not_yet_valid' },
  { jv: 19, title: 'auth_time a float', token: claims({ auth_time: seconds - 0.5 }), code: 'malformed' },
  {
    jv: 19,
    title: '61 s ahead when 60 are tolerated',
    run: async () => {
      const verifier = verifierFor('access', { clockTolerance: 60 })
      expect(await codeOf(verifier.verify(token(access({ iat: seconds + 61 }, now))))).toBe('not_yet_valid')
      expect(await codeOf(verifier.verify(token(access({ iat: seconds + 60 }, now))))).toBe('ok')
    },
  },
  { jv: 20, title: 'iss missing', token: claims({ iss: undefined }), code: 'malformed' },
  { jv: 20, title: 'iss a list', token: claims({ iss: [issuer] }), code: 'malformed' },
  ...[
    `${issuer}/`,
    issuer.replace('https', 'http'),
    issuer.toUpperCase(),
    `${issuer} `,
    issuer.replace('AbC', 'AbX'),
    issuer.replace('amazonaws', 'аmazonaws'),
    `${issuer}/.well-known/..`,
    '__proto__',
  ].map((iss) => ({
    jv: 20,
    title: `iss ${iss}`,
    token: claims({ iss }),
    code: 'wrong_issuer',
  })),
  ...[[client], [client, 7], {}, '', null, undefined, [client, 'stranger']].map((aud) => ({
    jv: 21,
    title: `aud of an ID token ${JSON.stringify(aud)}`,
    use: 'id' as const,
    token: idClaims({ aud }),
    code: 'malformed',
  })),
  { jv: 21, title: 'aud a part of the client id', use: 'id', token: idClaims({ aud: client.slice(0, -1) }), code: 'wrong_client' },
  { jv: 21, title: 'aud of an access token of mixed types', token: claims({ aud: ['https://api.example', 7] }), code: 'malformed' },
  { jv: 21, title: 'client_id a part of the client id', token: claims({ client_id: client.slice(1) }), code: 'wrong_client' },
  { jv: 22, title: 'an ID token for an access token', token: idClaims({}), code: 'wrong_use' },
  { jv: 22, title: 'an access token for an ID token', use: 'id', token: claims({}), code: 'wrong_use' },
  { jv: 22, title: 'token_use missing', token: claims({ token_use: undefined }), code: 'wrong_use' },
  { jv: 22, title: 'token_use a list', token: claims({ token_use: ['access'] }), code: 'wrong_use' },
  { jv: 22, title: 'token_use refresh', token: claims({ token_use: 'refresh' }), code: 'wrong_use' },
  { jv: 23, title: 'client_id not in the list', token: claims({ client_id: 'other' }), code: 'wrong_client' },
  { jv: 23, title: 'client_id with the right beginning', token: claims({ client_id: `${client}x` }), code: 'wrong_client' },
  { jv: 23, title: 'client_id missing', token: claims({ client_id: undefined }), code: 'malformed' },
  { jv: 23, title: 'client_id a list', token: claims({ client_id: [client] }), code: 'malformed' },
  {
    jv: 23,
    title: 'no list at all is refused at once, null is meant',
    run: async () => {
      expect(() => verifierFor('access', { clientId: undefined })).toThrow(TypeError)
      expect(() => verifierFor('access', { clientId: [] })).toThrow(TypeError)
      const any = verifierFor('access', { clientId: null })
      expect(await codeOf(any.verify(token(access({ client_id: 'other' }, now))))).toBe('ok')
      expect(await codeOf(any.verify(token(access({ client_id: '' }, now))))).toBe('malformed')
    },
  },
  { jv: 24, title: 'scope a list', token: claims({ scope: ['openid'] }), code: 'malformed' },
  ...['openidx', 'open', 'openid\temail', 'OPENID', 'email\u00a0openid', ''].map((scope) => ({
    jv: 24,
    title: `scope ${JSON.stringify(scope)} when openid is required`,
    run: async () => {
      const verdict = verifierFor('access', { scopes: ['openid'] }).verify(token(access({ scope }, now)))
      expect(await codeOf(verdict)).toBe('missing_scope')
    },
  })),
  { jv: 25, title: 'cognito:groups a text', token: claims({ 'cognito:groups': 'admins' }), code: 'malformed' },
  { jv: 25, title: 'cognito:groups an object', token: claims({ 'cognito:groups': { 0: 'admins', length: 1 } }), code: 'malformed' },
  { jv: 25, title: 'cognito:groups with a number', token: claims({ 'cognito:groups': ['admins', 1] }), code: 'malformed' },
  { jv: 25, title: 'cognito:groups of 10,000', token: claims({ 'cognito:groups': Array.from({ length: 10_000 }, (_, i) => `g${i}`) }), code: 'malformed' },
  { jv: 26, title: '__proto__ as a claim', token: raw((text) => text.replace('{', '{"__proto__":{"admin":true},')), code: 'malformed' },
  { jv: 26, title: '__proto__ deep inside', token: raw((text) => text.replace('{', '{"x":[{"__proto__":{"admin":true}}],')), code: 'malformed' },
  { jv: 26, title: 'constructor.prototype as a claim', token: claims({ constructor: { prototype: { admin: true } } }), code: 'malformed' },
  { jv: 26, title: '__proto__ in the header', token: () => token(access({}, now), `{"__proto__":{"alg":"RS256"},"kid":"${key.kid}"}`), code: 'malformed' },
  { jv: 26, title: 'no prototype was polluted, and a polluted one gives no claims', run: prototypes },
  { jv: 27, title: 'sub missing', token: claims({ sub: undefined }), code: 'malformed' },
  { jv: 27, title: 'sub a number', token: claims({ sub: 7 }), code: 'malformed' },
  { jv: 27, title: 'sub empty', token: claims({ sub: '' }), code: 'malformed' },
  { jv: 27, title: 'username a number', token: claims({ username: 7 }), code: 'malformed' },
  { jv: 28, title: 'a token of 8 KiB', token: () => sized(8192), code: 'ok' },
  { jv: 28, title: 'a token of 8 KiB and a byte', token: () => sized(8193), code: 'malformed' },
  { jv: 28, title: '10 MiB cost no more than the refusal', run: hugeText },
  { jv: 29, title: 'a header of 100 KiB', token: header({ x: 'y'.repeat(100_000) }), code: 'malformed' },
  { jv: 30, title: 'a JWE with a zip bomb is not opened', token: zipBomb, code: 'malformed' },
  { jv: 30, title: 'zip in the header of a JWS changes nothing', token: () => token(deflateRawSync(JSON.stringify(access({}, now))), { zip: 'DEF' }), code: 'malformed' },
  { jv: 31, title: 'an RSA key of 1024 bits', run: async () => expect(await withKeys([weak.jwk], () => token(access({}, now), {}, weak))).toBe('keys_unavailable') },
  { jv: 31, title: 'e = 1: the signature would be the padded hash itself', run: async () => expect(await withKeys([{ ...key.jwk, e: 'AQ' }])).toBe('keys_unavailable') },
  { jv: 31, title: 'e = 3', run: async () => expect(await withKeys([{ ...key.jwk, e: 'Aw' }])).toBe('keys_unavailable') },
  { jv: 31, title: 'e even', run: async () => expect(await withKeys([{ ...key.jwk, e: 'AQAC' }])).toBe('keys_unavailable') },
  { jv: 31, title: 'e of 33 bits', run: async () => expect(await withKeys([{ ...key.jwk, e: 'AQAAAAE' }])).toBe('keys_unavailable') },
  { jv: 31, title: 'an even modulus', run: async () => expect(await withKeys([{ ...key.jwk, n: editNumber(key, (n) => n - 1n) }])).toBe('keys_unavailable') },
  { jv: 31, title: 'a modulus of 16,384 bits', run: async () => expect(await withKeys([{ ...key.jwk, n: Buffer.alloc(2048, 0xff).toString('base64url') }])).toBe('keys_unavailable') },
  { jv: 31, title: 'a modulus with a leading zero byte', run: async () => expect(await withKeys([{ ...key.jwk, n: Buffer.concat([Buffer.alloc(1), Buffer.from(String(key.jwk.n), 'base64url')]).toString('base64url') }])).toBe('keys_unavailable') },
  { jv: 31, title: 'an oct key for an HMAC', run: async () => expect(await withKeys([{ kty: 'oct', kid: key.kid, k: 'c2VjcmV0' }, newKey('other').jwk], () => hmac('secret'))).toBe('alg_not_allowed') },
  { jv: 31, title: 'a changed bit in the padding', token: parts((h, p, s) => `${h}.${p}.${flipped(s)}`), code: 'bad_signature' },
  { jv: 31, title: 'a signature a byte too long', token: parts((h, p, s) => `${h}.${p}.${Buffer.concat([Buffer.alloc(1), Buffer.from(s, 'base64url')]).toString('base64url')}`), code: 'bad_signature' },
  { jv: 31, title: 'the modulus as signature', token: parts((h, p) => `${h}.${p}.${key.jwk.n}`), code: 'bad_signature' },
  // Elliptic curves are not for Cognito's tokens: what would be their edge cases is refused for its algorithm.
  { jv: 32, title: 'a good ES256 token, its key published', run: async () => expect(await withKeys([{ ...ec.publicKey.export({ format: 'jwk' }), kid: key.kid }, newKey('other').jwk], () => signedAs('ES256', 'sha256', ec.privateKey, { dsaEncoding: 'ieee-p1363' }))).toBe('alg_not_allowed') },
  { jv: 32, title: 'r and s zero', token: () => `${segment({ alg: 'ES256', kid: key.kid })}.${segment(access({}, now))}.${segment(Buffer.alloc(64))}`, code: 'alg_not_allowed' },
  { jv: 32, title: 'an EC signature that calls itself RS256', token: () => signedAs('RS256', 'sha256', ec.privateKey), code: 'bad_signature' },
  { jv: 33, title: 'the memory of proven tokens confuses no two and forgets no check', run: memory },
  { jv: 34, title: '404', run: async () => expect(await withAnswer((_, res) => json(res, { keys }, 404))).toBe('keys_unavailable') },
  { jv: 34, title: '500', run: async () => expect(await withAnswer((_, res) => json(res, { keys }, 500))).toBe('keys_unavailable') },
  { jv: 34, title: '10 MiB', run: async () => expect(await withAnswer((_, res) => json(res, { keys, x: 'y'.repeat(10 * 2 ** 20) }))).toBe('keys_unavailable') },
  { jv: 34, title: '10,000 keys', run: async () => expect(await withKeys(Array.from({ length: 10_000 }, () => ({ kty: 'x' })))).toBe('keys_unavailable') },
  { jv: 34, title: '17 keys', run: async () => expect(await withKeys([key.jwk, ...Array.from({ length: 16 }, () => ({ kty: 'x' }))])).toBe('keys_unavailable') },
  { jv: 34, title: 'not JSON', run: async () => expect(await withAnswer((_, res) => res.writeHead(200, { 'content-type': 'application/json' }).end('<html>'))).toBe('keys_unavailable') },
  { jv: 34, title: 'a redirection', run: redirection },
  { jv: 34, title: 'a byte now and then', run: async () => expect(await withAnswer(trickle, 0.2)).toBe('keys_unavailable') },
  { jv: 34, title: 'another content type', run: async () => expect(await withAnswer((_, res) => res.writeHead(200, { 'content-type': 'text/html' }).end(JSON.stringify({ keys })))).toBe('keys_unavailable') },
  { jv: 34, title: 'application/jwk-set+json is fine', run: async () => expect(await withAnswer((_, res) => res .writeHead(200, { 'content-type': 'application/jwk-set+json; charset=utf-8' }) .end(JSON.stringify({ keys })))).toBe('ok') },
  { jv: 34, title: 'no keys', run: async () => expect(await withKeys([])).toBe('keys_unavailable') },
  { jv: 34, title: 'keys not a list', run: async () => expect(await withAnswer((_, res) => json(res, { keys: { 0: key.jwk } }))).toBe('keys_unavailable') },
  { jv: 34, title: 'a bare list', run: async () => expect(await withAnswer((_, res) => json(res, keys))).toBe('keys_unavailable') },
  { jv: 34, title: 'a key without use', run: async () => expect(await withKeys([{ ...key.jwk, use: undefined }])).toBe('ok') },
  { jv: 34, title: 'a key without kid', run: async () => expect(await withKeys([{ ...key.jwk, kid: undefined }])).toBe('keys_unavailable') },
  { jv: 34, title: 'use enc', run: async () => expect(await withKeys([{ ...key.jwk, use: 'enc' }])).toBe('keys_unavailable') },
  { jv: 34, title: 'use null', run: async () => expect(await withKeys([{ ...key.jwk, use: null }])).toBe('keys_unavailable') },
  { jv: 34, title: 'key_ops verify', run: async () => expect(await withKeys([{ ...key.jwk, key_ops: ['verify'] }])).toBe('ok') },
  { jv: 34, title: 'key_ops encrypt', run: async () => expect(await withKeys([{ ...key.jwk, key_ops: ['encrypt'] }])).toBe('keys_unavailable') },
  { jv: 34, title: 'key_ops a text', run: async () => expect(await withKeys([{ ...key.jwk, key_ops: 'verify' }])).toBe('keys_unavailable') },
  { jv: 34, title: 'the private key published', run: async () => expect(await withKeys([{ ...key.privateKey.export({ format: 'jwk' }), kid: key.kid }])).toBe('keys_unavailable') },
  // No option is a pattern or a function that judges a token; what is given instead of a text is refused at once.
  {
    jv: 35,
    title: 'patterns and functions as options',
    run: async () => {
      for (const clientId of [/.*/g, () => true, new String(client)]) {
        expect(() => verifierFor('access', { clientId })).toThrow(TypeError)
      }
      expect(() => verifierFor('access', { issuer: /.*/g })).toThrow(TypeError)
      expect(() => verifierFor('access', { scopes: [/openid/g] })).toThrow(TypeError)
    },
  },
  { jv: 36, title: 'ten thousand unknown kids cause one fetch, and known ones pass', run: storm },
  { jv: 37, title: 'keys of a pool that is down serve their time, then nothing does', run: outage },
  { jv: 38, title: 'the clock is set forward and back by an hour', run: clocks },
  { jv: 39, title: 'an access token', token: claims({}), code: 'ok' },
  { jv: 39, title: 'an ID token', use: 'id', token: idClaims({}), code: 'ok' },
  { jv: 39, title: 'a token of client_credentials', token: claims({ sub: client, username: undefined, 'cognito:groups': undefined }), code: 'ok' },
  { jv: 39, title: 'an access token for several resources', token: claims({ aud: ['https://a.example', 'https://b.example'] }), code: 'ok' },
  { jv: 39, title: 'claims in many scripts', token: claims({ username: 'Zoë 李小龍 👩‍🚀', 'custom:x': '\ud83d\ude80' }), code: 'ok' },
  { jv: 39, title: 'claims of any JSON type from a trigger', token: claims({ roles: [{ a: 1 }], n: 1.5, nil: null, email_verified: 'true' }), code: 'ok' },
  { jv: 39, title: 'unknown kinds of keys beside ours', run: async () => expect(await withKeys([{ kty: 'AKP', alg: 'ML-DSA-44', kid: 'pq', pub: 'x' }, { ...ec.publicKey.export({ format: 'jwk' }), kid: 'ec' }, null, 7, key.jwk])).toBe('ok') },
  {
    jv: 39,
    title: 'two keys while one replaces the other',
    run: async () => {
      const next = newKey('key-2')
      expect(await withKeys([key.jwk, next.jwk])).toBe('ok')
      expect(await withKeys([key.jwk, next.jwk], () => token(access({}, now), {}, next))).toBe('ok')
    },
  },
  {
    jv: 39,
    title: 'keys of 3072 and 4096 bits',
    run: async () => {
      for (const bits of [3072, 4096]) {
        const large = newKey('large', bits)
        expect(await withKeys([large.jwk], () => token(access({}, now), {}, large))).toBe('ok')
      }
    },
  },
]

for (const { jv, title, token, code, use = 'access', run } of rows) {
  test(`JV${jv} ${title}`, async () => {
    if (run !== undefined) return run()
    expect(await codeOf(verifierFor(use).verify(token?.() as string))).toBe(code)
  })
}

test('no case of the catalogue is left out', () => {
  expect([...new Set(rows.map(({ jv }) => jv))].sort((a, b) => a - b)).toEqual(
    Array.from({ length: 39 }, (_, i) => i + 1),
  )
})

function withUnusedBits(text: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  if (text.length % 4 === 0) throw new Error('no unused bits')
  return text.slice(0, -1) + alphabet[alphabet.indexOf(text.at(-1) ?? '') + 1]
}

/** Claims whose JSON does not fill up base64url's groups, so that there are unused bits. */
function padded(): object {
  const base = access({}, now)
  return (
    [
      { ...base, x: '' },
      { ...base, x: 'y' },
    ].find((one) => segment(one).length % 4 !== 0) ?? {}
  )
}

/** The claims as JSON with these bytes for the user's name. */
function bytesIn(bytes: Buffer): Buffer {
  const [before = '', after = ''] = JSON.stringify(access({ username: '@' }, now)).split('@')
  return Buffer.concat([Buffer.from(before), bytes, Buffer.from(after)])
}

function nested(levels: number): unknown {
  return levels === 0 ? 1 : [nested(levels - 1)]
}

/** A good token of exactly that length; base64url cannot have every length, so the header is stretched too. */
function sized(length: number): string {
  for (let inHeader = 0; inHeader < 4; inHeader++) {
    for (let inPayload = 4800; inPayload < 6200; inPayload++) {
      const header = { alg: 'RS256', kid: key.kid, x: 'x'.repeat(inHeader) }
      const payload = access({ x: 'x'.repeat(inPayload) }, now)
      if (segment(header).length + segment(payload).length + 2 + 342 === length) return token(payload, header)
    }
  }
  throw new Error(`no token of ${length}`)
}

function editNumber({ jwk }: TestKey, edit: (n: bigint) => bigint): string {
  const number = edit(BigInt(`0x${Buffer.from(String(jwk.n), 'base64url').toString('hex')}`))
  return Buffer.from(number.toString(16), 'hex').toString('base64url')
}

function flipped(signature: string): string {
  const bytes = Buffer.from(signature, 'base64url')
  bytes[100] = (bytes[100] ?? 0) ^ 1
  return bytes.toString('base64url')
}

function zipBomb(): string {
  const zipped = deflateRawSync(Buffer.alloc(1_000_000, 'a'))
  const header = segment({ alg: 'RSA-OAEP', enc: 'A256GCM', zip: 'DEF', kid: key.kid })
  return `${header}.${segment(Buffer.alloc(256))}.${segment(Buffer.alloc(12))}.${segment(zipped)}.${segment(Buffer.alloc(16))}`
}

function trickle(_: unknown, res: Parameters<Parameters<typeof serve>[0]>[1]): void {
  res.writeHead(200, { 'content-type': 'application/json' })
  const timer = setInterval(() => res.write(' '), 20)
  res.on('close', () => clearInterval(timer))
}

async function keysOfTheToken(): Promise<void> {
  const attacker = newKey('key-1')
  const { url, requests } = await serve((_, res) => json(res, { keys: [attacker.jwk] }))
  const offers = [{ jku: url }, { x5u: url }, { jwk: attacker.jwk }, { x5c: ['AAAA'] }, { jku: url, kid: 'key-9' }]
  for (const offer of offers) {
    const code = await codeOf(verifierFor('access').verify(token(access({}, now), offer, attacker)))
    expect(code).toBe('kid' in offer ? 'unknown_key' : 'bad_signature')
  }
  const elsewhere = token(access({ iss: url }, now), {}, attacker)
  expect(await codeOf(verifierFor('access').verify(elsewhere))).toBe('wrong_issuer')
  expect(requests).toHaveLength(0)
}

async function prototypes(): Promise<void> {
  expect(Reflect.get({}, 'admin')).toBeUndefined()
  Object.assign(Object.prototype, {
    token_use: 'access',
    client_id: client,
    'cognito:groups': ['admins'],
    alg: 'RS256',
  })
  try {
    const verifier = verifierFor('access')
    expect(await codeOf(verifier.verify(token(access({ client_id: undefined }, now))))).toBe('malformed')
    expect(await codeOf(verifier.verify(token(access({ token_use: undefined }, now))))).toBe('wrong_use')
    expect(await codeOf(verifier.verify(token(access({}, now), { alg: undefined })))).toBe('alg_not_allowed')
    const { groups } = await verifier.verify(token(access({ 'cognito:groups': undefined }, now)))
    expect([...groups]).toEqual([])
  } finally {
    for (const name of ['token_use', 'client_id', 'cognito:groups', 'scope', 'alg'])
      Reflect.deleteProperty(Object.prototype, name)
  }
}

async function hugeText(): Promise<void> {
  const verifier = verifierFor('access')
  const huge = `${segment({ alg: 'RS256', kid: key.kid })}.${'A'.repeat(10 * 2 ** 20)}.AAAA`
  await codeOf(verifier.verify(huge))
  const start = performance.now()
  for (let i = 0; i < 100; i++) expect(await codeOf(verifier.verify(huge))).toBe('malformed')
  // Decoding 10 MiB takes milliseconds each; the refusal takes microseconds.
  expect(performance.now() - start).toBeLessThan(200)
}

async function memory(): Promise<void> {
  let time = now
  let published = [key.jwk, newKey('key-2').jwk]
  const { url } = await serve((_, res) => json(res, { keys: published }))
  const verifier = verifierFor('access', { jwks: { url, maxAge: 60 }, now: () => time })
  const [ada, bob] = [token(access({ username: 'ada' }, now)), token(access({ username: 'bob' }, now))]
  expect((await verifier.verify(ada)).claims.username).toBe('ada')
  expect((await verifier.verify(bob)).claims.username).toBe('bob')
  const again = await verifier.verify(ada)
  expect(again.claims.username).toBe('ada')
  // The same beginning, the same end, one character changed anywhere: never the other token's claims.
  for (const place of [30, ada.length >> 1, ada.length - 20]) {
    const changed = ada.slice(0, place) + (ada[place] === 'A' ? 'B' : 'A') + ada.slice(place + 1)
    expect(await codeOf(verifier.verify(changed))).not.toBe('ok')
  }
  // What one caller gets, no caller can change for the next.
  expect(() => Object.assign(again.claims, { sub: 'root' })).toThrow(TypeError)
  expect(() => Reflect.apply(Array.prototype.push, again.claims['cognito:groups'], ['admins'])).toThrow(TypeError)
  new Set(again.groups).add('admins')
  Reflect.apply(Set.prototype.add, again.groups, ['admins'])
  expect((await verifier.verify(ada)).groups.has('admins')).toBe(false)
  expect(await codeOf(verifier.verify(ada, { groups: ['admins'] }))).toBe('missing_group')
  // Expiry while remembered.
  time = now + 3604_000
  expect(await codeOf(verifier.verify(ada))).toBe('ok')
  time = now + 3605_000
  expect(await codeOf(verifier.verify(ada))).toBe('expired')
  // The key withdrawn while the token is remembered, and then another key under its name.
  time = now + 120_000
  published = [newKey('key-2').jwk]
  expect(await codeOf(verifier.verify(ada))).toBe('unknown_key')
  time = now + 240_000
  published = [newKey('key-1').jwk]
  expect(await codeOf(verifier.verify(ada))).toBe('bad_signature')
}

async function redirection(): Promise<void> {
  const target = await serve((_, res) => json(res, { keys }))
  expect(await withAnswer((_, res) => res.writeHead(302, { location: target.url }).end())).toBe('keys_unavailable')
  expect(target.requests).toHaveLength(0)
}

async function storm(): Promise<void> {
  let time = now
  const { url, requests } = await serve((_, res) => json(res, { keys }))
  const verifier = verifierFor('access', { jwks: { url }, now: () => time })
  await verifier.warmUp()
  time += 10_000
  const unsigned = segment(access({}, now))
  const unknown = (i: number) => `${segment({ alg: 'RS256', kid: `made-up-${i}` })}.${unsigned}.AAAA`
  const codes = await Promise.all(Array.from({ length: 10_000 }, (_, i) => codeOf(verifier.verify(unknown(i)))))
  expect(new Set(codes)).toEqual(new Set(['unknown_key']))
  expect(requests).toHaveLength(2)
  const start = performance.now()
  const mine = good()
  for (let i = 0; i < 100; i++) expect(await codeOf(verifier.verify(mine))).toBe('ok')
  expect((performance.now() - start) / 100).toBeLessThan(1)
  time += 9_999
  expect(await codeOf(verifier.verify(unknown(1)))).toBe('unknown_key')
  expect(requests).toHaveLength(2)
  time += 1
  expect(await codeOf(verifier.verify(unknown(1)))).toBe('unknown_key')
  expect(requests).toHaveLength(3)
}

async function outage(): Promise<void> {
  let time = now
  const { url, stop } = await serve((_, res) => json(res, { keys }))
  const verifier = verifierFor('access', { jwks: { url, maxAge: 60, maxStale: 600 }, now: () => time })
  const mine = token(access({ exp: seconds + 7200 }, now))
  await verifier.warmUp()
  stop()
  for (const later of [59, 61, 300, 659]) {
    time = now + later * 1000
    expect(await codeOf(verifier.verify(mine))).toBe('ok')
  }
  time = now + 660_000
  expect(await codeOf(verifier.verify(mine))).toBe('keys_unavailable')
}

async function clocks(): Promise<void> {
  let time = now
  const { url, requests } = await serve((_, res) => json(res, { keys }))
  const verifier = verifierFor('access', { jwks: { url }, now: () => time })
  const mine = good()
  expect(await codeOf(verifier.verify(mine))).toBe('ok')
  time = now + 3600_000
  expect(await codeOf(verifier.verify(mine))).toBe('ok')
  time = now + 3606_000
  expect(await codeOf(verifier.verify(mine))).toBe('expired')
  // Back: the token is of the future then, and the keys are not taken for fresh because their age is negative.
  time = now - 3600_000
  const before = requests.length
  expect(await codeOf(verifier.verify(mine))).toBe('not_yet_valid')
  expect(requests).toHaveLength(before + 1)
  time = now
  expect(await codeOf(verifier.verify(mine))).toBe('ok')
}
