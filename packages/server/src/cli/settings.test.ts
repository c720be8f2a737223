import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { isLoopback, readAddress, readCommon, readProduction } from './read-config.ts'
import { chooseDatabase } from './stores.ts'
import { UsageError } from './usage-error.ts'
import { type Flags, readValues, type Sources, settingNames } from './values.ts'

const folder = mkdtempSync(join(tmpdir(), 'settings-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const masterKey = Buffer.alloc(32, 1).toString('base64')
const needed = { POOLHOUSE_MASTER_KEY: masterKey, POOLHOUSE_ACCESS_KEYS: 'admin:0123456789abcdef' }

function read(flags: Flags = {}, environment: Flags = {}, file?: Sources['file']) {
  return readProduction(readValues({ flags, environment: { ...needed, ...environment }, file }, settingNames), 9500)
}

test('a flag wins over a variable, a variable over the file, the file over the default', () => {
  const file = { region: 'eu-west-3' }
  const variable = { POOLHOUSE_REGION: 'eu-west-2' }
  expect(read({ region: 'eu-west-1' }, variable, file).region).toBe('eu-west-1')
  expect(read({}, variable, file).region).toBe('eu-west-2')
  expect(read({}, {}, file).region).toBe('eu-west-3')
  expect(read().region).toBeUndefined()
})

test('an empty variable is none', () => {
  expect(read({}, { POOLHOUSE_ISSUER: '' }).issuer).toBe('own')
})

test('secrets come from files too', () => {
  const file = join(folder, 'keys')
  writeFileSync(file, 'ci:fedcba9876543210\n')
  const keys = [{ id: 'ci', secret: 'fedcba9876543210' }]
  expect(read({ 'access-keys-file': file }).accessKeys).toEqual(keys)
  expect(read({}, { POOLHOUSE_ACCESS_KEYS: '', POOLHOUSE_ACCESS_KEYS_FILE: file }).accessKeys).toEqual(keys)
  expect(() => read({ 'access-keys-file': join(folder, 'none') })).toThrow(
    /--access-keys-file names a file that cannot/,
  )
})

test('what is given is what is used', () => {
  const config = read({
    'public-url': 'https://Login.example.org/',
    'account-id': '123456789012',
    issuer: 'aws',
    'domain-suffix': 'login.example.org',
    'smtp-url': 'smtps://user:password@mail.example.org',
    'mail-from': 'Shop <no-reply@example.org>',
    'trusted-proxies': '10.0.0.1, ::1',
    limits: 'ForgotPassword=10, ConfirmSignUp=0',
    functions: folder,
    templates: folder,
  })
  expect(config).toMatchObject({
    mode: 'production',
    publicUrl: 'https://login.example.org',
    accountId: '123456789012',
    issuer: 'aws',
    domainSuffix: 'login.example.org',
    smtpUrl: 'smtps://user:password@mail.example.org',
    mailFrom: 'Shop <no-reply@example.org>',
    trustedProxies: ['10.0.0.1', '::1'],
    accessKeys: [{ id: 'admin', secret: '0123456789abcdef' }],
    functions: folder,
    templates: folder,
  })
  expect(config.masterKey).toEqual(Buffer.alloc(32, 1))
})

// biome-ignore format: a table
const wrong: [flags: Flags, environment: Flags, message: RegExp][] = [
  [{ region: 'Paris' },                        {}, /--region is "Paris"; it must be a region such as eu-west-1/],
  [{},     { POOLHOUSE_ACCOUNT_ID: '12345678901' }, /POOLHOUSE_ACCOUNT_ID is "12345678901"; it must be twelve digits/],
  [{ issuer: 'mine' },                         {}, /own or aws/],
  [{ 'public-url': 'login.example.org' },      {}, /an address without a path/],
  [{ 'public-url': 'https://a.example/login' }, {}, /an address without a path/],
  [{ 'public-url': 'ftp://a.example' },        {}, /an address without a path/],
  [{ 'public-url': 'https://a@b.example' },    {}, /an address without a path/],
  [{ 'domain-suffix': 'https://a' },           {}, /a host name/],
  [{ 'smtp-url': 'http://user:hidden@a' },     {}, /smtp-url is "…"/],
  [{ 'mail-from': 'a@b\r\nBcc: c@d' },         {}, /an e-mail address/],
  [{ limits: 'ForgotPassword' },                  {}, /limits such as/],
  [{ limits: 'ForgotPassword=-1' },               {}, /limits such as/],
  [{ limits: 'GetUser=5' },                        {}, /limits such as/],
  [{ 'trusted-proxies': '10.0.0.0/8' },        {}, /IP addresses/],
  [{ functions: join(folder, 'none') },        {}, /it must be a folder/],
  [{ templates: join(folder, 'none') },        {}, /--templates is ".*none"; it must be a folder/],
  [{ 'functions-url': 'http://u:hidden@a.example/{name}' }, {}, /--functions-url is "…"; it must be an https:/],
  [{ 'functions-url': 'hooks.example.com' },   {}, /it must be an https:/],
  [{ 'lambda-endpoint': 'http://10.0.0.1' },   {}, /--lambda-endpoint is "…"; it must be an https:/],
  [{ 'functions-url': 'https://a/{name}', 'lambda-endpoint': 'https://b' }, {}, /exclude each other/],
  [{ 'sms-gateway': 'pigeon' },                {}, /--sms-gateway is "…"; it must be http, twilio or sns/],
  [{ 'sms-gateway': 'http' },                  {}, /--sms-url is not set; it must be the address of the gateway/],
  [{ 'sms-gateway': 'http', 'sms-url': 'http://sms.example.com' }, {}, /--sms-url is "…"; it must be an https:/],
  [{ 'sms-gateway': 'http', 'sms-url': 'https://a.example/{to}' }, {}, /placeholders in its query alone/],
  [{ 'sms-gateway': 'http', 'sms-url': 'https://u:hidden@a.example' }, {}, /--sms-url is "…"/],
  [{ 'sms-gateway': 'http', 'sms-url': 'https://a.example', 'sms-method': 'DELETE' }, {}, /POST, PUT or GET/],
  [{ 'sms-gateway': 'http', 'sms-url': 'https://a.example', 'sms-body': '{"to":{to}}' }, {}, /--sms-body is "…"; it must be JSON/],
  [{ 'sms-gateway': 'http', 'sms-url': 'https://a.example', 'sms-body': 'to={to}' }, {}, /with \{text\} in it/],
  [{ 'sms-gateway': 'http', 'sms-url': 'https://a.example?to={to}', 'sms-method': 'GET' }, {}, /with \{text\} in it/],
  [{ 'sms-gateway': 'http', 'sms-url': 'https://a.example' }, { POOLHOUSE_SMS_HEADERS: 'Content-Type: a/b' }, /POOLHOUSE_SMS_HEADERS is "…"/],
  [{ 'sms-gateway': 'http', 'sms-url': 'https://a.example' }, { POOLHOUSE_SMS_HEADERS: 'hidden' }, /lines of Name: value/],
  [{ 'sms-gateway': 'http', 'sms-url': 'https://a.example' }, { POOLHOUSE_SMS_CREDENTIALS: 'hidden' }, /POOLHOUSE_SMS_CREDENTIALS is "…"; it must be id:secret/],
  [{ 'sms-gateway': 'http', 'sms-url': 'https://a.example' }, { POOLHOUSE_SMS_CREDENTIALS: 'a:b', POOLHOUSE_SMS_HEADERS: 'Authorization: x' }, /without Authorization/],
  [{ 'sms-gateway': 'twilio' },                {}, /--sms-credentials-file is not set; it must be id:secret, which twilio needs/],
  [{ 'sms-gateway': 'twilio' },                { POOLHOUSE_SMS_CREDENTIALS: 'AC1:b' }, /the number or messaging service/],
  [{ 'sms-gateway': 'sns' },                   { POOLHOUSE_SMS_CREDENTIALS: 'a:b' }, /https:\/\/sns.eu-west-1.amazonaws.com, or --region set/],
  [{},             { POOLHOUSE_CODE_KEY: 'c2hvcnQ=' }, /POOLHOUSE_CODE_KEY does not hold 32 bytes in base64/],
  [{},             { POOLHOUSE_MASTER_KEY: '' },   /openssl rand -base64 32/],
  [{},             { POOLHOUSE_MASTER_KEY: 'c2hvcnQ=' }, /32 bytes in base64/],
  [{},             { POOLHOUSE_MASTER_KEY: `${masterKey}AAAA` }, /32 bytes in base64/],
  [{},             { POOLHOUSE_ACCESS_KEYS: '' },  /POOLHOUSE_ACCESS_KEYS="admin:\$\(openssl rand/],
  [{},             { POOLHOUSE_ACCESS_KEYS: 'local:local' }, /too short/],
  [{},             { POOLHOUSE_ACCESS_KEYS: 'nothing' }, /list of id:secret/],
  [{},             { POOLHOUSE_ACCESS_KEYS: 'a:0123456789abcdef,' }, /list of id:secret/],
]

for (const [flags, environment, message] of wrong)
  test(`${JSON.stringify({ ...flags, ...environment })} is refused`, () => {
    expect(() => read(flags, environment)).toThrow(UsageError)
    expect(() => read(flags, environment)).toThrow(message)
  })

test('a secret that is refused is not shown', () => {
  for (const environment of [
    { POOLHOUSE_MASTER_KEY: 'hidden' },
    { POOLHOUSE_ACCESS_KEYS: 'a:hidden' },
    { POOLHOUSE_CODE_KEY: 'hidden' },
  ])
    expect(() => read({}, environment)).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hidden') }),
    )
})

test('a text gateway of each kind', () => {
  const credentials = { POOLHOUSE_SMS_CREDENTIALS: 'AC1:secret' }
  expect(read({ 'sms-gateway': 'twilio', 'sms-from': '+15005550006' }, credentials).textGateway).toMatchObject({
    kind: 'twilio',
    url: 'https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json',
    from: '+15005550006',
    credentials: { id: 'AC1', secret: 'secret' },
  })
  expect(read({ 'sms-gateway': 'sns', region: 'eu-west-1' }, credentials).textGateway).toMatchObject({
    url: 'https://sns.eu-west-1.amazonaws.com/',
    region: 'eu-west-1',
  })
  const other = { 'sms-gateway': 'sns', 'sms-url': 'https://sns.us-east-1.amazonaws.com', region: 'eu-west-1' }
  expect(read(other, credentials).textGateway).toMatchObject({ url: other['sms-url'], region: 'us-east-1' })
  const http = { 'sms-gateway': 'http', 'sms-url': 'https://sms.example.com/send?to={to}' }
  expect(read(http, { POOLHOUSE_SMS_HEADERS: 'X-Key: secret\r\nAccept: */*\n' }).textGateway).toMatchObject({
    url: http['sms-url'],
    method: 'POST',
    headers: { 'x-key': 'secret', accept: '*/*' },
    body: 'to={to}&text={text}&from={from}',
  })
  expect(read().textGateway).toBeUndefined()
})

test('functions may be elsewhere: behind TLS, or on this machine', () => {
  for (const address of [
    'https://hooks.example.com/{name}',
    'http://127.0.0.1:9001/{name}',
    'http://[::1]:9001/{name}',
  ]) {
    expect(read({ 'functions-url': address }).functionsUrl).toBe(address)
    const document = { functions: { welcome: address } }
    expect(readProduction(readValues({ flags: {}, environment: needed }, settingNames), 9500, document)).toMatchObject({
      functionUrls: document.functions,
    })
  }
  expect(read({ 'lambda-endpoint': 'https://lambda.{region}.amazonaws.com' }).lambdaEndpoint).toMatch(/\{region\}/)
  const elsewhere = { functions: { welcome: 'http://hooks.example.com' } }
  const values = readValues({ flags: {}, environment: needed }, settingNames)
  expect(() => readProduction(values, 9500, elsewhere)).toThrow(/"welcome" of "functions".* must be an https:/)
  expect(readCommon(values, 9500, 'development', elsewhere).functionUrls).toEqual(elsewhere.functions)
})

// biome-ignore format: a table
const addresses: [text: string, host: string, port: number][] = [
  ['localhost:9500',    'localhost', 9500],
  ['9501',              'localhost', 9501],
  [':9501',             'localhost', 9501],
  ['0.0.0.0:80',        '0.0.0.0',   80],
  ['[::1]:9500',        '::1',       9500],
  ['127.0.0.1:0',       '127.0.0.1', 0],
]

for (const [value, host, port] of addresses)
  test(`it listens at ${value}`, () => expect(readAddress({ value, from: '--listen' })).toEqual({ host, port }))

for (const value of ['localhost', 'localhost:', 'localhost:99999', '::1:9500', 'http://localhost:9500', 'a b:1'])
  test(`it cannot listen at ${value}`, () => expect(() => readAddress({ value, from: '--listen' })).toThrow(UsageError))

test('loopback is nothing else', () => {
  expect(['localhost', '127.0.0.1', '127.1.2.3', '::1'].every(isLoopback)).toBe(true)
  expect(['0.0.0.0', '::', '10.0.0.1', '127.0.0.1.example.org', 'localhost.example.org'].some(isLoopback)).toBe(false)
})

test('data has one place', () => {
  const values = (flags: Flags) => readValues({ flags, environment: {} }, settingNames)
  expect(() => chooseDatabase(values({}))).toThrow(/--data .\/data/)
  expect(() => chooseDatabase(values({ data: 'a', 'database-url': 'postgres://b/c' }))).toThrow(/exclude each other/)
  expect(() => chooseDatabase(values({ 'database-url': 'mysql://b/c' }))).toThrow(/postgres:/)
})
