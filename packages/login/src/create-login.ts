import { checkSecure } from './addresses.ts'
import { createFetch } from './authorized-fetch.ts'
import { createEngine, type Engine } from './engine.ts'
import type { IdTokenClaims } from './id-token.ts'
import { LoginError } from './login-error.ts'
import type { Login, LoginOptions, LoginState } from './options.ts'
import { readOptions } from './settings.ts'

/**
 * A login for this page. Made on a server it stays `loading` and touches nothing, so a page can be rendered there.
 * Two logins with the same options share one session, so that a module loaded twice uses no code twice.
 */
export function createLogin<C = IdTokenClaims>(options: LoginOptions<C>): Login<C> {
  const { apiOrigins = [], parseClaims = (raw: unknown) => raw as C } = options
  const origins = apiOrigins.map((origin) => new URL(checkSecure(origin)).origin)
  const engine = share(options)
  let last: LoginState | undefined
  let shown: LoginState<C>

  function state(): LoginState<C> {
    const raw = engine.state()
    if (raw !== last) {
      last = raw
      try {
        shown = raw.status === 'signed-in' ? { ...raw, user: parseClaims(raw.user) } : raw
      } catch (cause) {
        shown = { status: 'signed-out', error: new LoginError('config', 'parseClaims failed', { cause }) }
      }
    }
    return shown
  }

  return {
    get state() {
      return state()
    },
    subscribe: (listener) => engine.subscribe(() => listener(state())),
    start: () => engine.start().then(state),
    signIn: engine.signIn,
    signOut: engine.signOut,
    accessToken: (options) => engine.accessToken(options),
    fetch: createFetch(engine, origins),
  }
}

// On the global object, since a second copy of this module has variables of its own. It gives a script in the page
// nothing it could not get by importing the app's own login.
const shared = Symbol.for('@poolhouse/login 1')

function share(options: LoginOptions<unknown>): Engine {
  const settings = readOptions(options)
  const page = globalThis as { [shared]?: Map<string, Engine> }
  page[shared] ??= new Map()
  const id = JSON.stringify(settings)
  const engine = page[shared].get(id) ?? createEngine(settings)
  page[shared].set(id, engine)
  return engine
}
