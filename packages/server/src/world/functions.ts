import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { PoolError } from '../errors.ts'
import { type FunctionFile, type FunctionOutcome, type FunctionProcess, startProcess } from './function-process.ts'

/** What a runner of Lambda functions stands on. */
export interface RunnerOptions {
  /** The folder of functions; undefined finds none. */
  readonly folder: string | undefined
  /** Milliseconds a call may take, its wait for a free process included: AWS waits five seconds. */
  readonly limit?: number
  /** Called with every line that a function prints. */
  readonly print?: (name: string, line: string) => void
}

/** Runs Lambda functions from files, in processes of their own. */
export interface FunctionRunner {
  /** Calls the function of an ARN; answers and errors are those of `World.invoke`. */
  invoke(arn: string, event: TriggerEvent): Promise<unknown>
  /** Ends all processes. */
  close(): void
}

/** The least that every event of a user pool has. */
export interface TriggerEvent {
  readonly triggerSource: string
}

/** One call, one process, as on AWS: a hanging call harms no other, and globals are not shared by two calls at once. */
const mostProcesses = 4
/** Calls of one function that may wait for a process: a slow trigger of one pool must not fill the memory. */
const mostWaiting = 256
/** Idle processes end after five minutes. */
const idleTime = 300_000

/** The processes of one function, and who waits for one of them. */
interface Crew {
  readonly idle: FunctionProcess[]
  busy: number
  readonly waiting: (() => void)[]
}

/** A runner over a folder: `…:function:NAME` is `NAME.js`, `.mjs`, `.cjs`, `.ts`, or `NAME/index` of these. */
export function createFunctionRunner({ folder, limit = 5_000, print = () => {} }: RunnerOptions): FunctionRunner {
  const crews = new Map<string, Crew>()
  const running = new Set<FunctionProcess>()

  async function call(name: string, region: string, event: TriggerEvent): Promise<FunctionOutcome> {
    const file = folder && (await findFunction(folder, name))
    if (!file) return { outcome: 'missing' }
    const deadline = performance.now() + limit
    const crew = crews.get(name) ?? { idle: [], busy: 0, waiting: [] }
    crews.set(name, crew)
    if (!(await enter(crew, limit))) return { outcome: 'throttled' }
    const worker = takeIdle(crew, file) ?? startProcess(file, region, (line) => print(name, line))
    running.add(worker)
    try {
      return await worker.ask(event, deadline - performance.now())
    } finally {
      if (!worker.ended) {
        crew.idle.push(worker)
        worker.endAfter(idleTime)
      }
      for (const each of running) if (each.ended) running.delete(each)
      leave(crew)
    }
  }

  return {
    async invoke(arn, event) {
      const target = readLambdaArn(arn)
      if (!target) return readOutcome(event, { outcome: 'missing' })
      const { name, region } = target
      const outcome = await call(name, region, event)
      // AWS calls again after a time-out, never after an error.
      return readOutcome(event, outcome.outcome === 'timeout' ? await call(name, region, event) : outcome)
    },
    close() {
      for (const worker of running) worker.stop()
    },
  }
}

/** A process that runs the file as it is now; those of an older version, or ended meanwhile, are done with. */
function takeIdle(crew: Crew, file: FunctionFile): FunctionProcess | undefined {
  for (;;) {
    const worker = crew.idle.pop()
    if (!worker || (!worker.ended && worker.version === file.version)) return worker
    worker.stop()
  }
}

async function enter(crew: Crew, milliseconds: number): Promise<boolean> {
  if (crew.busy < mostProcesses) {
    crew.busy++
    return true
  }
  if (crew.waiting.length >= mostWaiting) return false
  return new Promise((done) => {
    const enterNow = () => {
      clearTimeout(timer)
      done(true)
    }
    const timer = setTimeout(() => {
      crew.waiting.splice(crew.waiting.indexOf(enterNow), 1)
      done(false)
    }, milliseconds)
    crew.waiting.push(enterNow)
  })
}

/** Hands the place to the next who waits; it stays taken then. */
function leave(crew: Crew): void {
  const next = crew.waiting.shift()
  if (next) next()
  else crew.busy--
}

/** Name and region of a Lambda ARN, without alias; undefined for whatever else. The name is safe as a file's name. */
export function readLambdaArn(arn: string): { name: string; region: string } | undefined {
  const match = /^arn:[\w-]+:lambda:([\w-]+):\d{12}:function:([\w-]{1,64})(?::[\w$-]+)?$/.exec(arn)
  return match?.[1] && match[2] ? { region: match[1], name: match[2] } : undefined
}

async function findFunction(folder: string, name: string): Promise<FunctionFile | undefined> {
  for (const base of [name, join(name, 'index')])
    for (const extension of ['js', 'mjs', 'cjs', 'ts']) {
      const path = resolve(folder, `${base}.${extension}`)
      const found = await stat(path).catch(() => undefined)
      if (found?.isFile()) return { name, path, version: `${path} ${found.mtimeMs} ${found.size}` }
    }
  return undefined
}

/** The answer of a call, or the error that AWS makes of it (sentences: repost.aws "cognito-lambda-trigger-errors"). */
export function readOutcome(event: TriggerEvent, outcome: FunctionOutcome): unknown {
  const trigger = event.triggerSource.split('_')[0]
  const failed = (error: string) =>
    new PoolError('UnexpectedLambda', `${trigger} invocation failed due to error ${error}.`)
  switch (outcome.outcome) {
    case 'returned':
      return readAnswer(outcome.json)
    case 'threw':
      throw new PoolError('UserLambdaValidation', `${trigger} failed with error ${outcome.text}.`)
    case 'missing':
      throw failed('ResourceNotFoundException')
    case 'throttled':
      throw failed('TooManyRequestsException')
    case 'timeout':
      throw failed('Socket timeout while invoking Lambda function')
    case 'unloadable':
      // What is wrong with it stands in the log: a caller must not learn the machine's paths.
      throw failed('Runtime.ImportModuleError')
    case 'ended':
      throw failed(outcome.text)
  }
}

function readAnswer(json = ''): unknown {
  try {
    const answer: unknown = JSON.parse(json)
    if (typeof answer === 'object' && answer !== null && !Array.isArray(answer)) return answer
  } catch {
    // Not JSON: the same refusal.
  }
  throw new PoolError('InvalidLambdaResponse', 'Unrecognizable lambda output')
}
