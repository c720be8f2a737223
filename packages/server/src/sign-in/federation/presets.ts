import { subjectClaims } from '../../settings/provider-details.ts'
import type { ProviderType } from '../../store/setup/identity-providers.ts'

/** The types that speak OAuth 2.0 or OpenID Connect. */
export type OpenIdType = Exclude<ProviderType, 'SAML'>

/** Where a provider is spoken to and what is asked there. */
export interface Endpoints {
  readonly issuer: string
  /** Absent ones are discovered at the issuer. */
  readonly authorize: string | undefined
  readonly token: string | undefined
  readonly keys: string | undefined
  readonly userInfo: string | undefined
  readonly userInfoMethod: 'GET' | 'POST'
  /** Whether a signed ID token says who it is; else the answer of `userInfo` alone does. */
  readonly identified: boolean
  /** The claim that is the subject. */
  readonly subject: string
  /** Whether the answer is posted by the browser: Apple's rule as soon as a name or an address is asked for. */
  readonly formPost: boolean
  /** Whether `login_hint` and `prompt` go along (AWS developer guide, "authorize endpoint"). */
  readonly takesHints: boolean
}

type Preset = Partial<Omit<Endpoints, 'subject' | 'identified' | 'userInfoMethod'>> & { readonly issuer: string }

/** Facebook's API when the provider names none. */
const facebookVersion = 'v23.0'

/** The addresses of the social providers, as each documents them for web servers. */
const presets: Readonly<Record<Exclude<OpenIdType, 'OIDC'>, (details: Details) => Preset>> = {
  Google: () => ({
    issuer: 'https://accounts.google.com',
    authorize: 'https://accounts.google.com/o/oauth2/v2/auth',
    token: 'https://oauth2.googleapis.com/token',
    keys: 'https://www.googleapis.com/oauth2/v3/certs',
    takesHints: true,
  }),
  Facebook: ({ api_version: version = facebookVersion }) => ({
    issuer: 'https://www.facebook.com',
    authorize: `https://www.facebook.com/${version}/dialog/oauth`,
    token: `https://graph.facebook.com/${version}/oauth/access_token`,
    userInfo: `https://graph.facebook.com/${version}/me?fields=`,
  }),
  LoginWithAmazon: () => ({
    issuer: 'https://www.amazon.com',
    authorize: 'https://www.amazon.com/ap/oa',
    token: 'https://api.amazon.com/auth/o2/token',
    userInfo: 'https://api.amazon.com/user/profile',
  }),
  SignInWithApple: ({ authorize_scopes: scopes = '' }) => ({
    issuer: 'https://appleid.apple.com',
    authorize: 'https://appleid.apple.com/auth/authorize',
    token: 'https://appleid.apple.com/auth/token',
    keys: 'https://appleid.apple.com/auth/keys',
    formPost: /\b(email|name)\b/.test(scopes),
  }),
}

type Details = Readonly<Record<string, string>>

/** AWS shows this address for Google; it answers in a shape of its own, and the ID token says the same. */
const peopleApi = 'https://people.googleapis.com/'

/** The endpoints of a provider: what its details name, else what its type has. Pure. */
export function endpointsOf(type: OpenIdType, details: Details, mapping: Details): Endpoints {
  const preset: Preset =
    type === 'OIDC' ? { issuer: details.oidc_issuer ?? '', takesHints: true } : presets[type](details)
  const given = details.attributes_url?.startsWith(peopleApi) ? undefined : details.attributes_url
  const userInfo = given ?? preset.userInfo
  return {
    issuer: details.oidc_issuer ?? preset.issuer,
    authorize: details.authorize_url ?? preset.authorize,
    token: details.token_url ?? preset.token,
    keys: details.jwks_uri ?? preset.keys,
    userInfo: type === 'Facebook' && userInfo ? withFields(userInfo, mapping) : userInfo,
    userInfoMethod: details.attributes_request_method === 'POST' ? 'POST' : 'GET',
    identified: type !== 'Facebook' && type !== 'LoginWithAmazon',
    subject: subjectClaims[type],
    formPost: preset.formPost ?? false,
    takesHints: preset.takesHints ?? false,
  }
}

/** Facebook gives the fields that are asked for, and no more. */
function withFields(address: string, mapping: Details): string {
  const fields = new Set(['id', ...Object.values(mapping)])
  return address.endsWith('fields=') ? `${address}${encodeURIComponent([...fields].join(','))}` : address
}
