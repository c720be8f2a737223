import type { TermsDescriptionType, TermsType } from '@poolhouse/api'
import { changeTerms, getTerms, getTermsOfClient, makeTerms, removeTerms } from '../../../settings/terms.ts'
import { listTerms, type Terms } from '../../../store/setup/terms.ts'
import { pageOf, readPageToken } from '../../page-token.ts'
import type { Handler } from '../../resolve.ts'

export const CreateTerms: Handler<'CreateTerms'> = async (
  { TermsName, TermsSource, Enforcement, Links = {} },
  { db, world, pool, client },
) => ({
  Terms: describe(
    await makeTerms(db, world, pool, client, {
      name: TermsName,
      source: TermsSource,
      enforcement: Enforcement,
      links: Links,
    }),
  ),
})

export const DescribeTerms: Handler<'DescribeTerms'> = async ({ TermsId }, { db, pool }) => ({
  Terms: describe(await getTerms(db, pool, TermsId)),
})

export const DescribeTermsByClient: Handler<'DescribeTermsByClient'> = async ({ TermsName }, { db, pool, client }) => ({
  Terms: describe(await getTermsOfClient(db, pool, client, TermsName)),
})

export const UpdateTerms: Handler<'UpdateTerms'> = async (
  { TermsId, TermsName, TermsSource, Enforcement, Links },
  { db, world, pool },
) => ({
  Terms: describe(
    await changeTerms(db, world, pool, TermsId, {
      name: TermsName,
      source: TermsSource,
      enforcement: Enforcement,
      links: Links,
    }),
  ),
})

export const DeleteTerms: Handler<'DeleteTerms'> = async ({ TermsId }, { db, pool }) => {
  await removeTerms(db, pool, TermsId)
  return {}
}

export const ListTerms: Handler<'ListTerms'> = async ({ MaxResults, NextToken }, { db, world, pool }) => {
  const size = MaxResults ?? 60
  const list = `terms ${pool.id}`
  const rows = await listTerms(db, pool.id, readPageToken(world, list, NextToken), size + 1)
  const { page, next } = pageOf(world, list, rows, size, ({ id }) => id)
  return { Terms: page.map(summarize), NextToken: next }
}

function summarize({ id, name, enforcement, createdAt, updatedAt }: Terms): TermsDescriptionType {
  return {
    TermsId: id,
    TermsName: name,
    Enforcement: enforcement,
    CreationDate: createdAt,
    LastModifiedDate: updatedAt,
  }
}

function describe(terms: Terms): TermsType {
  return {
    ...summarize(terms),
    UserPoolId: terms.poolId,
    ClientId: terms.clientId,
    TermsSource: terms.source,
    Links: { ...terms.links },
  }
}
