// Apps that register themselves (RFC 7591): what a pool lets them ask for, and the client that comes of it.
// Who may register is the caller's to check; no request and no response is known here.
import type { CreateUserPoolClientRequest, DcrConfigurationType, OAuthFlowType } from '@poolhouse/api'
import { countAttempt } from '../../directory/limits.ts'
import { PoolError } from '../../errors.ts'
import { type Db, transaction } from '../../store/db.ts'
import { type Client, countClients } from '../../store/setup/clients.ts'
import type { Pool } from '../../store/setup/pools.ts'
import type { World } from '../../world/world.ts'
import { checkUrl, makeClient } from '../clients.ts'

/** What an app says of itself, by the names of RFC 7591 section 2; what is left out has that section's default. */
export interface Registration {
  readonly name: string | undefined
  readonly redirectUris: readonly string[]
  readonly logoutUris: readonly string[]
  readonly grantTypes: readonly string[]
  readonly responseTypes: readonly string[]
  readonly scopes: readonly string[] | undefined
  readonly authMethod: string
}

/** The most app clients of a pool (AWS developer guide, "Quotas"). */
const mostClients = 1000

/** The scopes that need no leave (API reference, DcrConfigurationType AllowedScopes). */
const openIdScopes = ['openid', 'email', 'phone', 'profile'] as const

const flows: Readonly<Record<string, OAuthFlowType>> = {
  authorization_code: 'code',
  implicit: 'implicit',
  client_credentials: 'client_credentials',
}

/** The pool's configuration, when apps may register themselves at all. */
export function registrationOf({ settings }: Pool): DcrConfigurationType | undefined {
  const { DcrConfiguration: configuration, UserPoolTier } = settings
  return configuration?.EnableStatus === 'Enabled' && UserPoolTier !== 'LITE' ? configuration : undefined
}

/**
 * Makes the client of an app that registers itself; `proven` says that it showed a token for that. Throws
 * InvalidRedirectUri and InvalidClientMetadata, and TooManyRegistrations when this address, or the pool, has had its share.
 */
export async function registerClient(
  db: Db,
  world: World,
  pool: Pool,
  registration: Registration,
  { proven, address }: { readonly proven: boolean; readonly address: string },
): Promise<Client> {
  const configuration = registrationOf(pool)
  if (!configuration) throw new PoolError('AccessDenied', 'Apps cannot register themselves here')
  const input = readRegistration(configuration, registration, proven)
  if (!proven) await countAddress(db, world, pool, address)
  return transaction(db, async (inner) => {
    if ((await countClients(inner, pool.id)) >= mostClients)
      throw new PoolError('TooManyRegistrations', 'The user pool takes no more apps')
    try {
      return await makeClient(inner, world, pool, input, { registered: true })
    } catch (error) {
      if (error instanceof PoolError && error.failure.status === 400) throw invalid(error.message)
      throw error
    }
  })
}

/** A client of this kind signs people in on the hosted pages and nowhere else. */
function readRegistration(
  configuration: DcrConfigurationType,
  { name = 'Registered app', redirectUris, logoutUris, grantTypes, responseTypes, scopes, authMethod }: Registration,
  proven: boolean,
): Omit<CreateUserPoolClientRequest, 'UserPoolId'> {
  if (!/^[\w\s+=,.@-]{1,128}$/.test(name)) throw invalid('client_name is malformed')
  if (!['none', 'client_secret_basic', 'client_secret_post'].includes(authMethod))
    throw invalid('token_endpoint_auth_method must be none, client_secret_basic or client_secret_post')
  const asked = grantTypes.filter((type) => type !== 'refresh_token').map((type) => flows[type])
  // Without leave of its own an open client has the code flow alone (developer guide, "Dynamic client registration").
  const allowed = proven
    ? (configuration.AuthenticatedGrantTypes ?? ['code', 'client_credentials'])
    : (configuration.OpenDcrGrantTypes ?? ['code'])
  const given = asked.filter((flow) => flow !== undefined && allowed.includes(flow)) as OAuthFlowType[]
  if (given.length === 0 || given.length < asked.length) throw invalid('These grant_types may not be asked for')
  const types = given.flatMap((flow) => (flow === 'code' ? ['code'] : flow === 'implicit' ? ['token'] : []))
  if (!responseTypes.every((type) => types.includes(type)))
    throw invalid('response_types and grant_types do not belong together')
  for (const uri of [...redirectUris, ...logoutUris]) checkAddress(uri)
  if (redirectUris.length > 100 || logoutUris.length > 100) throw badAddress('There are too many addresses')
  const machine = given.includes('client_credentials')
  const open: readonly string[] = machine ? [] : openIdScopes
  const extra = configuration.AllowedScopes ?? []
  const wanted = scopes ?? (machine ? extra : open)
  if (wanted.length === 0 || !wanted.every((scope) => open.includes(scope) || extra.includes(scope)))
    throw invalid('These scopes may not be asked for')
  return {
    ClientName: name,
    GenerateSecret: authMethod !== 'none',
    AllowedOAuthFlowsUserPoolClient: true,
    AllowedOAuthFlows: given,
    AllowedOAuthScopes: [...new Set(wanted)],
    CallbackURLs: [...redirectUris],
    LogoutURLs: [...logoutUris],
    SupportedIdentityProviders: ['COGNITO'],
    // No password passes through an app that nobody knows.
    ExplicitAuthFlows: ['ALLOW_REFRESH_TOKEN_AUTH'],
    PreventUserExistenceErrors: 'ENABLED',
  }
}

function checkAddress(uri: string): void {
  if (uri.length > 1024) throw badAddress('An address is too long')
  try {
    checkUrl(uri)
  } catch (error) {
    throw error instanceof PoolError ? badAddress(error.message) : error
  }
}

async function countAddress(db: Db, world: World, pool: Pool, address: string): Promise<void> {
  try {
    await countAttempt(db, world, pool, world.vault.mac('register', address), 'RegisterClient')
  } catch (error) {
    if (error instanceof PoolError && error.code === 'LimitExceeded')
      throw new PoolError('TooManyRegistrations', 'Too many apps were registered from here. Try again later.')
    throw error
  }
}

function badAddress(why: string): PoolError {
  return new PoolError('InvalidRedirectUri', why)
}

function invalid(why: string): PoolError {
  return new PoolError('InvalidClientMetadata', why)
}
