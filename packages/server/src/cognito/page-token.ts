import { PoolError } from '../errors.ts'
import type { World } from '../world/world.ts'

/**
 * A page token: where the next page starts, bound to what is being listed, so that no token works elsewhere and none
 * can be forged (Hydra CVE-2026-33504).
 */
export function writePageToken(world: World, list: string, position: string): string {
  return `${Buffer.from(position).toString('base64url')}.${world.vault.mac('page', `${list}\0${position}`)}`
}

/** The position of a page token; the start when there is none. */
export function readPageToken(world: World, list: string, token: string | undefined): string {
  if (token === undefined) return ''
  const position = Buffer.from(token.split('.')[0] ?? '', 'base64url').toString('utf8')
  if (writePageToken(world, list, position) !== token)
    throw new PoolError('InvalidParameter', 'Invalid pagination token given.')
  return position
}

/** One page and the token of the next, if there is one: `rows` holds one more than the page when there is. */
export function pageOf<T>(
  world: World,
  list: string,
  rows: readonly T[],
  size: number,
  positionOf: (row: T) => string,
): { page: readonly T[]; next: string | undefined } {
  const page = rows.slice(0, size)
  const last = page.at(-1)
  return { page, next: rows.length > size && last ? writePageToken(world, list, positionOf(last)) : undefined }
}
