import { readAddress } from './read-config.ts'
import { type Flags, readValues } from './values.ts'

/** `poolhouse health`: whether the server of this machine lives, or with `ready` takes requests. Never throws. */
export async function isHealthy(flags: Flags, environment: Flags, ready: boolean): Promise<boolean> {
  const { host, port } = readAddress(readValues({ flags, environment }, ['listen']).listen)
  // What listens on every address listens on this one.
  const reachable = host === '0.0.0.0' || host === '::' ? 'localhost' : host
  const authority = reachable.includes(':') ? `[${reachable}]` : reachable
  try {
    const url = `http://${authority}:${port}/health/${ready ? 'ready' : 'live'}`
    return (await fetch(url, { signal: AbortSignal.timeout(3_000) })).ok
  } catch {
    return false
  }
}
