import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** A Poolhouse in a process of its own. */
export interface PoolServer {
  readonly url: string
  /** Resolves with what it printed last, when it ends by itself or is stopped. */
  readonly ended: Promise<string>
  readonly stop: () => Promise<void>
}

const main = fileURLToPath(new URL('../../../packages/server/bin/poolhouse.mjs', import.meta.url))
const functions = fileURLToPath(new URL('../functions', import.meta.url))
const longestStart = 30_000

/** Runs `poolhouse dev` with a configuration and waits until it is ready; then each line it prints goes to `print`. */
export async function startPoolServer(
  port: number,
  config: string,
  print: (line: string) => void,
): Promise<PoolServer> {
  const options = ['--listen', `localhost:${port}`, '--config', config, '--functions', functions]
  const child = spawn(process.execPath, [main, 'dev', ...options], { stdio: ['ignore', 'pipe', 'pipe'] })
  const killed = () => child.kill('SIGKILL')
  process.once('exit', killed)
  const lines: string[] = []
  let onLine = (_line: string) => {}
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line)
      if (lines.length > 40) lines.shift()
      onLine(line)
    })
  const ended = once(child, 'close').then(() => lines.join('\n'))
  ended.then(() => process.off('exit', killed))
  const url = await Promise.race([
    new Promise<string>((resolve) => {
      onLine = (line) => {
        const found = /http:\/\/localhost:\d+/.exec(line)?.[0]
        if (found) resolve(found)
      }
    }),
    ended.then((output) => Promise.reject(new Error(`The pool's server ended at once:\n${output}`))),
  ])
  await waitUntilReady(url, child)
  onLine = print
  return { url, ended, stop: () => stop(child) }
}

async function waitUntilReady(url: string, child: ChildProcess): Promise<void> {
  for (const end = performance.now() + longestStart; performance.now() < end && child.exitCode === null; ) {
    const response = await fetch(`${url}/health/ready`).catch(() => undefined)
    if (response?.ok) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  await stop(child)
  throw new Error(`The pool's server at ${url} did not become ready.`)
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const closed = once(child, 'close')
  child.kill('SIGTERM')
  await closed
}
