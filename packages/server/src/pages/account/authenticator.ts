import type { Context } from 'hono'
import { html } from 'hono/html'
import { tellOfChange } from '../../directory/notices/account-change.ts'
import { attempt } from '../../directory/passwords/lockout.ts'
import { PoolError } from '../../errors.ts'
import { enableFactor } from '../../sign-in/factors/preferences.ts'
import { beginAuthenticator, confirmAuthenticator } from '../../sign-in/factors/totp.ts'
import { poolFactors } from '../../sign-in/factors.ts'
import { endOtherSessions } from '../../tokens/grants/sessions.ts'
import type { DomainEnv } from '../../web/env.ts'
import type { Form } from '../../web/forms.ts'
import { codeField, form, ownerField, textField } from '../parts/fields.ts'
import { codeInput, missingFaults, readCode, readInput } from '../parts/inputs.ts'
import type { Frame } from '../parts/layout.ts'
import { say } from '../parts/say.ts'
import { explain, type Fault, fault } from '../parts/words.ts'
import { readStep, writeStep } from '../step.ts'
import { deviceInput, longestDeviceName, secretOnPage } from '../steps/set-up.ts'
import { type AccountView, showAccount } from './view.ts'
import { seeAccount, type Visit } from './visit.ts'

/** POST /account/factors/begin: draws a secret, once, so that looking at its page changes nothing; what is in use goes on. */
export async function submitBegin(c: Context<DomainEnv>, visit: Visit): Promise<Response> {
  const { db, world } = c.var.ground
  if (!poolFactors(c.var.pool).includes('SOFTWARE_TOKEN_MFA')) return seeAccount(c, visit, 'factors')
  const secret = await beginAuthenticator(db, world, visit.user)
  writeStep(c, { step: 'account', username: visit.name, secret })
  return seeAccount(c, visit, 'factors/app')
}

/** GET /account/factors/app: the secret, for whoever has just asked for it in this browser. */
export async function showApp(c: Context<DomainEnv>, visit: Visit): Promise<Response> {
  const secret = secretOf(c, visit)
  return secret === undefined
    ? seeAccount(c, visit, 'factors')
    : showAccount(c, visit, (frame) => appPage(frame, visit, secret, {}))
}

/** POST /account/factors/app: the first code of the app; from then on it is asked at sign-in. */
export async function submitApp(c: Context<DomainEnv>, visit: Visit, fields: Form): Promise<Response> {
  const { db, world } = c.var.ground
  const { user, session, journey } = visit
  const secret = secretOf(c, visit)
  if (secret === undefined) return seeAccount(c, visit, 'factors')
  const code = readCode(fields)
  const device = readInput(fields, deviceInput)
  const again = (faults: readonly Fault[], status: PoolError['failure']['status']) => {
    const filled = { values: { device }, faults }
    return showAccount(c, visit, (frame) => appPage(frame, visit, secret, filled), filled, status)
  }
  const faults = [...missingFaults([[codeInput, code]]), ...longestDeviceName(device)]
  if (faults.length > 0) return again(faults, 400)
  try {
    // Counted as the operation of the API counts it, apart from passwords.
    const right = await attempt(db, world, user.poolId, `${user.id} authenticator`, () =>
      confirmAuthenticator(db, world, user, code, device || undefined),
    )
    if (!right) return again([fault('code', 'fault.appCode')], 400)
  } catch (thrown) {
    const error = PoolError.from(thrown)
    if (error.code === 'Internal') throw thrown
    return again([explain(error, ['code'])], error.failure.status)
  }
  await enableFactor(db, world, user, 'SOFTWARE_TOKEN_MFA')
  await endOtherSessions(db, world, user, session.publicId)
  await tellOfChange(db, world, journey.party, user, 'factor-on')
  writeStep(c, { step: 'account', username: visit.name, notice: 'factors' })
  return seeAccount(c, visit, 'factors')
}

function secretOf(c: Context<DomainEnv>, { name }: Visit): string | undefined {
  const step = readStep(c)
  return step?.step === 'account' && step.username === name ? step.secret : undefined
}

function appPage(frame: Frame, { name }: Visit, secret: string, filled: Parameters<typeof codeField>[1]): AccountView {
  return {
    title: say(frame, 'setUp.title'),
    body: html`${secretOnPage(frame, name, secret)}
${form(frame, '/account/factors/app', [ownerField(name), codeField(frame, filled), textField(frame, deviceInput, filled)], say(frame, 'account.save'))}`,
  }
}
