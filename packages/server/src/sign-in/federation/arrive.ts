import { checkAttributes, mergeAttributes, storeAttributes } from '../../directory/attributes.ts'
import { linkSubject, showIdentities } from '../../directory/federation/link.ts'
import { foldName, insertUser, newUser } from '../../directory/register.ts'
import { preAuthentication } from '../../directory/triggers/authentication.ts'
import { inboundFederation } from '../../directory/triggers/federation.ts'
import { postConfirmation, preSignUp } from '../../directory/triggers/sign-up.ts'
import { newSub } from '../../directory/usernames.ts'
import { PoolError } from '../../errors.ts'
import { providerGroup } from '../../settings/identity-providers.ts'
import { addMember, findGroup } from '../../store/groups.ts'
import { createIdentity, findIdentities, type Identity } from '../../store/identities.ts'
import type { IdentityProvider } from '../../store/setup/identity-providers.ts'
import { type Attributes, findUser, type User } from '../../store/users.ts'
import { disabled, type Progress, proceed } from '../proceed.ts'
import type { Ground } from '../state.ts'
import type { FederatedIdentity, FederationSources } from './identity.ts'
import { mapAttributes } from './map.ts'

/** AWS's longest user name. */
const longestName = 128

/**
 * Signs in whoever a provider vouched for: finds the user of (provider, subject), or makes one at the first visit, gives
 * it the attributes that the provider's claims map to, and goes on as every sign-in does. Nobody is found by an address:
 * only an administrator links. Throws PoolError in AWS's words; then nothing was made.
 */
export async function arriveFederated(
  ground: Ground,
  provider: IdentityProvider,
  identity: FederatedIdentity,
  sources: FederationSources = {},
): Promise<Progress> {
  const { world, party } = ground
  const { pool, client } = party
  checkSubject(identity)
  const username = foldName(pool, `${identity.provider}_${identity.subject}`)
  const claims = await inboundFederation(world, pool, client, {
    username,
    providerName: identity.provider,
    providerType: identity.providerType,
    claims: identity.attributes,
    sources: { ...sources },
  })
  const mapped = mapAttributes(provider, claims)
  const known = await findFederated(ground, identity)
  const user = known
    ? await refresh(ground, known, mapped)
    : await welcome(ground, provider, identity, username, mapped)
  return proceed(
    ground,
    { user, username: user.username, subject: user.id },
    { username: user.username, proven: ['federated'], provider: provider.name },
  )
}

/** A subject becomes part of a user name and of a key: control characters and white space are in neither. */
function checkSubject({ provider, subject }: FederatedIdentity): void {
  if (!/^[\p{L}\p{M}\p{S}\p{N}\p{P}]+$/u.test(subject) || `${provider}_${subject}`.length > longestName)
    throw new PoolError('InvalidParameter', `The subject that ${provider} gave cannot be a user name.`)
}

/**
 * The user of an identity: by the subject, else by a claim that an administrator linked (AdminLinkProviderForUser with
 * another ProviderAttributeName). Claims that lead to two users lead to none. Of a provider by OpenID Connect an e-mail
 * address counts only if it says that it is verified.
 */
async function findFederated({ db, party }: Ground, identity: FederatedIdentity): Promise<User | undefined> {
  const { provider, subject, attributes } = identity
  const claimed = Object.entries(attributes).flatMap(([name, value]) =>
    typeof value === 'string' && isLinkable(identity, name) ? [linkSubject(name, value)] : [],
  )
  const found = await findIdentities(db, party.pool.id, provider, [subject, ...claimed])
  const own = found.filter((one) => one.subject === subject)
  const users = new Set((own.length > 0 ? own : found).map(({ userId }) => userId))
  const [userId] = users
  if (users.size > 1)
    throw new PoolError('InvalidParameter', `More than one user is linked to the claims of ${provider}.`)
  return userId === undefined ? undefined : findUser(db, party.pool.id, userId)
}

function isLinkable({ providerType, attributes }: FederatedIdentity, name: string): boolean {
  if (providerType === 'SAML') return true
  return providerType === 'OIDC' && (name !== 'email' || attributes.email_verified === 'true')
}

/** A user who was here before: the provider's attributes overwrite ours, as on AWS. */
async function refresh(ground: Ground, user: User, mapped: Attributes): Promise<User> {
  const { db, world, party, validationData } = ground
  const { pool, client } = party
  if (!user.enabled) throw disabled()
  await preAuthentication(world, pool, client, { user, username: user.username }, validationData)
  const changes = Object.fromEntries(Object.entries(mapped).filter(([name, value]) => user.attributes[name] !== value))
  // An address that changes takes its verification along, whatever it was before.
  for (const address of ['email', 'phone_number'])
    if (address in changes && `${address}_verified` in mapped)
      changes[`${address}_verified`] = mapped[`${address}_verified`] ?? 'false'
  if (Object.keys(changes).length === 0) return user
  checkAttributes(pool, 'administrator', changes, true)
  const attributes = mergeAttributes(pool, user, changes)
  await storeAttributes(db, world, pool, user, (current) => mergeAttributes(pool, current, changes))
  return { ...user, attributes }
}

/** A person's first visit: PreSignUp may refuse it, or link the identity to a user who is here already. */
async function welcome(
  ground: Ground,
  provider: IdentityProvider,
  identity: FederatedIdentity,
  username: string,
  mapped: Attributes,
): Promise<User> {
  const { db, world, party } = ground
  const { pool, client } = party
  checkAttributes(pool, 'administrator', mapped, false)
  requireAttributes(pool.settings.SchemaAttributes ?? [], mapped)
  const answer = await preSignUp(world, pool, client, {
    source: 'PreSignUp_ExternalProvider',
    username,
    attributes: mapped,
    validationData: ground.validationData,
    metadata: ground.metadata,
  })
  const linked = await findFederated(ground, identity)
  if (linked) return refresh(ground, linked, mapped)
  const attributes: Record<string, string> = {
    ...mapped,
    ...(mapped.email && answer.autoVerifyEmail && { email_verified: 'true' }),
    ...(mapped.phone_number && answer.autoVerifyPhone && { phone_number_verified: 'true' }),
  }
  for (const address of ['email', 'phone_number'])
    if (attributes[address] && !attributes[`${address}_verified`]) attributes[`${address}_verified`] = 'false'
  const name = { id: newSub(world), username }
  const user = newUser(world, pool, name, attributes, { status: 'EXTERNAL_PROVIDER' })
  try {
    await insertUser(db, pool, user, async (inner) => {
      if (!(await createIdentity(inner, identityOf(identity, user, world.now())))) throw alreadyThere(username)
      await showIdentities(inner, world, user)
      const group = providerGroup(provider)
      if (await findGroup(inner, pool.id, group)) await addMember(inner, pool.id, group, user.id, world.now())
    })
  } catch (error) {
    if (!(error instanceof PoolError) || error.code !== 'UsernameExists') throw error
    // The same person in two tabs: one of them made the user. A stranger who has the name stays who they are.
    const there = await findFederated(ground, identity)
    if (there) return there
    throw alreadyThere(username)
  }
  await postConfirmation(world, pool, client, user, 'PostConfirmation_ConfirmSignUp', ground.metadata)
  return (await findUser(db, pool.id, user.id)) ?? user
}

function identityOf({ provider, providerType, issuer, subject }: FederatedIdentity, user: User, now: number): Identity {
  return {
    poolId: user.poolId,
    provider,
    subject,
    userId: user.id,
    providerType,
    issuer: issuer ?? undefined,
    primary: true,
    createdAt: now,
  }
}

/** AWS's sentence (public logs: aws-amplify/amplify-flutter#1716 and others). */
function alreadyThere(username: string): PoolError {
  return new PoolError('UsernameExists', `Already found an entry for username ${username}`)
}

/** AWS's sentence for what a provider did not tell and the pool requires (public logs: aws-amplify/amplify-js#3431 and others). */
function requireAttributes(
  schema: readonly { Name?: string | undefined; Required?: boolean | undefined }[],
  attributes: Attributes,
): void {
  const absent = schema.flatMap(({ Name, Required }) =>
    Required && Name !== undefined && Name !== 'sub' && !attributes[Name] ? [Name] : [],
  )
  if (absent.length > 0) throw new PoolError('InvalidParameter', `attributes required: [${absent.join(', ')}]`)
}
