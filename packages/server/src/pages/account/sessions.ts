import type { Context } from 'hono'
import { html } from 'hono/html'
import { PoolError } from '../../errors.ts'
import { findClient } from '../../store/setup/clients.ts'
import {
  endAnySession,
  endOtherSessions,
  everySession,
  type Session,
  writeSessionId,
} from '../../tokens/grants/sessions.ts'
import type { DomainEnv } from '../../web/env.ts'
import type { Form } from '../../web/forms.ts'
import type { Frame } from '../parts/layout.ts'
import { say } from '../parts/say.ts'
import { writeStep } from '../step.ts'
import { type AccountView, actions, moment, showAccount, things } from './view.ts'
import { seeAccount, type Visit } from './visit.ts'

/** GET /account/sessions: where the user is signed in. */
export async function showSessions(c: Context<DomainEnv>, visit: Visit): Promise<Response> {
  const { db, world } = c.var.ground
  const sessions = await everySession(db, world, c.var.pool, visit.user)
  const apps = new Map<string, string>()
  for (const { clientId } of sessions) {
    const client = clientId === undefined || apps.has(clientId) ? undefined : await findClient(db, clientId)
    if (client?.poolId === c.var.pool.id) apps.set(client.id, client.name)
  }
  return showAccount(c, visit, (frame) => sessionsPage(frame, visit, sessions, apps))
}

/** POST /account/sessions: ends one, with the apps that came through it. */
export async function submitSessions(c: Context<DomainEnv>, visit: Visit, fields: Form): Promise<Response> {
  const { db, world } = c.var.ground
  const id = fields.get('session') ?? ''
  // This one ends by signing out, which takes its cookie back too.
  if (id === ownId(visit)) return seeAccount(c, visit, 'sessions')
  try {
    await endAnySession(db, world, c.var.pool, visit.user, { id, linked: false })
  } catch (thrown) {
    // It has ended meanwhile: that is what was asked for.
    if (PoolError.from(thrown).code !== 'ResourceNotFound') throw thrown
  }
  return ended(c, visit)
}

/** POST /account/sessions/others: ends all but this browser's. */
export async function submitOthers(c: Context<DomainEnv>, visit: Visit): Promise<Response> {
  const { db, world } = c.var.ground
  await endOtherSessions(db, world, visit.user, visit.session.publicId)
  return ended(c, visit)
}

function ended(c: Context<DomainEnv>, visit: Visit): Response {
  writeStep(c, { step: 'account', username: visit.name, notice: 'ended' })
  return seeAccount(c, visit, 'sessions')
}

function ownId({ session: { publicId } }: Visit): string | undefined {
  return publicId && writeSessionId('sso', publicId)
}

function sessionsPage(
  frame: Frame,
  visit: Visit,
  sessions: readonly Session[],
  apps: ReadonlyMap<string, string>,
): AccountView {
  const own = ownId(visit)
  const username = visit.name
  const items = sessions.map((session) => {
    const { id, type, clientId, createdAt, lastAddress } = session
    const app = apps.get(clientId ?? '') ?? ''
    const title =
      id === own
        ? say(frame, 'account.thisBrowser')
        : type === 'SSO' || app === ''
          ? say(frame, 'account.browser')
          : app
    return {
      title,
      lines: [
        say(frame, 'account.signedIn', { date: moment(frame, createdAt) }),
        ...(lastAddress ? [lastAddress] : []),
      ],
      below:
        id === own
          ? html``
          : actions(frame, '/account/sessions', { username, session: id }, [
              { action: 'end', text: say(frame, 'account.signOut'), name: `${title}, ${moment(frame, createdAt)}` },
            ]),
    }
  })
  return {
    title: say(frame, 'account.sessions'),
    body: html`${things(items)}
${items.length > 1 ? actions(frame, '/account/sessions/others', { username }, [{ action: 'others', text: say(frame, 'account.endOthers') }]) : ''}`,
  }
}
