import type { Context } from 'hono'
import { html } from 'hono/html'
import { passwordPolicy } from '../directory/passwords/policy.ts'
import { type Party, register } from '../directory/register.ts'
import { PoolError } from '../errors.ts'
import { linksFor, type TermsLinks } from '../settings/terms.ts'
import { startSignIn } from '../sign-in/answer.ts'
import type { DomainEnv } from '../web/env.ts'
import type { Form } from '../web/forms.ts'
import { readLanguage } from '../web/language.ts'
import { closedSignUp } from './error.ts'
import { type Journey, levelsOf, proceed } from './journey.ts'
import { type Filled, form, newPasswordField, summary, textField } from './parts/fields.ts'
import { isName, missingFaults, passwordInput, readInput, signUpInputs } from './parts/inputs.ts'
import { type Frame, type Html, href, type View } from './parts/layout.ts'
import { say, sayMarked } from './parts/say.ts'
import { explain, type Fault, fault } from './parts/words.ts'
import { seePage, show } from './reply.ts'
import { writeStep } from './step.ts'

/** GET /signup: the form of a new account. */
export async function showSignUp(c: Context<DomainEnv>, journey: Journey): Promise<Response> {
  if (isClosed(journey)) return show(c, journey, closedSignUp, 403)
  const terms = await termsOf(c, journey)
  return show(c, journey, (frame) => signUpPage(frame, journey.party, {}, terms))
}

/** POST /signup: makes the account, and goes on to its confirmation; an account confirmed at once is signed in. */
export async function submitSignUp(c: Context<DomainEnv>, journey: Journey, fields: Form): Promise<Response> {
  if (isClosed(journey)) return show(c, journey, closedSignUp, 403)
  const { db, world } = c.var.ground
  const { party } = journey
  const [name, ...others] = signUpInputs(party)
  const username = readInput(fields, name)
  const password = fields.get('password') ?? ''
  const attributes = Object.fromEntries(others.map((input) => [input.name, readInput(fields, input)]))
  const terms = await termsOf(c, journey)
  const again = (faults: readonly Fault[], status: PoolError['failure']['status']) =>
    show(
      c,
      journey,
      (frame) => signUpPage(frame, party, { values: { ...attributes, username }, faults }, terms),
      status,
    )
  const missing = missingFaults([
    [name, username],
    ...others.map((input) => [input, attributes[input.name] ?? ''] as const),
    [passwordInput, password],
  ])
  if (missing.length > 0) return again(missing, 400)
  if (!isName(username)) return again([fault('username', 'fault.unfitName')], 400)
  try {
    const { confirmed, delivery } = await register(db, world, party, {
      username,
      password,
      attributes,
      address: c.var.address,
    })
    if (confirmed) {
      const progress = await startSignIn(db, world, party, {
        door: 'pages',
        username,
        password,
        levels: levelsOf(journey),
      })
      return await proceed(c, journey, username, progress)
    }
    writeStep(c, delivery ? { step: 'confirm', username, delivery } : { step: 'notice', username, notice: 'created' })
    return seePage(c, journey, delivery ? '/confirm' : '/login')
  } catch (thrown) {
    const error = PoolError.from(thrown)
    if (error.code === 'Internal') throw thrown
    return again([explain(error, ['username', 'password', ...Object.keys(attributes)])], error.failure.status)
  }
}

/** The documents of the app, in the language of whoever looks. */
function termsOf(c: Context<DomainEnv>, { party: { pool, client } }: Journey): Promise<TermsLinks | undefined> {
  return linksFor(c.var.ground.db, pool, client, readLanguage(c).tag)
}

function isClosed({ party }: Journey): boolean {
  return party.pool.settings.AdminCreateUserConfig?.AllowAdminCreateUserOnly === true
}

/** What people agree to, before the button by which they do; AWS records no more than that they signed up. */
function agreement(frame: Frame, { termsOfUse, privacyPolicy }: TermsLinks): Html {
  return html`<p class="hint terms">${sayMarked(frame, 'signUp.termsOfUse', { link: termsOfUse })} ${sayMarked(frame, 'signUp.privacyPolicy', { link: privacyPolicy })}</p>`
}

/** The page on which a visitor makes an account. */
export function signUpPage(frame: Frame, party: Party, filled: Filled, terms?: TermsLinks): View {
  return {
    title: say(frame, 'signUp.title'),
    failed: Boolean(filled.faults?.length),
    body: html`${summary(frame, filled)}<h1>${say(frame, 'signUp.title')}</h1>
${form(
  frame,
  '/signup',
  [
    ...signUpInputs(party).map((input) => textField(frame, input, filled)),
    newPasswordField(frame, 'input.password', passwordPolicy(party.pool), filled),
    ...(terms ? [agreement(frame, terms)] : []),
  ],
  say(frame, 'signUp.submit'),
)}
<div class="more"><p>${sayMarked(frame, 'signUp.known', { link: href(frame, '/login') })}</p></div>`,
  }
}
