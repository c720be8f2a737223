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
export function showOutcome(path: string, outcome: Outcome): void {
  const { status } = outcome
  const list = find('answers')
  const badge = make('span', `badge ${outcome.answer ? 'good' : 'bad'}`, status === undefined ? '–' : `${status}`)
  const text = outcome.answer ? `${outcome.answer.greeting}. ${secondsText(outcome.answer)}` : outcome.reason
  list.prepend(make('li', '', badge, make('code', '', `GET ${path}`), make('span', '', text)))
  while (list.children.length > 8) list.lastElementChild?.remove()
  show('answers-box', true)
}

function secondsText({ token }: UserAnswer): string {
  return `This token is good for another ${token.secondsLeft} seconds.`
}

function showChips(id: string, names: readonly string[], none: string): void {
  const chips = names.map((name) => make('span', 'chip', name))
  find(id).replaceChildren(...(chips.length > 0 ? chips : [none]))
}
