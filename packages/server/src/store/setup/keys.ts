import type { Db } from '../db.ts'

/** A signing key of a pool: one signs ID tokens, one access tokens. */
export interface PoolKey {
  readonly poolId: string
  readonly kid: string
  readonly purpose: 'id' | 'access'
  readonly publicJwk: { readonly kty: 'RSA'; readonly n: string; readonly e: string }
  /** PKCS #8 PEM as the vault sealed it at `pool_keys:{poolId}:{kid}`. */
  readonly privateSealed: string
}

/** Stores a pool's keys. */
export async function createKeys(db: Db, keys: readonly PoolKey[], now: number): Promise<void> {
  await db
    .insertInto('pool_keys')
    .values(
      keys.map((key) => ({
        pool_id: key.poolId,
        kid: key.kid,
        purpose: key.purpose,
        public_jwk: JSON.stringify(key.publicJwk),
        private_sealed: key.privateSealed,
        created_at: now,
      })),
    )
    .execute()
}

/** All keys of a pool, oldest first. */
export async function listKeys(db: Db, poolId: string): Promise<PoolKey[]> {
  const rows = await db
    .selectFrom('pool_keys')
    .selectAll()
    .where('pool_id', '=', poolId)
    .orderBy('created_at')
    .orderBy('kid')
    .execute()
  return rows.map((row) => ({
    poolId,
    kid: row.kid,
    purpose: row.purpose as 'id' | 'access',
    publicJwk: JSON.parse(row.public_jwk) as PoolKey['publicJwk'],
    privateSealed: row.private_sealed,
  }))
}
