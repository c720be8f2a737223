import type { Context } from 'hono'
import { PoolError } from '../errors.ts'
import { supportsProvider } from '../settings/clients.ts'
import { type Start, startSignIn } from '../sign-in/answer.ts'
import { offerPasskeys } from '../sign-in/factors/discover.ts'
import { canUsePasskeys } from '../sign-in/factors/relying-party.ts'
import { mayGoOn } from '../sign-in/factors/step-up.ts'
import { offersChallenge, offersChoice } from '../sign-in/factors.ts'
import { providersOf } from '../sign-in/federation/depart.ts'
import { currentSession } from '../sign-in/session.ts'
import { errorRedirect } from '../tokens/authorization.ts'
import { finish } from '../tokens/finish.ts'
import { issuerOf } from '../tokens/issuer.ts'
import { readSessionCookie } from '../web/cookies.ts'
import type { DomainEnv } from '../web/env.ts'
import { type Form, formToken } from '../web/forms.ts'
import { providerHref } from './federation/providers.ts'
import { asksChallenge, firstPage } from './first-page.ts'
import { destination, detour, type Journey, levelsOf, proceed } from './journey.ts'
import type { Filled } from './parts/fields.ts'
import { missingFaults, nameInput, passwordInput, readInput } from './parts/inputs.ts'
import { explain, type Fault, type Notice } from './parts/words.ts'
import { seeOther, show } from './reply.ts'
import { readStep } from './step.ts'
import { showAccounts } from './steps/accounts.ts'
import { beginNamed } from './steps/first.ts'

/** GET /login: the sign-in form; a browser that is signed in goes on at once. */
export async function showLogin(c: Context<DomainEnv>, journey: Journey): Promise<Response> {
  const { db, world } = c.var.ground
  const { party, authorization } = journey
  const { prompt, redirectUri } = authorization
  const session = await currentSession(db, world, c.var.pool, party.client, readSessionCookie(c), c.var.address)
  const goesOn = session && (await mayGoOn(db, world, c.var.pool, authorization, session))
  if (goesOn && !destination(journey))
    return seeOther(c, await finish(db, world, { ...party, ...session, authorization }))
  if (prompt === 'none') {
    const error = new PoolError('LoginRequired', 'The visitor is not signed in')
    return seeOther(
      c,
      errorRedirect(redirectUri, new URLSearchParams(journey.search), error, issuerOf(world, c.var.pool)),
    )
  }
  if (asksChallenge(journey) && !offersChallenge(party)) {
    const error = new PoolError('UnauthorizedClient', 'The client may not use CUSTOM_AUTH')
    return seeOther(
      c,
      errorRedirect(redirectUri, new URLSearchParams(journey.search), error, issuerOf(world, c.var.pool)),
    )
  }
  const accounts = prompt === 'select_account' ? await showAccounts(c, journey) : undefined
  if (accounts) return accounts
  const [only, ...others] = supportsProvider(party.client, 'COGNITO') ? [] : await providersOf(db, party)
  if (only && others.length === 0 && only.identifiers.length === 0)
    return seeOther(c, providerHref({ path: c.var.domain.path, search: journey.search }, only))
  const step = readStep(c)
  const noticed = step?.step === 'notice' ? step.notice : undefined
  // Who is asked again is most likely who is there, unless an account is to be chosen.
  const known = prompt === 'select_account' ? undefined : session?.user.username
  const username = step?.username ?? authorization.loginHint ?? known ?? ''
  const focus = noticed ? undefined : username === '' ? 'username' : 'password'
  return showFirst(c, journey, { values: { username }, focus }, 200, noticed)
}

/** Shows the page that a sign-in begins with, and offers passkeys where they can be used. */
export async function showFirst(
  c: Context<DomainEnv>,
  journey: Journey,
  filled: Filled,
  status: PoolError['failure']['status'] | 200,
  noticed?: Notice,
): Promise<Response> {
  const { pool, domain, ground } = c.var
  const { db, world } = ground
  const { party } = journey
  const usable =
    supportsProvider(party.client, 'COGNITO') &&
    offersChoice(party) &&
    (await canUsePasskeys(db, world, pool, new URL(domain.url).origin))
  const token = formToken(c)
  const passkeys = usable ? await offerPasskeys(db, world, party, token) : undefined
  const providers = await providersOf(db, party)
  return show(c, journey, (frame) => firstPage(frame, party, filled, { noticed, passkeys, providers }), status)
}

/** POST /login: a name and a password, or the name alone where people then choose how to go on. */
export async function submitLogin(c: Context<DomainEnv>, journey: Journey, fields: Form): Promise<Response> {
  const { db, world } = c.var.ground
  const input = nameInput(c.var.pool)
  const username = readInput(fields, input)
  const password = fields.get('password') ?? ''
  const again = (faults: readonly Fault[], status: PoolError['failure']['status']) =>
    showFirst(c, journey, { values: { username }, faults }, status)
  const begin = async (how: Pick<Start, 'flow' | 'password'>, shown: readonly string[]): Promise<Response> => {
    try {
      const start = { door: 'pages', username, levels: levelsOf(journey), ...how } as const
      return await proceed(c, journey, username, await startSignIn(db, world, journey.party, start))
    } catch (thrown) {
      const error = PoolError.from(thrown)
      if (error.code === 'Internal') throw thrown
      return detour(c, journey, username, error) ?? again([explain(error, shown)], error.failure.status)
    }
  }
  if (asksChallenge(journey) && offersChallenge(journey.party)) {
    const unnamed = missingFaults([[input, username]])
    if (unnamed.length > 0) return again(unnamed, 400)
    return begin({ flow: 'custom' }, ['username'])
  }
  if (offersChoice(journey.party)) {
    const unnamed = missingFaults([[input, username]])
    if (unnamed.length > 0) return again(unnamed, 400)
    return beginNamed(c, journey, username, (error) => again([explain(error, ['username'])], error.failure.status))
  }
  const missing = missingFaults([
    [input, username],
    [passwordInput, password],
  ])
  if (missing.length > 0) return again(missing, 400)
  return begin({ password }, ['username', 'password'])
}
