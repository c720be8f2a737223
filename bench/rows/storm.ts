import { fork } from 'node:child_process'
import { once } from 'node:events'
import { json, measure, type Row, seconds, tell } from '../load.ts'
import type { Bench } from '../main.ts'
import { accessTokens, refreshCall, signInCall } from './tokens.ts'

/** Enough calls for a 99th percentile, and few enough that an idle machine stays idle. */
const steady = { duration: Math.max(10, seconds), over: 4, rate: 50 }

/** Refresh and GetUser at fifty calls a second, first alone, then while a thousand sign-ins a second are tried. */
export async function stormRows({ target }: Bench): Promise<Row[]> {
  const { url } = target
  const tokens = await accessTokens(target)
  const loads = {
    refresh: target.refreshTokens.map((token) => refreshCall(target, token)),
    GetUser: tokens.map((AccessToken) => json('GetUser', { AccessToken })),
  }
  tell('refresh and GetUser, idle')
  const idle = {
    refresh: await measure(url, loads.refresh, steady),
    GetUser: await measure(url, loads.GetUser, steady),
  }
  tell('the same in a storm of sign-ins')
  const storm = fork(new URL('../peers/storm.ts', import.meta.url))
  const over = once(storm, 'exit')
  storm.send({
    url,
    connections: 400,
    duration: 2 * steady.duration + 2,
    // Several times what can be hashed.
    overallRate: 1000,
    requests: Array.from({ length: 400 }, (_, index) => signInCall(target, `stranger-${index}`)),
  })
  await new Promise((resolve) => setTimeout(resolve, 1000))
  const stormy = {
    refresh: await measure(url, loads.refresh, steady),
    GetUser: await measure(url, loads.GetUser, steady),
  }
  await over
  return (['refresh', 'GetUser'] as const).map((what) => ({
    what: `${what}, p99 in a storm of sign-ins (beside idle)`,
    beside: `${idle[what].p99} ms`,
    ours: `${stormy[what].p99} ms`,
    // autocannon counts whole milliseconds.
    ratio: stormy[what].p99 / Math.max(1, idle[what].p99),
    goal: 3,
    atMost: true,
  }))
}
