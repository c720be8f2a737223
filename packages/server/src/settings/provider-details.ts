import { createPrivateKey } from 'node:crypto'
import { PoolError } from '../errors.ts'
import type { ProviderType } from '../store/setup/identity-providers.ts'
import { isOutboundUrl } from '../world/outbound.ts'
import type { World } from '../world/world.ts'
import { readSamlDetails } from './saml/details.ts'

/** The members of ProviderDetails by type of provider. */
interface Members {
  readonly required: readonly string[]
  /** What AWS shows of a provider, and takes back when it is sent again, belongs here too. */
  readonly optional: readonly string[]
}

/** Addresses of a provider: what they are set to counts, also for the social providers, whose own they replace. */
const addresses = ['authorize_url', 'token_url', 'attributes_url', 'jwks_uri', 'oidc_issuer'] as const

const shown = [...addresses, 'attributes_url_add_attributes', 'token_request_method']

/** AWS API reference, CreateIdentityProvider: ProviderDetails. */
// biome-ignore format: a table
const members: Readonly<Record<Exclude<ProviderType, 'SAML'>, Members>> = {
  OIDC:            { required: ['client_id', 'attributes_request_method', 'oidc_issuer', 'authorize_scopes'], optional: ['client_secret', ...shown] },
  Google:          { required: ['client_id', 'client_secret', 'authorize_scopes'],                            optional: shown },
  Facebook:        { required: ['client_id', 'client_secret', 'authorize_scopes'],                            optional: ['api_version', ...shown] },
  LoginWithAmazon: { required: ['client_id', 'client_secret', 'authorize_scopes'],                            optional: shown },
  SignInWithApple: { required: ['client_id', 'team_id', 'key_id', 'private_key', 'authorize_scopes'],         optional: shown },
}

/** The members that are sealed; the API shows them to administrators all the same, as AWS does. */
export const secretMembers: readonly string[] = ['client_secret', 'private_key']

/** The claim that is the subject of each type, which AWS maps to the user name (developer guide, "Mapping IdP attributes"). */
// biome-ignore format: a table
export const subjectClaims: Readonly<Record<Exclude<ProviderType, 'SAML'>, string>> = {
  OIDC: 'sub', Google: 'sub', Facebook: 'id', LoginWithAmazon: 'user_id', SignInWithApple: 'sub',
}

/**
 * Checks what a provider is set up with and gives what is stored of it; throws in AWS's words. Nothing is
 * fetched but SAML metadata: a provider that is down does not keep anybody from setting it up.
 */
export async function readDetails(
  world: World,
  type: ProviderType,
  details: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, string>>> {
  if (type === 'SAML') return readSamlDetails(world, details)
  const { required, optional } = members[type]
  for (const name of required)
    if (!details[name]) throw invalid(`Missing mandatory parameter ${name} in ProviderDetails of a ${type} provider.`)
  for (const [name, value] of Object.entries(details)) {
    if (!required.includes(name) && !optional.includes(name))
      throw invalid(`Invalid ProviderDetails: ${name} is not known for a ${type} provider.`)
    if (value.length > 16_384 || value.includes('\0')) throw invalid(`Invalid ProviderDetails: ${name}.`)
  }
  for (const name of addresses) {
    const value = details[name]
    if (value !== undefined && !isOutboundUrl(world.config, value))
      throw invalid(`Invalid ProviderDetails: ${name} is not an address that can be used.`)
  }
  const method = details.attributes_request_method ?? 'GET'
  if (method !== 'GET' && method !== 'POST') throw invalid('attributes_request_method must be GET or POST.')
  if (type === 'OIDC' && !details.authorize_scopes?.split(/\s+/).includes('openid'))
    throw invalid('authorize_scopes must include openid.')
  if (details.api_version !== undefined && !/^v\d{1,3}\.\d{1,2}$/.test(details.api_version))
    throw invalid('api_version must be of the form v17.0.')
  if (type === 'SignInWithApple' && !isAppleKey(details.private_key ?? ''))
    throw invalid('private_key must be the P-256 key that Apple gave, in PKCS #8.')
  return details
}

/** Apple's key as PEM; AWS takes it with or without the lines around it. */
export function applePem(key: string): string {
  if (key.includes('-----BEGIN')) return key
  return `-----BEGIN PRIVATE KEY-----\n${key.trim()}\n-----END PRIVATE KEY-----\n`
}

function isAppleKey(key: string): boolean {
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = createPrivateKey(applePem(key))
    return asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === 'prime256v1'
  } catch {
    return false
  }
}

function invalid(why: string): PoolError {
  return new PoolError('InvalidParameter', why)
}
