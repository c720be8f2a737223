#!/usr/bin/env node
// The command as it is installed: plain JavaScript, so that a Node too old for the rest can still say so. It hands over
// to src/main.ts.
import module from 'node:module'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 24 || (major === 24 && minor < 15)) {
  console.error(`Poolhouse needs Node.js 24.15 or later; this is ${process.version}.
Install it from https://nodejs.org, or let npm bring it:

  npx --package node@24 --package poolhouse poolhouse dev`)
  process.exit(2)
}

// The second start is faster and smaller: nothing is compiled again, and what strips types is not even loaded. In the
// user's own folder, since code that lies in /tmp could be anybody's.
const { XDG_CACHE_HOME, LOCALAPPDATA, HOME } = process.env
const caches = XDG_CACHE_HOME || LOCALAPPDATA || (HOME && join(HOME, '.cache'))
if (caches) module.enableCompileCache(join(caches, 'poolhouse'))

// A thread a core for signatures, which are all that is long there: with more, threads fall asleep and are woken for every
// signature, at the main thread's cost. Look-ups of names never take more than half (libuv's rule for slow work).
process.env.UV_THREADPOOL_SIZE ??= String(Math.max(2, availableParallelism()))

await import('../src/main.ts')
