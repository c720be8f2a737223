import type { IdentityProviderType } from '@poolhouse/api'
import { PoolError } from '../../../errors.ts'
import {
  changeProvider,
  detailsOf,
  getProvider,
  makeProvider,
  removeProvider,
} from '../../../settings/identity-providers.ts'
import { samlCertificate } from '../../../sign-in/federation/saml/keys.ts'
import type { Db } from '../../../store/db.ts'
import {
  findProviderByIdentifier,
  type IdentityProvider,
  listIdentityProviders,
} from '../../../store/setup/identity-providers.ts'
import type { Pool } from '../../../store/setup/pools.ts'
import type { World } from '../../../world/world.ts'
import { pageOf, readPageToken } from '../../page-token.ts'
import type { Handler } from '../../resolve.ts'

export const CreateIdentityProvider: Handler<'CreateIdentityProvider'> = async (
  { UserPoolId: _, ...input },
  { db, world, pool },
) => ({ IdentityProvider: await describe(db, world, pool, await makeProvider(db, world, pool, input)) })

export const DescribeIdentityProvider: Handler<'DescribeIdentityProvider'> = async (
  { ProviderName },
  { db, world, pool },
) => ({ IdentityProvider: await describe(db, world, pool, await getProvider(db, pool, ProviderName)) })

export const UpdateIdentityProvider: Handler<'UpdateIdentityProvider'> = async (
  { UserPoolId: _, ...input },
  { db, world, pool },
) => ({ IdentityProvider: await describe(db, world, pool, await changeProvider(db, world, pool, input)) })

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
  return { IdentityProvider: await describe(db, world, pool, provider) }
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

/** The certificate that SAML providers check the pool's requests with. */
export const GetSigningCertificate: Handler<'GetSigningCertificate'> = async (_input, { db, world, pool }) => ({
  Certificate: await samlCertificate(db, world, pool, 'signing'),
})

/** Secrets are shown to administrators, as AWS does, and to a SAML provider's the certificate that it can encrypt for. */
async function describe(db: Db, world: World, pool: Pool, provider: IdentityProvider): Promise<IdentityProviderType> {
  const encryption = provider.type === 'SAML' && {
    ActiveEncryptionCertificate: await samlCertificate(db, world, pool, 'encryption'),
  }
  return {
    UserPoolId: provider.poolId,
    ProviderName: provider.name,
    ProviderType: provider.type,
    ProviderDetails: { ...detailsOf(world, provider), ...encryption },
    AttributeMapping: provider.mapping,
    IdpIdentifiers: [...provider.identifiers],
    CreationDate: provider.createdAt,
    LastModifiedDate: provider.updatedAt,
  }
}
