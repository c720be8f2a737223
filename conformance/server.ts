// Suites of things we did not write: SDK, CLI, Terraform, OpenID clients, a browser, and the attacks of the field.
// They know nothing but a base URL; this file alone knows our server, and starts a real one on each store.
// No test of one room lives here, and nothing that imports a rule.
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe } from 'vitest'
import type { Config } from '../packages/server/src/config.ts'
import { type App, createApp } from '../packages/server/src/http/app.ts'
import { listen } from '../packages/server/src/http/server.ts'
import { createWorld } from '../packages/server/src/world/real.ts'
import type { World } from '../packages/server/src/world/world.ts'
import { openDatabase, type StoreName, stores } from '../packages/server/test/databases.ts'

/** A message as `GET /inbox/messages` gives it. */
export interface InboxMessage {
  readonly to: string
  readonly kind: string
  readonly text: string
  readonly code?: string
}

/** A running server as the suites see it. */
export interface Server {
  /** The public address, without a final slash. */
  readonly url: string
  /** An SDK client with the key that may do everything. */
  readonly api: CognitoIdentityProviderClient
  /** The newest code sent to an address; waits for it. */
  code(to: string, kind: string): Promise<string>
  /** Moves the server's clock on. */
  tick(milliseconds: number): void
  /** Runs with a clock that stands, where a slow machine must not outwait a lock. */
  standing<T>(work: () => Promise<T>): Promise<T>
  /** Every row of every table, to see that nothing changed. */
  rows(): Promise<Readonly<Record<string, readonly string[]>>>
  close(): Promise<void>
}

/** The keys of the signed API on a server of this file. */
export const accessKey = { accessKeyId: 'local', secretAccessKey: 'local' } as const

/** The region that the suites sign for. */
export const region = 'eu-west-1'

/** An SDK client; without credentials it can call what needs no signature. */
export function sdkClient(endpoint: string, credentials: typeof accessKey | undefined): CognitoIdentityProviderClient {
  return new CognitoIdentityProviderClient({
    region,
    endpoint,
    maxAttempts: 1,
    credentials: credentials ?? { accessKeyId: '', secretAccessKey: '' },
  })
}

/** Starts a server with an empty database on a free port. */
export async function startServer(store: StoreName, config: Partial<Config> = {}): Promise<Server> {
  // The address is part of what is configured, so the port is taken first and the app put behind it.
  let app: App | undefined
  const listener = await listen(
    (request, bindings) => app?.fetch(request, bindings) ?? new Response('starting\n', { status: 503 }),
    { host: 'localhost', port: 0 },
  )
  const url = `http://localhost:${listener.port}`
  const db = await openDatabase(store)
  const real = createWorld({ ...defaults, publicUrl: url, ...config })
  let skew = 0
  let stopped: number | undefined
  const world: World = { ...real, now: () => (stopped ?? real.now()) + skew, log: quiet }
  app = createApp({ db, world })
  const api = sdkClient(url, accessKey)
  return {
    url,
    api,
    async code(to, kind) {
      const found = await fetch(`${url}/inbox/messages?${new URLSearchParams({ to, kind, wait: '5s' })}`)
      const [message] = (await found.json()) as InboxMessage[]
      if (!message?.code) throw new Error(`no ${kind} message with a code for ${to}`)
      return message.code
    },
    tick(milliseconds) {
      skew += milliseconds
    },
    async standing(work) {
      stopped = real.now()
      try {
        return await work()
      } finally {
        stopped = undefined
      }
    },
    async rows() {
      const tables = await db.introspection.getTables()
      const contents = tables.map(async ({ name }) => {
        const { rows } = await sql<object>`select * from ${sql.table(name)}`.execute(db)
        return [name, rows.map((row) => JSON.stringify(row)).sort()] as const
      })
      return Object.fromEntries(await Promise.all(contents))
    },
    async close() {
      api.destroy()
      await listener.close()
      await db.destroy()
      real.close()
    },
  }
}

/** Describes the same tests once for each store, each against a server of its own. */
export function eachServer(
  title: string,
  tests: (server: () => Server, store: StoreName) => void,
  { skip = false, config = {} }: { skip?: boolean; config?: Partial<Config> } = {},
): void {
  describe.skipIf(skip).each(stores)(`${title} on %s`, (store) => {
    let running: Server
    beforeAll(async () => {
      running = await startServer(store, config)
    })
    afterAll(() => running?.close())
    tests(() => running, store)
  })
}

const defaults = {
  mode: 'development',
  accountId: '000000000000',
  issuer: 'own',
  domainSuffix: 'auth.{region}.localhost',
  masterKey: Buffer.alloc(32, 7),
  accessKeys: [{ id: accessKey.accessKeyId, secret: accessKey.secretAccessKey }],
  mailFrom: 'no-reply@verificationemail.com',
  trustedProxies: [],
} as const satisfies Partial<Config>

const quiet: World['log'] = {
  info() {},
  warn: (event, fields) => console.warn(event, fields),
  error: (event, fields) => console.error(event, fields),
}
