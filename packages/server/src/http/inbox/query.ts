import { setTimeout as sleep } from 'node:timers/promises'
import type { Context } from 'hono'

const longestWait = 30_000
const pollInterval = 100

/** What a list is asked for by time. */
interface ListQuery {
  /** Only what was made after this time, in milliseconds. */
  readonly after: number | undefined
  /** How long to wait for something to come, in milliseconds: half a minute at most. */
  readonly wait: number
}

/** `after` and `wait` (`5s` or `5`) of a request; undefined when they are not understood. */
export function readQuery({ req }: Context): ListQuery | undefined {
  const after = req.query('after')
  const seconds = /^(\d{1,3})s?$/.exec(req.query('wait') ?? '0')?.[1]
  if ((after !== undefined && !/^\d{1,15}$/.test(after)) || seconds === undefined) return undefined
  return { after: after === undefined ? undefined : Number(after), wait: Math.min(longestWait, Number(seconds) * 1000) }
}

/** The answer to a query that was not understood. */
export function refuseQuery(context: Context): Response {
  return context.json({ error: 'after is a time in milliseconds, wait is seconds: 5s' }, 400)
}

/** The list as soon as there is something in it, or after the wait. */
export async function waitFor<Item>({ req }: Context, wait: number, list: () => Promise<Item[]>): Promise<Item[]> {
  for (let waited = 0; ; waited += pollInterval) {
    const items = await list()
    if (items.length > 0 || waited >= wait || req.raw.signal.aborted) return items
    await sleep(pollInterval)
  }
}

/** Whether every word of a search is in a text. */
export function matches(text: string, search: string): boolean {
  const haystack = text.toLowerCase()
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => haystack.includes(word))
}
