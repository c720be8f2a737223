import { addressOf, createEndpoints } from './addresses.ts'
import { type Attempt, endAttempt, takeAttempt } from './attempts.ts'
import { type Callback, mergeReturn, readCallback, readReturn } from './callback.ts'
import { createKeeper } from './keeper.ts'
import { LoginError } from './login-error.ts'
import type { AccessTokenOptions, Login, LoginState } from './options.ts'
import { absolute, type Settings, showPage } from './settings.ts'
import { prepareSignIn, redeem } from './sign-in.ts'

/** What all logins of one client in one page share, copies of this module included: raw claims, no types of the app. */
export interface Engine extends Pick<Login, 'start' | 'signIn' | 'signOut'> {
  readonly state: () => LoginState
  readonly subscribe: (listener: () => void) => () => void
  /** An access token, other than the one an API has refused. */
  readonly accessToken: (options?: AccessTokenOptions, refused?: string) => Promise<string>
}

const never = new Promise<never>(() => {})

/**
 * The way in and out of one client's session:
 *
 *   loading --start--> signed-out --signIn, callback--> signed-in --signOut, refresh refused--> signed-out
 */
export function createEngine(settings: Settings): Engine {
  const { clientId, domain, issuer, persist } = settings
  const key = `${domain ?? issuer} ${clientId}`
  const endpoints = createEndpoints(settings)
  const keeper = createKeeper(key, clientId, persist === 'device', endpoints)
  let begun: Promise<LoginState> | undefined
  let leaving = false

  // Out of the back-forward cache comes the page as it was, with the notices it has missed.
  globalThis.addEventListener?.('pageshow', ({ persisted }) => {
    leaving &&= !persisted
    if (persisted && begun) void keeper.restore()
  })

  const start: Engine['start'] = () => {
    // Synchronous up to the cleaned address: whoever starts second, or loads next, sees no code any more.
    const callback = readCallback(location.href, absolute(settings.redirectUri))
    const attempt = callback && takeAttempt(callback.state, key)
    if (callback && attempt) {
      history.replaceState(history.state, '', callback.url)
      begun = finish(callback, attempt)
    }
    begun ??= keeper.restore()
    return begun
  }

  async function finish(callback: Callback, attempt: Attempt | LoginError): Promise<LoginState> {
    if (attempt instanceof LoginError) return keeper.restore(attempt)
    try {
      await keeper.put(await redeem(callback, attempt, await endpoints(), settings), 'changed')
    } catch (thrown) {
      const error = LoginError.from(thrown)
      if (error.code !== 'network') endAttempt(callback.state, key, error.code)
      await keeper.restore(error)
    }
    const page = readReturn(attempt.returnTo, location.href)
    if (page) (settings.navigate ?? showPage)(mergeReturn(page, callback.url))
    return keeper.state()
  }

  async function accessToken({ minValidity = 60, signal }: AccessTokenOptions = {}, refused?: string): Promise<string> {
    signal?.throwIfAborted()
    const work = (begun ?? start()).then(() => keeper.token(minValidity, refused))
    return new Promise((resolve, reject) => {
      const stop = () => reject(signal?.reason)
      signal?.addEventListener('abort', stop)
      work.finally(() => signal?.removeEventListener('abort', stop)).then(resolve, reject)
    })
  }

  async function leave(where: () => Promise<string | URL>): Promise<never> {
    try {
      location.assign(await where())
    } catch (thrown) {
      leaving = false
      throw LoginError.from(thrown)
    }
    return never
  }

  return {
    state: keeper.state,
    subscribe: keeper.subscribe,
    start,
    accessToken,
    signIn: (options = {}) =>
      leave(async () => {
        // A page that signs its visitor in whenever nobody is signed in must not overtake its own sign-out.
        if (leaving) return never
        await (begun ?? start())
        return prepareSignIn(settings, key, await endpoints(), options)
      }),
    signOut: ({ returnTo = settings.logoutUri ?? settings.redirectUri } = {}) =>
      leave(async () => {
        await (begun ?? start())
        leaving = true
        await keeper.put(undefined, 'signed-out')
        const { logout } = await endpoints()
        const logoutUri = absolute(returnTo)
        // Cognito's own parameters; it knows neither post_logout_redirect_uri nor id_token_hint.
        return logout
          ? addressOf(logout, { client_id: clientId, logout_uri: logoutUri })
          : (readReturn(logoutUri, location.href) ?? '/')
      }),
  }
}
