// What the pages can do without, and are nicer with: a password that can be looked at, a checklist that follows it,
// a form that is sent once. Text is set as text, never as markup (Trusted Types).

const tests = {
  length: (value, least) => [...value].length >= Number(least),
  upper: (value) => /\p{Lu}/u.test(value),
  lower: (value) => /\p{Ll}/u.test(value),
  digit: (value) => /\p{Nd}/u.test(value),
  symbol: (value) => /[\^$*.[\]{}()?"!@#%&/\\,><':;|_~`=+\- ]/.test(value),
}

function element(name, attributes) {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  return made
}

function addReveal(input) {
  const texts = input.parentElement.dataset
  const button = element('button', {
    type: 'button',
    class: 'reveal',
    'aria-label': texts.show,
    'aria-pressed': 'false',
  })
  const status = element('span', { class: 'hidden', role: 'status' })
  const show = (shown) => {
    input.type = shown ? 'text' : 'password'
    button.setAttribute('aria-pressed', String(shown))
  }
  button.addEventListener('click', () => {
    const shown = input.type === 'password'
    show(shown)
    status.textContent = shown ? texts.shown : texts.hidden
  })
  // A shown password would be kept by the browser as ordinary text.
  input.form.addEventListener('submit', () => show(false))
  input.after(button, status)
}

function followRules(input) {
  const rules = [...document.querySelectorAll('.rules li')].map((item) => {
    const state = element('span', { class: 'hidden' })
    item.append(state)
    return { item, state, rule: item.dataset.rule.split(':') }
  })
  const update = () => {
    for (const { item, state, rule } of rules) {
      const met = tests[rule[0]](input.value, rule[1])
      item.classList.toggle('met', met)
      state.textContent = met ? ` ${item.parentElement.dataset.met}` : ''
    }
  }
  input.addEventListener('input', update)
  update()
}

for (const input of document.querySelectorAll('.secret input')) {
  addReveal(input)
  if (input.autocomplete === 'new-password') followRules(input)
}

// A second click on a slow line would send the form twice.
for (const form of document.forms) {
  let sent = false
  form.addEventListener('submit', (event) => {
    if (sent) event.preventDefault()
    sent = true
  })
  addEventListener('pageshow', () => {
    sent = false
  })
}

document.querySelector('.summary')?.focus()
