// The operations: one function for each, six lines around a rule, named as on the wire.
// No parsing, no look-ups that resolve() does, and no rules: those are in directory, sign-in and tokens.

import { PoolError } from '../../../errors.ts'
import { changeDomain } from '../../../settings/domains.ts'
import { mfaConfig } from '../../../settings/factors.ts'
import { addAttributes, changeMfa, changePool, changeTags, makePool, removePool } from '../../../settings/pools.ts'
import type { Db } from '../../../store/db.ts'
import { countUsers } from '../../../store/list-users.ts'
import { listDomains } from '../../../store/setup/domains.ts'
import { findPool, listPools, type Pool } from '../../../store/setup/pools.ts'
import type { World } from '../../../world/world.ts'
import { describePool, poolArn } from '../../describe.ts'
import { pageOf, readPageToken } from '../../page-token.ts'
import type { Handler } from '../../resolve.ts'

export const CreateUserPool: Handler<'CreateUserPool'> = async (input, { db, world, region }) => {
  const pool = await makePool(db, world, region, input)
  return { UserPool: describePool(world, pool, [], 0) }
}

export const DescribeUserPool: Handler<'DescribeUserPool'> = async (_, { db, world, pool }) => ({
  UserPool: describePool(world, pool, await listDomains(db, pool.id), await countUsers(db, pool.id)),
})

export const AddCustomAttributes: Handler<'AddCustomAttributes'> = async (
  { CustomAttributes },
  { db, world, pool },
) => {
  await addAttributes(db, world, pool, CustomAttributes)
  return {}
}

export const UpdateUserPoolDomain: Handler<'UpdateUserPoolDomain'> = async (
  { Domain, ManagedLoginVersion, CustomDomainConfig },
  { db, world, pool },
) => {
  const { settings } = await changeDomain(db, pool, Domain, { ManagedLoginVersion, CustomDomainConfig })
  return {
    ManagedLoginVersion: settings.ManagedLoginVersion,
    CloudFrontDomain: settings.CustomDomainConfig ? new URL(world.config.publicUrl).host : undefined,
  }
}

export const UpdateUserPool: Handler<'UpdateUserPool'> = async ({ UserPoolId: _, ...input }, { db, world, pool }) => {
  await changePool(db, world, pool, input)
  return {}
}

export const DeleteUserPool: Handler<'DeleteUserPool'> = async (_, { db, pool }) => {
  await removePool(db, pool)
  return {}
}

export const ListUserPools: Handler<'ListUserPools'> = async ({ MaxResults, NextToken }, { db, world }) => {
  const rows = await listPools(db, readPageToken(world, 'pools', NextToken), MaxResults + 1)
  const { page, next } = pageOf(world, 'pools', rows, MaxResults, ({ id }) => id)
  return {
    UserPools: page.map(({ id, name, settings, createdAt, updatedAt }) => ({
      Id: id,
      Name: name,
      LambdaConfig: settings.LambdaConfig,
      CreationDate: createdAt,
      LastModifiedDate: updatedAt,
    })),
    NextToken: next,
  }
}

export const GetUserPoolMfaConfig: Handler<'GetUserPoolMfaConfig'> = async (_, { pool }) => mfaConfig(pool)

export const SetUserPoolMfaConfig: Handler<'SetUserPoolMfaConfig'> = async (
  { UserPoolId: _, ...input },
  { db, world, pool },
) => {
  return mfaConfig(await changeMfa(db, world, pool, input))
}

export const TagResource: Handler<'TagResource'> = async ({ ResourceArn, Tags }, { db, world }) => {
  const pool = await getPoolByArn(db, world, ResourceArn)
  await changeTags(db, world, pool, { ...pool.settings.UserPoolTags, ...Tags })
  return {}
}

export const UntagResource: Handler<'UntagResource'> = async ({ ResourceArn, TagKeys }, { db, world }) => {
  const pool = await getPoolByArn(db, world, ResourceArn)
  const kept = Object.entries(pool.settings.UserPoolTags ?? {}).filter(([key]) => !TagKeys.includes(key))
  await changeTags(db, world, pool, Object.fromEntries(kept))
  return {}
}

export const ListTagsForResource: Handler<'ListTagsForResource'> = async ({ ResourceArn }, { db, world }) => ({
  Tags: (await getPoolByArn(db, world, ResourceArn)).settings.UserPoolTags ?? {},
})

async function getPoolByArn(db: Db, world: World, arn: string): Promise<Pool> {
  const pool = await findPool(db, arn.slice(arn.lastIndexOf('/') + 1))
  if (!pool || poolArn(world, pool) !== arn)
    throw new PoolError('ResourceNotFound', `The resource ${arn} does not exist.`)
  return pool
}
