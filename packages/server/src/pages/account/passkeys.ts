import type { Context } from 'hono'
import { html } from 'hono/html'
import { tellOfChange } from '../../directory/notices/account-change.ts'
import { PoolError } from '../../errors.ts'
import { message } from '../../languages/messages.ts'
import {
  deletePasskey,
  finishRegistration,
  listPasskeys,
  longestPasskeyName,
  renamePasskey,
  startRegistration,
} from '../../sign-in/factors/passkeys.ts'
import { canUsePasskeys } from '../../sign-in/factors/relying-party.ts'
import type { Passkey } from '../../store/factors/passkeys.ts'
import { endOtherSessions } from '../../tokens/grants/sessions.ts'
import type { DomainEnv } from '../../web/env.ts'
import { type Form, tokenField } from '../../web/forms.ts'
import { contextOf, full, faultOf as registrationFault } from '../add-passkey.ts'
import { type Filled, passkeyForm } from '../parts/fields.ts'
import { type Frame, type Html, href } from '../parts/layout.ts'
import { say, sayMarked } from '../parts/say.ts'
import type { Fault } from '../parts/words.ts'
import { writeStep } from '../step.ts'
import { noScript } from '../steps/passkey.ts'
import { type AccountView, actions, moment, showAccount, things } from './view.ts'
import { seeAccount, type Visit } from './visit.ts'

/** GET /account/passkeys: those that there are. */
export async function showPasskeys(c: Context<DomainEnv>, visit: Visit): Promise<Response> {
  return listed(c, visit, {}, 200)
}

/** POST /account/passkeys: gives one another name, or deletes it; whoever else is signed in is then signed out. */
export async function submitPasskeys(c: Context<DomainEnv>, visit: Visit, fields: Form): Promise<Response> {
  const { db, world } = c.var.ground
  const { user, session, journey } = visit
  const id = fields.get('passkey') ?? ''
  if (fields.get('action') === 'delete') {
    if (!(await deletePasskey(db, user, id))) return seeAccount(c, visit, 'passkeys')
    await endOtherSessions(db, world, user, session.publicId)
    await tellOfChange(db, world, journey.party, user, 'passkey-removed')
    writeStep(c, { step: 'account', username: visit.name, notice: 'passkeyDeleted' })
    return seeAccount(c, visit, 'passkeys')
  }
  try {
    if (await renamePasskey(db, user, id, fields.get('name') ?? ''))
      writeStep(c, { step: 'account', username: visit.name, notice: 'saved' })
  } catch (thrown) {
    if (PoolError.from(thrown).code !== 'InvalidParameter') throw thrown
    return listed(
      c,
      visit,
      { faults: [{ field: '', sentence: message('fault.deviceName', { count: longestPasskeyName }) }] },
      400,
    )
  }
  return seeAccount(c, visit, 'passkeys')
}

/** GET /account/passkeys/add: has the browser make one. */
export async function showAdd(c: Context<DomainEnv>, visit: Visit): Promise<Response> {
  return offered(c, visit, [], 200)
}

/** POST /account/passkeys/add: the one that it made. */
export async function submitAdd(c: Context<DomainEnv>, visit: Visit, fields: Form): Promise<Response> {
  const { db, world } = c.var.ground
  const { user, journey } = visit
  const credential = fields.get('credential') ?? ''
  if (credential === '') return offered(c, visit, [noScript], 400)
  try {
    await finishRegistration(db, world, c.var.pool, user, credential, contextOf(journey))
  } catch (thrown) {
    const error = PoolError.from(thrown)
    if (error.code === 'Internal') throw thrown
    return offered(c, visit, [registrationFault(error)], error.failure.status)
  }
  await tellOfChange(db, world, journey.party, user, 'passkey-added')
  writeStep(c, { step: 'account', username: visit.name, notice: 'passkeyAdded' })
  return seeAccount(c, visit, 'passkeys')
}

async function offered(
  c: Context<DomainEnv>,
  visit: Visit,
  faults: readonly Fault[],
  status: PoolError['failure']['status'] | 200,
): Promise<Response> {
  const { pool, domain, ground } = c.var
  const { db, world } = ground
  if (!(await canUsePasskeys(db, world, pool, new URL(domain.url).origin))) return seeAccount(c, visit)
  const filled = { faults: faults.length > 0 ? faults : undefined }
  try {
    const options = await startRegistration(db, world, pool, visit.user, contextOf(visit.journey))
    return await showAccount(c, visit, (frame) => addPage(frame, visit, options), filled, status)
  } catch (thrown) {
    if (PoolError.from(thrown).code !== 'LimitExceeded') throw thrown
    return listed(c, visit, { faults: [full] }, 400)
  }
}

async function listed(
  c: Context<DomainEnv>,
  visit: Visit,
  filled: Filled,
  status: PoolError['failure']['status'] | 200,
): Promise<Response> {
  const passkeys = await listPasskeys(c.var.ground.db, visit.user)
  return showAccount(c, visit, (frame) => passkeysPage(frame, visit, passkeys), filled, status)
}

function addPage(frame: Frame, { name }: Visit, options: unknown): AccountView {
  return {
    title: say(frame, 'addPasskey.title'),
    script: 'passkey.js',
    body: html`<p class="lead">${sayMarked(frame, 'addPasskey.lead', { username: name })}</p>
${passkeyForm(frame, '/account/passkeys/add', { username: name, ceremony: 'create', options, button: say(frame, 'addPasskey.submit') })}`,
  }
}

function passkeysPage(frame: Frame, { name: username }: Visit, passkeys: readonly Passkey[]): AccountView {
  const items = passkeys.map(({ id, name, createdAt }, index) => ({
    title: name,
    lines: [say(frame, 'account.added', { date: moment(frame, createdAt) })],
    below: html`${renameForm(frame, username, id, name, index)}
${actions(frame, '/account/passkeys', { username, passkey: id }, [{ action: 'delete', text: say(frame, 'account.delete'), name }])}`,
  }))
  return {
    title: say(frame, 'account.passkeys'),
    body: html`<p class="lead">${say(frame, items.length > 0 ? 'account.passkeysLead' : 'account.passkeysNone')}</p>
${things(items)}
<p><a class="primary" href="${href(frame, '/account/passkeys/add')}">${say(frame, 'addPasskey.title')}</a></p>`,
  }
}

function renameForm(frame: Frame, username: string, id: string, name: string, index: number): Html {
  return html`<details><summary aria-label="${say(frame, 'account.rename')}: ${name}">${say(frame, 'account.rename')}</summary>
<form method="post" action="${href(frame, '/account/passkeys')}">
<input type="hidden" name="${tokenField}" value="${frame.token}"><input type="hidden" name="username" value="${username}"><input type="hidden" name="passkey" value="${id}">
<div class="field"><label for="name-${index}">${say(frame, 'account.passkeyName')}</label>
<input id="name-${index}" name="name" type="text" autocomplete="off" maxlength="${longestPasskeyName}" required value="${name}"></div>
<button class="secondary">${say(frame, 'account.save')}</button>
</form></details>`
}
