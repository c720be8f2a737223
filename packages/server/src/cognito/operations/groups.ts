import { getUserByAnyName } from '../../directory/usernames.ts'
import { PoolError } from '../../errors.ts'
import type { Db } from '../../store/db.ts'
import {
  addMember,
  createGroup,
  deleteGroup,
  findGroup,
  type Group,
  listGroups,
  listGroupsOfUser,
  listMembers,
  removeMember,
  updateGroup,
} from '../../store/groups.ts'
import type { Pool } from '../../store/setup/pools.ts'
import { describeGroup, describeUser } from '../describe.ts'
import { pageOf, readPageToken } from '../page-token.ts'
import type { Handler } from '../resolve.ts'

export const CreateGroup: Handler<'CreateGroup'> = async (input, { db, world, pool }) => {
  const group: Group = {
    poolId: pool.id,
    name: input.GroupName,
    description: input.Description,
    precedence: input.Precedence,
    roleArn: input.RoleArn,
    createdAt: world.now(),
    updatedAt: world.now(),
  }
  if (!(await createGroup(db, group))) throw new PoolError('GroupExists', 'A group with the name already exists.')
  return { Group: describeGroup(group) }
}

export const GetGroup: Handler<'GetGroup'> = async ({ GroupName }, { db, pool }) => ({
  Group: describeGroup(await getGroup(db, pool, GroupName)),
})

export const UpdateGroup: Handler<'UpdateGroup'> = async (input, { db, world, pool }) => {
  const group: Group = {
    ...(await getGroup(db, pool, input.GroupName)),
    description: input.Description,
    precedence: input.Precedence,
    roleArn: input.RoleArn,
    updatedAt: world.now(),
  }
  await updateGroup(db, group)
  return { Group: describeGroup(group) }
}

export const DeleteGroup: Handler<'DeleteGroup'> = async ({ GroupName }, { db, pool }) => {
  await getGroup(db, pool, GroupName)
  await deleteGroup(db, pool.id, GroupName)
  return {}
}

export const ListGroups: Handler<'ListGroups'> = async ({ Limit, NextToken }, { db, world, pool }) => {
  const size = Limit || 60
  const list = `groups ${pool.id}`
  const rows = await listGroups(db, pool.id, readPageToken(world, list, NextToken), size + 1)
  const { page, next } = pageOf(world, list, rows, size, ({ name }) => name)
  return { Groups: page.map(describeGroup), NextToken: next }
}

export const AdminAddUserToGroup: Handler<'AdminAddUserToGroup'> = async (input, { db, world, pool }) => {
  const group = await getGroup(db, pool, input.GroupName)
  const user = await getUserByAnyName(db, pool, input.Username)
  await addMember(db, pool.id, group.name, user.id, world.now())
  return {}
}

export const AdminRemoveUserFromGroup: Handler<'AdminRemoveUserFromGroup'> = async (input, { db, pool }) => {
  const group = await getGroup(db, pool, input.GroupName)
  const user = await getUserByAnyName(db, pool, input.Username)
  await removeMember(db, pool.id, group.name, user.id)
  return {}
}

export const AdminListGroupsForUser: Handler<'AdminListGroupsForUser'> = async (input, { db, world, pool }) => {
  const user = await getUserByAnyName(db, pool, input.Username)
  const size = input.Limit || 60
  const list = `groups of ${pool.id} ${user.id}`
  const rows = await listGroupsOfUser(db, pool.id, user.id, readPageToken(world, list, input.NextToken), size + 1)
  const { page, next } = pageOf(world, list, rows, size, ({ name }) => name)
  return { Groups: page.map(describeGroup), NextToken: next }
}

export const ListUsersInGroup: Handler<'ListUsersInGroup'> = async (input, { db, world, pool }) => {
  const group = await getGroup(db, pool, input.GroupName)
  const size = input.Limit || 60
  const list = `members of ${pool.id} ${group.name}`
  const rows = await listMembers(db, pool.id, group.name, readPageToken(world, list, input.NextToken), size + 1)
  const { page, next } = pageOf(world, list, rows, size, ({ usernameKey }) => usernameKey)
  return { Users: page.map((user) => describeUser(user)), NextToken: next }
}

async function getGroup(db: Db, pool: Pool, name: string): Promise<Group> {
  const group = await findGroup(db, pool.id, name)
  if (!group) throw new PoolError('ResourceNotFound', 'Group not found.')
  return group
}
