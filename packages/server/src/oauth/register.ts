import type { Context } from 'hono'
import { PoolError } from '../errors.ts'
import { secretOf } from '../settings/clients.ts'
import { type Registration, registerClient, registrationOf } from '../settings/registration/register.ts'
import { registerScope } from '../settings/resource-servers.ts'
import type { Client } from '../store/setup/clients.ts'
import { checkMachineToken } from '../tokens/access.ts'
import { readText } from '../web/body.ts'
import type { DomainEnv } from '../web/env.ts'

/** Far above what an app has to say of itself. */
const largestBody = 32 * 1024

/**
 * Registers an app (RFC 7591 section 3; AWS developer guide, "Dynamic client registration"): open to all, or to whoever has
 * an access token of a machine with the scope `aws.cognito/dcr/register`, as the pool says.
 */
export async function register(c: Context<DomainEnv>): Promise<Response> {
  const { ground, pool, address } = c.var
  const { db, world } = ground
  const configuration = registrationOf(pool)
  if (!configuration) throw new PoolError('AccessDenied', 'Apps cannot register themselves here')
  const authorization = c.req.header('authorization')
  const [, token] = /^Bearer ([\w.-]+)$/i.exec(authorization ?? '') ?? []
  const proven = token !== undefined && (await checkMachineToken(db, world, pool, token, registerScope))
  if (!proven && (authorization !== undefined || !configuration.OpenDcrEnabled)) {
    c.header('www-authenticate', 'Bearer error="invalid_token"')
    throw new PoolError('InvalidToken', `A token with the scope ${registerScope} is needed`)
  }
  const registration = readRegistration(await readJson(c.req.raw))
  const client = await registerClient(db, world, pool, registration, { proven, address })
  const secret = secretOf(world, client)
  return c.json(
    { ...describe(client, registration), ...(secret && { client_secret: secret, client_secret_expires_at: 0 }) },
    201,
  )
}

async function readJson(request: Request): Promise<Readonly<Record<string, unknown>>> {
  const mediaType = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (mediaType !== 'application/json') throw invalid('The body must be application/json')
  let value: unknown
  try {
    value = JSON.parse(await readText(request, largestBody))
  } catch (error) {
    if (error instanceof PoolError) throw error
    throw invalid('The body is not JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('The body must be an object')
  return { ...value }
}

/** What we know of metadata; the rest is ignored, as RFC 7591 section 2 asks, but not what would promise something else. */
function readRegistration(given: Readonly<Record<string, unknown>>): Registration {
  for (const [name, only] of [
    ['id_token_signed_response_alg', 'RS256'],
    ['subject_type', 'public'],
  ] as const)
    if (given[name] !== undefined && given[name] !== only) throw invalid(`${name} must be ${only}`)
  if (given.software_statement !== undefined) throw invalid('software_statement is not supported')
  return {
    name: readWord(given, 'client_name'),
    redirectUris: readWords(given, 'redirect_uris') ?? [],
    logoutUris: readWords(given, 'post_logout_redirect_uris') ?? [],
    grantTypes: readWords(given, 'grant_types') ?? ['authorization_code'],
    responseTypes: readWords(given, 'response_types') ?? [],
    scopes: readWord(given, 'scope')?.split(' ').filter(Boolean),
    authMethod: readWord(given, 'token_endpoint_auth_method') ?? 'client_secret_basic',
  }
}

function readWord(given: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = given[name]
  if (value === undefined || typeof value === 'string') return value
  throw invalid(`${name} must be a text`)
}

function readWords(given: Readonly<Record<string, unknown>>, name: string): readonly string[] | undefined {
  const value = given[name]
  if (value === undefined) return undefined
  if (Array.isArray(value) && value.every((word): word is string => typeof word === 'string')) return value
  throw invalid(`${name} must be a list of texts`)
}

/** What was registered, which is not always what was asked for (RFC 7591 section 3.2.1). */
function describe({ id, name, settings, createdAt }: Client, { grantTypes, authMethod }: Registration) {
  const { CallbackURLs = [], LogoutURLs = [], AllowedOAuthFlows = [], AllowedOAuthScopes = [] } = settings
  const responseTypes = AllowedOAuthFlows.flatMap((flow) =>
    flow === 'code' ? ['code'] : flow === 'implicit' ? ['token'] : [],
  )
  return {
    client_id: id,
    client_id_issued_at: Math.floor(createdAt / 1000),
    client_name: name,
    redirect_uris: CallbackURLs,
    ...(LogoutURLs.length > 0 && { post_logout_redirect_uris: LogoutURLs }),
    grant_types: grantTypes,
    response_types: responseTypes,
    scope: AllowedOAuthScopes.join(' '),
    token_endpoint_auth_method: authMethod,
  }
}

function invalid(why: string): PoolError {
  return new PoolError('InvalidClientMetadata', why)
}
