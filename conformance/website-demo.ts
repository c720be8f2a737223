import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { InboxMessage } from './server.ts'

/** The demonstration of examples/website, as `npm start` runs it. */
export interface Demo {
  readonly website: string
  /** The address of the hosted pages, without a final slash. */
  readonly domain: string
  /** The newest code sent to an address; waits for it. */
  code(to: string, kind: InboxMessage['kind']): Promise<string>
  stop(): Promise<void>
}

const script = fileURLToPath(new URL('../examples/website/demo.ts', import.meta.url))

/** Starts the demonstration on free ports; all that is known of it is what it prints. */
export async function startDemo(): Promise<Demo> {
  const env = { ...process.env, WEBSITE_PORT: '0', POOLHOUSE_PORT: '0' }
  const child = spawn(process.execPath, [script], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const closed = once(child, 'close')
  const lines: string[] = []
  const addresses = new Map<string, string>()
  const found = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line)
        const [, title, url] = /^ {2}(Website|Inbox) +(http:\S+)/.exec(line) ?? []
        if (title && url) addresses.set(title, url.replace(/\/$/, ''))
        if (addresses.size === 2) resolve()
      })
  })
  await Promise.race([
    found,
    closed.then(() => Promise.reject(new Error(`the demonstration ended:\n${lines.join('\n')}`))),
  ])
  const inbox = addresses.get('Inbox') ?? ''
  return {
    website: addresses.get('Website') ?? '',
    domain: inbox.replace(/\/inbox$/, '/domains/demo'),
    async code(to, kind) {
      const query = new URLSearchParams({ to, kind, wait: '5s' })
      const response = await fetch(`${inbox}/messages?${query}`)
      const [newest] = (await response.json()) as InboxMessage[]
      if (newest?.code === undefined) throw new Error(`no code was sent to ${to}`)
      return newest.code
    },
    async stop() {
      child.kill('SIGTERM')
      await closed
    },
  }
}
