import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { sealPlace } from '../settings/keys.ts'
import type { Db } from '../store/db.ts'
import { listKeys } from '../store/setup/keys.ts'
import type { Pool } from '../store/setup/pools.ts'
import type { World } from '../world/world.ts'

/** A pool's keys ready for use: one pair signs ID tokens, one access tokens, as on AWS. */
export interface Keys {
  readonly id: Signer
  readonly access: Signer
  /** Public keys by kid: what a token's header may name. */
  readonly byKid: ReadonlyMap<string, { purpose: 'id' | 'access'; key: KeyObject }>
}

/** What signs. */
export interface Signer {
  readonly kid: string
  readonly key: KeyObject
}

/** Opened keys; one cache a world, so that two servers in one process share nothing. */
const opened = new WeakMap<World, LRUCache<string, Keys>>()

/** The keys of a pool, opened once and kept. */
export async function keysOf(db: Db, world: World, pool: Pool): Promise<Keys> {
  const base = world.base ?? world
  const cache = opened.get(base) ?? new LRUCache<string, Keys>({ max: 1000 })
  opened.set(base, cache)
  // A pool made anew under the same id has other keys.
  const place = `${pool.id}\0${pool.createdAt}`
  const known = cache.get(place)
  if (known) return known
  const stored = await listKeys(db, pool.id)
  const signer = (purpose: 'id' | 'access'): Signer => {
    const key = stored.findLast((candidate) => candidate.purpose === purpose)
    if (!key) throw new Error(`Pool ${pool.id} has no ${purpose} key`)
    return { kid: key.kid, key: createPrivateKey(world.vault.open(sealPlace(pool.id, key.kid), key.privateSealed)) }
  }
  const keys: Keys = {
    id: signer('id'),
    access: signer('access'),
    byKid: new Map(
      stored.map(({ kid, purpose, publicJwk }) => [
        kid,
        { purpose, key: createPublicKey({ key: { ...publicJwk }, format: 'jwk' }) },
      ]),
    ),
  }
  cache.set(place, keys)
  return keys
}

/** The pool's JWK Set (RFC 7517 section 5) as AWS writes it. */
export async function jwks(db: Db, pool: Pool): Promise<{ keys: Readonly<Record<string, string>>[] }> {
  const keys = await listKeys(db, pool.id)
  return {
    keys: keys.map(({ kid, publicJwk: { e, n } }) => ({ alg: 'RS256', e, kid, kty: 'RSA', n, use: 'sig' })),
  }
}
