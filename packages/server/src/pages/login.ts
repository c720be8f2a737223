import type { Context } from 'hono'
import { html } from 'hono/html'
import { PoolError } from '../errors.ts'
import { startSignIn } from '../sign-in/answer.ts'
import { currentSession } from '../sign-in/session.ts'
import type { Pool } from '../store/setup/pools.ts'
import { errorRedirect } from '../tokens/authorization.ts'
import { finish } from '../tokens/finish.ts'
import { readSessionCookie } from '../web/cookies.ts'
import type { DomainEnv } from '../web/env.ts'
import type { Form } from '../web/forms.ts'
import { type Journey, proceed } from './journey.ts'
import { type Filled, form, notice, passwordField, summary, textField } from './parts/fields.ts'
import { missingFaults, nameInput, passwordInput, readInput } from './parts/inputs.ts'
import { type Frame, href, type View } from './parts/layout.ts'
import { explain, type Fault, type Notice, notices } from './parts/words.ts'
import { seeOther, seePage, show } from './reply.ts'
import { readStep, writeStep } from './step.ts'

/** GET /login: the sign-in form; a browser that is signed in goes on at once. */
export async function showLogin(c: Context<DomainEnv>, journey: Journey): Promise<Response> {
  const { db, world } = c.var.ground
  const { party, authorization } = journey
  const { prompt, redirectUri } = authorization
  const session = await currentSession(db, world, c.var.pool, party.client, readSessionCookie(c), c.var.address)
  // The other prompts ask that the visitor be asked (OpenID Connect Core 3.1.2.1).
  if (session && (prompt === undefined || prompt === 'none'))
    return seeOther(c, await finish(db, world, { ...party, ...session, authorization }))
  if (prompt === 'none') {
    const error = new PoolError('LoginRequired', 'The visitor is not signed in')
    return seeOther(c, errorRedirect(redirectUri, new URLSearchParams(journey.search), error))
  }
  const step = readStep(c)
  const noticed = step?.step === 'notice' ? step.notice : undefined
  const username = step?.username ?? authorization.loginHint ?? ''
  const focus = noticed ? undefined : username === '' ? 'username' : 'password'
  return show(c, journey, (frame) => loginPage(frame, c.var.pool, { values: { username }, focus }, noticed))
}

/** POST /login: a name and a password. */
export async function submitLogin(c: Context<DomainEnv>, journey: Journey, fields: Form): Promise<Response> {
  const { db, world } = c.var.ground
  const input = nameInput(c.var.pool)
  const username = readInput(fields, input)
  const password = fields.get('password') ?? ''
  const again = (faults: readonly Fault[], status: PoolError['failure']['status']) =>
    show(c, journey, (frame) => loginPage(frame, c.var.pool, { values: { username }, faults }), status)
  const missing = missingFaults([
    [input, username],
    [passwordInput, password],
  ])
  if (missing.length > 0) return again(missing, 400)
  try {
    return await proceed(
      c,
      journey,
      username,
      await startSignIn(db, world, journey.party, { door: 'pages', username, password }),
    )
  } catch (thrown) {
    const error = PoolError.from(thrown)
    switch (error.code) {
      case 'Internal':
        throw thrown
      case 'UserNotConfirmed':
        writeStep(c, { step: 'confirm', username })
        return seePage(c, journey, '/confirm')
      case 'PasswordResetRequired':
        writeStep(c, { step: 'recover', username })
        return seePage(c, journey, '/confirmforgotPassword')
      default:
        return again([explain(error, ['username', 'password'])], error.failure.status)
    }
  }
}

/** The sign-in page. */
export function loginPage(frame: Frame, pool: Pool, filled: Filled, noticed?: Notice): View {
  const { AdminCreateUserConfig, AccountRecoverySetting } = pool.settings
  const mayRecover = !AccountRecoverySetting?.RecoveryMechanisms?.some(({ Name }) => Name === 'admin_only')
  const faulty = filled.faults?.length
  return {
    title: 'Sign in',
    failed: Boolean(faulty),
    body: html`${summary(filled)}${notice(noticed && notices[noticed])}<h1>Sign in</h1>
${frame.appName === undefined || frame.appName === frame.poolName ? '' : html`<p class="lead">to continue to <strong>${frame.appName}</strong></p>`}
${form(
  frame,
  '/login',
  [
    textField(nameInput(pool), filled),
    passwordField(filled),
    mayRecover
      ? html`<p class="aside"><a href="${href(frame, '/forgotPassword')}">Forgot your password?</a></p>`
      : html``,
  ],
  'Sign in',
)}
${AdminCreateUserConfig?.AllowAdminCreateUserOnly ? '' : html`<div class="more"><p>New here? <a href="${href(frame, '/signup')}">Create an account</a></p></div>`}`,
  }
}
