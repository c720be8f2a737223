import { readRecord } from './encoding.ts'
import { LoginError, type LoginErrorCode } from './login-error.ts'

/** What one sign-in needs to know when its answer comes back. One record per state: tabs and clicks do not mix. */
export interface Attempt {
  client: string
  at: number
  returnTo: string
  verifier: string
  nonce: string
}

/** What stays of an attempt once its answer was taken: enough to know a second use, nothing to exchange. */
interface Taken {
  client: string
  at: number
  outcome: LoginErrorCode | ''
}

const prefix = 'poolhouse-login:'
const hour = 3_600_000
const minute = 60_000

/**
 * Remembers an attempt in this tab. The fourth after three failures within a minute is refused: that is a loop of
 * redirects, not a visitor.
 */
export function saveAttempt(state: string, attempt: Attempt): void {
  const failures = records().filter(
    (r) => r.client === attempt.client && r.at > attempt.at - minute && 'outcome' in r && r.outcome,
  )
  if (failures.length > 2) throw new LoginError('server', 'Three sign-ins failed within a minute', { retryable: true })
  write(state, attempt)
}

/**
 * The attempt a callback answers, given out once: the record is gone before the code is sent anywhere. An error for a
 * second use and for an answer nobody awaits; nothing where it is another client's of this page, whose record stays.
 */
export function takeAttempt(state: string, client: string): Attempt | LoginError | undefined {
  try {
    records()
    const found = read(prefix + state)
    if (found && found.client !== client) return undefined
    if (found && 'outcome' in found) return new LoginError('callback_used', 'This callback was used before')
    if (found) {
      endAttempt(state, client, '')
      return found
    }
  } catch {
    // A browser that blocks storage has kept no attempt either.
  }
  return new LoginError('callback_invalid', 'This tab awaits no such callback')
}

/** Leaves a mark in the place of an attempt: used, and what came of it. */
export function endAttempt(state: string, client: string, outcome: Taken['outcome']): void {
  write(state, { client, at: Date.now(), outcome })
}

/** This tab's records; those older than an hour, and what is none, are thrown away on the way. */
function records(): (Attempt | Taken)[] {
  return Object.keys(sessionStorage).flatMap((key) => {
    if (!key.startsWith(prefix)) return []
    const found = read(key)
    if (found && found.at > Date.now() - hour) return [found]
    sessionStorage.removeItem(key)
    return []
  })
}

function read(key: string): Attempt | Taken | undefined {
  return readRecord(() => sessionStorage.getItem(key)) as Attempt | Taken | undefined
}

function write(state: string, record: Attempt | Taken): void {
  sessionStorage.setItem(prefix + state, JSON.stringify(record))
}
