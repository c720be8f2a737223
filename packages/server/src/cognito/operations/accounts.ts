// The operations of the JSON API, thin: from a valid input and what was looked up to a rule and back. No rule lives here.
import { disableUser, enableUser } from '../../directory/accounts.ts'
import { readAttributes } from '../../directory/attributes.ts'
import { disableIdentity, linkIdentity } from '../../directory/federation/link.ts'
import { requireReset } from '../../directory/recover.ts'
import { getUserByAnyName } from '../../directory/usernames.ts'
import { changeAttributes, deleteAttributes } from '../../directory/verify.ts'
import type { Handler } from '../resolve.ts'

export const AdminUpdateUserAttributes: Handler<'AdminUpdateUserAttributes'> = async (input, { db, world, pool }) => {
  const user = await getUserByAnyName(db, pool, input.Username)
  await changeAttributes(db, world, { pool }, user, readAttributes(input.UserAttributes), input.ClientMetadata)
  return {}
}

export const AdminDeleteUserAttributes: Handler<'AdminDeleteUserAttributes'> = async (input, { db, world, pool }) => {
  const user = await getUserByAnyName(db, pool, input.Username)
  await deleteAttributes(db, world, { pool }, user, input.UserAttributeNames)
  return {}
}

export const AdminDisableUser: Handler<'AdminDisableUser'> = async ({ Username }, { db, world, pool }) => {
  await disableUser(db, world, await getUserByAnyName(db, pool, Username))
  return {}
}

export const AdminEnableUser: Handler<'AdminEnableUser'> = async ({ Username }, { db, world, pool }) => {
  await enableUser(db, world, await getUserByAnyName(db, pool, Username))
  return {}
}

export const AdminResetUserPassword: Handler<'AdminResetUserPassword'> = async (input, { db, world, pool }) => {
  await requireReset(db, world, pool, await getUserByAnyName(db, pool, input.Username), input.ClientMetadata)
  return {}
}

export const AdminLinkProviderForUser: Handler<'AdminLinkProviderForUser'> = async (input, { db, world, pool }) => {
  await linkIdentity(db, world, pool, input.DestinationUser, input.SourceUser)
  return {}
}

export const AdminDisableProviderForUser: Handler<'AdminDisableProviderForUser'> = async (
  { User },
  { db, world, pool },
) => {
  await disableIdentity(db, world, pool, User)
  return {}
}
