import type { Context } from 'hono'
import { html } from 'hono/html'
import type { PoolError } from '../../errors.ts'
import type { DomainEnv } from '../../web/env.ts'
import { tokenField } from '../../web/forms.ts'
import { type Filled, notice, summary } from '../parts/fields.ts'
import { type Frame, type Html, href, type View } from '../parts/layout.ts'
import { say } from '../parts/say.ts'
import type { AccountNotice } from '../parts/words.ts'
import { show } from '../reply.ts'
import { clearStep, readStep } from '../step.ts'
import type { Visit } from './visit.ts'

/** One page of the account, below its heading. */
export interface AccountView {
  readonly title: string
  readonly script?: View['script']
  readonly body: Html
}

/** Shows a page of the account, with what went well before and the way back. */
export function showAccount(
  c: Context<DomainEnv>,
  visit: Visit,
  view: (frame: Frame) => AccountView,
  filled: Filled = {},
  status: PoolError['failure']['status'] | 200 = 200,
): Promise<Response> {
  const failed = Boolean(filled.faults?.length)
  const said = failed ? undefined : takeNotice(c, visit)
  return show(
    c,
    visit.journey,
    (frame) => {
      const { title, script, body } = view(frame)
      return {
        title,
        failed,
        script,
        body: html`${summary(frame, filled)}${notice(said && say(frame, `account.notice.${said}`))}<h1>${title}</h1>
${body}
<div class="more"><p><a href="${href(frame, '/account')}">${say(frame, 'account.back')}</a></p></div>`,
      }
    },
    status,
  )
}

/** What went well, once. */
export function takeNotice(c: Context<DomainEnv>, { name }: Visit): AccountNotice | undefined {
  const step = readStep(c)
  if (step?.step !== 'account' || step.username !== name || !step.notice) return undefined
  clearStep(c)
  return step.notice
}

/** A form of one button, or of a few that say what they do by `action`. */
export function actions(
  frame: Frame,
  page: string,
  fields: Readonly<Record<string, string>>,
  buttons: readonly { readonly action: string; readonly text: string; readonly name?: string }[],
): Html {
  return html`<form method="post" action="${href(frame, page)}" class="actions">
<input type="hidden" name="${tokenField}" value="${frame.token}">
${Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
${buttons.map(
  ({ action, text, name }) =>
    html`<button class="link" name="action" value="${action}"${name === undefined ? '' : html` aria-label="${text}: ${name}"`}>${text}</button>`,
)}
</form>`
}

/** A list of things that somebody has, each with what is known of it and what can be done. */
export function things(
  items: readonly { readonly title: Html | string; readonly lines: readonly (Html | string)[]; readonly below: Html }[],
): Html {
  return html`<ul class="things">${items.map(
    ({ title, lines, below }) => html`<li><p class="title">${title}</p>
${lines.map((line) => html`<p class="hint">${line}</p>`)}
${below}</li>`,
  )}</ul>`
}

/** A moment as people of a language write it; what is not theirs to know is the seconds. */
export function moment({ language }: Frame, milliseconds: number): string {
  const form = new Intl.DateTimeFormat(language.tag, { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' })
  return `${form.format(milliseconds)} UTC`
}

/** What people are told whose app does not let them change their account here. */
export function unavailablePage(frame: Frame): View {
  const title = say(frame, 'account.unavailable')
  return {
    title,
    failed: true,
    body: html`<h1>${title}</h1>
<p class="lead">${say(frame, 'account.unavailableLead')}</p>`,
  }
}
