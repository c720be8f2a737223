import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { TriggerEvent } from '../world.ts'
import type { FunctionOutcome } from './outcome.ts'
import { type FunctionFile, type FunctionProcess, startProcess } from './process.ts'

/** Functions in files, each run in processes of its own. */
export interface FunctionFiles {
  /** The file of a function, if there is one: what it is to be called with. */
  find(name: string): Promise<FunctionFile | undefined>
  /** Calls a function; `milliseconds` hold its wait for a free process too. */
  call(file: FunctionFile, region: string, event: TriggerEvent, milliseconds: number): Promise<FunctionOutcome>
  /** Ends all processes. */
  close(): void
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

/**
 * The functions of a folder: `…:function:NAME` is `NAME.js`, `.mjs`, `.cjs`, `.ts`, or `NAME/index` of these. `print` gets
 * every line that a function prints.
 */
export function createFunctionFiles(folder: string, print: (name: string, line: string) => void): FunctionFiles {
  const crews = new Map<string, Crew>()
  const running = new Set<FunctionProcess>()
  return {
    find: (name) => findFunction(folder, name),
    async call(file, region, event, milliseconds) {
      const deadline = performance.now() + milliseconds
      const crew = crews.get(file.name) ?? { idle: [], busy: 0, waiting: [] }
      crews.set(file.name, crew)
      if (!(await enter(crew, milliseconds))) return { outcome: 'throttled' }
      const worker = takeIdle(crew, file) ?? startProcess(file, region, (line) => print(file.name, line))
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

async function findFunction(folder: string, name: string): Promise<FunctionFile | undefined> {
  for (const base of [name, join(name, 'index')])
    for (const extension of ['js', 'mjs', 'cjs', 'ts']) {
      const path = resolve(folder, `${base}.${extension}`)
      const found = await stat(path).catch(() => undefined)
      if (found?.isFile()) return { name, path, version: `${path} ${found.mtimeMs} ${found.size}` }
    }
  return undefined
}
