import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { PoolError } from '../../errors.ts'
import { createInvoker, type Invoker } from './invoke.ts'
import { readLambdaArn } from './outcome.ts'

vi.setConfig({ testTimeout: 120_000 })

const printed: string[] = []
let folder = ''
/** Patient: a process takes a while to start on a machine that has much else to do. */
let runner: Invoker
/** For functions that take as long as they are given. */
let impatient: Invoker

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'functions-'))
  // A package.json of ES modules above the functions is what most front ends have, and what AWS never sees.
  await writeFile(join(folder, 'package.json'), '{"type":"module"}')
  await mkdir(join(folder, 'functions', 'foldered'), { recursive: true })
  for (const [name, source] of Object.entries(sources)) await writeFile(join(folder, 'functions', name), source)
  await writeFile(join(folder, 'secret.js'), 'export const handler = async (event) => event')
  const options = {
    folder: join(folder, 'functions'),
    print: (name: string, line: string) => printed.push(`${name}: ${line}`),
  }
  runner = createInvoker({ ...options, limit: 60_000 })
  impatient = createInvoker({ ...options, limit: 1_000 })
})

afterAll(async () => {
  runner.close()
  impatient.close()
  await rm(folder, { recursive: true, force: true })
})

const event = { triggerSource: 'PreSignUp_SignUp', userPoolId: 'local_dev', response: { autoConfirmUser: false } }
const confirmed = { ...event, response: { autoConfirmUser: true } }
const confirm = 'event.response.autoConfirmUser = true;'
const arn = (name: string) => `arn:aws:lambda:eu-west-1:000000000000:function:${name}`

const sources: Record<string, string> = {
  'promise.mjs': `export const handler = async (event) => { ${confirm} return event }`,
  'commonjs.js': `exports.handler = async (event) => { ${confirm} return event }`,
  'module-exports.cjs': `module.exports = { handler: async (event) => { ${confirm} return event } }`,
  'requires.js': `const { join } = require('node:path'); exports.handler = async (event) => { ${confirm} return join && event }`,
  'typed.ts': `export const handler = async (event: { response: { autoConfirmUser: boolean } }) => { ${confirm} return event }`,
  'foldered/index.mjs': `export const handler = async (event) => { ${confirm} return event }`,
  'callback.js': `exports.handler = (event, context, callback) => { ${confirm} setTimeout(() => callback(null, event), 20) }`,
  'succeed.js': `exports.handler = (event, context) => { ${confirm} context.succeed(event) }`,
  'done.js': `exports.handler = (event, context) => { ${confirm} context.done(null, event) }`,
  'throws.mjs': `export const handler = async () => { throw new Error('Nope') }`,
  'throws-at-once.js': `exports.handler = () => { throw new Error('Nope') }`,
  'throws-text.mjs': `export const handler = async () => { throw 'Nope' }`,
  'callback-error.js': `exports.handler = (event, context, callback) => callback(new Error('Nope'))`,
  'callback-text.js': `exports.handler = (event, context, callback) => callback('Nope')`,
  'fails.js': `exports.handler = (event, context) => context.fail(new Error('Nope'))`,
  'spins.mjs': `export const handler = async () => { for (;;); }`,
  'waits.mjs': `setInterval(() => {}, 1000); export const handler = () => new Promise(() => {})`,
  'never.mjs': `export const handler = () => new Promise(() => {})`,
  'silent.js': `exports.handler = (event) => { ${confirm} }`,
  'exits.mjs': `export const handler = async () => process.exit(3)`,
  'crashes.mjs': `export const handler = () => new Promise(() => { setTimeout(() => { throw new Error('late') }, 5) })`,
  'disconnects.mjs': `export const handler = () => { process.disconnect(); return new Promise((done) => setTimeout(done, 60_000)) }`,
  'forges.mjs': `export const handler = () => { process.send({ id: 1, outcome: 'returned', json: '{}' }) }`,
  'bigint.mjs': `export const handler = async () => ({ n: 1n })`,
  'cyclic.mjs': `export const handler = async () => { const a = {}; a.a = a; return a }`,
  'text.mjs': `export const handler = async () => 'fine'`,
  'nothing.mjs': `export const handler = async () => {}`,
  'null.mjs': `export const handler = async () => null`,
  'list.mjs': `export const handler = async (event) => [event]`,
  'big.mjs': `export const handler = async (event) => ({ ...event, x: 'x'.repeat(300_000) })`,
  'memory.mjs': `export const handler = async () => { const all = []; for (;;) all.push(new Array(100_000).fill(all.length)) }`,
  'broken.mjs': `export const handler = async () => {`,
  'empty.mjs': `export const other = 1`,
  'environment.mjs': `export const handler = async () => ({ ...process.env })`,
  'prints.mjs': `export const handler = async (event) => { console.log('hello'); return event }`,
  'once.mjs': `let calls = 0; export const handler = async (event, context) => ({ calls: ++calls, left: context.getRemainingTimeInMillis() })`,
  'slow.mjs': `export const handler = async (event) => { await new Promise((done) => setTimeout(done, 300)); return { pid: process.pid } }`,
  'second-try.mjs': `import { existsSync, writeFileSync } from 'node:fs'
    const mark = import.meta.dirname + '/mark'
    export const handler = async (event) => { if (existsSync(mark)) return event; writeFileSync(mark, ''); for (;;); }`,
  'edited.mjs': `export const handler = async () => ({ version: 1 })`,
}

const timedOut = 'PreSignUp invocation failed due to error Socket timeout while invoking Lambda function.'
const missing = 'PreSignUp invocation failed due to error ResourceNotFoundException.'
const unloadable = 'PreSignUp invocation failed due to error Runtime.ImportModuleError.'
const unrecognizable = 'Unrecognizable lambda output'
const nope = 'PreSignUp failed with error Nope.'

// biome-ignore format: a table
const answers: [name: string, answer: object | [code: string, message: string]][] = [
  ['promise',          confirmed],
  ['commonjs',         confirmed],
  ['module-exports',   confirmed],
  ['requires',         confirmed],
  ['typed',            confirmed],
  ['foldered',         confirmed],
  ['callback',         confirmed],
  ['succeed',          confirmed],
  ['done',             confirmed],
  ['throws',           ['UserLambdaValidation', nope]],
  ['throws-at-once',   ['UserLambdaValidation', nope]],
  ['throws-text',      ['UserLambdaValidation', nope]],
  ['callback-error',   ['UserLambdaValidation', nope]],
  ['callback-text',    ['UserLambdaValidation', nope]],
  ['fails',            ['UserLambdaValidation', nope]],
  ['spins',            ['UnexpectedLambda', timedOut]],
  ['waits',            ['UnexpectedLambda', timedOut]],
  ['never',            ['InvalidLambdaResponse', unrecognizable]],
  ['silent',           ['InvalidLambdaResponse', unrecognizable]],
  ['exits',            ['UnexpectedLambda', 'PreSignUp invocation failed due to error Runtime exited with error: exit status 3.']],
  ['crashes',          ['UnexpectedLambda', 'PreSignUp invocation failed due to error Runtime exited with error: exit status 1.']],
  ['disconnects',      ['UnexpectedLambda', 'PreSignUp invocation failed due to error Runtime exited with error: signal: SIGKILL.']],
  ['forges',           ['UserLambdaValidation', 'PreSignUp failed with error process.send is not a function.']],
  ['bigint',           ['InvalidLambdaResponse', unrecognizable]],
  ['cyclic',           ['InvalidLambdaResponse', unrecognizable]],
  ['text',             ['InvalidLambdaResponse', unrecognizable]],
  ['nothing',          ['InvalidLambdaResponse', unrecognizable]],
  ['null',             ['InvalidLambdaResponse', unrecognizable]],
  ['list',             ['InvalidLambdaResponse', unrecognizable]],
  ['big',              ['InvalidLambdaResponse', unrecognizable]],
  ['broken',           ['UnexpectedLambda', unloadable]],
  ['empty',            ['UnexpectedLambda', unloadable]],
  ['absent',           ['UnexpectedLambda', missing]],
  ['../secret',        ['UnexpectedLambda', missing]],
  ['foldered/index',   ['UnexpectedLambda', missing]],
  ['promise.mjs',      ['UnexpectedLambda', missing]],
]

const hanging = new Set(['spins', 'waits'])

for (const [name, answer] of answers)
  test(`a function that is ${name}`, async () => {
    const chosen = hanging.has(name) ? impatient : runner
    const outcome = await chosen.invoke(arn(name), event).catch((error: unknown) => error)
    if (!Array.isArray(answer)) return expect(outcome).toEqual(answer)
    if (!(outcome instanceof PoolError)) throw new Error(`It answered ${JSON.stringify(outcome)}`)
    expect([outcome.code, outcome.message]).toEqual(answer)
  })

test('a function that fills the memory ends alone', async () => {
  const outcome = await runner.invoke(arn('memory'), event).catch((error: unknown) => error)
  expect(outcome).toMatchObject({ code: 'UnexpectedLambda' })
})

test('a crashed function is started afresh', async () => {
  for (let n = 0; n < 2; n++)
    await expect(runner.invoke(arn('exits'), event)).rejects.toMatchObject({ code: 'UnexpectedLambda' })
})

test('a time-out is tried once more, with a time of its own', async () => {
  const started = performance.now()
  const patient = createInvoker({ folder: join(folder, 'functions'), limit: 8_000 })
  expect(await patient.invoke(arn('second-try'), event)).toEqual(event)
  expect(performance.now() - started).toBeGreaterThan(8_000)
  patient.close()
})

test('its process is kept warm, and knows the time that is left', async () => {
  expect(await runner.invoke(arn('once'), event)).toMatchObject({ calls: 1 })
  const second = await runner.invoke(`${arn('once')}:live`, event)
  expect(second).toMatchObject({ calls: 2, left: expect.any(Number) })
})

test('calls at once have processes of their own, four at most', async () => {
  const answers = await Promise.all(Array.from({ length: 8 }, () => runner.invoke(arn('slow'), event)))
  expect(new Set(answers.map((answer) => (answer as { pid: number }).pid)).size).toBe(4)
})

test('a changed file is run as it is now', async () => {
  expect(await runner.invoke(arn('edited'), event)).toEqual({ version: 1 })
  const path = join(folder, 'functions', 'edited.mjs')
  await writeFile(path, 'export const handler = async () => ({ version: 2 })')
  await utimes(path, new Date(), new Date(Date.now() + 5_000))
  expect(await runner.invoke(arn('edited'), event)).toEqual({ version: 2 })
})

test('it sees nothing of the environment of the server', async () => {
  process.env.POOLHOUSE_MASTER_KEY = 'secret'
  const environment = await runner.invoke(arn('environment'), event)
  delete process.env.POOLHOUSE_MASTER_KEY
  const names = ['PATH', 'NODE_ENV', 'TZ', 'AWS_REGION', 'AWS_LAMBDA_FUNCTION_NAME']
  // Node's own, about the channel.
  const others = Object.keys(environment as object).filter((name) => !name.startsWith('NODE_CHANNEL'))
  expect(others.filter((name) => !names.includes(name))).toEqual([])
  expect(environment).toMatchObject({ AWS_REGION: 'eu-west-1', AWS_LAMBDA_FUNCTION_NAME: 'environment', TZ: ':UTC' })
})

test('what it prints goes to the log', async () => {
  await runner.invoke(arn('prints'), event)
  await expect.poll(() => printed, { timeout: 10_000 }).toContain('prints: hello')
})

test('without a folder there is no function', async () => {
  const none = createInvoker({ folder: undefined })
  await expect(none.invoke(arn('promise'), event)).rejects.toMatchObject({ message: missing })
})

// biome-ignore format: a table
const arns: [arn: string, name: string | undefined][] = [
  ['arn:aws:lambda:eu-west-1:000000000000:function:auto-confirm',      'auto-confirm'],
  ['arn:aws:lambda:eu-west-1:000000000000:function:auto_confirm:live', 'auto_confirm'],
  ['arn:aws-cn:lambda:cn-north-1:123456789012:function:a',             'a'],
  ['arn:aws:lambda:eu-west-1:000000000000:function:../a',              undefined],
  ['arn:aws:lambda:eu-west-1:000000000000:function:a/b',               undefined],
  ['arn:aws:lambda:eu-west-1:000000000000:function:a\n',               undefined],
  ['arn:aws:lambda:eu-west-1:000000000000:function:',                  undefined],
  ['arn:aws:sns:eu-west-1:000000000000:function:a',                    undefined],
  ['a',                                                                undefined],
]

for (const [given, name] of arns)
  test(`the name in ${JSON.stringify(given)}`, () => expect(readLambdaArn(given)?.name).toBe(name))
