import { createHash, createHmac } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import type { IncomingHttpHeaders, RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { HttpRequest } from '@smithy/protocol-http'
import { SignatureV4 } from '@smithy/signature-v4'
import { expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '../../../test/databases.ts'
import { listenHere } from '../../../test/listen.ts'
import type { TextGateway } from '../../config.ts'
import { deliverWaiting } from '../../directory/outbox.ts'
import { insertMessage } from '../../store/outbox.ts'
import { localCertificate } from '../certificates.ts'
import { MessageRefused } from '../mail.ts'
import { createWorld } from '../real.ts'
import { testWorld } from '../test.ts'
import type { Message } from '../world.ts'
import { createTexter } from './gateway.ts'

const now = Date.UTC(2027, 0, 15, 8)

const message: Message = {
  id: 'f00d', poolId: 'local_dev', channel: 'sms', kind: 'SignUp', to: '+441632960001', subject: '',
  text: 'Your code is 493027', code: '493027', createdAt: now,
} // biome-ignore format: a record

const plain = { kind: 'http', method: 'POST', headers: {}, body: 'to={to}&text={text}&from={from}' } as const
const twilio = {
  ...plain, kind: 'twilio', from: '+15005550006', credentials: { id: 'AC1', secret: 's3cret' },
} as const // biome-ignore format: a record
const sns = {
  ...plain,
  kind: 'sns',
  region: 'eu-west-1',
  credentials: { id: 'AKIDEXAMPLE', secret: 's3cret' },
} as const

interface Seen {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** Sends a message through a gateway that plays `answer`; what it threw is given back. */
async function send(
  gateway: Omit<TextGateway, 'url'> & { path?: string },
  change: Partial<Message> = {},
  answer: RequestListener = (_request, response) => void response.writeHead(201).end('{}'),
) {
  const seen: Seen[] = []
  const base = await listenHere(async (request, response) => {
    const { method, url, headers } = request
    seen.push({ method, url, headers, body: await text(request) })
    answer(request, response)
  })
  const texter = createTexter({ ...gateway, url: `${base}${gateway.path ?? '/send'}` }, () => now)
  onTestFinished(() => texter.close())
  const thrown = await texter.send({ ...message, ...change }).catch((error: unknown) => error)
  return { thrown, seen, base, one: seen[0] ?? expect.fail('nothing was sent') }
}

const form = (body: string) => Object.fromEntries(new URLSearchParams(body))
const hostile = `"}],"to":"+1&to=+2\r\nX: {to} {from} %26to%3D \\ ' é 🗝 <x>&amp;`

test('a form: what is in a message stays in its value', async () => {
  const { one } = await send({ ...plain, from: 'Shop' }, { text: hostile })
  expect(one).toMatchObject({ method: 'POST', url: '/send' })
  expect(one.headers['content-type']).toBe('application/x-www-form-urlencoded')
  expect([...new URLSearchParams(one.body)]).toEqual([
    ['to', message.to],
    ['text', hostile],
    ['from', 'Shop'],
  ])
})

test('JSON: what is in a message stays in its value', async () => {
  const body = '{ "messages": [{ "to": ["{to}"], "body": "<{from}> {text}", "n": 1, "x": null }] }'
  const { one } = await send({ ...plain, method: 'PUT', body, from: 'Shop' }, { text: hostile })
  expect(one.method).toBe('PUT')
  expect(one.headers['content-type']).toBe('application/json')
  expect(JSON.parse(one.body)).toEqual({ messages: [{ to: [message.to], body: `<Shop> ${hostile}`, n: 1, x: null }] })
})

test('a query: what is in a message stays in its value', async () => {
  const { one } = await send(
    { ...plain, method: 'GET', path: '/send?key=k%26y&to={to}&text={text}' },
    { text: hostile },
  )
  expect(one).toMatchObject({ method: 'GET', body: '' })
  expect([...new URL(one.url ?? '', 'http://x').searchParams]).toEqual([
    ['key', 'k&y'],
    ['to', message.to],
    ['text', hostile],
  ])
})

test('headers and credentials', async () => {
  expect((await send({ ...plain, headers: { 'x-key': 's3cret' } })).one.headers['x-key']).toBe('s3cret')
  const { one } = await send({ ...plain, credentials: { id: 'me', secret: 's3cret' } })
  expect(one.headers.authorization).toBe(`Basic ${Buffer.from('me:s3cret').toString('base64')}`)
})

test("Twilio's request", async () => {
  const { one } = await send(twilio, { text: hostile })
  expect(one.method).toBe('POST')
  expect(one.headers.authorization).toBe(`Basic ${Buffer.from('AC1:s3cret').toString('base64')}`)
  expect(form(one.body)).toEqual({ To: message.to, From: '+15005550006', Body: hostile })
  const service = `MG${'0'.repeat(32)}`
  expect(form((await send({ ...twilio, from: service })).one.body)).toMatchObject({ MessagingServiceSid: service })
})

/** SHA-256 as the signer of the AWS SDK wants it. */
class Sha256 {
  readonly #hash

  constructor(secret?: string | Uint8Array) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret)
  }

  update(data: string | Uint8Array): void {
    this.#hash.update(data)
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest()
  }
}

test("SNS's request, signed as the SDK signs it", async () => {
  const { one } = await send({ ...sns, path: '/', from: 'Shop' }, { text: hostile })
  expect(form(one.body)).toEqual({
    Action: 'Publish',
    Version: '2010-03-31',
    PhoneNumber: message.to,
    Message: hostile,
    'MessageAttributes.entry.1.Name': 'AWS.SNS.SMS.SMSType',
    'MessageAttributes.entry.1.Value.DataType': 'String',
    'MessageAttributes.entry.1.Value.StringValue': 'Transactional',
    'MessageAttributes.entry.2.Name': 'AWS.SNS.SMS.SenderID',
    'MessageAttributes.entry.2.Value.DataType': 'String',
    'MessageAttributes.entry.2.Value.StringValue': 'Shop',
  })
  const { host = '', 'content-type': type = '', 'x-amz-date': date = '' } = one.headers
  expect(date).toBe('20270115T080000Z')
  const signer = new SignatureV4({
    applyChecksum: false,
    credentials: { accessKeyId: sns.credentials.id, secretAccessKey: sns.credentials.secret },
    region: 'eu-west-1',
    service: 'sns',
    sha256: Sha256 as never,
  })
  const headers = { host, 'content-type': type }
  const signed = await signer.sign(new HttpRequest({ method: 'POST', path: '/', headers, body: one.body }), {
    signingDate: new Date(now),
    signableHeaders: new Set(['host', 'content-type', 'x-amz-date']),
  })
  expect(one.headers.authorization).toBe(signed.headers.authorization)
})

const amazon = (code: string) => `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code></Error></ErrorResponse>`

// biome-ignore format: a table
const answers: [title: string, gateway: Omit<TextGateway, 'url'>, status: number, body: string, refused: boolean][] = [
  ['a bad request',                      plain,  400, '',                           true],
  ['a text that cannot be processed',    plain,  422, '',                           true],
  ['a wrong password',                   plain,  401, '',                           false],
  ['no way there',                       plain,  404, '',                           false],
  ['too many at once',                   plain,  429, '',                           false],
  ['a fault',                            plain,  503, '',                           false],
  ['a redirection',                      plain,  307, '',                           false],
  ["Twilio's word for no number",        twilio, 400, '{"code":21211}',             true],
  ["Twilio's word for who wants none",   twilio, 400, '{"code":21610}',             true],
  ["Twilio's word for a wrong sender",   twilio, 400, '{"code":21212}',             false],
  ["Twilio's word for a wrong token",    twilio, 401, '{"code":20003}',             false],
  ['no word of Twilio',                  twilio, 400, '<html>',                     false],
  ["SNS's word for no number",           sns,    400, amazon('InvalidParameter'),   true],
  ["SNS's word for too many",            sns,    400, amazon('Throttling'),         false],
  ["SNS's word for a wrong key",         sns,    403, amazon('InvalidClientTokenId'), false],
]

for (const [title, gateway, status, body, refused] of answers)
  test(`${title}: ${refused ? 'given up' : 'tried again later'}, and no secret is told`, async () => {
    const { thrown, seen } = await send(gateway, {}, (_request, response) => {
      response.writeHead(status, { location: '/elsewhere' }).end(body)
    })
    expect(thrown).toBeInstanceOf(Error)
    expect(thrown instanceof MessageRefused).toBe(refused)
    expect(seen).toHaveLength(1)
    expect(String(thrown)).toBe(`${refused ? 'MessageRefused' : 'Error'}: The text gateway answered ${status}`)
  })

for (const to of [
  '',
  '441632960001',
  '+44 1632 960001',
  '+441632960001,+15005550006',
  '+44163296000\n',
  'ada@example.com',
  '+0123456789',
])
  test(`${JSON.stringify(to)} is no number: nothing is sent`, async () => {
    const texter = createTexter({ ...plain, url: 'http://127.0.0.1:1/' }, () => now)
    await expect(texter.send({ ...message, to })).rejects.toBeInstanceOf(MessageRefused)
  })

test('a gateway that is away may come back', async () => {
  const texter = createTexter({ ...plain, url: 'http://127.0.0.1:1/' }, () => now)
  const error = await texter.send(message).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'ECONNREFUSED' })
})

test('a certificate that does not hold is refused before anything is sent', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const { authorityFile, ...tls } = await localCertificate(folder, ['localhost'], Date.now())
  let asked = 0
  const url = await listenHere(() => void asked++, tls)
  const texter = createTexter({ ...twilio, url }, () => now)
  await expect(texter.send(message)).rejects.toMatchObject({ code: expect.stringMatching(/CERT|ISSUER/) })
  expect(asked).toBe(0)
})

test('from the outbox: a message that is not taken is sent again, the same, and what is logged holds no secret', async () => {
  const statuses = [503, 201]
  const bodies: string[] = []
  const url = await listenHere(async (request, response) => {
    bodies.push(await text(request))
    response.writeHead(statuses.shift() ?? 500).end(`secret answer`)
  })
  const world = testWorld({ config: { mode: 'production', textGateway: { ...twilio, url } } })
  const real = createWorld(world.config)
  onTestFinished(() => real.close())
  const outside = { ...world, deliver: real.deliver }
  const db = await openDatabase('sqlite')
  await insertMessage(db, outside, { ...message, createdAt: world.now() })
  expect(await deliverWaiting(db, outside)).toBe(0)
  world.tick(15_000)
  expect(await deliverWaiting(db, outside)).toBe(1)
  expect(await deliverWaiting(db, outside)).toBe(0)
  expect(bodies).toHaveLength(2)
  expect(bodies[1]).toBe(bodies[0])
  expect(world.lines).toHaveLength(1)
  const error = world.lines[0]?.fields?.error
  const logged = `${error instanceof Error ? error.stack : error} ${JSON.stringify(world.lines)}`
  expect(logged).toContain('The text gateway answered 503')
  for (const secret of ['s3cret', 'secret answer', '493027', message.to]) expect(logged).not.toContain(secret)
})
