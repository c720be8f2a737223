#!/usr/bin/env node
// Starts the command line, and nothing else: what is wrong with the machine is said before anything is loaded.
import { readFileSync } from 'node:fs'
import { enableCompileCache, flushCompileCache } from 'node:module'
import { join } from 'node:path'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 24 || (major === 24 && minor < 15)) {
  console.error(
    `Poolhouse needs Node.js 24.15 or later; this is ${process.version}.\nInstall it from https://nodejs.org, or let npm bring it:\n\n  npx --package node@24 --package poolhouse poolhouse dev`,
  )
  process.exit(2)
}

// The second start is twice as fast and 25 MB smaller. In the user's own folder: code in /tmp could be anybody's.
const { XDG_CACHE_HOME, LOCALAPPDATA, HOME } = process.env
const caches = XDG_CACHE_HOME || LOCALAPPDATA || (HOME && join(HOME, '.cache'))
if (caches) enableCompileCache(join(caches, 'poolhouse'))

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
const { createProgram } = await import('./cli/program.ts')
const { UsageError } = await import('./cli/usage-error.ts')

try {
  await createProgram(version).parseAsync()
  flushCompileCache()
} catch (error) {
  console.error(error instanceof UsageError ? error.message : error)
  process.exitCode = error instanceof UsageError ? 2 : 1
}
