// From sockets to the app: the listener with its limits, the routes, and the pages of development.
// No protocol and no rule lives here: a request goes to its door, a door does the rest.
import { createServer as createHttpServer, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { getRequestListener, type HttpBindings } from '@hono/node-server'

/** An app as the listener sees it. */
export type Fetch = (request: Request, env: HttpBindings) => Response | Promise<Response>

/** Where and how to listen. */
export interface ListenOptions {
  /** A host name or address; `localhost` is both loopback addresses. */
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  readonly tls?: { readonly key: string; readonly cert: string } | undefined
}

/** A running listener. */
export interface Listener {
  readonly port: number
  /**
   * Stops without failing anybody: for `grace` milliseconds connections are still taken, each answer ends its connection;
   * then the rest is waited for, and cut after ten seconds in all.
   */
  close(grace?: number): Promise<void>
}

/** The port is another program's. The message says so; what to do about it is the command's to say. */
export class PortTaken extends Error {
  override readonly name = 'PortTaken'
}

/** Node's own limits are made for servers behind others: slow senders hold a connection for minutes there. */
const limits = {
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  connectionsCheckingInterval: 2_000,
  maxHeaderSize: 16 * 1024,
  keepAliveTimeout: 5_000,
} as const
const maxHeadersCount = 64
const maxConnections = 5_000
const maxRequestsPerSocket = 1_000
const drainTime = 10_000

/** Listens; throws PortTaken when it cannot. */
export async function listen(fetch: Fetch, { host, port, tls }: ListenOptions): Promise<Listener> {
  let closing = false
  const handle = getRequestListener(fetch as Parameters<typeof getRequestListener>[0])
  const servers: Server[] = []
  const open = async (address: string, wanted: number) => {
    const server = tls ? createHttpsServer({ ...limits, ...tls }) : createHttpServer(limits)
    server.maxHeadersCount = maxHeadersCount
    server.maxConnections = maxConnections
    server.on('request', (incoming, outgoing) => {
      if (closing || isWorn(incoming.socket)) outgoing.shouldKeepAlive = false
      void handle(incoming, outgoing)
    })
    servers.push(server)
    return startListening(server, address, wanted)
  }
  const [first = host, ...others] = host === 'localhost' ? ['127.0.0.1', '::1'] : [host]
  const taken = await open(first, port)
  for (const address of others)
    await open(address, taken).catch(async (error: unknown) => {
      servers.pop()
      // A machine without IPv6 is fine; another program there would be taken for us by every second client.
      if (!isCode(error, 'EADDRNOTAVAIL', 'EAFNOSUPPORT')) {
        await Promise.all(servers.map((server) => drain(server, 0)))
        throw error
      }
    })
  return {
    port: taken,
    async close(grace = 0) {
      closing = true
      const end = performance.now() + drainTime
      if (grace > 0) await new Promise((resolve) => setTimeout(resolve, grace))
      await Promise.all(servers.map((server) => drain(server, Math.max(0, end - performance.now()))))
    },
  }
}

/** Listens on the port or one of the next ones; for development, where any will do. */
export async function listenNear(fetch: Fetch, options: ListenOptions): Promise<Listener> {
  for (let port = options.port; ; port++)
    try {
      return await listen(fetch, { ...options, port })
    } catch (error) {
      if (!(error instanceof PortTaken) || options.port === 0 || port >= options.port + 20) throw error
    }
}

/** Requests that came over a connection so far. */
const served = new WeakMap<Socket, number>()

/**
 * Counts a request; true for the last one that its connection may carry, so that load spreads over nodes anew. Node's own
 * maxRequestsPerSocket leaves the connection open and answers whatever else comes with 503.
 */
function isWorn(socket: Socket): boolean {
  const requests = (served.get(socket) ?? 0) + 1
  served.set(socket, requests)
  return requests >= maxRequestsPerSocket
}

async function startListening(server: Server, address: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(
        isCode(error, 'EADDRINUSE')
          ? new PortTaken(`Port ${port} on ${address} is in use by another program.`, { cause: error })
          : error,
      ),
    )
    server.listen({ port, host: address }, resolve)
  })
  return (server.address() as AddressInfo).port
}

async function drain(server: Server, milliseconds: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  // Connections that become idle while we wait.
  const idle = setTimeoutLoop(() => server.closeIdleConnections(), 50)
  const cut = setTimeout(() => server.closeAllConnections(), milliseconds)
  await closed
  idle()
  clearTimeout(cut)
}

function setTimeoutLoop(work: () => void, milliseconds: number): () => void {
  let timer = setTimeout(function again() {
    work()
    timer = setTimeout(again, milliseconds)
  }, milliseconds)
  return () => clearTimeout(timer)
}

function isCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code))
}
