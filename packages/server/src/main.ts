#!/usr/bin/env node
// Starts the command line, and nothing else: what is wrong with the machine is said before anything is loaded.
import { readFileSync } from 'node:fs'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 24 || (major === 24 && minor < 15)) {
  console.error(
    `Poolhouse needs Node.js 24.15 or later; this is ${process.version}.\nInstall a current one from https://nodejs.org, or run it with: npx --package node@24 --package poolhouse poolhouse dev`,
  )
  process.exit(2)
}

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
const { createProgram } = await import('./cli/program.ts')
const { UsageError } = await import('./cli/usage-error.ts')

try {
  await createProgram(version).parseAsync()
} catch (error) {
  if (error instanceof UsageError) console.error(error.message)
  else console.error(error)
  process.exitCode = error instanceof UsageError ? 2 : 1
}
