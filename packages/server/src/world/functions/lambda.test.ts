import type { IncomingMessage, RequestListener } from 'node:http'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test, vi } from 'vitest'
import { listenHere } from '../../../test/listen.ts'
import { createInvoker } from './invoke.ts'

vi.setConfig({ testTimeout: 60_000 })

const event = { triggerSource: 'PostConfirmation_ConfirmSignUp', userPoolId: 'local_dev', response: {} }
const arn = 'arn:aws:lambda:eu-north-1:000000000000:function:welcome:live'

/** Calls a function over the real SDK, with the credentials of the environment; `answer` plays Lambda. */
async function call(answer: RequestListener, { limit = 20_000, credentials = true } = {}) {
  vi.stubEnv('AWS_ACCESS_KEY_ID', credentials ? 'AKIDEXAMPLE' : undefined)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', credentials ? 'secret' : undefined)
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
  vi.stubEnv('HOME', '/nonexistent')
  onTestFinished(() => void vi.unstubAllEnvs())
  const lambdaEndpoint = await listenHere(answer)
  const reports: unknown[] = []
  const invoker = createInvoker({ lambdaEndpoint, limit, report: (_name, error) => reports.push(error) })
  onTestFinished(() => invoker.close())
  return { answer: await invoker.invoke(arn, event).catch((error: unknown) => error), reports }
}

const reply =
  (status: number, body: string, headers: Record<string, string> = {}): RequestListener =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body)
  }

test("it is Lambda's Invoke call, signed for the ARN's region", async () => {
  const seen: { request: IncomingMessage; body: unknown }[] = []
  const { answer } = await call(async (request, response) => {
    seen.push({ request, body: JSON.parse(await text(request)) })
    response.end(JSON.stringify({ ...event, response: { fine: true } }))
  })
  expect(answer).toEqual({ ...event, response: { fine: true } })
  const [{ request, body } = expect.fail('not called')] = seen
  expect(request.method).toBe('POST')
  expect(decodeURIComponent(request.url ?? '')).toBe(`/2015-03-31/functions/${arn}/invocations`)
  expect(request.headers.authorization).toMatch(/Credential=AKIDEXAMPLE\/\d{8}\/eu-north-1\/lambda\/aws4_request/)
  expect(body).toEqual(event)
})

const invocationFailed = (error: string) => `PostConfirmation invocation failed due to error ${error}.`
const thrown = JSON.stringify({ errorMessage: 'No room', errorType: 'Error', trace: ['at x'] })
const amazon = (type: string, status: number) =>
  reply(status, JSON.stringify({ Message: 'no' }), { 'x-amzn-errortype': type })

// biome-ignore format: a table
const refusals: [title: string, answer: RequestListener, code: string, message: string][] = [
  ['an error of the function',     reply(200, thrown, { 'x-amz-function-error': 'Unhandled' }), 'UserLambdaValidation', 'PostConfirmation failed with error No room.'],
  ["the emulator's error",         reply(200, thrown),                                'UserLambdaValidation',  'PostConfirmation failed with error No room.'],
  ['an error without words',       reply(200, '{}', { 'x-amz-function-error': 'Unhandled' }), 'UnexpectedLambda', invocationFailed('Unhandled')],
  ['throttling',                   amazon('TooManyRequestsException', 429),           'UnexpectedLambda',      invocationFailed('TooManyRequestsException')],
  ['no permission',                amazon('AccessDeniedException', 403),              'UnexpectedLambda',      invocationFailed('AccessDeniedException')],
  ['no function',                  amazon('ResourceNotFoundException', 404),          'UnexpectedLambda',      invocationFailed('ResourceNotFoundException')],
  ['a fault of its own',           amazon('ServiceException', 500),                   'UnexpectedLambda',      invocationFailed('ServiceException')],
  ['no JSON',                      reply(200, 'Task timed out after 1.00 seconds'),   'InvalidLambdaResponse', 'Unrecognizable lambda output'],
  ['null',                         reply(200, 'null'),                                'InvalidLambdaResponse', 'Unrecognizable lambda output'],
  ['too much',                     reply(200, JSON.stringify({ a: 'x'.repeat(300_000) })), 'InvalidLambdaResponse', 'Unrecognizable lambda output'],
  ['a redirection',                reply(302, '', { location: 'http://127.0.0.1:1/' }), 'UnexpectedLambda',    expect.stringMatching(/invocation failed/)],
]

for (const [title, answer, code, message] of refusals)
  test(`Lambda answers ${title}, and is not asked again`, async () => {
    let asked = 0
    const outcome = await call((request, response) => {
      asked++
      answer(request, response)
    })
    expect(outcome.answer).toMatchObject({ code, message })
    expect(asked).toBe(1)
  })

test('a call that takes too long is made once more', async () => {
  let asked = 0
  const { answer } = await call(() => void asked++, { limit: 1_000 })
  const message = invocationFailed('Socket timeout while invoking Lambda function')
  expect(answer).toMatchObject({ code: 'UnexpectedLambda', message })
  expect(asked).toBe(2)
})

test('without credentials nothing is sent: the operator learns why, the caller does not', async () => {
  let asked = 0
  const { answer, reports } = await call(() => void asked++, { credentials: false })
  expect(answer).toMatchObject({ message: invocationFailed('Could not connect to the endpoint') })
  expect(reports).toEqual([expect.objectContaining({ name: 'CredentialsProviderError' })])
  expect(asked).toBe(0)
})
