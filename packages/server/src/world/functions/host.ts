// The process of one Lambda function: loads its file, takes one call at a time over the IPC channel, answers in JSON.
// It is started by process.ts alone and imports nothing of ours but types.
import { readFile } from 'node:fs/promises'
import { createRequire, flushCompileCache } from 'node:module'
import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { compileFunction, constants } from 'node:vm'
import type { FunctionCall, FunctionReply } from './process.ts'

/** The most characters an answer may have; AWS's own limit is 6 MB, a pool's event has a few thousand. */
const longestAnswer = 256 * 1024
const longestError = 1_024

type Handler = (event: unknown, context: unknown, callback: (error?: unknown, result?: unknown) => void) => unknown

const file = process.argv[2] ?? ''
// The function must not be able to answer in the name of the next call.
const send = process.send?.bind(process)
delete process.send

delete process.env.NODE_COMPILE_CACHE

const loading = load(file).then(readHandler)
// This process is killed one day: what was compiled is kept now.
loading.catch(() => {}).finally(flushCompileCache)

process.on('disconnect', () => process.exit(0))
process.on('message', (call: FunctionCall) => {
  void answer(call).then((reply) => send?.(reply))
})

async function answer(call: FunctionCall): Promise<FunctionReply> {
  let handler: Handler
  try {
    handler = await loading
  } catch (error) {
    console.error(error)
    return { id: call.id, outcome: 'unloadable' }
  }
  try {
    return { id: call.id, ...readResult(await run(handler, call)) }
  } catch (error) {
    console.error(error)
    const text = error instanceof Error ? error.message : String(error)
    return { id: call.id, outcome: 'threw', text: text.slice(0, longestError) }
  }
}

/** Runs a handler in whichever of Lambda's styles it is written: a promise, the callback, or the context's methods. */
function run(handler: Handler, { id, event, milliseconds }: FunctionCall): Promise<unknown> {
  const deadline = performance.now() + milliseconds
  // As on AWS a function that has nothing left to do and did not answer has answered null.
  process.channel?.unref()
  let drained = () => {}
  return new Promise<unknown>((resolve, reject) => {
    drained = () => resolve(null)
    process.on('beforeExit', drained)
    const callback = (error?: unknown, result?: unknown) =>
      error === undefined || error === null ? resolve(result) : reject(error)
    const context = {
      functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
      functionVersion: '$LATEST',
      awsRequestId: String(id),
      memoryLimitInMB: '256',
      callbackWaitsForEmptyEventLoop: true,
      getRemainingTimeInMillis: () => Math.max(0, Math.round(deadline - performance.now())),
      done: callback,
      fail: (error: unknown) => callback(error ?? 'null'),
      succeed: (result: unknown) => callback(null, result),
    }
    const returned = handler(event, context, callback)
    if (isThenable(returned)) returned.then(resolve, reject)
  }).finally(() => {
    process.off('beforeExit', drained)
    process.channel?.ref()
  })
}

function readResult(result: unknown): Pick<FunctionReply, 'outcome' | 'json'> {
  try {
    const json = JSON.stringify(result)
    if (json !== undefined && json.length <= longestAnswer) return { outcome: 'returned', json }
    if (json !== undefined) console.error(`The answer has ${json.length} characters; ${longestAnswer} are taken`)
  } catch (error) {
    console.error(error)
  }
  return { outcome: 'returned' }
}

async function load(path: string): Promise<unknown> {
  try {
    return await import(pathToFileURL(path).href)
  } catch (error) {
    const isCommonJs = error instanceof ReferenceError && error.message.includes('not defined in ES module scope')
    if (!isCommonJs || !path.endsWith('.js')) throw error
    return loadCommonJs(path)
  }
}

/** CommonJS in a `.js` file below a package.json of "type": "module", which a function deployed to AWS would not see. */
async function loadCommonJs(path: string): Promise<unknown> {
  const module: { exports: unknown } = { exports: {} }
  const names = ['exports', 'require', 'module', '__filename', '__dirname']
  const body = compileFunction(await readFile(path, 'utf8'), names, {
    filename: path,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  })
  body.call(module.exports, module.exports, createRequire(path), module, path, dirname(path))
  return module.exports
}

/** `exports.handler`, `export const handler`, or the handler of a CommonJS module whose names were not detected. */
function readHandler(loaded: unknown): Handler {
  for (const exported of [loaded, isRecord(loaded) ? loaded.default : undefined])
    if (isRecord(exported) && typeof exported.handler === 'function') return exported.handler as Handler
  throw new Error(`${file} exports no function "handler"`)
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return isRecord(value) && typeof value.then === 'function'
}
