import { findDomain } from '../store/setup/domains.ts'
import type { Ground } from '../web/env.ts'

/** A request that came to a hosted domain's own host. */
export interface AtHost {
  /** The domain: a prefix, or a custom domain's whole name. */
  readonly domain: string
  /** The host with its port, as the browser knows it. */
  readonly host: string
}

/**
 * Finds the hosted domain behind a request's host: `{prefix}.{suffix}`, or a custom domain's exact name; none for the
 * public host itself and for any other. Only the Host header decides, never a forwarded one (Zitadel CVE-2025-64101).
 */
export function readHost({
  db,
  world,
}: Ground): (request: Request) => AtHost | undefined | Promise<AtHost | undefined> {
  const publicHost = new URL(world.config.publicUrl).hostname
  const [before = '', after] = world.config.domainSuffix.split('{region}')
  // A region has no dot, so that nothing but one label can stand in its place.
  const suffix = new RegExp(
    `^([a-z0-9-]+)\\.${literal(before)}${after === undefined ? '' : `[a-z0-9-]+${literal(after)}`}$`,
  )
  const custom = async (name: string, host: string) => {
    const domain = await findDomain(db, name)
    return domain?.settings.CustomDomainConfig ? { domain: name, host } : undefined
  }
  return (request) => {
    const host = (request.headers.get('host') ?? new URL(request.url).host).toLowerCase()
    const name = host.replace(/:\d+$/, '')
    if (name === publicHost || ownNames.has(name)) return undefined
    const prefix = suffix.exec(name)?.[1]
    return prefix ? { domain: prefix, host } : custom(name, host)
  }
}

/** Names of this machine: the path style is served there. */
export const ownNames: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])

function literal(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
