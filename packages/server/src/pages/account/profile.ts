import type { Context } from 'hono'
import { html } from 'hono/html'
import { findAttributeRule, mayRead, mayWrite } from '../../directory/attributes.ts'
import { changeAttributes, deleteAttributes } from '../../directory/verify.ts'
import { PoolError } from '../../errors.ts'
import type { Client } from '../../store/setup/clients.ts'
import type { Pool } from '../../store/setup/pools.ts'
import { findUser, type User } from '../../store/users.ts'
import type { DomainEnv } from '../../web/env.ts'
import type { Form } from '../../web/forms.ts'
import { type Filled, form, ownerField, textField } from '../parts/fields.ts'
import { attributeInput, type Input, missingFaults, readInput } from '../parts/inputs.ts'
import type { Frame } from '../parts/layout.ts'
import { say } from '../parts/say.ts'
import { explain, type Fault } from '../parts/words.ts'
import { writeStep } from '../step.ts'
import { type AccountView, showAccount } from './view.ts'
import { seeAccount, type Visit } from './visit.ts'

/** GET /account/profile: what is known of somebody, as far as the client may read and write it. */
export async function showProfile(c: Context<DomainEnv>, visit: Visit): Promise<Response> {
  const inputs = inputsOf(visit)
  const values = Object.fromEntries(inputs.map(({ name }) => [name, visit.user.attributes[name] ?? '']))
  return showAccount(c, visit, (frame) => profilePage(frame, visit, inputs, { values }))
}

/** POST /account/profile: the changes; a field that was emptied is taken away. */
export async function submitProfile(c: Context<DomainEnv>, visit: Visit, fields: Form): Promise<Response> {
  const { db, world } = c.var.ground
  const { user, journey } = visit
  const inputs = inputsOf(visit)
  const values = Object.fromEntries(inputs.map((input) => [input.name, readInput(fields, input)]))
  const again = (faults: readonly Fault[], status: PoolError['failure']['status']) => {
    const filled = { values, faults }
    return showAccount(c, visit, (frame) => profilePage(frame, visit, inputs, filled), filled, status)
  }
  const missing = missingFaults(
    inputs.flatMap((input): [Input, string][] => (input.optional ? [] : [[input, values[input.name] ?? '']])),
  )
  if (missing.length > 0) return again(missing, 400)
  const differing = Object.entries(values).filter(([name, value]) => value !== (user.attributes[name] ?? ''))
  const changes = Object.fromEntries(differing.filter(([, value]) => value !== ''))
  const emptied = differing.flatMap(([name, value]) => (value === '' ? [name] : []))
  try {
    if (Object.keys(changes).length > 0) await changeAttributes(db, world, journey.party, user, changes)
    const now = emptied.length > 0 ? await findUser(db, user.poolId, user.id) : undefined
    if (now) await deleteAttributes(db, world, journey.party, now, emptied)
  } catch (thrown) {
    const error = PoolError.from(thrown)
    if (error.code === 'Internal') throw thrown
    return again([explain(error, Object.keys(values))], error.failure.status)
  }
  writeStep(c, { step: 'account', username: visit.name, notice: 'saved' })
  return seeAccount(c, visit)
}

/** Whether whoever acts through a client can change an attribute that exists. */
export function mayChange(pool: Pool, client: Client, name: string): boolean {
  const rule = findAttributeRule(pool, name)
  return (
    rule?.Mutable === true && rule.DeveloperOnlyAttribute !== true && mayRead(client, name) && mayWrite(client, name)
  )
}

/** Addresses have pages of their own, and some attributes are nobody's to type. */
const elsewhere = new Set([
  'sub',
  'email',
  'phone_number',
  'email_verified',
  'phone_number_verified',
  'updated_at',
  'identities',
])

/** What people are asked for who have said nothing about it, in a pool that does not ask for more. */
const usual: ReadonlySet<string> = new Set(['name'])

/**
 * The fields of a profile: what the client says that it writes; a client that says nothing may write everything, which is
 * no reason to ask for everything, and an attribute of the pool's own is then left to the app.
 */
export function profileInputs(pool: Pool, client: Client, user: User): Input[] {
  const named = client.settings.WriteAttributes
  return (pool.settings.SchemaAttributes ?? []).flatMap(({ Name: name, Required }) => {
    if (name === undefined || elsewhere.has(name) || !mayChange(pool, client, name)) return []
    const known = Boolean(user.attributes[name]) && !name.startsWith('custom:')
    if (!(named?.includes(name) ?? (known || Required === true || usual.has(name)))) return []
    return [{ ...attributeInput(name), ...(!Required && { optional: true as const }) }]
  })
}

function inputsOf({ user, journey: { party } }: Visit): Input[] {
  return profileInputs(party.pool, party.client, user)
}

function profilePage(frame: Frame, { name }: Visit, inputs: readonly Input[], filled: Filled): AccountView {
  const fields = [ownerField(name), ...inputs.map((input) => textField(frame, input, filled))]
  return {
    title: say(frame, 'account.profile'),
    body: html`${form(frame, '/account/profile', fields, say(frame, 'account.save'))}`,
  }
}
