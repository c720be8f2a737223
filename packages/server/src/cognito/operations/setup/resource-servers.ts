import type { ResourceServerType } from '@poolhouse/api'
import {
  changeResourceServer,
  getResourceServer,
  makeResourceServer,
  removeResourceServer,
} from '../../../settings/resource-servers.ts'
import { listResourceServers, type ResourceServer } from '../../../store/setup/resource-servers.ts'
import { pageOf, readPageToken } from '../../page-token.ts'
import type { Handler } from '../../resolve.ts'

export const CreateResourceServer: Handler<'CreateResourceServer'> = async (
  { Identifier, Name, Scopes = [] },
  { db, world, pool },
) => ({
  ResourceServer: describe(
    await makeResourceServer(db, world, pool, { identifier: Identifier, name: Name, scopes: Scopes }),
  ),
})

export const DescribeResourceServer: Handler<'DescribeResourceServer'> = async ({ Identifier }, { db, pool }) => ({
  ResourceServer: describe(await getResourceServer(db, pool, Identifier)),
})

export const UpdateResourceServer: Handler<'UpdateResourceServer'> = async (
  { Identifier, Name, Scopes = [] },
  { db, world, pool },
) => ({
  ResourceServer: describe(
    await changeResourceServer(db, world, pool, { identifier: Identifier, name: Name, scopes: Scopes }),
  ),
})

export const DeleteResourceServer: Handler<'DeleteResourceServer'> = async ({ Identifier }, { db, pool }) => {
  await removeResourceServer(db, pool, Identifier)
  return {}
}

export const ListResourceServers: Handler<'ListResourceServers'> = async (
  { MaxResults, NextToken },
  { db, world, pool },
) => {
  const size = MaxResults ?? 50
  const list = `resource servers ${pool.id}`
  const rows = await listResourceServers(db, pool.id, readPageToken(world, list, NextToken), size + 1)
  const { page, next } = pageOf(world, list, rows, size, ({ identifier }) => identifier)
  return { ResourceServers: page.map(describe), NextToken: next }
}

function describe({ poolId, identifier, name, scopes }: ResourceServer): ResourceServerType {
  return {
    UserPoolId: poolId,
    Identifier: identifier,
    Name: name,
    Scopes: scopes.map((scope) => ({ ScopeName: scope.name, ScopeDescription: scope.description })),
  }
}
