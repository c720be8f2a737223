import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { Api, OperationName } from '@poolhouse/api'
import { parseInput } from '../cognito/parse.ts'
import { inviteUser } from '../directory/accounts.ts'
import { checkAttributes, checkRequired, readAttributes } from '../directory/attributes.ts'
import { keepPassword, storeKept } from '../directory/passwords/keep.ts'
import { checkPolicy } from '../directory/passwords/policy.ts'
import { insertUser, nameNewUser, newUser } from '../directory/register.ts'
import { findUserByAnyName } from '../directory/usernames.ts'
import { PoolError } from '../errors.ts'
import { changeClient, makeClient, secretOf } from '../settings/clients.ts'
import { makeDomain } from '../settings/domains.ts'
import { changeProvider, detailsOf, makeProvider } from '../settings/identity-providers.ts'
import { changePool, makePool } from '../settings/pools.ts'
import { changeResourceServer, makeResourceServer } from '../settings/resource-servers.ts'
import { derivedDetails } from '../settings/saml/details.ts'
import { type Db, isUniqueViolation, transaction } from '../store/db.ts'
import { addMember, createGroup } from '../store/groups.ts'
import { findClient } from '../store/setup/clients.ts'
import { listDomains } from '../store/setup/domains.ts'
import { findIdentityProvider } from '../store/setup/identity-providers.ts'
import { findPool, type Pool } from '../store/setup/pools.ts'
import { findResourceServer } from '../store/setup/resource-servers.ts'
import type { World } from '../world/world.ts'
import type { ClientEntry, Document, PoolEntry, ProviderEntry, UserEntry } from './document.ts'
import { defaultRegion } from './read-config.ts'
import { UsageError } from './usage-error.ts'

/**
 * Makes the database what the document says: pools, resource servers, clients and domains are created or brought up to date, groups and
 * users are created where they are missing and left alone otherwise. Nothing is deleted. Any number of nodes may do so
 * at once.
 */
export async function applyDocument(db: Db, world: World, { pools }: Document): Promise<void> {
  for (const [index, entry] of pools.entries())
    for (let attempt = 1; ; attempt++)
      try {
        await applyPool(db, world, entry, `pools[${index}]`)
        break
      } catch (error) {
        if (attempt === 10 || !isRace(error)) throw error
        await sleep(50 * attempt)
      }
}

/** Another node that starts at this moment was faster: what it made is found the next time. */
function isRace(error: unknown): boolean {
  const races: readonly string[] = ['ConcurrentModification', 'DuplicateProvider']
  return (error instanceof PoolError && races.includes(error.code)) || isUniqueViolation(error)
}

async function applyPool(db: Db, world: World, entry: PoolEntry, path: string): Promise<void> {
  const {
    Id,
    Domain,
    IdentityProviders = [],
    ResourceServers = [],
    Clients = [],
    Groups = [],
    Users = [],
    ...settings
  } = entry
  const pool = await at(path, async () => {
    read('DescribeUserPool', { UserPoolId: Id })
    const input = read('CreateUserPool', settings)
    const existing = await findPool(db, Id)
    if (!existing) {
      const region = /^([a-z]{2,}(?:-[a-z]+)+-\d+)_/.exec(Id)?.[1] ?? world.config.region ?? defaultRegion
      return transaction(db, (inner) => makePool(inner, world, region, input, Id))
    }
    refuseFixed(existing, input)
    const { UserPoolId, ...changes } = read('UpdateUserPool', { ...settings, UserPoolId: Id })
    return changePool(db, world, existing, changes)
  })
  // Before the clients, which may ask for their scopes.
  for (const [index, server] of ResourceServers.entries())
    await at(`${path}.ResourceServers[${index}]`, async () => {
      const { Identifier, Name, Scopes = [] } = read('CreateResourceServer', { ...server, UserPoolId: Id })
      const input = { identifier: Identifier, name: Name, scopes: Scopes }
      const exists = async () => (await findResourceServer(db, Id, Identifier)) !== undefined
      if (await exists()) return void (await changeResourceServer(db, world, pool, input))
      await makeResourceServer(db, world, pool, input).catch(async (error: unknown) => {
        // Another node that starts at this moment was faster.
        if (!(await exists())) throw error
      })
    })
  // Clients name providers, so that these come first.
  for (const [index, provider] of IdentityProviders.entries())
    await at(`${path}.IdentityProviders[${index}]`, () => applyProvider(db, world, pool, provider))
  for (const [index, client] of Clients.entries())
    await at(`${path}.Clients[${index}]`, () => applyClient(db, world, pool, client))
  if (Domain !== undefined)
    await at(`${path}.Domain`, async () => {
      const input = read('CreateUserPoolDomain', { UserPoolId: Id, Domain })
      if ((await listDomains(db, Id)).some(({ domain }) => domain === input.Domain)) return
      await makeDomain(db, world, pool, input.Domain, {})
    })
  for (const [index, group] of Groups.entries())
    await at(`${path}.Groups[${index}]`, async () => {
      const { GroupName, Description, Precedence, RoleArn } = read('CreateGroup', { ...group, UserPoolId: Id })
      const times = { createdAt: world.now(), updatedAt: world.now() }
      await createGroup(db, {
        poolId: Id,
        name: GroupName,
        description: Description,
        precedence: Precedence,
        roleArn: RoleArn,
        ...times,
      })
    })
  // Several at once: most of the work is hashing, on other threads.
  const names = new Set(Groups.map(({ GroupName }) => GroupName))
  const rest = Users.entries()
  const applySome = async () => {
    for (const [index, user] of rest) await at(`${path}.Users[${index}]`, () => applyUser(db, world, pool, user, names))
  }
  await Promise.all(Array.from({ length: usersAtOnce }, applySome))
}

/** Far fewer than may wait for a hash: a document with thousands of users is no storm. */
const usersAtOnce = 8

async function applyClient(db: Db, world: World, pool: Pool, entry: ClientEntry): Promise<void> {
  const { ClientId, ClientSecret, ...settings } = entry
  const key = { UserPoolId: pool.id, ClientId }
  read('DescribeUserPoolClient', key)
  const { UserPoolId, ...input } = read('CreateUserPoolClient', { ...settings, UserPoolId: pool.id })
  const existing = await findClient(db, ClientId)
  if (!existing) {
    await makeClient(db, world, pool, input, {
      id: ClientId,
      ...(ClientSecret !== undefined && { secret: ClientSecret }),
    })
    return
  }
  if (existing.poolId !== pool.id) throw new UsageError(`The client ${ClientId} is one of ${existing.poolId}`)
  if (ClientSecret !== undefined && secretOf(world, existing) !== ClientSecret)
    throw new UsageError(`The client ${ClientId} exists with another secret; a secret cannot be changed here`)
  const { UserPoolId: _, ClientId: __, ...changes } = read('UpdateUserPoolClient', { ...settings, ...key })
  await changeClient(db, world, pool, existing, changes)
}

/** A provider that is as the document says is left alone: to store it again would end the trips under way. */
async function applyProvider(db: Db, world: World, pool: Pool, entry: ProviderEntry): Promise<void> {
  const { UserPoolId, ...input } = read('CreateIdentityProvider', { ...entry, UserPoolId: pool.id })
  const { ProviderName, ProviderType, ProviderDetails, AttributeMapping = {}, IdpIdentifiers = [] } = input
  const existing = await findIdentityProvider(db, pool.id, ProviderName)
  if (!existing) {
    await makeProvider(db, world, pool, input)
    return
  }
  if (existing.type !== ProviderType)
    throw new UsageError(`The identity provider ${ProviderName} exists with another ProviderType: ${existing.type}`)
  const { username, ...rest } = existing.mapping
  const mapping = 'username' in AttributeMapping ? existing.mapping : rest
  const details = Object.entries(detailsOf(world, existing)).filter(
    ([name]) => name in ProviderDetails || !derivedDetails.includes(name),
  )
  // Copies: what was parsed has no prototype, which is a difference too.
  const wanted = [{ ...ProviderDetails }, { ...AttributeMapping }, [...IdpIdentifiers]]
  if (isDeepStrictEqual(wanted, [Object.fromEntries(details), { ...mapping }, [...existing.identifiers]])) return
  await changeProvider(db, world, pool, { ProviderName, ProviderDetails, AttributeMapping, IdpIdentifiers })
}

async function applyUser(
  db: Db,
  world: World,
  pool: Pool,
  { Username, Password, UserAttributes = [], Groups = [] }: UserEntry,
  groups: ReadonlySet<string>,
): Promise<void> {
  const unknown = Groups.find((name) => !groups.has(name))
  if (unknown !== undefined) throw new UsageError(`There is no group ${unknown} in the pool's Groups`)
  const input = read('AdminCreateUser', {
    UserPoolId: pool.id,
    Username,
    UserAttributes,
    ...(Password !== undefined && { TemporaryPassword: Password }),
  })
  if (await findUserByAnyName(db, pool, Username)) return
  const given = readAttributes(input.UserAttributes ?? [])
  const join = async (inner: Db, userId: string) => {
    for (const name of Groups) await addMember(inner, pool.id, name, userId, world.now())
  }
  if (Password === undefined) {
    const { id } = await inviteUser(db, world, pool, { username: Username, attributes: given })
    return join(db, id)
  }
  const name = nameNewUser(world, pool, Username, given)
  checkAttributes(pool, 'administrator', name.attributes, false)
  checkRequired(pool, name.attributes)
  checkPolicy(pool, Password)
  const kept = await keepPassword(world, { poolId: pool.id, username: name.username }, Password)
  const user = newUser(world, pool, name, name.attributes, { status: 'CONFIRMED', passwordHash: kept.hash })
  const also = async (inner: Db) => {
    await storeKept(inner, world, pool, user, kept)
    await join(inner, user.id)
  }
  await insertUser(db, pool, user, also).catch((error: unknown) => {
    // Another node that starts at this moment made the user.
    if (!(error instanceof PoolError) || error.code !== 'UsernameExists') throw error
  })
}

/** AWS cannot change these of a pool that exists: to ignore a difference would be to pretend. */
function refuseFixed({ id, settings }: Pool, input: Api['CreateUserPool']['input']): void {
  const fixed = ['UsernameAttributes', 'AliasAttributes', 'UsernameConfiguration'] as const
  const different = fixed.find(
    (name) => JSON.stringify(orNothing(input[name])) !== JSON.stringify(orNothing(settings[name])),
  )
  const known = new Set(settings.SchemaAttributes?.map(({ Name }) => Name))
  const added = input.Schema?.find(
    ({ Name }) => !['', 'custom:', 'dev:'].some((prefix) => known.has(`${prefix}${Name}`)),
  )
  const what = different ?? (added && `Schema (${added.Name})`)
  if (what) throw new UsageError(`${what} of the pool ${id} cannot be changed any more; declare a pool with another Id`)
}

function orNothing(value: unknown): unknown {
  return Array.isArray(value) && value.length === 0 ? undefined : value
}

function read<Op extends OperationName>(name: Op, input: object): Api[Op]['input'] {
  return parseInput(name, JSON.stringify(input))
}

/** Adds the place in the file to what is wrong there. */
async function at<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (isRace(error) || !(error instanceof PoolError || error instanceof UsageError)) throw error
    if (error instanceof UsageError && error.message.startsWith('pools[')) throw error
    throw new UsageError(`${path}: ${error.message}`, { cause: error })
  }
}
