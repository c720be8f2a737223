import { execFile } from 'node:child_process'

/** What a command left behind. */
export interface Outcome {
  /** The exit code; -1 when it could not be started or did not end in time. */
  readonly code: number
  readonly output: string
  readonly errors: string
}

/** Runs a program to its end; a failure is an outcome, not an exception. */
export function run(
  program: string,
  args: readonly string[],
  { cwd, env, timeout = 300_000 }: { cwd?: string; env?: NodeJS.ProcessEnv; timeout?: number } = {},
): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = { cwd, env: env ?? process.env, timeout, maxBuffer: 64 * 1024 * 1024 }
    execFile(program, args, options, (error, output, errors) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
      resolve({ code, output, errors: code === -1 ? `${errors}${error?.message}` : errors })
    })
  })
}

/** Says aloud that a suite is not run, and why; gives whether it is to be skipped. */
export function skipUnless(what: unknown, suite: string, reason: string): boolean {
  if (what) return false
  console.warn(`SKIPPED: ${suite}: ${reason}`)
  return true
}
