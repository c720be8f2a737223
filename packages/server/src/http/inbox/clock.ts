import type { Context, Hono } from 'hono'
import { advanceClock, findPool, resetClock } from '../../store/setup/pools.ts'
import type { Ground } from '../../web/env.ts'
import { atPoolTime } from '../../world/clock.ts'

const units = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** Beyond ten years nothing is left that could expire. */
const farthest = 3_652 * units.d

/**
 * Adds the clock of a pool: `{"advance":"24h"}` moves it forward, `{"reset":true}` sets it back to the server's. Codes,
 * tokens, lockouts and passwords of the pool expire by it; what was made in its future lives longer after a reset.
 */
export function addClock(app: Hono, { db, world }: Ground): void {
  const show = async (context: Context, id: string) => {
    const pool = await findPool(db, id)
    if (!pool) return context.json({ error: 'There is no such pool.' }, 404)
    return context.json({ poolId: pool.id, now: atPoolTime(world, pool).now(), ahead: pool.clockOffset })
  }
  app.get('/clock/:pool', (context) => show(context, context.req.param('pool')))
  app.post('/clock/:pool', async (context) => {
    const id = context.req.param('pool')
    const move = readMove(await context.req.json().catch(() => undefined))
    if (move === undefined)
      return context.json({ error: 'The body is {"advance":"24h"}, with s, m, h or d, or {"reset":true}' }, 400)
    if (move === 'reset') await resetClock(db, id)
    else if (!(await advanceClock(db, id, move, farthest)) && (await findPool(db, id)))
      return context.json({ error: 'A clock is at most ten years ahead.' }, 400)
    return show(context, id)
  })
}

/** Milliseconds forward, or back to the server's time; undefined when it is neither. */
function readMove(body: unknown): number | 'reset' | undefined {
  if (typeof body !== 'object' || body === null) return undefined
  if ('reset' in body) return body.reset === true && Object.keys(body).length === 1 ? 'reset' : undefined
  if (!('advance' in body) || typeof body.advance !== 'string') return undefined
  const [, count, unit] = /^([1-9]\d{0,8})([smhd])$/.exec(body.advance) ?? []
  if (count === undefined) return undefined
  return Math.min(farthest + 1, Number(count) * units[unit as keyof typeof units])
}
