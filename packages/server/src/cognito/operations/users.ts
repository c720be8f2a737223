import { assignPassword, changePassword, confirmUser, inviteUser, removeUser } from '../../directory/accounts.ts'
import { findAttributeRule, mayRead, readAttributes } from '../../directory/attributes.ts'
import { readFilter } from '../../directory/filter.ts'
import { getUserByAnyName } from '../../directory/usernames.ts'
import { changeAttributes, deleteAttributes, requestVerification, verifyAttribute } from '../../directory/verify.ts'
import { PoolError } from '../../errors.ts'
import type { Db } from '../../store/db.ts'
import { listUsers } from '../../store/list-users.ts'
import { type Client, findClient } from '../../store/setup/clients.ts'
import { signOutEverywhere } from '../../tokens/revoke.ts'
import { describeAttributes, describeDelivery, describeMfa, describeUser } from '../describe.ts'
import { pageOf, readPageToken } from '../page-token.ts'
import type { Handler } from '../resolve.ts'

export const GetUser: Handler<'GetUser'> = async (_, { db, user, clientId }) => {
  const client = await getClient(db, clientId)
  return {
    Username: user.username,
    UserAttributes: describeAttributes(user, (name) => mayRead(client, name)),
    ...describeMfa(user),
  }
}

export const UpdateUserAttributes: Handler<'UpdateUserAttributes'> = async (
  { UserAttributes, ClientMetadata },
  { db, world, pool, user, clientId },
) => {
  const party = { pool, client: await getClient(db, clientId) }
  const deliveries = await changeAttributes(db, world, party, user, readAttributes(UserAttributes), ClientMetadata)
  return { CodeDeliveryDetailsList: deliveries.map(describeDelivery) }
}

export const GetUserAttributeVerificationCode: Handler<'GetUserAttributeVerificationCode'> = async (
  { AttributeName, ClientMetadata },
  { db, world, pool, user, clientId },
) => {
  const party = { pool, client: await getClient(db, clientId) }
  const delivery = await requestVerification(db, world, party, user, AttributeName, ClientMetadata)
  return { CodeDeliveryDetails: describeDelivery(delivery) }
}

export const VerifyUserAttribute: Handler<'VerifyUserAttribute'> = async (
  { AttributeName, Code },
  { db, world, pool, user },
) => {
  await verifyAttribute(db, world, pool, user, AttributeName, Code)
  return {}
}

export const DeleteUserAttributes: Handler<'DeleteUserAttributes'> = async (
  { UserAttributeNames },
  { db, world, pool, user, clientId },
) => {
  await deleteAttributes(db, world, { pool, client: await getClient(db, clientId) }, user, UserAttributeNames)
  return {}
}

export const ChangePassword: Handler<'ChangePassword'> = async (
  { PreviousPassword, ProposedPassword },
  { db, world, pool, user, grantId },
) => {
  await changePassword(db, world, pool, user, PreviousPassword ?? '', ProposedPassword, grantId)
  return {}
}

export const DeleteUser: Handler<'DeleteUser'> = async (_, { db, user }) => {
  await removeUser(db, user)
  return {}
}

export const AdminCreateUser: Handler<'AdminCreateUser'> = async (input, { db, world, pool }) => {
  const user = await inviteUser(db, world, pool, {
    username: input.Username,
    attributes: readAttributes(input.UserAttributes ?? []),
    temporaryPassword: input.TemporaryPassword,
    validationData: input.ValidationData && readAttributes(input.ValidationData),
    metadata: input.ClientMetadata,
    forceAlias: input.ForceAliasCreation,
    action: input.MessageAction,
    mediums: input.DesiredDeliveryMediums,
  })
  return { User: describeUser(user) }
}

export const AdminGetUser: Handler<'AdminGetUser'> = async ({ Username }, { db, pool }) => {
  const user = await getUserByAnyName(db, pool, Username)
  const { Attributes, ...rest } = describeUser(user)
  return { ...rest, ...describeMfa(user), Username: user.username, UserAttributes: Attributes }
}

export const AdminConfirmSignUp: Handler<'AdminConfirmSignUp'> = async (input, { db, world, pool }) => {
  await confirmUser(db, world, pool, await getUserByAnyName(db, pool, input.Username), input.ClientMetadata)
  return {}
}

export const AdminSetUserPassword: Handler<'AdminSetUserPassword'> = async (input, { db, world, pool }) => {
  const user = await getUserByAnyName(db, pool, input.Username)
  await assignPassword(db, world, pool, user, input.Password, input.Permanent ?? false)
  return {}
}

export const AdminDeleteUser: Handler<'AdminDeleteUser'> = async ({ Username }, { db, pool }) => {
  await removeUser(db, await getUserByAnyName(db, pool, Username))
  return {}
}

export const AdminUserGlobalSignOut: Handler<'AdminUserGlobalSignOut'> = async ({ Username }, { db, world, pool }) => {
  await signOutEverywhere(db, world, await getUserByAnyName(db, pool, Username))
  return {}
}

export const ListUsers: Handler<'ListUsers'> = async (input, { db, world, pool }) => {
  const wanted = input.AttributesToGet
  if (wanted?.some((name) => !findAttributeRule(pool, name)))
    throw new PoolError('InvalidParameter', 'One or more requested attributes do not exist in user pool.')
  const size = input.Limit || 60
  const list = `users ${pool.id} ${input.Filter ?? ''}`
  const after = readPageToken(world, list, input.PaginationToken)
  const rows = await listUsers(db, pool.id, after, size + 1, readFilter(pool, input.Filter))
  const { page, next } = pageOf(world, list, rows, size, ({ usernameKey }) => usernameKey)
  return {
    Users: page.map((user) => describeUser(user, wanted && ((name) => wanted.includes(name)))),
    PaginationToken: next,
  }
}

/** A token's client; deleting a client ends its grants, so that a token without client is a token no more. */
async function getClient(db: Db, id: string): Promise<Client> {
  const client = await findClient(db, id)
  if (!client) throw new PoolError('NotAuthorized', 'Access Token has been revoked')
  return client
}
