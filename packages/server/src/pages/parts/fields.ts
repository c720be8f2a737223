import { html } from 'hono/html'
import type { PasswordPolicy } from '../../directory/passwords/policy.ts'
import { message } from '../../languages/messages.ts'
import { tokenField } from '../../web/forms.ts'
import type { Labelled } from './inputs.ts'
import { type Frame, type Html, href } from './layout.ts'
import { say, sayAgain } from './say.ts'
import type { Fault } from './words.ts'

/** What a form is shown again with: the values typed (never a secret) and what is wrong. */
export interface Filled {
  readonly values?: Readonly<Record<string, string>>
  readonly faults?: readonly Fault[] | undefined
  /** The field to begin with, where nothing else is to be read first. */
  readonly focus?: string | undefined
}

/** A form that posts to a page, with the token of this browser. */
export function form(frame: Frame, page: string, fields: Html | readonly Html[], button: string): Html {
  return html`<form method="post" action="${href(frame, page)}" novalidate>
<input type="hidden" name="${tokenField}" value="${frame.token}">
${fields}
<button class="primary">${button}</button>
</form>`
}

/** A form that looks like a link: it does something, so a link must not do it. */
export function linkForm(frame: Frame, page: string, username: string, text: string, button: string): Html {
  return html`<form method="post" action="${href(frame, page)}">
<input type="hidden" name="${tokenField}" value="${frame.token}"><input type="hidden" name="username" value="${username}">
${text === '' ? '' : `${text} `}<button class="link">${button}</button>
</form>`
}

/** One of several ways on. */
export interface Option {
  readonly value: string
  readonly icon: 'app' | 'email' | 'passkey' | 'password' | 'phone'
  readonly title: string
  readonly hint: string
}

/** A form of ways on, a button each: choosing one is going there. */
export function optionsForm(
  frame: Frame,
  page: string,
  username: string,
  options: readonly Option[],
  filled: Filled,
): Html {
  const fault = faultOf(frame, filled, 'way')
  return html`<form method="post" action="${href(frame, page)}">
<input type="hidden" name="${tokenField}" value="${frame.token}"><input type="hidden" name="username" value="${username}">
${fault === undefined ? '' : html`<p class="fault" id="way-fault">${fault}</p>`}
${options.map(
  ({ value, icon, title, hint }, index) =>
    html`<button class="option icon-${icon}"${index === 0 ? html` id="way"` : ''} name="way" value="${value}"><span class="title">${title}</span><span class="hint">${hint}</span></button>`,
)}
</form>`
}

/** What a form asks a browser to do with a passkey. */
export interface Ceremony {
  readonly username?: string
  readonly ceremony: 'get' | 'create'
  /** What `navigator.credentials` takes, as JSON. */
  readonly options: unknown
  readonly button: string
  /** Whether it stands beside another form, and waits in the name field too. */
  readonly beside?: boolean
  /** Whether the visitor has asked for it on the page before. */
  readonly atOnce?: boolean
}

/** A form whose script fills in what a passkey signs; one beside another is not there for browsers without script. */
export function passkeyForm(
  frame: Frame,
  page: string,
  { username, ceremony, options, button, beside, atOnce }: Ceremony,
): Html {
  return html`<form method="post" action="${href(frame, page)}" data-passkey="${ceremony}" data-options="${JSON.stringify(options)}"${beside ? html` data-conditional class="beside" hidden` : ''}${atOnce ? html` data-at-once` : ''} data-sentences="${JSON.stringify(ceremonySentences(frame))}">
<input type="hidden" name="${tokenField}" value="${frame.token}"><input type="hidden" name="credential" value="">
${username === undefined ? '' : html`<input type="hidden" name="username" value="${username}">`}
<p class="fault" role="alert" hidden></p>
<button class="${beside ? 'secondary' : 'primary'}">${button}</button>
</form>`
}

/** What the script says of a ceremony that failed, by the names of WebAuthn's errors. */
function ceremonySentences(frame: Frame): Record<string, string> {
  return {
    NotAllowedError: say(frame, 'passkey.notAllowed'),
    InvalidStateError: say(frame, 'passkey.known'),
    NotSupportedError: say(frame, 'passkey.notSupported'),
    SecurityError: say(frame, 'passkey.wrongAddress'),
    other: say(frame, 'passkey.device'),
  }
}

/** What is wrong, at the top of the page: it is read out and has the focus, and leads to the fields. */
export function summary(frame: Frame, { faults = [] }: Filled): Html {
  if (faults.length === 0) return html``
  return html`<div class="summary" role="alert" aria-labelledby="summary-title" tabindex="-1" autofocus>
<h2 id="summary-title">${say(frame, 'layout.problem')}</h2>
<ul>${faults.map(({ field, sentence }) => {
    const text = sayAgain(frame, sentence)
    return field === '' ? html`<li>${text}</li>` : html`<li><a href="#${field}">${text}</a></li>`
  })}</ul>
</div>`
}

/** A line above the form when something has gone well. */
export function notice(text: string | undefined): Html {
  return text === undefined ? html`` : html`<p class="notice" role="status">${text}</p>`
}

/** An input with its label, hint and fault. */
export function textField(frame: Frame, input: Labelled, filled: Filled): Html {
  const { name, type, autocomplete, hint, optional } = input
  // Names and addresses are not prose: no keyboard is to correct them.
  const plain = autocomplete.startsWith('username') || type === 'email' || type === 'url'
  return field(
    frame,
    input,
    filled,
    html`<input id="${name}" name="${name}" type="${type}" autocomplete="${autocomplete}"${optional ? '' : html` required`}${state(name, hint !== undefined, filled)}${plain ? html` autocapitalize="none" autocorrect="off" spellcheck="false"` : ''} value="${filled.values?.[name] ?? ''}">`,
  )
}

/** The one input of a code: digits, filled in by phones from the message (HTML autofill, `one-time-code`). */
export function codeField(frame: Frame, filled: Filled): Html {
  return field(
    frame,
    { name: 'code', label: message('input.code') },
    filled,
    html`<input class="code" id="code" name="code" type="text" inputmode="numeric" autocomplete="one-time-code" pattern="[0-9 ]*" required${state('code', false, filled)}>`,
  )
}

/** The password that somebody has; `current` where a new one is asked for beside it. */
export function passwordField(frame: Frame, filled: Filled, name: 'password' | 'current' = 'password'): Html {
  return field(
    frame,
    { name, label: message(name === 'current' ? 'input.currentPassword' : 'input.password') },
    filled,
    html`<span class="secret"${secretTexts(frame)}><input id="${name}" name="${name}" type="password" autocomplete="current-password" required${state(name, false, filled)}></span>`,
  )
}

/** The password that somebody chooses, with what the pool asks of it. */
export function newPasswordField(
  frame: Frame,
  label: 'input.password' | 'input.newPassword',
  policy: PasswordPolicy,
  filled: Filled,
): Html {
  const { minimumLength } = policy
  const rules = policyRules.filter(({ asked }) => policy[asked])
  // The policy in the language of password generators (Apple, "Password Rules").
  const generator = [
    `minlength: ${minimumLength}`,
    'maxlength: 256',
    ...rules.map((rule) => `required: ${rule.generator}`),
  ]
  return html`${field(
    frame,
    { name: 'password', label: message(label) },
    filled,
    html`<span class="secret"${secretTexts(frame)}><input id="password" name="password" type="password" autocomplete="new-password" minlength="${minimumLength}" passwordrules="${generator.join('; ')};" required${state('password', true, filled)}></span>`,
  )}
<ul class="rules" id="password-hint" aria-label="${say(frame, 'password.needs')}" data-met="${say(frame, 'password.met')}">
<li data-rule="length:${minimumLength}">${say(frame, 'password.length', { count: minimumLength })}</li>
${rules.map(({ rule }) => html`<li data-rule="${rule}">${say(frame, `password.${rule}`)}</li>`)}
</ul>`
}

/** What the script says of a password that can be looked at. */
function secretTexts(frame: Frame): Html {
  return html` data-show="${say(frame, 'password.show')}" data-shown="${say(frame, 'password.shown')}" data-hidden="${say(frame, 'password.hidden')}"`
}

/** The name that a password belongs to, so that a password manager keeps the two together. */
export function ownerField(username: string): Html {
  return html`<input class="hidden" type="text" name="username" autocomplete="username" value="${username}" readonly tabindex="-1" aria-hidden="true">`
}

function field(
  frame: Frame,
  { name, label, hint, optional }: Pick<Labelled, 'name' | 'label' | 'hint' | 'optional'>,
  filled: Filled,
  control: Html,
): Html {
  const fault = faultOf(frame, filled, name)
  return html`<div class="field">
<label for="${name}">${sayAgain(frame, label)}${optional ? html` <span class="optional">${say(frame, 'input.optional')}</span>` : ''}</label>
${hint === undefined ? '' : html`<p class="hint" id="${name}-hint">${sayAgain(frame, hint)}</p>`}
${fault === undefined ? '' : html`<p class="fault" id="${name}-fault">${fault}</p>`}
${control}
</div>`
}

function state(name: string, hint: boolean, { faults, focus }: Filled): Html {
  const fault = faults?.some(({ field }) => field === name)
  const ids = [...(fault ? [`${name}-fault`] : []), ...(hint ? [`${name}-hint`] : [])]
  return html`${fault ? html` aria-invalid="true"` : ''}${ids.length > 0 ? html` aria-describedby="${ids.join(' ')}"` : ''}${focus === name && !faults ? html` autofocus` : ''}`
}

function faultOf(frame: Frame, { faults }: Filled, name: string): string | undefined {
  const fault = faults?.find(({ field }) => field === name)
  return fault && sayAgain(frame, fault.sentence)
}

// biome-ignore format: a table
const policyRules = [
  { asked: 'requireUppercase', rule: 'upper',  generator: 'upper' },
  { asked: 'requireLowercase', rule: 'lower',  generator: 'lower' },
  { asked: 'requireNumbers',   rule: 'digit',  generator: 'digit' },
  { asked: 'requireSymbols',   rule: 'symbol', generator: 'special' },
] as const
