import type { Db } from '../../store/db.ts'
import type { Pool } from '../../store/setup/pools.ts'
import type { World } from '../../world/world.ts'
import { issuerOf } from '../issuer.ts'
import { decodeJwt, verifyJwt } from '../jwt.ts'
import { keysOf } from '../keys.ts'

/** Whom an ID token of ours is about, and for which client it was made. */
export interface Hint {
  readonly userId: string
  readonly clientId: string
}

/**
 * Reads an `id_token_hint`: an ID token that this pool has signed, however old (OpenID Connect RP-Initiated Logout 1.0
 * section 2). Undefined for anything else. It says who is meant and proves nothing about who sends it.
 */
export async function readHint(db: Db, world: World, pool: Pool, token: string): Promise<Hint | undefined> {
  const decoded = decodeJwt(token)
  const kid = decoded?.header.kid
  if (!decoded || typeof kid !== 'string') return undefined
  const key = (await keysOf(db, world, pool)).byKid.get(kid)
  if (key?.purpose !== 'id' || !verifyJwt(decoded, key.key)) return undefined
  const { iss, token_use: use, sub, aud } = decoded.claims
  if (iss !== issuerOf(world, pool) || use !== 'id' || typeof sub !== 'string' || typeof aud !== 'string')
    return undefined
  return { userId: sub, clientId: aud }
}
