// Sign-in at other identity providers: a trip there and back (trip.ts), what each protocol says of a person (openid.ts,
// saml/), and whom of the pool that is (arrive.ts). No request, response or cookie is known here, and who is signed in
// is decided by proceed(), as for every other sign-in.
import type { ProviderType } from '../../store/setup/identity-providers.ts'

/**
 * A person as a provider vouched for it, after every check of the protocol. (provider, subject) is who it is; attributes
 * are the provider's claims under its own names, before any mapping, and prove nothing about identity.
 */
export interface FederatedIdentity {
  /** The pool's name of the provider. */
  readonly provider: string
  readonly providerType: ProviderType
  /** What the provider calls itself, where the protocol says so. */
  readonly issuer: string | null
  /** What the provider calls the person, for ever: `sub`, NameID, `id`. */
  readonly subject: string
  readonly attributes: Readonly<Record<string, string | readonly string[]>>
}

/** What the InboundFederation trigger is shown besides (developer guide, "Inbound federation Lambda trigger"). */
export interface FederationSources {
  readonly tokenResponse?: Readonly<Record<string, string>> | undefined
  readonly idToken?: Readonly<Record<string, string>> | undefined
  readonly userInfo?: Readonly<Record<string, string>> | undefined
  readonly samlResponse?: Readonly<Record<string, string>> | undefined
}
