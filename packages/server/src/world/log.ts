import pino from 'pino'
import type { Log, LogFields } from './world.ts'

/** The fields a line may have besides the error; whatever else is handed in stays out. */
const allowed = [
  'requestId', 'operation', 'poolId', 'clientId', 'outcome', 'status', 'milliseconds', 'trigger', 'message',
] as const satisfies readonly (keyof LogFields)[] // biome-ignore format: a list

/** A log of JSON lines for machines, on the standard error: the standard output is for what a command answers. */
export function jsonLog(): Log {
  const logger = pino(
    { base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (level) => ({ level }) } },
    // A write for each line would cost a system call a request; a process that is killed loses a second of lines at most.
    pino.destination({ fd: 2, sync: false, minLength: 8192, periodicFlush: 1000 }),
  )
  const line = (fields: LogFields) => {
    const shown = pick(fields)
    if (shown.message !== undefined) {
      // pino's own name for the event.
      shown.detail = shown.message
      delete shown.message
    }
    if (fields.error !== undefined) shown.error = describeError(fields.error)
    return shown
  }
  return {
    info: (event, fields = {}) => logger.info(line(fields), event),
    warn: (event, fields = {}) => logger.warn(line(fields), event),
    error: (event, fields = {}) => logger.error(line(fields), event),
  }
}

/** A log for the eyes of one developer: what went wrong is shown in full, requests are not. */
export function plainLog(print: (line: string) => void): Log {
  const line = (event: string, fields: LogFields) => {
    const shown = Object.entries(pick(fields)).map(([name, value]) => `${name}=${value}`)
    print([event, ...shown].join('  '))
    if (fields.error instanceof Error)
      print(`  ${(fields.error.stack ?? fields.error.message).replaceAll('\n', '\n  ')}`)
    else if (fields.error !== undefined) print(`  ${String(fields.error)}`)
  }
  return {
    info: () => {},
    warn: (event, fields = {}) => line(event, fields),
    error: (event, fields = {}) => line(event, fields),
  }
}

function pick(fields: LogFields): Record<string, unknown> {
  const picked: Record<string, unknown> = {}
  for (const name of allowed) {
    const value = fields[name]
    if (value !== undefined) picked[name] = value
  }
  return picked
}

/** What is told of an error in production. */
export interface ErrorDescription {
  readonly name: string
  readonly code?: string
  readonly message?: string
  readonly frames: readonly string[]
  readonly cause?: ErrorDescription
}

/** Errors whose messages the engine or the system wrote: they name functions and addresses, never a user's values. */
const plainErrors = new Set(['TypeError', 'RangeError', 'ReferenceError'])

/**
 * An error without what it may quote: a parser's message quotes the body, a database's the row, a mail server's the
 * address. Name, code and frames are always there.
 */
export function describeError(error: unknown, depth = 0): ErrorDescription {
  if (!(error instanceof Error)) return { name: typeof error, frames: [] }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  const frames = (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at '))
  return {
    name: error.name,
    ...(code !== undefined && { code }),
    ...((plainErrors.has(error.name) || 'syscall' in error) && { message: error.message.slice(0, 300) }),
    frames: frames.slice(0, 12).map((line) => line.trim()),
    ...(error.cause !== undefined && depth < 3 && { cause: describeError(error.cause, depth + 1) }),
  }
}
