import type { Context, Handler } from 'hono'
import type { Party } from '../directory/register.ts'
import { PoolError } from '../errors.ts'
import { supportsProvider } from '../settings/clients.ts'
import { unsupported } from '../settings/pools.ts'
import { associateInSession } from '../sign-in/factors/set-up.ts'
import type { SignedIn } from '../sign-in/factors/step-up.ts'
import type { Done, Progress } from '../sign-in/proceed.ts'
import { openBrowserSession } from '../sign-in/session.ts'
import type { Challenge } from '../sign-in/state.ts'
import { askedLevels, type Level } from '../tokens/assurance/levels.ts'
import { type AuthorizationRequest, errorRedirect, readAuthorization, readTarget } from '../tokens/authorization.ts'
import { finish } from '../tokens/finish.ts'
import { issuerOf } from '../tokens/issuer.ts'
import { readSessionCookies, setSessionCookies } from '../web/cookies.ts'
import type { DomainEnv } from '../web/env.ts'
import { type Form, readForm } from '../web/forms.ts'
import { readLanguage } from '../web/language.ts'
import { refusedForm } from './error.ts'
import { seeOther, seePage, show } from './reply.ts'
import { clearStep, writeStep } from './step.ts'

/**
 * A visitor on the way to an app. Nothing is stored before a password is proven: every page carries the authorization
 * request in its address, and every request checks it again.
 */
export interface Journey {
  readonly party: Party
  readonly authorization: AuthorizationRequest
  /** The request as it came: a query string with its `?`. */
  readonly search: string
}

/** The levels of authentication that the app asks for. */
export function levelsOf({ party: { pool }, authorization: { acrValues } }: Journey): readonly Level[] {
  return askedLevels(pool, acrValues)
}

/** Whose people a page is for: those of the pool itself, or also those of identity providers. */
type For = 'pool' | 'everybody'

/** The handler of a page that is looked at; a client that uses providers alone has the first page and no other. */
export function shown(
  handle: (c: Context<DomainEnv>, journey: Journey) => Promise<Response>,
  who: For = 'pool',
): Handler<DomainEnv> {
  return async (c) => {
    const journey = await readJourney(c)
    if (journey instanceof Response) return journey
    return isOpen(journey, who) ? handle(c, journey) : seePage(c, journey, '/login')
  }
}

function isOpen({ party: { client } }: Journey, who: For): boolean {
  return who === 'everybody' || supportsProvider(client, 'COGNITO')
}

/** The handler of a form that is handed in; it runs only for a form of ours, from this browser. */
export function submitted(
  handle: (c: Context<DomainEnv>, journey: Journey, form: Form) => Promise<Response>,
  who: For = 'pool',
): Handler<DomainEnv> {
  return async (c) => {
    const journey = await readJourney(c)
    if (journey instanceof Response) return journey
    const form = await readForm(c)
    if ('refused' in form) return show(c, journey, (frame) => refusedForm(frame, form.refused), form.status)
    return isOpen(journey, who) ? handle(c, journey, form) : seePage(c, journey, '/login')
  }
}

/** The pages of the steps that a sign-in on pages can ask. */
const stepPages: Readonly<Partial<Record<Challenge, string>>> = {
  NEW_PASSWORD_REQUIRED: '/newPassword',
  SMS_MFA: '/code',
  SMS_OTP: '/code',
  EMAIL_OTP: '/code',
  SOFTWARE_TOKEN_MFA: '/code',
  SELECT_MFA_TYPE: '/chooseFactor',
  MFA_SETUP: '/setUp',
  WEB_AUTHN: '/passkey',
  CUSTOM_CHALLENGE: '/challenge',
}

/** The page of a step. */
export function stepPage(step: Challenge): string {
  const page = stepPages[step]
  if (page === undefined) throw unsupported(`${step} on the hosted pages`)
  return page
}

/** Goes where a sign-in stands: to the app when it is done, else to the page of what is asked next. */
export async function proceed(
  c: Context<DomainEnv>,
  journey: Journey,
  username: string,
  progress: Progress,
): Promise<Response> {
  if (progress.step === 'done') return arrive(c, journey, progress)
  const { step } = progress
  let { session } = progress
  if (step === 'SELECT_CHALLENGE') {
    // Nothing is proven and the choice has changed: it is made anew, and needs no session.
    writeStep(c, { step: 'named', username })
    return seePage(c, journey, '/choose')
  }
  const page = stepPage(step)
  // The secret is drawn here, once, so that looking at its page changes nothing.
  if (step === 'MFA_SETUP' && progress.factors?.includes('SOFTWARE_TOKEN_MFA')) {
    const { db, world } = c.var.ground
    session = (await associateInSession(db, world, session, 'pages')).session
  }
  writeStep(c, { step: 'sign-in', username, session })
  return seePage(c, journey, page)
}

/** Where somebody is led whose account needs something else before it can sign in; undefined when it is not that. */
export function detour(
  c: Context<DomainEnv>,
  journey: Journey,
  username: string,
  { code }: PoolError,
): Response | undefined {
  if (code === 'UserNotConfirmed') {
    writeStep(c, { step: 'confirm', username })
    return seePage(c, journey, '/confirm')
  }
  if (code === 'PasswordResetRequired') {
    writeStep(c, { step: 'recover', username })
    return seePage(c, journey, '/confirmforgotPassword')
  }
  return undefined
}

/**
 * The mark of a visitor who came for something of ours and has to sign in first. Only these mean anything: no address in an
 * address is followed.
 */
export const askedToAddPasskey = 'then=add-passkey'

/** The mark of a visitor who came for the account page; `page` and `back` before it say which one and for whom. */
export const askedForAccount = 'then=account'

/** What the visitor is to go on to, where it is not the app. */
export function destination({ search }: Pick<Journey, 'search'>): 'add-passkey' | 'account' | undefined {
  if (search.endsWith(`&${askedToAddPasskey}`)) return 'add-passkey'
  return search.endsWith(`&${askedForAccount}`) ? 'account' : undefined
}

async function arrive(
  c: Context<DomainEnv>,
  journey: Journey,
  { user, authTime, methods, provider, saml }: Done,
): Promise<Response> {
  const { db, world } = c.var.ground
  // Whatever this browser was before, it is somebody now: never under an id that was there before (session fixation).
  const clientId = journey.party.client.id
  const signIn = { user, authTime, clientId, address: c.var.address, methods, provider, saml }
  const beside = journey.authorization.prompt === 'select_account' || destination(journey) === 'account'
  const held = readSessionCookies(c)
  const session = await openBrowserSession(db, world, c.var.pool, signIn, { held, beside })
  setSessionCookies(c, [session, ...session.others], world.now())
  clearStep(c)
  return goOn(c, journey, { user, authTime, methods, sessionId: session.publicId })
}

/** Goes on with whoever is signed in: to the app with its answer, or to the page of ours that was asked for. */
export async function goOn(
  c: Context<DomainEnv>,
  journey: Journey,
  signedIn: SignedIn & { readonly sessionId: string | undefined },
): Promise<Response> {
  const { db, world } = c.var.ground
  switch (destination(journey)) {
    case 'add-passkey': {
      const search = journey.search.slice(0, -askedToAddPasskey.length - 1)
      return seePage(c, { search }, '/passkeys/add')
    }
    case 'account':
      return seeOther(c, `${c.var.domain.path}${accountAddress(journey.search)}`)
    case undefined: {
      const { party, authorization } = journey
      return seeOther(c, await finish(db, world, { ...party, ...signedIn, authorization }))
    }
  }
}

/** The page of the account that a search asks for; what is in it is checked there, as if it had been typed. */
function accountAddress(search: string): string {
  const asked = new URLSearchParams(search)
  const query = new URLSearchParams({ client_id: asked.get('client_id') ?? '' })
  const back = asked.get('back')
  if (back) query.set('redirect_uri', back)
  const page = /^[a-z]+$/.exec(asked.get('page') ?? '')?.[0]
  return `/account${page === undefined ? '' : `/${page}`}?${query}`
}

/**
 * The journey of an authorization request, by default the one in the address. Errors before client and address are trusted
 * are thrown, and become a page; errors after are the client's to hear.
 */
export async function readJourney(
  c: Context<DomainEnv>,
  search: string = new URL(c.req.url).search,
): Promise<Journey | Response> {
  const searchParams = new URLSearchParams(search)
  const { pool, ground } = c.var
  const { client, redirectUri } = await readTarget(ground.db, pool, searchParams)
  try {
    return {
      party: { pool, client, language: readLanguage(c) },
      authorization: readAuthorization(client, redirectUri, searchParams),
      search,
    }
  } catch (error) {
    if (!(error instanceof PoolError)) throw error
    return seeOther(c, errorRedirect(redirectUri, searchParams, error, issuerOf(ground.world, pool)))
  }
}
