import type { Context } from 'hono'
import { html } from 'hono/html'
import { tellOfChange } from '../../directory/notices/account-change.ts'
import { PoolError } from '../../errors.ts'
import { choosePreferences } from '../../sign-in/factors/preferences.ts'
import { hasAuthenticator } from '../../sign-in/factors/totp.ts'
import { factorAddress, poolFactors, secondFactor, userFactors } from '../../sign-in/factors.ts'
import type { SecondFactor } from '../../sign-in/next-step.ts'
import { endOtherSessions } from '../../tokens/grants/sessions.ts'
import type { DomainEnv } from '../../web/env.ts'
import type { Form } from '../../web/forms.ts'
import type { Filled } from '../parts/fields.ts'
import { type Frame, type Html, href } from '../parts/layout.ts'
import { say } from '../parts/say.ts'
import { explain, type Fault, fault } from '../parts/words.ts'
import { writeStep } from '../step.ts'
import { type AccountView, actions, showAccount, things } from './view.ts'
import { seeAccount, type Visit } from './visit.ts'

/** GET /account/factors: the second factors of the pool, and which of them are the user's. */
export async function showFactors(c: Context<DomainEnv>, visit: Visit): Promise<Response> {
  return shown(c, visit, {}, 200)
}

/** POST /account/factors: switches one on or off, or has it asked first. Whoever else is signed in is signed out. */
export async function submitFactors(c: Context<DomainEnv>, visit: Visit, fields: Form): Promise<Response> {
  const { db, world } = c.var.ground
  const { user, session, journey } = visit
  const { pool } = journey.party
  const factor = secondFactor(fields.get('factor'))
  const action = fields.get('action')
  if (!factor || !poolFactors(pool).includes(factor))
    return shown(c, visit, { faults: [fault('', 'fault.noWay')] }, 400)
  if (action === 'on' && !isProven(visit, factor)) return shown(c, visit, { faults: [needed(factor)] }, 400)
  const rest = { ...user, mfa: { ...user.mfa, enabled: user.mfa.enabled.filter((other) => other !== factor) } }
  // Whoever had none left could not sign in any more.
  if (action === 'off' && pool.settings.MfaConfiguration === 'ON' && userFactors(pool, rest).length === 0)
    return shown(c, visit, { faults: [fault('', 'account.lastFactor')] }, 400)
  const choice = choices[action ?? '']
  if (!choice) return shown(c, visit, { faults: [fault('', 'fault.noWay')] }, 400)
  try {
    await choosePreferences(db, world, user, { [factor]: choice })
  } catch (thrown) {
    const error = PoolError.from(thrown)
    if (error.code === 'Internal') throw thrown
    return shown(c, visit, { faults: [explain(error, [])] }, error.failure.status)
  }
  await endOtherSessions(db, world, user, session.publicId)
  await tellOfChange(db, world, journey.party, user, action === 'off' ? 'factor-off' : 'factor-on')
  writeStep(c, { step: 'account', username: visit.name, notice: 'factors' })
  return seeAccount(c, visit, 'factors')
}

const choices: Readonly<Record<string, { readonly Enabled?: boolean; readonly PreferredMfa?: boolean }>> = {
  on: { Enabled: true },
  off: { Enabled: false },
  prefer: { Enabled: true, PreferredMfa: true },
}

/** A code that goes to a wrong number would lock its user out: an address must be proven first. */
function isProven({ user }: Visit, factor: SecondFactor): boolean {
  return factor === 'SOFTWARE_TOKEN_MFA' || user.attributes[`${factorAddress[factor]}_verified`] === 'true'
}

function needed(factor: SecondFactor): Fault {
  return fault('', factor === 'SMS_MFA' ? 'account.needsPhone' : 'account.needsEmail')
}

async function shown(
  c: Context<DomainEnv>,
  visit: Visit,
  filled: Filled,
  status: PoolError['failure']['status'] | 200,
): Promise<Response> {
  const hasApp = await hasAuthenticator(c.var.ground.db, visit.user)
  return showAccount(c, visit, (frame) => factorsPage(frame, visit, hasApp), filled, status)
}

// biome-ignore format: a table
const names = { SOFTWARE_TOKEN_MFA: 'chooseFactor.app', SMS_MFA: 'chooseFactor.sms', EMAIL_OTP: 'chooseFactor.email' } as const

function factorsPage(frame: Frame, visit: Visit, hasApp: boolean): AccountView {
  const { user, journey } = visit
  const { pool } = journey.party
  const asked = userFactors(pool, user)
  const items = poolFactors(pool).map((factor) => {
    const isOn = asked.includes(factor)
    const isFirst = user.mfa.preferred === factor
    const address = factor === 'SOFTWARE_TOKEN_MFA' ? undefined : user.attributes[factorAddress[factor]]
    return {
      title: say(frame, names[factor]),
      lines: [
        say(frame, isFirst && isOn ? 'account.preferred' : isOn ? 'account.on' : 'account.off'),
        ...(address ? [address] : []),
      ],
      below: below(frame, visit, factor, { isOn, isFirst, hasApp, isOnly: asked.length < 2 }),
    }
  })
  return {
    title: say(frame, 'account.factors'),
    body: html`<p class="lead">${say(frame, 'account.factorsLead')}</p>
${things(items)}`,
  }
}

function below(
  frame: Frame,
  visit: Visit,
  factor: SecondFactor,
  { isOn, isFirst, hasApp, isOnly }: { isOn: boolean; isFirst: boolean; hasApp: boolean; isOnly: boolean },
): Html {
  const name = say(frame, names[factor])
  const isApp = factor === 'SOFTWARE_TOKEN_MFA'
  const setUp = actions(frame, '/account/factors/begin', { username: visit.name }, [
    { action: 'begin', text: say(frame, hasApp ? 'account.newApp' : 'account.setUp') },
  ])
  if (isApp && !hasApp) return setUp
  if (!isOn && !isProven(visit, factor)) {
    const page = factor === 'SMS_MFA' ? 'phone' : 'email'
    const { field: _, sentence } = needed(factor)
    const text =
      typeof sentence === 'string'
        ? sentence
        : say(frame, factor === 'SMS_MFA' ? 'account.needsPhone' : 'account.needsEmail')
    return html`<p class="actions"><a href="${href(frame, `/account/${page}`)}">${text}</a></p>`
  }
  const buttons = [
    isOn
      ? { action: 'off', text: say(frame, 'account.turnOff'), name }
      : { action: 'on', text: say(frame, 'account.turnOn'), name },
    ...(isOn && !isFirst && !isOnly ? [{ action: 'prefer', text: say(frame, 'account.prefer'), name }] : []),
  ]
  return html`${actions(frame, '/account/factors', { username: visit.name, factor }, buttons)}${isApp ? setUp : ''}`
}
