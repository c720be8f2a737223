import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'

/** A server that listens, and the way to end it. */
export interface Listening {
  readonly url: string
  readonly close: () => void
}

/** What answers requests: the `fetch` of a Hono app. */
export type Answer = (request: Request) => Response | Promise<Response>

/**
 * Serves on a host's port; port 0 takes a free one. `localhost` is both loopback addresses: on the one that is left out
 * another program could be taken for this one. Rejects with EADDRINUSE when the port is another program's.
 */
export async function listen(answer: Answer, host: string, port: number): Promise<Listening> {
  const servers: Server[] = []
  const close = () => {
    for (const server of servers) {
      server.close()
      server.closeAllConnections()
    }
  }
  const open = async (address: string, wanted: number) => {
    const server = createAdaptorServer({ fetch: answer }) as Server
    server.listen(wanted, address)
    await once(server, 'listening')
    servers.push(server)
    return (server.address() as AddressInfo).port
  }
  const [first = host, ...others] = host === 'localhost' ? ['127.0.0.1', '::1'] : [host]
  const taken = await open(first, port)
  for (const address of others)
    await open(address, taken).catch((error: unknown) => {
      if (isCode(error, 'EADDRNOTAVAIL') || isCode(error, 'EAFNOSUPPORT')) return
      close()
      throw error
    })
  return { url: `http://${host.includes(':') ? `[${host}]` : host}:${taken}`, close }
}

/** Whether an error is the system's of that name. */
export function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
