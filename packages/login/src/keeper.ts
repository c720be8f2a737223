import type { Endpoints } from './addresses.ts'
import { ask } from './ask.ts'
import { randomText } from './encoding.ts'
import { LoginError } from './login-error.ts'
import type { LoginState } from './options.ts'
import { refresh } from './refresh.ts'
import { deviceStore, memoryStore, type Session } from './sessions.ts'

/** The session of one client as this page sees it, and the only code that changes it. */
export interface Keeper {
  readonly state: () => LoginState
  readonly subscribe: (listener: () => void) => () => void
  /** Shows what the store holds, and an error beside it. */
  readonly restore: (error?: LoginError) => Promise<LoginState>
  /** Puts a session, or none, in the place of the one before, tells the other tabs, and revokes that one. */
  readonly put: (session: Session | undefined, notice: 'changed' | 'signed-out') => Promise<void>
  /** An access token with that many seconds left that is not the refused one. */
  readonly token: (minValidity: number, refused?: string) => Promise<string>
}

/**
 * Whoever changes the session does so inside the lock, on what the store says inside the lock, and tells the other
 * tabs once the lock is released:
 *
 *   lock -> read -> another tab was faster: adopt
 *                -> refresh -> commit, durably
 *                           -> refused: read once more, adopt or end
 *   release -> notice
 *
 * With tokens in memory the lock is this page's own and the store is a variable; the rest is the same.
 */
export function createKeeper(
  key: string,
  clientId: string,
  device: boolean,
  endpoints: () => Promise<Endpoints>,
): Keeper {
  const name = `poolhouse-login ${key}`
  const store = device ? deviceStore(key) : memoryStore()
  const listeners = new Set<() => void>()
  let state: LoginState = { status: 'loading' }
  let current: Session | undefined
  let renewing: Promise<void> | undefined
  let channel: BroadcastChannel | undefined
  let lock = name

  /** Everything goes through here, so this is where a page that cannot have a session says so. */
  async function locked<T>(act: () => Promise<T>): Promise<T> {
    if (!isSecureContext) throw new LoginError('config', 'Login needs https, or localhost')
    if (!channel) {
      if (!device) lock += randomText()
      channel = new BroadcastChannel(name)
      channel.onmessage = async ({ data }) => {
        if (device) await restore()
        else if (data === 'signed-out') await put(undefined)
      }
    }
    return navigator.locks.request(lock, act)
  }

  function show(session: Session | undefined, error?: LoginError): void {
    const news = state.status === 'loading' || error || session?.accessToken !== current?.accessToken
    current = session
    if (!news) return
    state = session
      ? { status: 'signed-in', user: session.claims, expiresAt: new Date(session.expiresAt), error }
      : { status: 'signed-out', error }
    // As tasks of their own: what a listener throws is reported and stops nobody.
    for (const listener of listeners) queueMicrotask(listener)
  }

  async function put(session: Session | undefined, notice?: 'changed' | 'signed-out'): Promise<void> {
    const before = await locked(async () => {
      const kept = await store.read()
      await store.write(session)
      show(session)
      return kept
    })
    if (notice) channel?.postMessage(notice)
    if (!before?.refreshToken) return
    // As well as it can: a page that is leaving has nobody to tell, and 200 comes without the JSON that `ask` wants.
    await endpoints()
      .then(async ({ revoke }) => revoke && ask(revoke, { token: `${before.refreshToken}`, client_id: clientId }, true))
      .catch(() => undefined)
  }

  async function restore(error?: LoginError): Promise<LoginState> {
    try {
      await locked(async () => {
        const kept = await store.read()
        show(kept && (kept.refreshToken || kept.expiresAt > Date.now()) ? kept : undefined, error)
      })
    } catch (thrown) {
      show(undefined, error ?? LoginError.from(thrown))
    }
    return state
  }

  async function renew(good: (session: Session) => unknown): Promise<void> {
    let changed = false
    try {
      await locked(async () => {
        const kept = await store.read()
        // Without a refresh token what is left of the access token is all there is.
        if (!kept || good(kept) || (!kept.refreshToken && kept.expiresAt > Date.now())) return show(kept)
        const next = await refresh(kept, await endpoints(), clientId, store.read)
        const [session, ended] = next instanceof LoginError ? [undefined, next] : [next]
        await store.write(session)
        changed = true
        show(session, ended)
        if (ended) throw ended
      })
    } finally {
      if (changed) channel?.postMessage('changed')
    }
  }

  async function token(minValidity: number, refused?: string): Promise<string> {
    // Half of a token's life at most, or a wish longer than that life would mean a refresh for every call.
    const good = (session: Session | undefined) =>
      session &&
      session.accessToken !== refused &&
      session.expiresAt - Date.now() > Math.min(minValidity * 1000, session.lifetime / 2)
    if (!good(current)) await renewing
    if (!good(current)) {
      renewing ??= renew(good).finally(() => {
        renewing = undefined
      })
      await renewing
    }
    if (!current) throw new LoginError('login_required', 'Nobody is signed in')
    return current.accessToken
  }

  return {
    state: () => state,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    restore,
    token,
    put,
  }
}
