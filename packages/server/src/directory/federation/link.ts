// Who users are at identity providers: identities linked to users, and taken away from them.
// How a provider is spoken to, and what of its claims is believed, is not known here.
import type { ProviderUserIdentifierType } from '@poolhouse/api'
import { PoolError } from '../../errors.ts'
import { type Db, transaction } from '../../store/db.ts'
import { revokeGrantsOfUser } from '../../store/grants.ts'
import { createIdentity, deleteIdentity, findIdentity, type Identity, listIdentities } from '../../store/identities.ts'
import type { Pool } from '../../store/setup/pools.ts'
import { deleteSessionsOfUser } from '../../store/sign-ins.ts'
import { findUser, lockUser, removePassword, type User, updateUser, writeAttribute } from '../../store/users.ts'
import type { World } from '../../world/world.ts'
import { getUserByAnyName } from '../usernames.ts'

/** AWS developer guide, "Linking federated users to an existing user profile": at most five for each profile. */
const mostLinked = 5

/** Providers that are their own type; a name of any other is an OIDC or SAML provider's (API reference, IdentityProviderTypeType). */
const socialTypes: ReadonlySet<string> = new Set(['Google', 'Facebook', 'LoginWithAmazon', 'SignInWithApple'])

/** AWS's name of what a provider calls its user; SAML providers may be linked by another claim. */
const subjectName = 'Cognito_Subject'

/** A user as an operation names it: of which provider, and what it is called there. */
interface Named {
  readonly provider: string
  readonly attribute: string
  readonly value: string
}

/**
 * Links an identity to a user, so that signing in with it is signing in as the user. It is not asked whether the provider
 * is set up: linking before the first sign-in is what it is for.
 */
export async function linkIdentity(
  db: Db,
  world: World,
  pool: Pool,
  destination: ProviderUserIdentifierType,
  source: ProviderUserIdentifierType,
): Promise<void> {
  const from = readNamed(source, 'SourceUser')
  const to = readNamed(destination, 'DestinationUser')
  if (from.provider === 'Cognito')
    throw new PoolError(
      'InvalidParameter',
      'Invalid SourceUser: Cognito users with a username/password may not be passed in as a SourceUser, only as a DestinationUser',
    )
  if (from.attribute === '')
    throw new PoolError('InvalidParameter', 'Invalid SourceUser: ProviderAttributeName is required')
  const user = await findNamed(db, pool, to)
  const identity: Identity = {
    poolId: pool.id,
    provider: from.provider,
    subject: subjectOf(from),
    userId: user.id,
    providerType: socialTypes.has(from.provider) ? from.provider : from.attribute === subjectName ? 'OIDC' : 'SAML',
    issuer: undefined,
    primary: false,
    createdAt: world.now(),
  }
  await transaction(db, async (inner) => {
    // Two links at once would both see four of them.
    if (!(await lockUser(inner, user))) throw new PoolError('UserNotFound', 'User does not exist.')
    const linked = (await listIdentities(inner, pool.id, user.id)).filter(({ primary }) => !primary)
    if (!(await createIdentity(inner, identity))) throw await taken(inner, identity)
    if (linked.length >= mostLinked)
      throw new PoolError('LimitExceeded', `A user can be linked to at most ${mostLinked} identities.`)
    await showIdentities(inner, world, user)
  })
}

/**
 * Takes a way to sign in away from a user: a linked identity is forgotten, a user of a provider is disabled, and a user of
 * the pool itself has no password any more (AWS API reference, AdminDisableProviderForUser). Who is signed in is signed out.
 */
export async function disableIdentity(
  db: Db,
  world: World,
  pool: Pool,
  given: ProviderUserIdentifierType,
): Promise<void> {
  const named = readNamed(given, 'User')
  if (named.provider === 'Cognito') {
    const user = await getUserByAnyName(db, pool, named.value)
    return transaction(db, async (inner) => {
      await removePassword(inner, user, world.now())
      await signOut(inner, world, user)
    })
  }
  const identity = await findIdentity(db, pool.id, named.provider, subjectOf(named))
  const user = identity && (await findUser(db, pool.id, identity.userId))
  if (!identity || !user) throw new PoolError('UserNotFound', 'User does not exist.')
  await transaction(db, async (inner) => {
    if (identity.primary) await updateUser(inner, user, { enabled: false }, world.now())
    else if (await deleteIdentity(inner, identity)) await showIdentities(inner, world, user)
    await signOut(inner, world, user)
  })
}

function readNamed(user: ProviderUserIdentifierType, member: string): Named {
  const { ProviderName: provider, ProviderAttributeName: attribute = '', ProviderAttributeValue: value } = user
  if (!provider) throw new PoolError('InvalidParameter', `Invalid ${member}: ProviderName is required`)
  if (!value) throw new PoolError('InvalidParameter', `Invalid ${member}: ProviderAttributeValue is required`)
  if (/\p{C}/u.test(attribute + value)) throw new PoolError('InvalidParameter', `Invalid ${member}`)
  return { provider, attribute, value }
}

/** The subject an identity is kept under. */
function subjectOf({ attribute, value }: Named): string {
  return attribute === subjectName || attribute === '' ? value : linkSubject(attribute, value)
}

/** Stands between a claim and its value; no subject has it, so that none can be chosen to look like a claim. */
const separator = '\u001f'

/** The subject that an identity is kept under which is linked by another claim than the subject. */
export function linkSubject(claim: string, value: string): string {
  return `${claim}${separator}${value}`
}

/** The user who is linked to: of the pool by any name, of a provider by what it is called there. */
async function findNamed(db: Db, pool: Pool, to: Named): Promise<User> {
  if (to.provider === 'Cognito') return getUserByAnyName(db, pool, to.value)
  const identity = await findIdentity(db, pool.id, to.provider, subjectOf(to))
  const user = identity && (await findUser(db, pool.id, identity.userId))
  return user ?? getUserByAnyName(db, pool, `${to.provider}_${to.value}`)
}

/** Why an identity cannot be linked that somebody has (sentences: aws/aws-sdk-net#1000 and public logs). */
async function taken(db: Db, { poolId, provider, subject, userId }: Identity): Promise<PoolError> {
  const existing = await findIdentity(db, poolId, provider, subject)
  if (existing?.userId === userId)
    return new PoolError('InvalidParameter', 'SourceUser is already linked to DestinationUser')
  if (existing?.primary)
    return new PoolError(
      'InvalidParameter',
      'Merging is not currently supported, provide a SourceUser that has not been signed up in order to link',
    )
  return new PoolError('AliasExists', 'SourceUser is already linked to another user')
}

/** Writes the `identities` attribute as AWS shows it. Call it in the transaction of the change. */
export async function showIdentities(db: Db, world: World, user: User): Promise<void> {
  const identities = await listIdentities(db, user.poolId, user.id)
  const shown = identities.map(({ subject, provider, providerType, issuer, primary, createdAt }) => ({
    userId: subject.slice(subject.indexOf(separator) + 1),
    providerName: provider,
    providerType,
    issuer: issuer ?? null,
    primary,
    dateCreated: createdAt,
  }))
  const value = shown.length === 0 ? undefined : JSON.stringify(shown)
  await writeAttribute(db, user, 'identities', value, world.now())
}

async function signOut(db: Db, world: World, user: User): Promise<void> {
  const now = world.now()
  await revokeGrantsOfUser(db, user.poolId, user.id, now)
  await deleteSessionsOfUser(db, user.poolId, user.id)
  await updateUser(db, user, { signedOutAt: now }, now)
}
