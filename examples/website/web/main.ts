import { createLogin, type Login, type LoginState, type SignInOptions } from '@poolhouse/login'
import type { SiteConfig, UserAnswer } from '../api/answers.ts'
import { callApi, type Outcome } from './api.ts'
import { log, showLog } from './log.ts'
import { find, press, show, write } from './page.ts'
import { showNobody, showOutcome, showPerson, showRevoked, showUser } from './profile.ts'
import { showToken, startCountdown } from './token.ts'
import { type Traffic, watchTraffic } from './traffic.ts'
import { wordsFor } from './words.ts'

showLog()
find('notice-close').addEventListener('click', () => show('notice', false))
try {
  const config = await readConfig()
  const traffic = watchTraffic(config.domain)
  const login = createLogin({
    domain: config.domain,
    issuer: config.issuer,
    clientId: config.clientId,
    redirectUri: '/',
    scopes: ['openid', 'email', 'profile'],
  })
  await run(login, config, traffic)
} catch (error) {
  show('loading', false)
  notify(wordsFor(error))
}

async function run(login: Login, { clientId, inbox }: SiteConfig, traffic: Traffic): Promise<void> {
  let shown: LoginState['status'] = 'loading'
  let token: UserAnswer['token'] | undefined

  async function call(path: string): Promise<Outcome> {
    const outcome = await callApi(login.fetch, path)
    const { state } = login
    if (outcome.answer && state.status === 'signed-in') {
      token = outcome.answer.token
      showUser(outcome.answer)
      showToken(token, state.expiresAt)
    }
    return outcome
  }

  async function greet(): Promise<void> {
    const outcome = await call('/api/user')
    if (!outcome.answer) showNobody(outcome.reason)
  }

  function draw(state: LoginState): void {
    const before = shown
    shown = state.status
    for (const status of ['loading', 'signed-out', 'signed-in'] as const) show(status, state.status === status)
    show('account', state.status === 'signed-in')
    if (state.status !== 'loading' && state.error) notify(wordsFor(state.error))
    if (state.status === 'signed-in') {
      showPerson(state.user)
      if (before !== 'signed-in') void greet()
    }
    // What was pressed last is gone with its part of the page: the keyboard goes on where the visitor can.
    if (state.status === 'signed-out' && before === 'signed-in') find('sign-in').focus()
  }

  function leave(id: string, title: string, go: () => Promise<never>): void {
    press(id, () => {
      log({ title, kind: 'leave' })
      return attempt(go)
    })
  }

  const goTo = (options?: SignInOptions) => () => login.signIn(options)
  leave('sign-in', 'Left for the sign-in page', goTo())
  leave('sign-up', 'Left for the sign-up page', goTo({ screen: 'sign-up' }))
  leave('sign-out', 'Signing out: tokens revoked, then the sign-in page’s session ended', () => login.signOut())
  press('refresh', async () => {
    const path = token ? `/api/user?refuse=${encodeURIComponent(token.id)}` : '/api/user'
    const outcome = await call(path)
    if (!outcome.answer) notify(outcome.reason)
  })
  for (const [id, path] of [
    ['call', '/api/user'],
    ['call-checked', '/api/checked-user'],
  ] as const)
    press(id, async () => showOutcome(path, await call(path)))
  press('revoke', () => attempt(() => traffic.revoke(clientId).then(showRevoked)))

  if (inbox) {
    const link = Object.assign(document.createElement('a'), { href: inbox, textContent: 'inbox' })
    find('inbox-hint').append(link, '.')
    show('inbox-hint', true)
  }
  noteArrival()
  startCountdown()
  login.subscribe(draw)
  draw(await login.start())
}

async function readConfig(): Promise<SiteConfig> {
  const response = await fetch('/config.json')
  if (!response.ok) throw new Error(`The website does not know its sign-in server: status ${response.status}.`)
  return response.json()
}

/** The way back from the sign-in page shows in the address until the login has taken it. */
function noteArrival(): void {
  const { searchParams } = new URL(location.href)
  if (!searchParams.has('state')) return
  const title = searchParams.has('code') ? 'Back with a code' : 'Back with an error'
  log({ title, detail: 'It leaves the address bar at once', kind: 'arrive' })
}

async function attempt(act: () => Promise<void>): Promise<void> {
  try {
    await act()
  } catch (error) {
    notify(wordsFor(error))
  }
}

function notify(text: string): void {
  write('notice-text', text)
  show('notice', true)
}
