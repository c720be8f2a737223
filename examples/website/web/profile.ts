import type { IdTokenClaims } from '@poolhouse/login'
import type { UserAnswer } from '../api/answers.ts'
import type { Outcome } from './api.ts'
import { find, make, show, write } from './page.ts'

/** Shows what the ID token says, as soon as somebody is signed in. */
export function showPerson({ email, 'cognito:username': username }: IdTokenClaims): void {
  const name = username ?? email ?? ''
  write('who', name)
  write('initial', name.slice(0, 1).toUpperCase())
  write('email', email ?? 'not shared')
}

/** Shows what the API says about its caller. */
export function showUser({ greeting, sub, username, groups, scopes }: UserAnswer): void {
  write('greeting', `${greeting}.`)
  write('greeting-note', 'The API checked your access token and says hello.')
  write('username', username ?? 'none')
  write('sub', sub)
  showChips('groups', groups, 'none yet')
  showChips('scopes', scopes, 'none')
}

/** Shows that the API does not say anything about its caller, and why. */
export function showNobody(reason: string): void {
  write('greeting', 'You are signed in.')
  write('greeting-note', `The API does not greet you: ${reason}`)
}

/** Adds the outcome of a call on top of the list. */
export function showOutcome(path: string, { status, answer, ...failure }: Outcome): void {
  const text = answer ? `${answer.greeting}. This token is good for another ${answer.token.secondsLeft} seconds.` : ''
  addAnswer(status, `GET ${path}`, 'reason' in failure ? failure.reason : text)
}

/** Adds to the same list that the session was revoked, and what to try now. */
export function showRevoked(): void {
  addAnswer(200, 'POST /oauth2/revoke', 'The session is revoked. Its access token looks as good as before: call both.')
}

function addAnswer(status: number | undefined, request: string, text: string): void {
  const list = find('answers')
  const badge = make('span', `badge ${status === 200 ? 'good' : 'bad'}`, status === undefined ? '–' : `${status}`)
  list.prepend(make('li', '', badge, make('code', '', request), make('span', '', text)))
  while (list.children.length > 8) list.lastElementChild?.remove()
  show('answers-box', true)
}

function showChips(id: string, names: readonly string[], none: string): void {
  const chips = names.map((name) => make('span', 'chip', name))
  find(id).replaceChildren(...(chips.length > 0 ? chips : [none]))
}
