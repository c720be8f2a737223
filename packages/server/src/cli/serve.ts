import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from '../config.ts'
import { deliverWaiting } from '../directory/outbox.ts'
import { createApp } from '../http/app.ts'
import type { Fetch, Listener } from '../http/server.ts'
import { templateFaults } from '../pages/branding/own.ts'
import { sealPlace } from '../settings/keys.ts'
import type { Db } from '../store/db.ts'
import { migrate } from '../store/sql/migrate.ts'
import { sweep } from '../store/sql/sweep.ts'
import { createWorld } from '../world/real.ts'
import type { SigningKeyPair, World } from '../world/world.ts'
import { applyDocument } from './apply.ts'
import type { Document } from './document.ts'
import { UsageError } from './usage-error.ts'

/** What a server is put together from. */
export interface ServeOptions {
  readonly openDatabase: () => Promise<Db>
  /** Opens the listeners and says what is configured: the public address may depend on the port that was free. */
  readonly open: (fetch: Fetch) => Promise<{ listeners: readonly Listener[]; config: Config }>
  readonly document: Document | undefined
  /** Milliseconds in which new connections are still taken after a stop was asked for. */
  readonly grace: number
  readonly print?: (line: string) => void
  /** Key pairs for the pools that the document makes, made while the rest was loaded. */
  readonly spareKeys?: readonly Promise<SigningKeyPair>[]
}

/** A running server. */
export interface Running {
  readonly config: Config
  readonly world: World
  /** Finishes what is under way, and ends. */
  stop(): Promise<void>
}

const deliveryInterval = 500
const sweepInterval = 10 * 60_000

/** Starts a server; when it is returned, it is ready. */
export async function serve({ openDatabase, open, document, grace, print, spareKeys }: ServeOptions): Promise<Running> {
  let fetch: Fetch = () => new Response('starting\n', { status: 503, headers: { 'Retry-After': '1' } })
  const { listeners, config } = await open((request, env) => fetch(request, env))
  const ends: (() => unknown)[] = []
  const end = async () => {
    for (const one of ends.toReversed()) await one()
  }
  try {
    checkTemplates(config)
    const world = createWorld(config, print, spareKeys)
    ends.push(() => world.close())
    const db = await openDatabase()
    ends.push(() => db.destroy())
    await migrate(db, world.now())
    await checkMasterKey(db, world)
    if (document) await applyDocument(db, world, document)
    const app = createApp({ db, world })
    fetch = app.fetch
    const loops = [
      startLoop(deliveryInterval, world, () => deliverWaiting(db, world)),
      startLoop(sweepInterval, world, () => sweep(db, world.now())),
    ]
    return {
      config,
      world,
      async stop() {
        app.drain()
        await Promise.all(listeners.map((listener) => listener.close(grace)))
        await Promise.all(loops.map((stopped) => stopped()))
        await end()
      },
    }
  } catch (error) {
    // A server that cannot start must not go on saying that it is about to.
    await Promise.all(listeners.map((listener) => listener.close()))
    await end()
    throw error
  }
}

/** A template that is not in order is found out now, not by the first visitor. */
function checkTemplates({ templates }: Config): void {
  const faults = templates === undefined ? [] : templateFaults(templates)
  if (faults.length > 0)
    throw new UsageError(
      `The templates in ${templates} are not in order:\n${faults.map((fault) => `  ${fault}`).join('\n')}`,
    )
}

/** A wrong master key is found out now, not by the first user. */
async function checkMasterKey(db: Db, world: World): Promise<void> {
  const key = await db.selectFrom('pool_keys').select(['pool_id', 'kid', 'private_sealed']).limit(1).executeTakeFirst()
  if (!key) return
  try {
    world.vault.open(sealPlace(key.pool_id, key.kid), key.private_sealed)
  } catch (error) {
    throw new UsageError('The database was made with another master key. Start with that one.', { cause: error })
  }
}

/** Runs work again and again, the pause after it; the function returned ends it and waits for what is under way. */
function startLoop(pause: number, world: World, work: () => Promise<unknown>): () => Promise<void> {
  const stopping = new AbortController()
  const run = async () => {
    while (!stopping.signal.aborted) {
      await work().catch((error: unknown) => world.log.error('background work failed', { error }))
      await sleep(pause, undefined, { signal: stopping.signal }).catch(() => {})
    }
  }
  const running = run()
  return () => {
    stopping.abort()
    return running
  }
}
