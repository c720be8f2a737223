import { createHmac, timingSafeEqual } from 'node:crypto'
import type { CreateUserPoolClientRequest, UpdateUserPoolClientRequest } from '@poolhouse/api'
import { findAttributeRule } from '../directory/attributes.ts'
import { PoolError } from '../errors.ts'
import type { Db } from '../store/db.ts'
import { type Client, type ClientSettings, createClient, findClient, updateClient } from '../store/setup/clients.ts'
import { findIdentityProvider } from '../store/setup/identity-providers.ts'
import type { Pool } from '../store/setup/pools.ts'
import type { World } from '../world/world.ts'
import { randomText } from './pools.ts'
import { liveScopes } from './resource-servers.ts'

const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789'

/** Creates an app client; `id` and `secret` may be fixed by a configuration file. */
export async function makeClient(
  db: Db,
  world: World,
  pool: Pool,
  input: Omit<CreateUserPoolClientRequest, 'UserPoolId'>,
  fixed: { id?: string; secret?: string; registered?: true } = {},
): Promise<Client> {
  const { ClientName, GenerateSecret, ClientSecret, ...rest } = input
  const id = fixed.id ?? randomText(world, 26, alphabet)
  const secret = fixed.secret ?? ClientSecret ?? (GenerateSecret ? randomText(world, 51, alphabet) : undefined)
  const client: Client = {
    poolId: pool.id,
    id,
    name: ClientName,
    secretSealed: secret === undefined ? undefined : world.vault.seal(`clients:${id}`, secret),
    settings: await readSettings(db, pool, rest, secret !== undefined),
    ...(fixed.registered && { registered: true }),
    createdAt: world.now(),
    updatedAt: world.now(),
  }
  await createClient(db, client)
  return client
}

/** Replaces a client's settings; what the input leaves out goes back to its default, as AWS documents. */
export async function changeClient(
  db: Db,
  world: World,
  pool: Pool,
  client: Client,
  input: Omit<UpdateUserPoolClientRequest, 'UserPoolId' | 'ClientId'>,
): Promise<Client> {
  const { ClientName, ...rest } = input
  const settings = await readSettings(db, pool, rest, client.secretSealed !== undefined)
  const changed = { ...client, name: ClientName ?? client.name, settings }
  if (!(await updateClient(db, changed, world.now())))
    throw new PoolError('ConcurrentModification', 'The app client was changed by another request. Try again.')
  return (await findClient(db, client.id)) ?? changed
}

/**
 * Whether people may sign in to a client through a provider; `COGNITO` is the pool itself, which a client that names none
 * uses too. It says what the hosted pages do; the API's own sign-in asks ExplicitAuthFlows (API reference,
 * SupportedIdentityProviders).
 */
export function supportsProvider({ settings }: Client, provider: string): boolean {
  const supported = settings.SupportedIdentityProviders ?? []
  return supported.length === 0 ? provider === 'COGNITO' : supported.includes(provider)
}

/** A client's secret, if it has one. */
export function secretOf(world: World, client: Client): string | undefined {
  return client.secretSealed === undefined ? undefined : world.vault.open(`clients:${client.id}`, client.secretSealed)
}

/** Whether a secret handed in is the client's; in constant time. */
export function isSecret(world: World, client: Client, given: string): boolean {
  const secret = secretOf(world, client)
  // Hashes have one length, so that the comparison tells nothing of the secret's.
  const mac = (text: string) => createHmac('sha256', 'client-secret').update(text).digest()
  return timingSafeEqual(mac(given), mac(secret ?? '')) && secret !== undefined
}

/**
 * Checks SecretHash, Base64(HMAC-SHA256(secret, username + client id)), which a client with a secret must send (AWS
 * developer guide, "Computing secret hash values"). A client without a secret needs none.
 */
export function checkSecretHash(world: World, client: Client, username: string, given: string | undefined): void {
  const secret = secretOf(world, client)
  if (secret === undefined) {
    if (given === undefined) return
    throw new PoolError(
      'NotAuthorized',
      `Client ${client.id} is not configured with a secret but secret hash was received`,
    )
  }
  if (given === undefined)
    throw new PoolError(
      'NotAuthorized',
      `Client ${client.id} is configured with secret but SECRET_HASH was not received`,
    )
  const right = createHmac('sha256', secret)
    .update(username + client.id)
    .digest()
  const handedIn = Buffer.from(given, 'base64')
  if (handedIn.length !== right.length || !timingSafeEqual(handedIn, right))
    throw new PoolError('NotAuthorized', `Unable to verify secret hash for client ${client.id}`)
}

type Input = Omit<CreateUserPoolClientRequest, 'UserPoolId' | 'ClientName' | 'GenerateSecret' | 'ClientSecret'>

async function readSettings(db: Db, pool: Pool, input: Input, hasSecret: boolean): Promise<ClientSettings> {
  checkFlows(input, hasSecret)
  await checkScopes(db, pool, input)
  checkUrls(input)
  checkLifetimes(input)
  checkAttributeLists(pool, input)
  for (const provider of input.SupportedIdentityProviders ?? [])
    if (provider !== 'COGNITO' && !(await findIdentityProvider(db, pool.id, provider)))
      throw new PoolError('InvalidParameter', `The provider ${provider} does not exist for User Pool ${pool.id}.`)
  return {
    ...input,
    RefreshTokenValidity: input.RefreshTokenValidity || 30,
    ExplicitAuthFlows: input.ExplicitAuthFlows?.length
      ? input.ExplicitAuthFlows
      : ['ALLOW_REFRESH_TOKEN_AUTH', 'ALLOW_USER_SRP_AUTH', 'ALLOW_CUSTOM_AUTH'],
    // AWS's reference gives no default for the grace period; 0 is the value that it says switches it off.
    RefreshTokenRotation: input.RefreshTokenRotation && { RetryGracePeriodSeconds: 0, ...input.RefreshTokenRotation },
    AllowedOAuthFlowsUserPoolClient: input.AllowedOAuthFlowsUserPoolClient ?? false,
    EnableTokenRevocation: input.EnableTokenRevocation ?? true,
    EnablePropagateAdditionalUserContextData: input.EnablePropagateAdditionalUserContextData ?? false,
    AuthSessionValidity: input.AuthSessionValidity ?? 3,
  }
}

function checkFlows(input: Input, hasSecret: boolean): void {
  const flows = input.AllowedOAuthFlows ?? []
  if (flows.includes('client_credentials')) {
    if (flows.length > 1)
      throw new PoolError(
        'InvalidOAuthFlow',
        'client_credentials flow can not be selected along with code flow or implicit flow.',
      )
    if (!hasSecret)
      throw new PoolError(
        'InvalidOAuthFlow',
        'client_credentials flow can not be selected if client does not have a client secret.',
      )
  }
  if (input.AllowedOAuthFlowsUserPoolClient && (flows.length === 0 || !input.AllowedOAuthScopes?.length))
    throw new PoolError(
      'InvalidParameter',
      'AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows.',
    )
  if (flows.some((flow) => flow !== 'client_credentials') && !input.CallbackURLs?.length)
    throw new PoolError('InvalidParameter', 'CallbackURLs are required for the code and implicit flows.')
  const authFlows = input.ExplicitAuthFlows ?? []
  if (authFlows.some((flow) => flow.startsWith('ALLOW_')) && authFlows.some((flow) => !flow.startsWith('ALLOW_')))
    throw new PoolError('InvalidParameter', 'Auth flows with and without the prefix ALLOW_ cannot be mixed.')
  if (authFlows.includes('ALLOW_CLIENT_TOKEN_AUTH')) {
    if (authFlows.length > 1)
      throw new PoolError('InvalidParameter', 'ALLOW_CLIENT_TOKEN_AUTH must be the only auth flow of its client.')
    if (!hasSecret)
      throw new PoolError('InvalidParameter', 'ALLOW_CLIENT_TOKEN_AUTH needs an app client with a client secret.')
  }
}

/** Scopes must exist when they are allowed: the standard ones, and those of the pool's resource servers. */
async function checkScopes(db: Db, pool: Pool, { AllowedOAuthScopes = [] }: Input): Promise<void> {
  const live = new Set(await liveScopes(db, pool, AllowedOAuthScopes))
  for (const scope of AllowedOAuthScopes)
    if (!live.has(scope)) throw new PoolError('ScopeDoesNotExist', `Invalid scope requested: ${scope}`)
}

/** Schemes that run or read something in the browser that follows them. */
const dangerousSchemes = new Set(['javascript:', 'data:', 'vbscript:', 'file:', 'blob:', 'about:', 'view-source:'])

function checkUrls(input: Input): void {
  for (const url of [...(input.CallbackURLs ?? []), ...(input.LogoutURLs ?? [])]) checkUrl(url)
  if (input.DefaultRedirectURI !== undefined && !input.CallbackURLs?.includes(input.DefaultRedirectURI))
    throw new PoolError('InvalidParameter', `${input.DefaultRedirectURI} is not one of the callback URLs.`)
}

/** Refuses an address that is not https, http on localhost, or an app's own scheme; no fragment (API reference, CallbackURLs). */
export function checkUrl(text: string): void {
  const url = URL.parse(text)
  // White space and control characters are dropped by URL parsers, so that what was checked is not what is used.
  if (!url || /[\s\p{C}\\]/u.test(text) || dangerousSchemes.has(url.protocol))
    throw new PoolError('InvalidParameter', `${text} is not a valid URL.`)
  if (text.includes('#')) throw new PoolError('InvalidParameter', `${text} must not contain a fragment.`)
  if (url.username || url.password) throw new PoolError('InvalidParameter', `${text} must not contain credentials.`)
  if (url.protocol === 'http:' && !['localhost', '127.0.0.1', '[::1]'].includes(url.hostname))
    throw new PoolError('InvalidParameter', `${text} cannot use the HTTP protocol.`)
}

const unitSeconds = { seconds: 1, minutes: 60, hours: 3600, days: 86_400 } as const

/** Access and ID tokens 5 minutes to a day, refresh tokens an hour to ten years (AWS developer guide, "using tokens"). */
function checkLifetimes(input: Input): void {
  const units = input.TokenValidityUnits
  const check = (value: number | undefined, unit: keyof typeof unitSeconds, least: number, most: number) => {
    if (!value) return
    const seconds = value * unitSeconds[unit]
    if (seconds < least || seconds > most) throw new PoolError('InvalidParameter', 'Invalid range for token validity.')
  }
  check(input.AccessTokenValidity, units?.AccessToken ?? 'hours', 300, 86_400)
  check(input.IdTokenValidity, units?.IdToken ?? 'hours', 300, 86_400)
  check(input.RefreshTokenValidity, units?.RefreshToken ?? 'days', 3600, 3650 * 86_400)
}

function checkAttributeLists(pool: Pool, input: Input): void {
  for (const name of input.ReadAttributes ?? [])
    if (!findAttributeRule(pool, name))
      throw new PoolError('InvalidParameter', 'Invalid read attributes specified while creating a client')
  for (const name of input.WriteAttributes ?? [])
    if (!findAttributeRule(pool, name) || name === 'sub' || name.endsWith('_verified'))
      throw new PoolError('InvalidParameter', 'Invalid write attributes specified while creating a client')
}
