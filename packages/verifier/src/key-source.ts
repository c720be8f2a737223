import { VerifyError } from './errors.ts'
import { getJson, type Network } from './get-json.ts'
import { type Key, type KeySet, readKeySet } from './jwk.ts'

/** Where the keys of one issuer come from. */
export interface KeySource {
  /** The key at once, when the set is fresh and has it. */
  peek(kid: string): Key | undefined
  /** The key, fetched if need be; throws unknown_key or keys_unavailable. */
  find(kid: string): Promise<Key>
  /** Has a usable set when it resolves; throws keys_unavailable. */
  warmUp(): Promise<void>
}

/** How long keys are trusted, in milliseconds. */
export interface KeyTimes {
  readonly now: () => number
  /** Age from which on a set is fetched again before it is used. */
  readonly maxAge: number
  /** How much longer it may serve while fetching fails. */
  readonly maxStale: number
  /** The least time between two fetches. */
  readonly cooldown: number
}

/** Without any key nothing can be verified, so a first failure is tried again sooner than the cooldown says. */
const firstCooldown = 1000

/** A source that never changes and never asks. */
export function fixedKeys(keys: KeySet): KeySource {
  return {
    peek: (kid) => keys.get(kid),
    find: async (kid) => {
      const key = keys.get(kid)
      if (key === undefined) throw new VerifyError('unknown_key')
      return key
    },
    warmUp: async () => {},
  }
}

/**
 * The keys published at one address. Whoever needs them while they are being fetched waits for that one fetch. A name that
 * is not in the set causes a fetch at most once per cooldown, so made-up names do not become requests.
 */
export function fetchedKeys(url: string, network: Network, { now, maxAge, maxStale, cooldown }: KeyTimes): KeySource {
  let keys: KeySet | undefined
  let failure: unknown
  let fetchedAt = 0
  let triedAt = Number.NEGATIVE_INFINITY
  let flight: Promise<void> | undefined

  // A clock that was set back makes an age negative: then nothing is fresh, and nothing has to wait.
  const isWithin = (start: number, span: number) => now() >= start && now() - start < span
  const isFresh = () => keys !== undefined && isWithin(fetchedAt, maxAge)
  const isUsable = () => keys !== undefined && isWithin(fetchedAt, maxAge + maxStale)
  const isDue = () => !isWithin(triedAt, keys === undefined ? Math.min(cooldown, firstCooldown) : cooldown)

  async function attempt(): Promise<void> {
    triedAt = now()
    try {
      const { status, body } = await getJson(network, url)
      if (status !== 200) throw new Error(`The keys were answered with status ${status}`)
      keys = readKeySet(body, keys)
      fetchedAt = triedAt
      failure = undefined
    } catch (thrown) {
      failure = thrown ?? new Error('The keys could not be fetched')
    }
  }

  function load(): Promise<void> {
    flight ??= attempt().finally(() => {
      flight = undefined
    })
    return flight
  }

  return {
    peek: (kid) => (isFresh() ? keys?.get(kid) : undefined),

    async find(kid) {
      const known = isUsable() ? keys?.get(kid) : undefined
      // While the issuer is down a known key serves on at once; one verification in a cooldown asks behind its back.
      if (known !== undefined && (isFresh() || failure !== undefined)) {
        if (!isFresh() && isDue()) void load()
        return known
      }
      if (flight !== undefined || isDue()) await load()
      const found = isUsable() ? keys?.get(kid) : undefined
      if (found !== undefined) return found
      throw failure === undefined
        ? new VerifyError('unknown_key')
        : new VerifyError('keys_unavailable', { cause: failure })
    },

    async warmUp() {
      if (!isFresh()) await load()
      if (!isUsable()) throw new VerifyError('keys_unavailable', { cause: failure })
    },
  }
}
