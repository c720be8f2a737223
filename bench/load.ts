// How a load is put on a server, and what is kept of it. The same for Poolhouse and for what stands beside it.
import { type ChildProcess, fork } from 'node:child_process'
import { Agent, request as httpRequest } from 'node:http'
import autocannon, { type LoadRequest } from 'autocannon'

/** Seconds a round and rounds of each load. */
export const seconds = Number(process.env.BENCH_SECONDS ?? 4)
export const rounds = Number(process.env.BENCH_ROUNDS ?? 3)
export const connections = 16

/** One line of the result: what is measured beside what, as the ratio of the two. */
export interface Row {
  readonly what: string
  readonly beside: string
  readonly ours: string
  readonly ratio: number
  /** Undefined where there is nothing to reach. */
  readonly goal: number | undefined
  /** Whether the goal is the most that the ratio may be; else the least. */
  readonly atMost?: boolean
  readonly p99?: number
}

/** What a load came to: calls a second, and the 99th percentile of their times in milliseconds. */
export interface Measured {
  readonly rate: number
  readonly p99: number
}

/** A call of the JSON API. */
export function json(operation: string, input: unknown): LoadRequest {
  return {
    method: 'POST',
    path: '/',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `AWSCognitoIdentityProviderService.${operation}`,
    },
    body: JSON.stringify(input),
  }
}

/** A call of a bare server. */
export function bareCall(path: string, body = '{"token":"x"}'): LoadRequest {
  return { method: 'POST', path, headers: { 'content-type': 'application/json' }, body }
}

/** Sends requests in turn over sixteen connections; a refused request is cheap: a rate with one in it says nothing. */
export async function measure(
  url: string,
  requests: readonly LoadRequest[],
  { duration = seconds, over = connections, rate }: { duration?: number; over?: number; rate?: number } = {},
): Promise<Measured> {
  const result = await autocannon({
    url,
    connections: over,
    duration,
    requests,
    ...(rate !== undefined && { overallRate: rate }),
  })
  if (result.non2xx + result.errors + result.timeouts > 0)
    throw new Error(`${result.non2xx} refused, ${result.errors} failed, ${result.timeouts} timed out at ${url}`)
  return { rate: result.requests.total / result.duration, p99: result.latency.p99 }
}

/** Runs steps of several calls, whose answers the next call needs, sixteen at a time. */
export async function drive(step: (worker: number) => Promise<void>): Promise<Measured> {
  const times: number[] = []
  const start = performance.now()
  const end = start + seconds * 1000
  const work = async (worker: number) => {
    while (performance.now() < end) {
      const began = performance.now()
      await step(worker)
      times.push(performance.now() - began)
    }
  }
  await Promise.all(Array.from({ length: connections }, (_, worker) => work(worker)))
  times.sort((a, b) => a - b)
  return {
    rate: (times.length / (performance.now() - start)) * 1000,
    p99: Math.round(times[Math.floor(times.length * 0.99)] ?? 0),
  }
}

const agent = new Agent({ keepAlive: true, maxSockets: connections })

/** One call by Node's bare client, its JSON answer; throws unless it is a success. */
export function call<T>(url: string, { method, path, headers, body = '' }: LoadRequest): Promise<T> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      new URL(path, url),
      { method, agent, headers: { ...headers, 'content-length': Buffer.byteLength(body) } },
      (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('error', reject)
        answer.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8')
          if (answer.statusCode === 200) resolve((text === '' ? {} : JSON.parse(text)) as T)
          else reject(new Error(`${answer.statusCode} ${text}`))
        })
      },
    )
    sent.on('error', (error: NodeJS.ErrnoException) => {
      // The server ended a connection at the moment it was used again (https://nodejs.org/api/http.html, reusedSocket).
      if (sent.reusedSocket && error.code === 'ECONNRESET') resolve(call(url, { method, path, headers, body }))
      else reject(error)
    })
    sent.end(body)
  })
}

/** Measures two sides in turn, as many rounds as asked for, and gives their medians as a row. */
export async function compare(
  what: string,
  goal: number | undefined,
  beside: () => Promise<Measured>,
  ours: () => Promise<Measured>,
): Promise<Row> {
  tell(what)
  const theirs: number[] = []
  const rates: number[] = []
  const latencies: number[] = []
  for (let round = 0; round < rounds; round++) {
    theirs.push((await beside()).rate)
    const { rate, p99 } = await ours()
    rates.push(rate)
    latencies.push(p99)
  }
  return besides(what, goal, median(theirs), median(rates), median(latencies))
}

/** A row of two rates. */
export function besides(what: string, goal: number | undefined, beside: number, ours: number, p99?: number): Row {
  const rate = (value: number) => `${value.toFixed(value < 20 ? 1 : 0)}/s`
  return { what, goal, beside: rate(beside), ours: rate(ours), ratio: ours / beside, ...(p99 !== undefined && { p99 }) }
}

/** A server in a process of its own, which sends its port when it listens. */
export async function startPeer(name: 'bare' | 'oidc-provider'): Promise<{ url: string; child: ChildProcess }> {
  const child = fork(new URL(`peers/${name}.ts`, import.meta.url), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const port = await new Promise<number>((resolve, reject) => {
    child.once('message', (message) => resolve((message as { port: number }).port))
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}`)))
  })
  return { url: `http://127.0.0.1:${port}`, child }
}

/** Says what is under way: a bench takes minutes. */
export function tell(what: string): void {
  process.stderr.write(`${what} …\n`)
}

/** The middle one. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
