/** What the API says about the caller; times are seconds since 1970, as in the token. */
export interface UserAnswer {
  readonly greeting: string
  readonly sub: string
  readonly username: string | null
  readonly groups: readonly string[]
  readonly scopes: readonly string[]
  readonly token: {
    readonly id: string
    readonly issuedAt: number
    readonly expiresAt: number
    readonly secondsLeft: number
  }
}

/** Why the API did not answer: the two members of OAuth's errors. */
export interface Refusal {
  readonly error: string
  readonly error_description: string
}

/** What the front end must know before it can sign anybody in: one build runs against any pool. */
export interface SiteConfig {
  /** Base address of the hosted sign-in pages. */
  readonly domain: string
  readonly issuer: string
  readonly clientId: string
  /** Where a developer reads the mail that Poolhouse would have sent. */
  readonly inbox?: string | undefined
}
