import type { World } from './world.ts'

/** A pool as far as its clock goes. */
interface Clocked {
  readonly id: string
  /** How far the pool's clock is ahead, in milliseconds. */
  readonly clockOffset: number
}

/** What was derived of a world, by pool, so that the same world comes back as long as the pool's clock is not moved. */
const derived = new WeakMap<World, Map<string, { readonly offset: number; readonly world: World }>>()

/**
 * The world as a pool sees it: the same one but for the time, which is the pool's. Only development moves a pool's
 * clock; elsewhere it is the world itself, whatever the pool says.
 */
export function atPoolTime(world: World, pool: Clocked): World {
  const base = world.base ?? world
  if (pool.clockOffset === 0 || world.config.mode !== 'development') return base
  const known = derived.get(base) ?? new Map()
  derived.set(base, known)
  const last = known.get(pool.id)
  if (last?.offset === pool.clockOffset) return last.world
  const moved: World = { ...base, base, now: () => base.now() + pool.clockOffset }
  known.set(pool.id, { offset: pool.clockOffset, world: moved })
  return moved
}

/** How far a world's clock is ahead of the system's, in milliseconds: for libraries that look at the latter. */
export function aheadOfSystem({ now }: Pick<World, 'now'>): number {
  return now() - Date.now()
}
