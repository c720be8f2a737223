import { type ChildProcess, fork } from 'node:child_process'
import { getCompileCacheDir } from 'node:module'
import { dirname, extname } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { FunctionOutcome } from './outcome.ts'

/** What the process of a function is sent. */
export interface FunctionCall {
  readonly id: number
  readonly event: unknown
  /** How long the call may take. */
  readonly milliseconds: number
}

/** What it answers: JSON text (none when the answer cannot be written as JSON), or the text of what was thrown. */
export interface FunctionReply {
  readonly id: number
  readonly outcome: 'returned' | 'threw' | 'unloadable'
  readonly json?: string
  readonly text?: string
}

/** A function's file as it was when it was looked up. */
export interface FunctionFile {
  readonly name: string
  readonly path: string
  /** Changes with the file. */
  readonly version: string
}

/** A warm process of a function; it takes one call at a time. */
export interface FunctionProcess {
  readonly version: string
  readonly ended: boolean
  /** Calls the function; a process that does not answer in time is killed. */
  ask(event: unknown, milliseconds: number): Promise<FunctionOutcome>
  /** Ends the process after this idle time; the next call takes the limit away. */
  endAfter(milliseconds: number): void
  stop(): void
}

const longestLine = 4_096

/** Starts the process of a function. `print` gets every line it prints. */
export function startProcess(file: FunctionFile, region: string, print: (line: string) => void): FunctionProcess {
  const child = forkHost(file, region)
  for (const stream of [child.stdout, child.stderr])
    if (stream) createInterface(stream).on('line', (line) => print(line.slice(0, longestLine)))
  let lastId = 0
  let idle: NodeJS.Timeout | undefined
  let settle: (outcome: FunctionOutcome) => void = () => {}
  let end: string | undefined
  const ended = (text: string) => {
    end ??= text
    settle({ outcome: 'failed', text: end })
  }
  child.on('error', () => ended('Runtime failed to start'))
  child.on('disconnect', () => child.kill('SIGKILL'))
  child.on('exit', (code, signal) =>
    ended(`Runtime exited with error: ${signal ? `signal: ${signal}` : `exit status ${code}`}`),
  )
  child.on('message', ({ id, ...outcome }: FunctionReply) => {
    if (id === lastId) settle(outcome)
  })
  const stop = () => {
    end ??= 'Runtime exited'
    clearTimeout(idle)
    child.kill('SIGKILL')
  }
  return {
    version: file.version,
    get ended() {
      return end !== undefined
    },
    ask(event, milliseconds) {
      clearTimeout(idle)
      return new Promise((resolve) => {
        if (end !== undefined) return resolve({ outcome: 'failed', text: end })
        const timer = setTimeout(() => {
          stop()
          settle({ outcome: 'timeout' })
        }, milliseconds)
        settle = (outcome) => {
          clearTimeout(timer)
          settle = () => {}
          resolve(outcome)
        }
        const call: FunctionCall = { id: ++lastId, event, milliseconds }
        child.send(call, (error) => {
          if (error) ended('Runtime exited')
        })
      })
    },
    endAfter(milliseconds) {
      idle = setTimeout(stop, milliseconds).unref()
    },
    stop,
  }
}

/** The host beside this file, in whichever form this file is run: source or build. */
const host = fileURLToPath(new URL(`./host${extname(import.meta.filename)}`, import.meta.url))

function forkHost({ name, path }: FunctionFile, region: string): ChildProcess {
  // Where this process keeps what it compiled (bin/poolhouse.mjs): a function's process starts in a third of the time.
  const cache = getCompileCacheDir()
  return fork(host, [path], {
    // Nothing of the server's environment, which holds its keys, but where programs are.
    env: {
      PATH: process.env.PATH,
      NODE_ENV: process.env.NODE_ENV,
      TZ: ':UTC',
      AWS_REGION: region,
      AWS_LAMBDA_FUNCTION_NAME: name,
      ...(cache !== undefined && { NODE_COMPILE_CACHE: dirname(cache) }),
    },
    execArgv: ['--max-old-space-size=256'],
    serialization: 'json',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
}
