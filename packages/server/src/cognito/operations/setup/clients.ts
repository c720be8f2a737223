// Operations of what an administrator sets up: pools, app clients, resource servers. Rules are in settings/.
import { changeClient, makeClient } from '../../../settings/clients.ts'
import { makeDomain, removeDomain } from '../../../settings/domains.ts'
import { transaction } from '../../../store/db.ts'
import { deleteClient, listClients } from '../../../store/setup/clients.ts'
import { findDomain } from '../../../store/setup/domains.ts'
import { describeClient } from '../../describe.ts'
import { pageOf, readPageToken } from '../../page-token.ts'
import type { Handler } from '../../resolve.ts'

export const CreateUserPoolClient: Handler<'CreateUserPoolClient'> = async (
  { UserPoolId: _, ...input },
  { db, world, pool },
) => ({ UserPoolClient: describeClient(world, await makeClient(db, world, pool, input)) })

export const DescribeUserPoolClient: Handler<'DescribeUserPoolClient'> = async (_, { world, client }) => ({
  UserPoolClient: describeClient(world, client),
})

export const UpdateUserPoolClient: Handler<'UpdateUserPoolClient'> = async (
  { UserPoolId: _, ClientId: __, ...input },
  { db, world, pool, client },
) => ({ UserPoolClient: describeClient(world, await changeClient(db, world, pool, client, input)) })

export const DeleteUserPoolClient: Handler<'DeleteUserPoolClient'> = async (_, { db, client }) => {
  await transaction(db, (inner) => deleteClient(inner, client.poolId, client.id))
  return {}
}

export const ListUserPoolClients: Handler<'ListUserPoolClients'> = async (
  { MaxResults, NextToken, ClientType },
  { db, world, pool },
) => {
  const size = MaxResults ?? 60
  const list = `clients ${pool.id} ${ClientType ?? ''}`
  const registered = ClientType && ClientType === 'DCR'
  const rows = await listClients(db, pool.id, readPageToken(world, list, NextToken), size + 1, registered)
  const { page, next } = pageOf(world, list, rows, size, ({ id }) => id)
  return {
    UserPoolClients: page.map(({ id, name }) => ({ ClientId: id, ClientName: name, UserPoolId: pool.id })),
    NextToken: next,
  }
}

export const CreateUserPoolDomain: Handler<'CreateUserPoolDomain'> = async (
  { Domain, ManagedLoginVersion, CustomDomainConfig },
  { db, world, pool },
) => {
  await makeDomain(db, world, pool, Domain, { ManagedLoginVersion, CustomDomainConfig })
  // A custom domain on AWS is reached through CloudFront; here it is this server itself.
  return {
    ManagedLoginVersion,
    CloudFrontDomain: CustomDomainConfig ? new URL(world.config.publicUrl).host : undefined,
  }
}

export const DescribeUserPoolDomain: Handler<'DescribeUserPoolDomain'> = async ({ Domain }, { db, world }) => {
  const found = await findDomain(db, Domain)
  // AWS answers an empty description for a domain that nobody has.
  if (!found) return { DomainDescription: {} }
  return {
    DomainDescription: {
      UserPoolId: found.poolId,
      AWSAccountId: world.config.accountId,
      Domain,
      S3Bucket: 'poolhouse',
      CloudFrontDistribution: new URL(world.config.publicUrl).host,
      Version: '1',
      Status: 'ACTIVE',
      CustomDomainConfig: found.settings.CustomDomainConfig,
      ManagedLoginVersion: found.settings.ManagedLoginVersion,
    },
  }
}

export const DeleteUserPoolDomain: Handler<'DeleteUserPoolDomain'> = async ({ Domain }, { db, pool }) => {
  await removeDomain(db, pool, Domain)
  return {}
}
