// The account of whoever is signed in at the hosted domain: what they may see and change of it, without an administrator
// and without an app. AWS has no such pages. A page asks the rules that the user pools API asks; no rule lives here.
import type { Context, Handler } from 'hono'
import { namedByAttribute } from '../../directory/usernames.ts'
import { PoolError } from '../../errors.ts'
import { type HeldSession, heldSessions, openBrowserSession } from '../../sign-in/session.ts'
import { type Client, findClient } from '../../store/setup/clients.ts'
import type { Pool } from '../../store/setup/pools.ts'
import type { User } from '../../store/users.ts'
import { readAuthorization, single } from '../../tokens/authorization.ts'
import { adminScope } from '../../tokens/claims.ts'
import { readSessionCookie, readSessionCookies, setSessionCookies } from '../../web/cookies.ts'
import type { DomainEnv } from '../../web/env.ts'
import { type Form, readForm } from '../../web/forms.ts'
import { refusedForm } from '../error.ts'
import { askedForAccount, type Journey } from '../journey.ts'
import { seeOther, show } from '../reply.ts'
import { writeStep } from '../step.ts'
import { unavailablePage } from './view.ts'

/** Somebody who looks at their account. */
export interface Visit {
  /** The client that the visitor acts through, whose rights they have; its search is that of the account pages. */
  readonly journey: Journey
  readonly user: User
  /** What the user is called on pages. */
  readonly name: string
  readonly session: HeldSession
  /** Where the visitor came from: one of the client's registered addresses. */
  readonly home: string | undefined
}

/** How long after a sign-in whoever sits there is taken for whoever signed in, in milliseconds. */
const recent = 5 * 60_000

/** Whether a page wants a sign-in that was just now: a browser found open must not be enough to take an account over. */
type Proof = 'any' | 'recent'

/** The handler of a page of the account. */
export function visited(
  page: string,
  proof: Proof,
  handle: (c: Context<DomainEnv>, visit: Visit) => Promise<Response>,
): Handler<DomainEnv> {
  return async (c) => {
    const visit = await readVisit(c, page, proof)
    return visit instanceof Response ? visit : handle(c, visit)
  }
}

/** The handler of a form of the account: of ours, from this browser, and about whoever is signed in now. */
export function changed(
  page: string,
  proof: Proof,
  handle: (c: Context<DomainEnv>, visit: Visit, form: Form) => Promise<Response>,
): Handler<DomainEnv> {
  return async (c) => {
    const form = await readForm(c)
    const visit = await readVisit(c, page, proof)
    if (visit instanceof Response) return visit
    if ('refused' in form) return show(c, visit.journey, (frame) => refusedForm(frame, form.refused), form.status)
    // Another tab may have signed in somebody else: the form says for whom it was.
    if (form.get('username') !== visit.name) return seeAccount(c, visit, page)
    return handle(c, visit, form)
  }
}

/** Sends the browser to another page of the account. */
export function seeAccount(c: Context<DomainEnv>, { journey }: Visit, page = ''): Response {
  return seeOther(c, `${c.var.domain.path}/account${page === '' ? '' : `/${page}`}${journey.search}`)
}

/** The address at which a visitor signs in as somebody else, and comes back. */
export function otherAccount(c: Context<DomainEnv>, { journey, home }: Visit): string {
  return `${c.var.domain.path}/login${signInSearch(c, journey.party.client, home, '', { prompt: 'select_account' })}`
}

/** What a user is called on pages: where people are named by an address, by that. */
export function displayName(pool: Pool, { username, attributes }: User): string {
  const { email, phone_number: phone } = attributes
  return (namedByAttribute(pool) ? (email ?? phone) : undefined) ?? username
}

/** Signs the browser in anew, after what has ended all sessions of the user, or should have. */
export async function renewSession(c: Context<DomainEnv>, { user, session }: Visit): Promise<void> {
  const { db, world } = c.var.ground
  const { clientId, provider } = session
  const signIn = { user, authTime: world.now(), clientId, address: c.var.address, provider }
  const held = readSessionCookies(c)
  const opened = await openBrowserSession(db, world, c.var.pool, signIn, { held, beside: true })
  setSessionCookies(c, [opened, ...opened.others], world.now())
}

async function readVisit(c: Context<DomainEnv>, page: string, proof: Proof): Promise<Visit | Response> {
  const { pool, ground } = c.var
  const { db, world } = ground
  const { search, searchParams } = new URL(c.req.url)
  const id = readSessionCookie(c)
  const [session] = await heldSessions(db, world, pool, id === undefined ? [] : [id])
  const client = await clientOf(c, single(searchParams, 'client_id') ?? session?.clientId)
  const home = single(searchParams, 'redirect_uri')
  const { CallbackURLs = [], LogoutURLs = [] } = client.settings
  if (home !== undefined && !CallbackURLs.includes(home) && !LogoutURLs.includes(home))
    throw new PoolError('InvalidRequest', 'The redirect_uri is not registered for this client.')
  if (!opensAccounts(client)) return show(c, undefined, unavailablePage, 403)
  if (!session) return seeOther(c, `${c.var.domain.path}/login${signInSearch(c, client, home, page)}`)
  const name = displayName(pool, session.user)
  if (proof === 'recent' && world.now() - session.authTime >= recent) {
    writeStep(c, { step: 'notice', username: name, notice: 'proof' })
    return seeOther(c, `${c.var.domain.path}/login${signInSearch(c, client, home, page, { prompt: 'login' })}`)
  }
  const request = ownRequest(c, client)
  const authorization = readAuthorization(client, request.get('redirect_uri') ?? '', request)
  const own = searchParams.has('client_id') ? search : `?${new URLSearchParams({ client_id: client.id })}`
  return { journey: { party: { pool, client }, authorization, search: own }, user: session.user, name, session, home }
}

/** The client that is named, or that this browser signed in for; nobody guesses among the others. */
async function clientOf(c: Context<DomainEnv>, id: string | undefined): Promise<Client> {
  const client = id === undefined ? undefined : await findClient(c.var.ground.db, id)
  if (client?.poolId === c.var.pool.id) return client
  throw new PoolError('InvalidRequest', id ? 'There is no such client.' : 'The parameter client_id is missing.')
}

/**
 * Whether a client's users look after their accounts: where its tokens may, by AWS's scope for it, so may they here. And
 * it must be one that people sign in to on these pages.
 */
function opensAccounts({ settings }: Client): boolean {
  const {
    AllowedOAuthScopes = [],
    AllowedOAuthFlows = [],
    AllowedOAuthFlowsUserPoolClient,
    CallbackURLs = [],
  } = settings
  const flow = AllowedOAuthFlows.includes('code') || AllowedOAuthFlows.includes('implicit')
  return (
    AllowedOAuthFlowsUserPoolClient === true &&
    flow &&
    CallbackURLs.length > 0 &&
    AllowedOAuthScopes.includes(adminScope)
  )
}

/** An authorization request in the client's name that nobody can use an answer of: its challenge has no verifier. */
function ownRequest(c: Context<DomainEnv>, { id, settings }: Client): URLSearchParams {
  const [redirectUri = ''] = settings.CallbackURLs ?? []
  if (!settings.AllowedOAuthFlows?.includes('code'))
    return new URLSearchParams({ client_id: id, redirect_uri: redirectUri, response_type: 'token' })
  return new URLSearchParams({
    client_id: id,
    redirect_uri: redirectUri,
    response_type: 'code',
    code_challenge: Buffer.from(c.var.ground.world.random(32)).toString('base64url'),
    code_challenge_method: 'S256',
  })
}

/** The search of a sign-in that comes back to a page of the account. */
function signInSearch(
  c: Context<DomainEnv>,
  client: Client,
  home: string | undefined,
  page: string,
  more: Readonly<Record<string, string>> = {},
): string {
  const search = ownRequest(c, client)
  for (const [name, value] of Object.entries(more)) search.set(name, value)
  const language = c.req.query('lang')
  if (language) search.set('lang', language)
  if (home !== undefined) search.set('back', home)
  const [first = ''] = page.split('/')
  if (first !== '') search.set('page', first)
  return `?${search}&${askedForAccount}`
}
