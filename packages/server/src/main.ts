// Starts the command line, and nothing else. The command as it is installed is bin/poolhouse.mjs.
import { readFileSync } from 'node:fs'
import { flushCompileCache } from 'node:module'
import { createProgram } from './cli/program.ts'
import { UsageError } from './cli/usage-error.ts'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }

try {
  await createProgram(version).parseAsync()
  // A server may be killed: what was compiled for it is kept now.
  flushCompileCache()
} catch (error) {
  console.error(error instanceof UsageError ? error.message : error)
  process.exitCode = error instanceof UsageError ? 2 : 1
}
