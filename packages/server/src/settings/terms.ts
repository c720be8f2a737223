import type { TermsEnforcementType, TermsSourceType } from '@poolhouse/api'
import { newSub } from '../directory/usernames.ts'
import { PoolError } from '../errors.ts'
import { type Db, transaction } from '../store/db.ts'
import type { Client } from '../store/setup/clients.ts'
import type { Pool } from '../store/setup/pools.ts'
import {
  countTerms,
  createTerms,
  deleteTerms,
  findTerms,
  type Terms,
  termsOfClient,
  updateTerms,
} from '../store/setup/terms.ts'
import type { World } from '../world/world.ts'

/** The most documents of a pool (AWS developer guide, "Quotas"). */
const mostTerms = 40

/** What a document says; what is left out of a change stays. */
export interface TermsInput {
  readonly name: string
  readonly source: TermsSourceType
  readonly enforcement: TermsEnforcementType
  readonly links: Readonly<Record<string, string>>
}

/** Stores a new document of a client. */
export async function makeTerms(db: Db, world: World, pool: Pool, client: Client, input: TermsInput): Promise<Terms> {
  checkLinks(input.links)
  const now = world.now()
  const owner = { poolId: pool.id, id: newSub(world), clientId: client.id }
  const terms: Terms = { ...owner, ...input, createdAt: now, updatedAt: now }
  return transaction(db, async (inner) => {
    if ((await countTerms(inner, pool.id)) >= mostTerms)
      throw new PoolError('LimitExceeded', `Number of terms documents exceeds the limit of ${mostTerms}.`)
    if (!(await createTerms(inner, terms))) throw exists(input.name)
    return terms
  })
}

/** The document of an id. */
export async function getTerms(db: Db, pool: Pool, id: string): Promise<Terms> {
  const terms = await findTerms(db, pool.id, id)
  if (!terms) throw missing()
  return terms
}

/** The document of a client by its name. */
export async function getTermsOfClient(db: Db, pool: Pool, client: Client, name: string): Promise<Terms> {
  const terms = (await termsOfClient(db, pool.id, client.id)).find((one) => one.name === name)
  if (!terms) throw missing()
  return terms
}

/** Changes what is given of a document. */
export async function changeTerms(
  db: Db,
  world: World,
  pool: Pool,
  id: string,
  change: { readonly [Member in keyof TermsInput]: TermsInput[Member] | undefined },
): Promise<Terms> {
  if (change.links) checkLinks(change.links)
  const before = await getTerms(db, pool, id)
  const after: Terms = {
    ...before,
    name: change.name ?? before.name,
    source: change.source ?? before.source,
    enforcement: change.enforcement ?? before.enforcement,
    links: change.links ?? before.links,
  }
  switch (await updateTerms(db, after, world.now())) {
    case 'taken':
      throw exists(after.name)
    case 'overtaken':
      throw new PoolError('ConcurrentModification', 'The terms document was changed by another request. Try again.')
    case 'changed':
      return getTerms(db, pool, id)
  }
}

/** Deletes a document. */
export async function removeTerms(db: Db, pool: Pool, id: string): Promise<void> {
  if (!(await deleteTerms(db, pool.id, id))) throw missing()
}

/** The addresses of what people agree to when they sign up. */
export interface TermsLinks {
  readonly termsOfUse: string
  readonly privacyPolicy: string
}

/**
 * The addresses that the sign-up page of a client shows in a language (`en`, `pt-BR`, …): none unless the client has both
 * documents and each has an address for the language or for all others (developer guide, "Terms documents").
 */
export async function linksFor(db: Db, pool: Pool, client: Client, language: string): Promise<TermsLinks | undefined> {
  const documents = await termsOfClient(db, pool.id, client.id)
  const linkOf = (name: string) => {
    const links = documents.find((document) => document.name === name)?.links
    return links && (links[languageIds.get(language) ?? ''] ?? links['cognito:default'])
  }
  const [termsOfUse, privacyPolicy] = [linkOf('terms-of-use'), linkOf('privacy-policy')]
  return termsOfUse && privacyPolicy ? { termsOfUse, privacyPolicy } : undefined
}

/** AWS's names of the languages that a document can have an address for (API reference, CreateTerms: Links). */
const languageIds = new Map([
  ['nl', 'cognito:dutch'],
  ['en', 'cognito:english'],
  ['fr', 'cognito:french'],
  ['es', 'cognito:spanish'],
  ['de', 'cognito:german'],
  ['id', 'cognito:bahasa-indonesia'],
  ['it', 'cognito:italian'],
  ['ja', 'cognito:japanese'],
  ['ko', 'cognito:korean'],
  ['pt-BR', 'cognito:portuguese-brazil'],
  ['zh-CN', 'cognito:chinese-simplified'],
  ['zh-TW', 'cognito:chinese-traditional'],
])

/** A link on a page must lead to a page: `javascript:` and its like are no addresses of documents. */
function checkLinks(links: Readonly<Record<string, string>>): void {
  for (const link of Object.values(links))
    if (!URL.canParse(link) || !/^https?:$/.test(new URL(link).protocol))
      throw new PoolError('InvalidParameter', 'A link of a terms document must be an http or https address.')
}

function missing(): PoolError {
  return new PoolError('ResourceNotFound', 'Terms document does not exist.')
}

function exists(name: string): PoolError {
  return new PoolError('TermsExists', `The app client has a terms document ${name} already.`)
}
