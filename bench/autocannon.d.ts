// What the benches use of autocannon, which ships no types.
declare module 'autocannon' {
  interface LoadRequest {
    readonly method: 'GET' | 'POST'
    readonly path: string
    readonly headers: Readonly<Record<string, string>>
    readonly body?: string
  }
  interface Result {
    readonly requests: { readonly total: number }
    /** Seconds. */
    readonly duration: number
    readonly latency: { readonly p99: number }
    readonly errors: number
    readonly timeouts: number
    readonly non2xx: number
  }
  // biome-ignore lint/style/noDefaultExport: it is the library's.
  export default function autocannon(options: {
    readonly url: string
    readonly connections: number
    readonly duration: number
    readonly requests: readonly LoadRequest[]
    /** Calls a second over all connections; undefined is as many as there can be. */
    readonly overallRate?: number
  }): Promise<Result>
}
