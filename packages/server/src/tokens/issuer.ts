import type { Pool } from '../store/setup/pools.ts'
import type { World } from '../world/world.ts'

/** The `iss` of a pool's tokens: under the public URL, or byte-equal to Amazon's when the setting says so. */
export function issuerOf({ config }: World, pool: Pick<Pool, 'id' | 'region'>): string {
  return config.issuer === 'aws'
    ? `https://cognito-idp.${pool.region}.amazonaws.com/${pool.id}`
    : `${config.publicUrl}/${pool.id}`
}
