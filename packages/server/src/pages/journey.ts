import type { Context, Handler } from 'hono'
import type { Party } from '../directory/register.ts'
import { PoolError } from '../errors.ts'
import { unsupported } from '../settings/pools.ts'
import { associateInSession } from '../sign-in/factors/set-up.ts'
import type { Done, Progress } from '../sign-in/proceed.ts'
import { closeBrowserSession, openBrowserSession } from '../sign-in/session.ts'
import type { Challenge } from '../sign-in/state.ts'
import { type AuthorizationRequest, errorRedirect, readAuthorization, readTarget } from '../tokens/authorization.ts'
import { finish } from '../tokens/finish.ts'
import { readSessionCookie, setSessionCookie } from '../web/cookies.ts'
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

/** The handler of a page that is looked at. */
export function shown(handle: (c: Context<DomainEnv>, journey: Journey) => Promise<Response>): Handler<DomainEnv> {
  return async (c) => {
    const journey = await readJourney(c)
    return journey instanceof Response ? journey : handle(c, journey)
  }
}

/** The handler of a form that is handed in; it runs only for a form of ours, from this browser. */
export function submitted(
  handle: (c: Context<DomainEnv>, journey: Journey, form: Form) => Promise<Response>,
): Handler<DomainEnv> {
  return async (c) => {
    const journey = await readJourney(c)
    if (journey instanceof Response) return journey
    const form = await readForm(c)
    if ('refused' in form) return show(c, journey, (frame) => refusedForm(frame, form.refused), form.status)
    return handle(c, journey, form)
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
  if (step === 'MFA_SETUP') {
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
 * The mark of a visitor who came to add a passkey and has to sign in first. Only this one means anything: no address in an
 * address is followed.
 */
export const askedToAddPasskey = 'then=add-passkey'

/** Whether the visitor is to go on to the page that adds a passkey. */
export function isToAddPasskey({ search }: Pick<Journey, 'search'>): boolean {
  return search.endsWith(`&${askedToAddPasskey}`)
}

async function arrive(c: Context<DomainEnv>, journey: Journey, { user, authTime }: Done): Promise<Response> {
  const { db, world } = c.var.ground
  // Whatever this browser was before, it is somebody now: never under an id that was there before (session fixation).
  await closeBrowserSession(db, c.var.pool, readSessionCookie(c))
  const clientId = journey.party.client.id
  const signIn = { user, authTime, clientId, address: c.var.address }
  const session = await openBrowserSession(db, world, c.var.pool, signIn)
  setSessionCookie(c, session.id, session.expiresAt, world.now())
  clearStep(c)
  if (isToAddPasskey(journey)) {
    const search = journey.search.slice(0, -askedToAddPasskey.length - 1)
    return seePage(c, { ...journey, search }, '/passkeys/add')
  }
  return seeOther(
    c,
    await finish(db, world, {
      ...journey.party,
      user,
      authorization: journey.authorization,
      authTime,
      sessionId: session.publicId,
    }),
  )
}

/** Errors before client and address are trusted are thrown, and become a page; errors after are the client's to hear. */
async function readJourney(c: Context<DomainEnv>): Promise<Journey | Response> {
  const { search, searchParams } = new URL(c.req.url)
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
    return seeOther(c, errorRedirect(redirectUri, searchParams, error))
  }
}
