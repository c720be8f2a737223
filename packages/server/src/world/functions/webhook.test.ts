import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { listenHere } from '../../../test/listen.ts'
import { localCertificate } from '../certificates.ts'
import { createInvoker, type InvokerOptions } from './invoke.ts'

const event = { triggerSource: 'PreSignUp_SignUp', userPoolId: 'local_dev', response: { autoConfirmUser: false } }
const arn = 'arn:aws:lambda:eu-west-1:000000000000:function:welcome'

/** Calls the function `welcome`; an error is given back, with what the operator was told. */
async function call(options: InvokerOptions, at = arn) {
  const reports: unknown[] = []
  const invoker = createInvoker({ limit: 5_000, ...options, report: (_name, error) => reports.push(error) })
  onTestFinished(() => invoker.close())
  const answer = await invoker.invoke(at, event).catch((error: unknown) => error)
  return { answer, reports }
}

const reply =
  (status: number, body: string, headers: Record<string, string> = {}): RequestListener =>
  (_request, response) => {
    response.writeHead(status, headers).end(body)
  }

const invocationFailed = (error: string) => `PreSignUp invocation failed due to error ${error}.`
const nope = JSON.stringify({ errorMessage: 'Nope', errorType: 'Error' })
const unrecognizable = 'Unrecognizable lambda output'

test('the event is posted as JSON, with the authorization of the address, and the answer is the event', async () => {
  const seen: unknown[] = []
  const url = await listenHere(async (request, response) => {
    const { method, url: path, headers } = request
    const body: unknown = JSON.parse(await text(request))
    seen.push({ method, path, type: headers['content-type'], authorization: headers.authorization, body })
    response.end(JSON.stringify({ ...event, response: { autoConfirmUser: true } }))
  })
  const { answer } = await call({ urls: { welcome: `${url.replace('//', '//pool:s%20cret@')}/hooks?a=b` } })
  expect(answer).toEqual({ ...event, response: { autoConfirmUser: true } })
  const authorization = `Basic ${Buffer.from('pool:s cret').toString('base64')}`
  expect(seen).toEqual([{ method: 'POST', path: '/hooks?a=b', type: 'application/json', authorization, body: event }])
})

// biome-ignore format: a table
const refusals: [title: string, answer: RequestListener, code: string, message: string][] = [
  ['a refusal',                   reply(400, nope),                                     'UserLambdaValidation',  'PreSignUp failed with error Nope.'],
  ['a refusal with 422',          reply(422, nope),                                     'UserLambdaValidation',  'PreSignUp failed with error Nope.'],
  ['an error as Lambda tells it', reply(200, nope, { 'x-amz-function-error': 'Unhandled' }), 'UserLambdaValidation', 'PreSignUp failed with error Nope.'],
  ['a refusal without a reason',  reply(403, 'Forbidden'),                              'UnexpectedLambda',      invocationFailed('HTTP status 403')],
  ['too many requests',           reply(429, nope),                                     'UnexpectedLambda',      invocationFailed('TooManyRequestsException')],
  ['a fault',                     reply(500, nope),                                     'UnexpectedLambda',      invocationFailed('HTTP status 500')],
  ['no JSON',                     reply(200, 'fine'),                                   'InvalidLambdaResponse', unrecognizable],
  ['nothing',                     reply(204, ''),                                       'InvalidLambdaResponse', unrecognizable],
  ['a list',                      reply(200, '[]'),                                     'InvalidLambdaResponse', unrecognizable],
  ['too much',                    reply(200, JSON.stringify({ a: 'x'.repeat(300_000) })), 'InvalidLambdaResponse', unrecognizable],
  ['a connection that breaks',    (_request, response) => void response.destroy(),      'UnexpectedLambda',      invocationFailed('Could not connect to the endpoint')],
  ['half an answer',              (_request, response) => { response.writeHead(200, { 'content-length': '99' }).write('{'); setTimeout(() => response.destroy(), 20) }, 'UnexpectedLambda', invocationFailed('Could not connect to the endpoint')],
]

for (const [title, answer, code, message] of refusals)
  test(`a webhook that answers ${title}, which is not asked again`, async () => {
    let asked = 0
    const url = await listenHere((request, response) => {
      asked++
      answer(request, response)
    })
    expect((await call({ urls: { welcome: url } })).answer).toMatchObject({ code, message })
    expect(asked).toBe(1)
  })

test('a redirection is not followed', async () => {
  const asked: unknown[] = []
  const elsewhere = await listenHere((request, response) => {
    asked.push(request.url)
    response.end(JSON.stringify(event))
  })
  for (const status of [301, 302, 307, 308]) {
    const url = await listenHere(reply(status, '', { location: elsewhere }))
    const { answer } = await call({ urls: { welcome: url } })
    expect(answer).toMatchObject({ message: invocationFailed(`HTTP status ${status}`) })
  }
  expect(asked).toEqual([])
})

test('nobody is there: the operator learns why, the caller does not', async () => {
  const { answer, reports } = await call({ urls: { welcome: 'http://127.0.0.1:1/' } })
  expect(answer).toMatchObject({ message: invocationFailed('Could not connect to the endpoint') })
  expect(reports).toEqual([expect.objectContaining({ code: 'ECONNREFUSED' })])
})

const slow: [title: string, answer: RequestListener][] = [
  ['answers nothing', () => {}],
  [
    'drips',
    (_request, response) => {
      const drip = setInterval(() => response.write(' '), 20)
      response.on('close', () => clearInterval(drip))
    },
  ],
]

for (const [title, answer] of slow)
  test(`a webhook that ${title} is asked once more, and then given up`, async () => {
    let asked = 0
    const url = await listenHere((request, response) => {
      asked++
      answer(request, response)
    })
    const started = performance.now()
    const { answer: error } = await call({ urls: { welcome: url }, limit: 300 })
    const timedOut = invocationFailed('Socket timeout while invoking Lambda function')
    expect(error).toMatchObject({ code: 'UnexpectedLambda', message: timedOut })
    expect(asked).toBe(2)
    expect(performance.now() - started).toBeGreaterThan(590)
  })

test('a second try may answer', async () => {
  let asked = 0
  const url = await listenHere((_request, response) => {
    if (++asked === 2) response.end(JSON.stringify(event))
  })
  expect((await call({ urls: { welcome: url }, limit: 500 })).answer).toEqual(event)
})

test('a certificate that does not hold is refused, one that does is not', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'webhook-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const { authorityFile, ...tls } = await localCertificate(folder, ['localhost'], Date.now())
  let asked = 0
  const answer: RequestListener = (_request, response) => {
    asked++
    response.end(JSON.stringify(event))
  }
  const url = await listenHere(answer, tls)
  // What people set when a certificate is in their way must not open this door.
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
  onTestFinished(() => void delete process.env.NODE_TLS_REJECT_UNAUTHORIZED)
  const refused = await call({ urls: { welcome: url } })
  expect(refused.answer).toMatchObject({ message: invocationFailed('Could not connect to the endpoint') })
  expect(refused.reports).toEqual([expect.objectContaining({ code: expect.stringMatching(/CERT|ISSUER/) })])
  expect(asked).toBe(0)
  const known = getCACertificates('default')
  setDefaultCACertificates([...known, await readFile(authorityFile, 'utf8')])
  onTestFinished(() => setDefaultCACertificates(known))
  expect((await call({ urls: { welcome: url } })).answer).toEqual(event)
})

test('which address it is: the one of the ARN, of the name, the file, then the one for all', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'webhook-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'welcome.mjs'), 'export const handler = async () => ({ from: "file" })')
  const url = await listenHere((request, response) => void response.end(JSON.stringify({ from: request.url })))
  const from = async (options: InvokerOptions, at?: string) => (await call({ ...options, limit: 60_000 }, at)).answer
  const all = {
    folder,
    url: `${url}/all/{region}/{name}`,
    urls: { welcome: `${url}/name`, [`${arn}:live`]: `${url}/arn` },
  }
  expect(await from(all, `${arn}:live`)).toEqual({ from: '/arn' })
  expect(await from(all)).toEqual({ from: '/name' })
  expect(await from({ ...all, urls: {} })).toEqual({ from: 'file' })
  expect(await from({ ...all, urls: {} }, arn.replace('welcome', 'other'))).toEqual({ from: '/all/eu-west-1/other' })
  expect(await from({ folder }, arn.replace('welcome', 'other'))).toMatchObject({ code: 'UnexpectedLambda' })
  expect(await from(all, arn.replace('welcome', '../x'))).toMatchObject({ code: 'UnexpectedLambda' })
})
