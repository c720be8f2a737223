import type { Db } from '../store/db.ts'
import { hostedUrl, listDomains } from '../store/setup/domains.ts'
import type { Pool } from '../store/setup/pools.ts'
import { levelName } from '../tokens/assurance/levels.ts'
import { issuerOf } from '../tokens/issuer.ts'
import type { World } from '../world/world.ts'

/**
 * A pool's discovery document (OpenID Connect Discovery 1.0 section 3) with AWS's members. A pool without a domain has no
 * endpoints to name. The members after `subject_types_supported` that AWS has not are ours: clients look for them.
 */
export async function discovery(db: Db, world: World, pool: Pool): Promise<Readonly<Record<string, unknown>>> {
  const domains = await listDomains(db, pool.id)
  const domain = domains.find(({ settings }) => settings.CustomDomainConfig) ?? domains[0]
  const url = domain && hostedUrl(world, pool, domain)
  return {
    ...(url && {
      authorization_endpoint: `${url}/oauth2/authorize`,
      end_session_endpoint: `${url}/logout`,
    }),
    id_token_signing_alg_values_supported: ['RS256'],
    issuer: issuerOf(world, pool),
    jwks_uri: `${world.config.publicUrl}/${pool.id}/.well-known/jwks.json`,
    response_types_supported: ['code', 'token'],
    ...(url && { revocation_endpoint: `${url}/oauth2/revoke` }),
    scopes_supported: ['openid', 'email', 'phone', 'profile'],
    subject_types_supported: ['public'],
    ...(url && {
      token_endpoint: `${url}/oauth2/token`,
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
      userinfo_endpoint: `${url}/oauth2/userInfo`,
    }),
    ...(url &&
      pool.settings.DcrConfiguration?.EnableStatus === 'Enabled' && {
        registration_endpoint: `${url}/oauth2/register`,
      }),
    acr_values_supported: ([1, 2, 3, 4] as const).map((level) => levelName(pool, level)),
    authorization_response_iss_parameter_supported: true,
    claims_parameter_supported: false,
    code_challenge_methods_supported: ['S256'],
    prompt_values_supported: ['none', 'login', 'select_account', 'consent'],
    request_parameter_supported: false,
    request_uri_parameter_supported: false,
    response_modes_supported: ['query', 'fragment'],
    grant_types_supported: ['authorization_code', 'implicit', 'refresh_token', 'client_credentials'],
  }
}
