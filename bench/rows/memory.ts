import { json, measure, median, type Row, tell } from '../load.ts'
import type { Bench } from '../main.ts'
import { resident } from '../poolhouse.ts'
import { accessTokens, refreshCall, signInCall } from './tokens.ts'

/** Minutes under load; a run that is meant to find a leak has ten. */
const minutes = Number(process.env.BENCH_MINUTES ?? 0)

/** Resident memory under a mixed load: the last fifth beside the second, since the first one warms up. */
export async function memoryRows({ target }: Bench): Promise<Row[]> {
  if (minutes === 0) return []
  tell(`memory over ${minutes} minutes of load`)
  const tokens = await accessTokens(target)
  const load = [
    ...target.refreshTokens.map((token) => refreshCall(target, token)),
    ...tokens.map((AccessToken) => json('GetUser', { AccessToken })),
    ...target.users.slice(0, 4).map((user) => signInCall(target, user)),
  ]
  const samples: number[] = []
  const sampling = setInterval(() => samples.push(resident(target.pid)), 1000)
  const { rate } = await measure(target.url, load, { duration: minutes * 60 })
  clearInterval(sampling)
  const fifth = Math.floor(samples.length / 5)
  const early = median(samples.slice(fifth, 2 * fifth))
  const late = median(samples.slice(-fifth))
  return [
    {
      what: `memory after ${minutes} minutes at ${rate.toFixed(0)}/s (beside the first ones)`,
      beside: `${early} MB`,
      ours: `${late} MB`,
      ratio: late / early,
      goal: 1.1,
      atMost: true,
    },
  ]
}
