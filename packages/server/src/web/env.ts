// What the doors share of the Web: the environment of a hosted domain, cookies, forms.
// No rule of identity and no page lives here; nothing below the doors imports it.
import type { Db } from '../store/db.ts'
import type { Pool } from '../store/setup/pools.ts'
import type { World } from '../world/world.ts'

/** What every door stands on. */
export interface Ground {
  readonly db: Db
  readonly world: World
}

/** The hosted domain a request came to. */
export interface HostedDomain {
  readonly name: string
  /** Absolute address without a final slash: `http://localhost:9500/domains/shop` or `https://shop.auth.example.org`. */
  readonly url: string
  /** Path before the door's own: `/domains/shop`, or empty in host style. */
  readonly path: string
  /** Whether cookies can be Secure. */
  readonly secure: boolean
}

/** Hono variables of requests to a hosted domain, set by http/ before a door runs. */
export interface DomainEnv {
  Variables: {
    readonly ground: Ground
    readonly pool: Pool
    readonly domain: HostedDomain
    readonly requestId: string
    /** The caller's address, for rate limits. */
    readonly address: string
  }
}
