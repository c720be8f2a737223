import type { IdTokenClaims } from './id-token.ts'
import type { LoginError } from './login-error.ts'

/** Where the pool is: its hosted domain, its issuer, or both. The domain alone costs no discovery request. */
export type PoolAddress =
  | {
      /** Base URL of the hosted domain: `https://x.auth.eu-west-1.amazoncognito.com`; a bare host gets `https://`. */
      domain: string
      /** The issuer ID tokens must name. Beside `domain` it is compared, not fetched. */
      issuer?: string
    }
  | { domain?: undefined; issuer: string }

/** What createLogin takes: an address and a client id; everything else has a default. */
export type LoginOptions<C = IdTokenClaims> = PoolAddress & {
  clientId: string
  /** Callback URL exactly as registered with the client. Default: `${location.origin}/`. */
  redirectUri?: string
  /** Sign-out URL exactly as registered with the client. Default: the redirect URI. */
  logoutUri?: string
  /** Default: `['openid']`; must contain it. */
  scopes?: readonly string[]
  /** Where the tokens live: in this tab's memory (default), or in IndexedDB, shared by all tabs of this device. */
  persist?: 'memory' | 'device'
  /** Origins besides the page's own that `fetch` may send the token to. */
  apiOrigins?: readonly string[]
  /** Checks and types the claims of the ID token; what it throws is reported as `config`. */
  parseClaims?: (raw: unknown) => C
  /** Shows the page the visitor came from. Default: replaces the address and tells routers by `popstate`. */
  navigate?: (url: string) => void
}

/** What a page can show: one value per moment, the same object until something changes. */
export type LoginState<C = IdTokenClaims> =
  | { readonly status: 'loading' }
  | { readonly status: 'signed-out'; readonly error?: LoginError }
  | {
      readonly status: 'signed-in'
      readonly user: C
      /** When the access token at hand expires; `accessToken()` renews it before that. */
      readonly expiresAt: Date
      /** Why the latest callback was refused, when the session from before lives on. */
      readonly error?: LoginError
    }

/** How to ask for a sign-in. */
export interface SignInOptions {
  /** Page to come back to, of this origin only. Default: the page the visitor is on. */
  returnTo?: string
  /** Name of an identity provider to go to directly (`identity_provider`). */
  provider?: string
  loginHint?: string
  lang?: string
  prompt?: 'login' | 'none' | 'select_account'
  screen?: 'sign-in' | 'sign-up' | 'forgot-password'
}

/** How to sign out. */
export interface SignOutOptions {
  /** A registered sign-out URL to land on, or a path of this origin; in place of `logoutUri`. */
  returnTo?: string
}

/** How to ask for an access token. */
export interface AccessTokenOptions {
  /** Seconds the token must still be good for. Default 60, at most half of a token's life. */
  minValidity?: number
  /** Ends this caller's wait with the signal's reason; a refresh under way goes on for the others. */
  signal?: AbortSignal
}

/** A login of one client in one page. All functions may be passed around without their object. */
export interface Login<C = IdTokenClaims> {
  readonly state: LoginState<C>
  /** Calls the listener at every change; returns the way to stop. Fits useSyncExternalStore. */
  readonly subscribe: (listener: (state: LoginState<C>) => void) => () => void
  /** Finishes a callback or restores the session. Call it as often as you like; it never rejects. */
  readonly start: () => Promise<LoginState<C>>
  /** Leaves for the hosted sign-in; resolves never. */
  readonly signIn: (options?: SignInOptions) => Promise<never>
  /** Revokes the session, signs out all tabs, leaves for the hosted sign-out; resolves never. */
  readonly signOut: (options?: SignOutOptions) => Promise<never>
  /** A token that is good for a while, refreshed if need be, once for all tabs. */
  readonly accessToken: (options?: AccessTokenOptions) => Promise<string>
  /** `fetch` with the token for this origin and `apiOrigins`; renews and retries once after 401. */
  readonly fetch: typeof fetch
}
