// Tokens: authorization requests, codes, grants, claims, signing, keys, revocation.
// Nothing here knows how a visitor signed in, or a protocol's response.
import { createHash } from 'node:crypto'
import type { World } from '../world/world.ts'

/** A secret of 256 bits in base64url, for session ids, refresh tokens and challenge sessions. */
export function secretToken(world: World): string {
  return Buffer.from(world.random(32)).toString('base64url')
}

/** SHA-256 in base64url: how a secret of full entropy is stored. */
export function digest(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url')
}
