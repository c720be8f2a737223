import type { ResourceServerScopeType } from '@poolhouse/api'
import { PoolError } from '../errors.ts'
import { type Db, transaction } from '../store/db.ts'
import type { Pool } from '../store/setup/pools.ts'
import {
  countResourceServers,
  createResourceServer,
  deleteResourceServer,
  findResourceServer,
  findResourceServers,
  type ResourceScope,
  type ResourceServer,
  updateResourceServer,
} from '../store/setup/resource-servers.ts'
import type { World } from '../world/world.ts'

/** What a pool gives without a resource server (AWS developer guide, "Scopes, M2M, and resource servers"). */
export const standardScopes: ReadonlySet<string> = new Set([
  'openid',
  'email',
  'phone',
  'profile',
  'aws.cognito.signin.user.admin',
])

/** Opens the registration of clients; Amazon's own, without a resource server (developer guide, "Dynamic client registration"). */
export const registerScope = 'aws.cognito/dcr/register'

/** The most resource servers of a pool: what AWS raises its quota to. */
const mostServers = 300

/** Stores a new resource server. */
export async function makeResourceServer(
  db: Db,
  world: World,
  pool: Pool,
  input: { identifier: string; name: string; scopes: readonly ResourceServerScopeType[] },
): Promise<ResourceServer> {
  const now = world.now()
  const { identifier, name } = input
  const server = { poolId: pool.id, identifier, name, scopes: readScopes(input.scopes), createdAt: now, updatedAt: now }
  return transaction(db, async (inner) => {
    if ((await countResourceServers(inner, pool.id)) >= mostServers)
      throw new PoolError('LimitExceeded', `Number of resource servers exceeds the limit of ${mostServers}.`)
    if (!(await createResourceServer(inner, server)))
      throw new PoolError('InvalidParameter', `${identifier} already exists in user pool ${pool.id}.`)
    return server
  })
}

/** The resource server of an identifier. */
export async function getResourceServer(db: Db, pool: Pool, identifier: string): Promise<ResourceServer> {
  const server = await findResourceServer(db, pool.id, identifier)
  if (!server) throw missing(identifier)
  return server
}

/** Replaces name and scopes; a scope left out ends, also where clients may still ask for it. */
export async function changeResourceServer(
  db: Db,
  world: World,
  pool: Pool,
  input: { identifier: string; name: string; scopes: readonly ResourceServerScopeType[] },
): Promise<ResourceServer> {
  const { identifier, name } = input
  const server = { poolId: pool.id, identifier, name, scopes: readScopes(input.scopes), updatedAt: world.now() }
  if (!(await updateResourceServer(db, server))) throw missing(identifier)
  return getResourceServer(db, pool, identifier)
}

/**
 * Deletes a resource server. AWS lets it go while clients name its scopes (aws-cloudformation/cloudformation-coverage-roadmap#173);
 * no token carries them any more, since every token is made with the scopes that there are.
 */
export async function removeResourceServer(db: Db, pool: Pool, identifier: string): Promise<void> {
  if (!(await deleteResourceServer(db, pool.id, identifier))) throw missing(identifier)
}

/** Those of the scopes that exist now: the standard ones, and `identifier/name` of the pool's resource servers. */
export async function liveScopes(db: Db, pool: Pool, scopes: readonly string[]): Promise<readonly string[]> {
  const isOurs = (scope: string) => standardScopes.has(scope) || scope === registerScope
  if (scopes.every(isOurs)) return scopes
  const identifiers = new Set(scopes.filter((scope) => !isOurs(scope)).map((scope) => partsOf(scope)))
  const servers = await findResourceServers(db, pool.id, [...identifiers])
  const known = new Set(servers.flatMap(({ identifier, scopes }) => scopes.map(({ name }) => `${identifier}/${name}`)))
  return scopes.filter((scope) => isOurs(scope) || known.has(scope))
}

/** An identifier may be an address with slashes; a scope's name has none. */
function partsOf(scope: string): string {
  return scope.slice(0, Math.max(0, scope.lastIndexOf('/')))
}

function readScopes(given: readonly ResourceServerScopeType[]): ResourceScope[] {
  const scopes = given.map(({ ScopeName, ScopeDescription }) => ({ name: ScopeName, description: ScopeDescription }))
  if (new Set(scopes.map(({ name }) => name)).size < scopes.length)
    throw new PoolError('InvalidParameter', 'Scope names must be unique in a resource server.')
  return scopes
}

function missing(identifier: string): PoolError {
  return new PoolError('ResourceNotFound', `Resource server ${identifier} does not exist.`)
}
