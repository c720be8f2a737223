import type { Context } from 'hono'
import { html } from 'hono/html'
import { forgetDevice, listDevices, tracksDevices } from '../../sign-in/factors/devices.ts'
import type { Device } from '../../store/factors/devices.ts'
import type { DomainEnv } from '../../web/env.ts'
import type { Form } from '../../web/forms.ts'
import type { Frame } from '../parts/layout.ts'
import { say } from '../parts/say.ts'
import { writeStep } from '../step.ts'
import { type AccountView, actions, moment, showAccount, things } from './view.ts'
import { seeAccount, type Visit } from './visit.ts'

/** The most that are shown at once; whoever has more forgets some first. */
const mostShown = 60

/** GET /account/devices: those that apps have remembered. */
export async function showDevices(c: Context<DomainEnv>, visit: Visit): Promise<Response> {
  if (!tracksDevices(c.var.pool)) return seeAccount(c, visit)
  const devices = await listDevices(c.var.ground.db, visit.user, { after: '', limit: mostShown })
  return showAccount(c, visit, (frame) => devicesPage(frame, visit, devices))
}

/** POST /account/devices: forgets one; it signs in as a new one then. */
export async function submitDevices(c: Context<DomainEnv>, visit: Visit, fields: Form): Promise<Response> {
  const { db, world } = c.var.ground
  if (await forgetDevice(db, world, visit.user, fields.get('device') ?? ''))
    writeStep(c, { step: 'account', username: visit.name, notice: 'deviceForgotten' })
  return seeAccount(c, visit, 'devices')
}

function devicesPage(frame: Frame, { name: username }: Visit, devices: readonly Device[]): AccountView {
  const items = devices.map(({ key, name, lastUsedAt, lastAddress }) => ({
    title: name,
    lines: [say(frame, 'account.lastUsed', { date: moment(frame, lastUsedAt) }), ...(lastAddress ? [lastAddress] : [])],
    below: actions(frame, '/account/devices', { username, device: key }, [
      { action: 'forget', text: say(frame, 'account.forget'), name },
    ]),
  }))
  return {
    title: say(frame, 'account.devices'),
    body: html`<p class="lead">${say(frame, items.length > 0 ? 'account.devicesHint' : 'account.devicesNone')}</p>
${things(items)}`,
  }
}
