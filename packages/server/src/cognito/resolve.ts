import { type Api, type AwsErrorName, type OperationName, operations } from '@poolhouse/api'
import { PoolError } from '../errors.ts'
import { checkSecretHash } from '../settings/clients.ts'
import { resetRequired } from '../sign-in/prove.ts'
import type { Db } from '../store/db.ts'
import { type Client, findClient } from '../store/setup/clients.ts'
import { allClients } from '../store/setup/customizations.ts'
import { findPool, type Pool } from '../store/setup/pools.ts'
import { type AccessCheck, checkAccessToken, revoked } from '../tokens/access.ts'
import { adminScope } from '../tokens/claims.ts'
import { atPoolTime } from '../world/clock.ts'
import type { World } from '../world/world.ts'

type Input<Op extends OperationName> = Api[Op]['input']

/** What a request says of itself before anything is looked up. */
export interface Caller {
  readonly operation: OperationName
  /** The region of the signature's scope. */
  readonly region: string
  readonly address: string
}

/** What resolve() has already looked up and checked, decided by the members that the operation's input has. */
export type Context<Op extends OperationName> = { db: Db; world: World } & Caller &
  (Input<Op> extends {
    UserPoolId: string
  }
    ? { pool: Pool }
    : 'UserPoolId' extends keyof Input<Op>
      ? { pool?: Pool }
      : unknown) &
  (Input<Op> extends { ClientId: string } ? { pool: Pool; client: Client } : unknown) &
  (Input<Op> extends { AccessToken: string }
    ? AccessCheck
    : 'AccessToken' extends keyof Input<Op>
      ? Partial<AccessCheck>
      : unknown)

/** The rule of one operation: from a valid input and what was looked up to the output. Throws PoolError. */
export type Handler<Op extends OperationName> = (input: Input<Op>, context: Context<Op>) => Promise<Api[Op]['output']>

/** The members that decide who calls; some operations have them as optional ones. */
interface Named {
  readonly UserPoolId?: string | undefined
  readonly ClientId?: string | undefined
  readonly AccessToken?: string | undefined
  readonly Username?: string | undefined
  readonly SecretHash?: string | undefined
}

/** What was looked up, as the doors know it; Context says for each operation which of it is there. */
export interface Resolved extends Partial<AccessCheck>, Caller {
  readonly db: Db
  readonly world: World
  readonly client?: Client
}

/** Operations whose ClientId may be the word that stands for all clients of the pool. */
const forAll: ReadonlySet<OperationName> = new Set(['GetUICustomization', 'SetUICustomization'])

/**
 * Looks up what an input names and checks the caller's right to it: pool, client (with its SecretHash), access token.
 */
export async function resolve(db: Db, world: World, caller: Caller, input: object): Promise<Resolved> {
  // Parsed by the contract, which gives these members one meaning wherever they stand.
  const { UserPoolId, ClientId, AccessToken, Username, SecretHash } = input as Named
  const base = { db, world, ...caller }
  if (AccessToken !== undefined) {
    const access = await openAccess(db, world, caller.operation, AccessToken)
    if (!access.scopes.includes(adminScope))
      throw new PoolError('NotAuthorized', 'Access Token does not have required scopes')
    return { ...base, ...access, world: atPoolTime(world, access.pool) }
  }
  const pool = UserPoolId === undefined ? undefined : await getPool(db, UserPoolId)
  if (ClientId === undefined || (ClientId === allClients && forAll.has(caller.operation)))
    return pool ? { ...base, pool, world: atPoolTime(world, pool) } : base
  const client = await findClient(db, ClientId)
  if (!client || (pool && client.poolId !== pool.id))
    throw new PoolError('ResourceNotFound', `User pool client ${ClientId} does not exist.`)
  if (UserPoolId === undefined && Username !== undefined) checkSecretHash(world, client, Username, SecretHash)
  const owner = pool ?? (await getPool(db, client.poolId))
  return { ...base, pool: owner, client, world: atPoolTime(world, owner) }
}

/**
 * What an access token opens. A user who is gone, or whose password an administrator has reset, is told so where the
 * operation declares it; elsewhere the token is none.
 */
async function openAccess(db: Db, world: World, operation: OperationName, token: string): Promise<AccessCheck> {
  const declares = (name: AwsErrorName) => operations[operation].errors.includes(name)
  const access = await checkAccessToken(db, world, token).catch((error: unknown) => {
    const isGone = error instanceof PoolError && error.code === 'UserNotFound'
    throw isGone && !declares('UserNotFoundException') ? revoked() : error
  })
  if (access.user.status !== 'RESET_REQUIRED') return access
  throw declares('PasswordResetRequiredException') ? resetRequired() : revoked()
}

async function getPool(db: Db, id: string): Promise<Pool> {
  const pool = await findPool(db, id)
  if (!pool) throw new PoolError('ResourceNotFound', `User pool ${id} does not exist.`)
  return pool
}
