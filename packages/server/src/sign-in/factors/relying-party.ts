import { PoolError } from '../../errors.ts'
import type { Db } from '../../store/db.ts'
import { hostedUrl, listDomains } from '../../store/setup/domains.ts'
import type { Pool } from '../../store/setup/pools.ts'
import type { World } from '../../world/world.ts'

/** Whom a pool's passkeys are made for. */
export interface RelyingParty {
  /** The domain that browsers bind passkeys to. */
  readonly id: string
  /** Whether a page of this origin may use them. */
  allows(origin: string): boolean
}

/**
 * The relying party of a pool: the one of its settings, else its custom domain, else its prefix domain's host (AWS
 * developer guide, "Passkey sign-in"); `localhost` in development without any of them. Throws
 * WebAuthnConfigurationMissing when there is none.
 */
export async function relyingParty(db: Db, world: World, pool: Pool): Promise<RelyingParty> {
  const domains = await listDomains(db, pool.id)
  const hosted = domains.map((domain) => new URL(hostedUrl(world, pool, domain)))
  const custom = domains.findIndex(({ settings }) => settings.CustomDomainConfig !== undefined)
  const development = world.config.mode === 'development'
  const host = (hosted[custom] ?? hosted[0])?.hostname ?? (development ? 'localhost' : undefined)
  // A passkey cannot be bound to an address of numbers (WebAuthn, "relying party identifier").
  const id = pool.settings.WebAuthnConfiguration?.RelyingPartyId ?? (isNumeric(host) ? 'localhost' : host)
  if (id === undefined)
    throw new PoolError(
      'WebAuthnConfigurationMissing',
      'The user pool has no domain and no relying party for passkeys.',
    )
  // The hosted pages may stand on a port of their own.
  const own = new Set(hosted.filter(({ hostname }) => covers(id, hostname)).map(({ origin }) => origin))
  return { id, allows: (origin) => own.has(origin) || isOriginOf(id, origin, development) }
}

/** Whether a page of an origin can ask for the pool's passkeys: some pools have theirs at another site. */
export async function canUsePasskeys(db: Db, world: World, pool: Pool, origin: string): Promise<boolean> {
  if (!pool.settings.Policies?.SignInPolicy?.AllowedFirstAuthFactors?.includes('WEB_AUTHN')) return false
  return (await relyingParty(db, world, pool)).allows(origin)
}

/** Whether passkeys are among the pool's first factors; throws WebAuthnNotEnabled when they are not. */
export function checkPasskeysEnabled(pool: Pool): void {
  if (!pool.settings.Policies?.SignInPolicy?.AllowedFirstAuthFactors?.includes('WEB_AUTHN'))
    throw new PoolError('WebAuthnNotEnabled', 'Passkeys are not enabled for the user pool.')
}

/** What the pool asks of an authenticator: `required`, or AWS's default. */
export function userVerification(pool: Pool): 'required' | 'preferred' {
  return pool.settings.WebAuthnConfiguration?.UserVerification ?? 'preferred'
}

/**
 * https on the relying party's host or one below it, without a port, as browsers write an origin; in development also
 * http and any port on this machine's own name.
 */
function isOriginOf(id: string, origin: string, development: boolean): boolean {
  if (!URL.canParse(origin)) return false
  const url = new URL(origin)
  // What a browser would have written differently is not its origin: a path, a user, capitals, a default port.
  if (url.origin !== origin || !covers(id, url.hostname)) return false
  if (url.protocol === 'https:' && url.port === '') return true
  return development && covers('localhost', url.hostname) && /^https?:$/.test(url.protocol)
}

function covers(id: string, host: string): boolean {
  return host === id || host.endsWith(`.${id}`)
}

function isNumeric(host: string | undefined): boolean {
  return host !== undefined && (host.startsWith('[') || /^[\d.]+$/.test(host))
}
