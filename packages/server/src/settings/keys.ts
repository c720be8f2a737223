import type { Db } from '../store/db.ts'
import { createKeys, type PoolKey } from '../store/setup/keys.ts'
import type { World } from '../world/world.ts'

/** Makes and stores the two keys of a new pool. */
export async function createPoolKeys(db: Db, world: World, poolId: string): Promise<void> {
  const keys: PoolKey[] = []
  for (const purpose of ['id', 'access'] as const) {
    const { publicJwk, privatePem } = await world.signingKeyPair()
    const kid = Buffer.from(world.random(32)).toString('base64')
    keys.push({ poolId, kid, purpose, publicJwk, privateSealed: world.vault.seal(sealPlace(poolId, kid), privatePem) })
  }
  await createKeys(db, keys, world.now())
}

/** Where the vault seals a private key: bound to its row. */
export function sealPlace(poolId: string, kid: string): string {
  return `pool_keys:${poolId}:${kid}`
}
