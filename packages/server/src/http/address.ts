import type { Config } from '../config.ts'

/** What the listener knows of a connection. */
export interface Bindings {
  readonly incoming?: { readonly socket: { readonly remoteAddress?: string | undefined } }
}

/**
 * The caller's address: the peer's, or the one that a trusted proxy names last in X-Forwarded-For. A header that is not
 * an address counts for nothing: never open because of what could not be read (authentik CVE-2024-47070).
 */
export function clientAddress(config: Config, request: Request, bindings: Bindings | undefined): string {
  const peer = bindings?.incoming?.socket.remoteAddress ?? 'unknown'
  if (!config.trustedProxies.includes(peer)) return peer
  const named = request.headers.get('x-forwarded-for')?.split(',').at(-1)?.trim() ?? ''
  return /^[\da-fA-F:.]{2,45}$/.test(named) ? named : peer
}
