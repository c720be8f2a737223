import type { Context } from 'hono'
import { html } from 'hono/html'
import type { CodeDelivery } from '../../directory/messages.ts'
import { tellOfChange } from '../../directory/notices/account-change.ts'
import { changeAttributes, requestVerification, verifyAttribute } from '../../directory/verify.ts'
import { PoolError } from '../../errors.ts'
import { findUser } from '../../store/users.ts'
import type { DomainEnv } from '../../web/env.ts'
import type { Form } from '../../web/forms.ts'
import { sentTo } from '../confirm.ts'
import { codeField, type Filled, form, linkForm, ownerField, textField } from '../parts/fields.ts'
import { attributeInput, codeInput, missingFaults, readCode, readInput } from '../parts/inputs.ts'
import type { Frame } from '../parts/layout.ts'
import { say, sayMarked } from '../parts/say.ts'
import { explain, type Fault } from '../parts/words.ts'
import { readStep, writeStep } from '../step.ts'
import { mayChange } from './profile.ts'
import { type AccountView, actions, showAccount } from './view.ts'
import { displayName, seeAccount, type Visit } from './visit.ts'

/** The pages of an address, by their names in paths. */
export type AddressPage = 'email' | 'phone'

const attributes = { email: 'email', phone: 'phone_number' } as const

/** GET /account/email, /account/phone: the address, and whether it is proven. */
export function showAddress(page: AddressPage) {
  return async (c: Context<DomainEnv>, visit: Visit): Promise<Response> => {
    const name = attributes[page]
    const filled = { values: { [name]: visit.user.attributes[name] ?? '' } }
    return showAccount(c, visit, (frame) => addressPage(frame, visit, page, filled))
  }
}

/** POST /account/email, /account/phone: a new address. The rules say whether it counts at once or by the code alone. */
export function submitAddress(page: AddressPage) {
  return async (c: Context<DomainEnv>, visit: Visit, fields: Form): Promise<Response> => {
    const { db, world } = c.var.ground
    const { user, journey } = visit
    const input = attributeInput(attributes[page])
    const value = readInput(fields, input)
    const again = (faults: readonly Fault[], status: PoolError['failure']['status']) => {
      const filled = { values: { [input.name]: value }, faults }
      return showAccount(c, visit, (frame) => addressPage(frame, visit, page, filled), filled, status)
    }
    const missing = missingFaults([[input, value]])
    if (missing.length > 0) return again(missing, 400)
    if (value === user.attributes[input.name]) return seeAccount(c, visit)
    let deliveries: readonly CodeDelivery[]
    try {
      deliveries = await changeAttributes(db, world, journey.party, user, { [input.name]: value })
    } catch (thrown) {
      const error = PoolError.from(thrown)
      if (error.code === 'Internal') throw thrown
      return again([explain(error, [input.name])], error.failure.status)
    }
    await tellIfChanged(c, visit, page)
    return sent(
      c,
      visit,
      page,
      deliveries.find(({ attribute }) => attribute === input.name),
    )
  }
}

/** POST /account/email/resend, /account/phone/resend: sends a code to the address that waits, or that there is. */
export function submitSend(page: AddressPage) {
  return async (c: Context<DomainEnv>, visit: Visit): Promise<Response> => {
    const { db, world } = c.var.ground
    const { user, journey } = visit
    try {
      return sent(c, visit, page, await requestVerification(db, world, journey.party, user, attributes[page]))
    } catch (thrown) {
      const error = PoolError.from(thrown)
      if (error.code === 'Internal') throw thrown
      const filled = { values: { ...user.attributes }, faults: [explain(error, [])] }
      return showAccount(c, visit, (frame) => addressPage(frame, visit, page, filled), filled, error.failure.status)
    }
  }
}

/** GET /account/email/code, /account/phone/code: asks for the code that was sent. */
export function showVerify(page: AddressPage) {
  return async (c: Context<DomainEnv>, visit: Visit): Promise<Response> => {
    const delivery = deliveryOf(c, visit)
    return showAccount(c, visit, (frame) => verifyPage(frame, visit, page, delivery, { focus: 'code' }))
  }
}

/** POST /account/email/code, /account/phone/code: the code. */
export function submitVerify(page: AddressPage) {
  return async (c: Context<DomainEnv>, visit: Visit, fields: Form): Promise<Response> => {
    const { db, world } = c.var.ground
    const code = readCode(fields)
    const again = (faults: readonly Fault[], status: PoolError['failure']['status']) => {
      const view = (frame: Frame) => verifyPage(frame, visit, page, deliveryOf(c, visit), { faults })
      return showAccount(c, visit, view, { faults }, status)
    }
    const missing = missingFaults([[codeInput, code]])
    if (missing.length > 0) return again(missing, 400)
    try {
      await verifyAttribute(db, world, c.var.pool, visit.user, attributes[page], code)
    } catch (thrown) {
      const error = PoolError.from(thrown)
      if (error.code === 'Internal') throw thrown
      return again([explain(error, ['code'])], error.failure.status)
    }
    await tellIfChanged(c, visit, page)
    writeStep(c, { step: 'account', username: await nameNow(c, visit), notice: 'verified' })
    return seeAccount(c, visit)
  }
}

/** The old address hears of the new one, once that is the user's. */
async function tellIfChanged(c: Context<DomainEnv>, { user, journey }: Visit, page: AddressPage): Promise<void> {
  const { db, world } = c.var.ground
  const now = await findUser(db, user.poolId, user.id)
  if (now?.attributes[attributes[page]] !== user.attributes[attributes[page]])
    await tellOfChange(db, world, journey.party, user, page)
}

/** Where people are named by an address, a new one is a new name. */
async function nameNow(c: Context<DomainEnv>, visit: Visit): Promise<string> {
  const now = await findUser(c.var.ground.db, visit.user.poolId, visit.user.id)
  return now ? displayName(c.var.pool, now) : visit.name
}

async function sent(
  c: Context<DomainEnv>,
  visit: Visit,
  page: AddressPage,
  delivery: CodeDelivery | undefined,
): Promise<Response> {
  const username = await nameNow(c, visit)
  writeStep(c, delivery ? { step: 'account', username, delivery } : { step: 'account', username, notice: 'saved' })
  return seeAccount(c, visit, delivery ? `${page}/code` : '')
}

function deliveryOf(c: Context<DomainEnv>, { name }: Visit): CodeDelivery | undefined {
  const step = readStep(c)
  return step?.step === 'account' && step.username === name ? step.delivery : undefined
}

function addressPage(frame: Frame, { name, user, journey }: Visit, page: AddressPage, filled: Filled): AccountView {
  const { pool, client } = journey.party
  const input = attributeInput(attributes[page])
  const address = user.attributes[input.name]
  const verified = user.attributes[`${input.name}_verified`] === 'true'
  const title = say(frame, `input.${attributes[page]}`)
  return {
    title,
    body: html`<p class="lead">${address ? html`<strong>${address}</strong> (${say(frame, verified ? 'account.verified' : 'account.unverified')})` : say(frame, 'account.none')}</p>
${address && !verified ? actions(frame, `/account/${page}/resend`, { username: name }, [{ action: 'send', text: say(frame, 'forgot.submit') }]) : ''}
${mayChange(pool, client, input.name) ? form(frame, `/account/${page}`, [ownerField(name), textField(frame, input, filled)], say(frame, 'account.save')) : ''}`,
  }
}

function verifyPage(
  frame: Frame,
  { name }: Visit,
  page: AddressPage,
  delivery: CodeDelivery | undefined,
  filled: Filled,
): AccountView {
  return {
    title: say(frame, 'code.title'),
    body: html`<p class="lead">${sayMarked(frame, 'account.codeLead', sentTo(delivery))}</p>
${form(frame, `/account/${page}/code`, [ownerField(name), codeField(frame, filled)], say(frame, 'code.submit'))}
${linkForm(frame, `/account/${page}/resend`, name, say(frame, 'code.none'), say(frame, 'code.new'))}`,
  }
}
