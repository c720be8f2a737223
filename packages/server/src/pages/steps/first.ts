import type { Context } from 'hono'
import { html } from 'hono/html'
import { findUserByAnyName } from '../../directory/usernames.ts'
import { PoolError } from '../../errors.ts'
import { startSignIn } from '../../sign-in/answer.ts'
import { canUsePasskeys } from '../../sign-in/factors/relying-party.ts'
import { type FirstWay, firstWays } from '../../sign-in/factors.ts'
import type { Pool } from '../../store/setup/pools.ts'
import type { DomainEnv } from '../../web/env.ts'
import type { Form } from '../../web/forms.ts'
import { forgotLink } from '../first-page.ts'
import { detour, type Journey, levelsOf, proceed } from '../journey.ts'
import { type Filled, form, ownerField, passwordField, summary } from '../parts/fields.ts'
import { missingFaults, passwordInput } from '../parts/inputs.ts'
import { type Frame, href, type View } from '../parts/layout.ts'
import { say, sayMarked } from '../parts/say.ts'
import { explain, type Fault } from '../parts/words.ts'
import { seePage, show } from '../reply.ts'
import { readStep, startAgain, writeStep } from '../step.ts'

/** The ways that a page offers to whoever said a name. */
export async function waysOf(c: Context<DomainEnv>, username: string): Promise<FirstWay[]> {
  const { pool, domain, ground } = c.var
  const { db, world } = ground
  const ways = await firstWays(db, pool, await findUserByAnyName(db, pool, username))
  const passkeys = ways.includes('WEB_AUTHN') && (await canUsePasskeys(db, world, pool, new URL(domain.url).origin))
  const offered = preference.filter((way) => ways.includes(way) && (way !== 'WEB_AUTHN' || passkeys))
  // Whoever has no way here is asked for the password that nobody has: a page without any would say more.
  return offered.length > 0 ? offered : ['PASSWORD']
}

/** What is quickest and safest comes first. */
const preference = ['WEB_AUTHN', 'PASSWORD', 'EMAIL_OTP', 'SMS_OTP'] as const

/** Begins for a name that was just said: at once where there is one way, else with the choice. */
export async function beginNamed(
  c: Context<DomainEnv>,
  journey: Journey,
  username: string,
  again: (error: PoolError) => Promise<Response>,
): Promise<Response> {
  writeStep(c, { step: 'named', username })
  const [only, ...others] = await waysOf(c, username)
  return only && others.length === 0 ? beginFirst(c, journey, username, only, again) : seePage(c, journey, '/choose')
}

/** Begins the way that was chosen; a password is asked by a page first, before a sign-in begins. */
export async function beginFirst(
  c: Context<DomainEnv>,
  journey: Journey,
  username: string,
  way: FirstWay,
  again: (error: PoolError) => Promise<Response>,
  password?: string,
): Promise<Response> {
  if (way === 'PASSWORD' && password === undefined) return seePage(c, journey, '/password')
  const { db, world } = c.var.ground
  try {
    const how = way === 'PASSWORD' ? { password } : ({ flow: 'choice', preferred: way } as const)
    const progress = await startSignIn(db, world, journey.party, {
      door: 'pages',
      username,
      ...how,
      levels: levelsOf(journey),
    })
    return await proceed(c, journey, username, progress)
  } catch (thrown) {
    const error = PoolError.from(thrown)
    if (error.code === 'Internal') throw thrown
    return detour(c, journey, username, error) ?? again(error)
  }
}

/** GET /password: asks somebody who said a name for the password. */
export async function showPassword(c: Context<DomainEnv>, journey: Journey): Promise<Response> {
  const step = readStep(c)
  if (step?.step !== 'named') return startAgain(c, journey)
  const view = await passwordView(c, journey, step.username)
  return show(c, journey, (frame) => view(frame, { focus: 'password' }))
}

/** POST /password: the password. */
export async function submitPassword(c: Context<DomainEnv>, journey: Journey, fields: Form): Promise<Response> {
  const step = readStep(c)
  if (step?.step !== 'named' || fields.get('username') !== step.username) return startAgain(c, journey)
  const { username } = step
  const view = await passwordView(c, journey, username)
  const password = fields.get('password') ?? ''
  const again = (faults: readonly Fault[], status: PoolError['failure']['status']) =>
    show(c, journey, (frame) => view(frame, { faults }), status)
  const missing = missingFaults([[passwordInput, password]])
  if (missing.length > 0) return again(missing, 400)
  const refused = (error: PoolError) => again([explain(error, ['password'])], error.failure.status)
  return beginFirst(c, journey, username, 'PASSWORD', refused, password)
}

async function passwordView(c: Context<DomainEnv>, { party }: Journey, username: string) {
  const hasOther = (await waysOf(c, username)).length > 1
  return (frame: Frame, filled: Filled) => passwordPage(frame, party.pool, username, hasOther, filled)
}

/** The page that asks for a password after the name. */
export function passwordPage(frame: Frame, pool: Pool, username: string, hasOther: boolean, filled: Filled): View {
  return {
    title: say(frame, 'first.title'),
    failed: Boolean(filled.faults?.length),
    body: html`${summary(frame, filled)}<h1>${say(frame, 'first.title')}</h1>
<p class="lead">${sayMarked(frame, 'login.as', { username })}</p>
${form(frame, '/password', [ownerField(username), passwordField(frame, filled), forgotLink(frame, pool)], say(frame, 'login.submit'))}
<div class="more">${hasOther ? html`<p><a href="${href(frame, '/choose')}">${say(frame, 'login.otherWay')}</a></p>` : ''}
<p><a href="${href(frame, '/login')}">${say(frame, 'login.other')}</a></p></div>`,
  }
}
