import type { Db } from '../store/db.ts'
import {
  abandonMessage,
  claimMessages,
  markSent,
  postponeMessage,
  type StoredMessage,
  trimMessages,
} from '../store/outbox.ts'
import { findPool } from '../store/setup/pools.ts'
import { MessageRefused } from '../world/mail.ts'
import type { World } from '../world/world.ts'
import { sendByTrigger } from './triggers/messages.ts'

/** Longer than any exchange with a mail server may take (world/mail.ts). */
const lease = 120_000
const firstWait = 15_000
const longestWait = 3_600_000
/** After a day a code has expired, and so has its message. */
const lifetime = 24 * 3_600_000
/** Handed over at once: a slow server must not hold up the queue behind one message. */
const atOnce = 4
/** How many messages the inbox of development keeps, and how long production knows that one was sent. */
const kept = 500
const keptFor = 7 * 24 * 3_600_000

/**
 * Sends every message that is due and says how many were taken. A message that is not taken waits, twice as long after
 * every try, and is given up after a day; the message stays the same, its code too.
 */
export async function deliverWaiting(db: Db, world: World): Promise<number> {
  let taken = 0
  let tried = 0
  for (;;) {
    const claimed = await claimMessages(db, world, atOnce, lease)
    const outcomes = await Promise.all(claimed.map((message) => deliverOne(db, world, message)))
    taken += outcomes.filter(Boolean).length
    tried += claimed.length
    // Fewer than asked for: the rest is not due, or another node's.
    if (claimed.length < atOnce) break
  }
  if (tried > 0) {
    if (isInbox(world)) await trimMessages(db, kept, world.now())
    else await trimMessages(db, 0, world.now() - keptFor)
  }
  return taken
}

/** In development messages stay readable. */
function isInbox(world: World): boolean {
  return world.config.mode === 'development'
}

async function deliverOne(db: Db, world: World, message: StoredMessage): Promise<boolean> {
  try {
    await handOver(db, world, message)
  } catch (error) {
    const wait = Math.min(longestWait, firstWait * 2 ** (message.tries - 1))
    const late = world.now() + wait > message.createdAt + lifetime
    const giveUp = error instanceof MessageRefused || late
    const fields = { poolId: message.poolId, operation: message.kind, outcome: giveUp ? 'given up' : 'waiting', error }
    world.log.warn('message not sent', fields)
    if (giveUp) await abandonMessage(db, message.id, late ? 'expired' : 'refused', isInbox(world))
    else await postponeMessage(db, message.id, world.now() + wait)
    return false
  }
  await markSent(db, message.id, world.now(), isInbox(world))
  return true
}

/** A pool with a sender of its own sends by it, all others by the mail server or the text gateway. */
async function handOver(db: Db, world: World, message: StoredMessage): Promise<void> {
  const pool = message.about && (await findPool(db, message.poolId))
  if (!pool || !(await sendByTrigger(world, pool, message))) await world.deliver(message)
}
