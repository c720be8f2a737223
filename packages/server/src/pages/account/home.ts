import type { Context } from 'hono'
import { html } from 'hono/html'
import { tracksDevices } from '../../sign-in/factors/devices.ts'
import { listPasskeys } from '../../sign-in/factors/passkeys.ts'
import { canUsePasskeys } from '../../sign-in/factors/relying-party.ts'
import { poolFactors, userFactors } from '../../sign-in/factors.ts'
import { closeBrowserSession, heldSessions } from '../../sign-in/session.ts'
import type { Passkey } from '../../store/factors/passkeys.ts'
import { readSessionCookies, setSessionCookies } from '../../web/cookies.ts'
import type { DomainEnv } from '../../web/env.ts'
import { notice } from '../parts/fields.ts'
import { type Frame, type Html, href } from '../parts/layout.ts'
import { say, sayMarked } from '../parts/say.ts'
import { seeOther, show } from '../reply.ts'
import { clearStep } from '../step.ts'
import { mayChange, profileInputs } from './profile.ts'
import { actions, takeNotice } from './view.ts'
import { otherAccount, type Visit } from './visit.ts'

/** GET /account: what there is to see and to change. */
export async function showHome(c: Context<DomainEnv>, visit: Visit): Promise<Response> {
  const { pool, domain, ground } = c.var
  const { db, world } = ground
  const usable = await canUsePasskeys(db, world, pool, new URL(domain.url).origin)
  const passkeys = usable ? await listPasskeys(db, visit.user) : undefined
  const said = takeNotice(c, visit)
  const others = otherAccount(c, visit)
  return show(c, visit.journey, (frame) => ({
    title: say(frame, 'account.title'),
    body: html`${notice(said && say(frame, `account.notice.${said}`))}<h1>${say(frame, 'account.title')}</h1>
<p class="lead">${sayMarked(frame, 'account.lead', { username: visit.name })}</p>
<nav class="sections" aria-label="${say(frame, 'account.title')}">${sections(frame, visit, passkeys)}</nav>
<div class="more">${visit.home === undefined ? '' : html`<p><a href="${visit.home}">${say(frame, 'account.app', { app: frame.appName ?? '' })}</a></p>`}
<p><a href="${others}">${say(frame, 'accounts.other')}</a></p>
${actions(frame, '/account/signout', { username: visit.name }, [{ action: 'out', text: say(frame, 'account.signOut') }])}</div>`,
  }))
}

/** POST /account/signout: ends this browser's session of this account. */
export async function submitSignOut(c: Context<DomainEnv>, visit: Visit): Promise<Response> {
  const { db, world } = c.var.ground
  await closeBrowserSession(db, c.var.pool, visit.session.id)
  const others = readSessionCookies(c).filter((id) => id !== visit.session.id)
  setSessionCookies(c, await heldSessions(db, world, c.var.pool, others), world.now())
  clearStep(c)
  return seeOther(c, visit.home ?? `${c.var.domain.path}/signedout`)
}

function sections(frame: Frame, { user, journey }: Visit, passkeys: readonly Passkey[] | undefined): Html[] {
  const { pool, client } = journey.party
  const { attributes } = user
  const address = (name: 'email' | 'phone_number') => {
    const value = attributes[name]
    if (!value) return say(frame, 'account.none')
    return attributes[`${name}_verified`] === 'true' ? value : `${value} (${say(frame, 'account.unverified')})`
  }
  const factors = userFactors(pool, user).length > 0
  const shows = (name: string) => mayChange(pool, client, name) || Boolean(attributes[name])
  return [
    ...(profileInputs(pool, client, user).length > 0
      ? [section(frame, 'profile', say(frame, 'account.profile'), say(frame, 'account.profileHint'))]
      : []),
    ...(shows('email') ? [section(frame, 'email', say(frame, 'input.email'), address('email'))] : []),
    ...(shows('phone_number')
      ? [section(frame, 'phone', say(frame, 'input.phone_number'), address('phone_number'))]
      : []),
    section(frame, 'password', say(frame, 'input.password'), say(frame, 'account.passwordHint')),
    ...(poolFactors(pool).length > 0 && pool.settings.MfaConfiguration !== 'OFF'
      ? [section(frame, 'factors', say(frame, 'account.factors'), say(frame, factors ? 'account.on' : 'account.off'))]
      : []),
    ...(passkeys
      ? [
          section(
            frame,
            'passkeys',
            say(frame, 'account.passkeys'),
            say(frame, 'account.passkeyCount', { count: passkeys.length }),
          ),
        ]
      : []),
    ...(tracksDevices(pool)
      ? [section(frame, 'devices', say(frame, 'account.devices'), say(frame, 'account.devicesHint'))]
      : []),
    section(frame, 'sessions', say(frame, 'account.sessions'), say(frame, 'account.sessionsHint')),
  ]
}

function section(frame: Frame, page: string, title: string, hint: string): Html {
  return html`<a class="option icon-${icons[page] ?? 'app'}" href="${href(frame, `/account/${page}`)}"><span class="title">${title}</span><span class="hint">${hint}</span></a>`
}

const icons: Readonly<Record<string, string>> = {
  profile: 'person',
  email: 'email',
  phone: 'phone',
  password: 'password',
  factors: 'shield',
  passkeys: 'passkey',
  devices: 'app',
  sessions: 'screen',
}
