import type { IdentityProviderType } from '@poolhouse/api'
import { PoolError } from '../../../errors.ts'
import {
  changeProvider,
  detailsOf,
  getProvider,
  makeProvider,
  removeProvider,
} from '../../../settings/identity-providers.ts'
import {
  findProviderByIdentifier,
  type IdentityProvider,
  listIdentityProviders,
} from '../../../store/setup/identity-providers.ts'
import type { World } from '../../../world/world.ts'
import { pageOf, readPageToken } from '../../page-token.ts'
import type { Handler } from '../../resolve.ts'

export const CreateIdentityProvider: Handler<'CreateIdentityProvider'> = async (
  { UserPoolId: _, ...input },
  { db, world, pool },
) => ({ IdentityProvider: describe(world, await makeProvider(db, world, pool, input)) })

export const DescribeIdentityProvider: Handler<'DescribeIdentityProvider'> = async (
  { ProviderName },
  { db, world, pool },
) => ({ IdentityProvider: describe(world, await getProvider(db, pool, ProviderName)) })

export const UpdateIdentityProvider: Handler<'UpdateIdentityProvider'> = async (
  { UserPoolId: _, ...input },
  { db, world, pool },
) => ({ IdentityProvider: describe(world, await changeProvider(db, world, pool, input)) })

export const DeleteIdentityProvider: Handler<'DeleteIdentityProvider'> = async ({ ProviderName }, { db, pool }) => {
  await removeProvider(db, pool, ProviderName)
  return {}
}

export const GetIdentityProviderByIdentifier: Handler<'GetIdentityProviderByIdentifier'> = async (
  { IdpIdentifier },
  { db, world, pool },
) => {
  const provider = await findProviderByIdentifier(db, pool.id, IdpIdentifier)
  if (!provider)
    throw new PoolError('ResourceNotFound', `Identity provider with identifier ${IdpIdentifier} does not exist.`)
  return { IdentityProvider: describe(world, provider) }
}

export const ListIdentityProviders: Handler<'ListIdentityProviders'> = async (
  { MaxResults, NextToken },
  { db, world, pool },
) => {
  const size = MaxResults || 60
  const list = `identity providers ${pool.id}`
  const rows = await listIdentityProviders(db, pool.id, readPageToken(world, list, NextToken), size + 1)
  const { page, next } = pageOf(world, list, rows, size, ({ name }) => name)
  return {
    Providers: page.map(({ name, type, createdAt, updatedAt }) => ({
      ProviderName: name,
      ProviderType: type,
      CreationDate: createdAt,
      LastModifiedDate: updatedAt,
    })),
    NextToken: next,
  }
}

/** Secrets are shown to administrators, as AWS does. */
function describe(world: World, provider: IdentityProvider): IdentityProviderType {
  return {
    UserPoolId: provider.poolId,
    ProviderName: provider.name,
    ProviderType: provider.type,
    ProviderDetails: detailsOf(world, provider),
    AttributeMapping: provider.mapping,
    IdpIdentifiers: [...provider.identifiers],
    CreationDate: provider.createdAt,
    LastModifiedDate: provider.updatedAt,
  }
}
