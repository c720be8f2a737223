// The website's front end: what the visitor sees and presses. index.html holds the markup, these files fill it.
// Here: plain DOM, one file per part of the page; signing in is @poolhouse/login's.
// Not here: markup made of text (Trusted Types forbid it), tokens in any storage, a framework.

/** The element with that id; the markup and these files belong together, so a missing one is a bug. */
export function find(id: string): HTMLElement {
  const element = document.getElementById(id)
  if (!element) throw new Error(`index.html has no #${id}`)
  return element
}

/** Puts text in the place of whatever the element holds. */
export function write(id: string, text: string): void {
  find(id).textContent = text
}

/** Shows an element or hides it. */
export function show(id: string, shown: boolean): void {
  find(id).hidden = !shown
}

/** A new element with a class and contents. */
export function make(tag: string, className: string, ...contents: (string | Node)[]): HTMLElement {
  const element = document.createElement(tag)
  if (className) element.className = className
  element.append(...contents)
  return element
}

/**
 * Runs something when the button is pressed, once at a time: a second press waits for the first to end. It is never
 * disabled, since that would take the keyboard's focus away.
 */
export function press(id: string, act: () => Promise<void>): void {
  const button = find(id)
  button.addEventListener('click', async () => {
    if (button.ariaBusy === 'true') return
    button.ariaBusy = 'true'
    await act().finally(() => {
      button.ariaBusy = null
    })
  })
  // Out of the back-forward cache comes a page that was leaving when its button was pressed.
  addEventListener('pageshow', () => {
    button.ariaBusy = null
  })
}

/** A time of day by the visitor's clock. */
export function timeOfDay(milliseconds: number): string {
  return new Date(milliseconds).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit' })
}
