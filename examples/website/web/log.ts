import { find, make, show, timeOfDay } from './page.ts'

/** One thing that happened: in a sentence, with what was sent where, and how it ended. */
export interface LogEntry {
  readonly title: string
  readonly detail?: string | undefined
  /** An HTTP status, or what stands for none. */
  readonly outcome?: string | undefined
  readonly kind: 'good' | 'bad' | 'leave' | 'arrive'
}

type Kept = LogEntry & { readonly at: number }

// The session storage of this tab, because the log shall survive the way to the sign-in page and back. It holds
// addresses without their queries and nothing else: no code, no token.
const place = 'lido-log'
const most = 60

/** Adds an entry to the log, on the page and for the pages to come. */
export function log(entry: LogEntry): void {
  const entries = [...read(), { ...entry, at: Date.now() }].slice(-most)
  sessionStorage.setItem(place, JSON.stringify(entries))
  draw(entries)
}

/** Shows what earlier pages of this tab have logged. */
export function showLog(): void {
  draw(read())
  find('log-clear').addEventListener('click', () => {
    sessionStorage.removeItem(place)
    draw([])
  })
}

function draw(entries: readonly Kept[]): void {
  find('log').replaceChildren(...entries.map(item).reverse())
  show('log-empty', entries.length === 0)
  show('log-clear', entries.length > 0)
}

function item({ title, detail, outcome, kind, at }: Kept): HTMLElement {
  const time = make('time', '', timeOfDay(at))
  const head = make('p', 'log-title', title)
  const line = make('p', 'log-detail', ...(outcome ? [make('span', 'outcome', outcome)] : []), detail ?? '')
  return make('li', kind, time, head, ...(detail || outcome ? [line] : []))
}

function read(): Kept[] {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(place) ?? '[]')
    return Array.isArray(kept) ? kept : []
  } catch {
    return []
  }
}
