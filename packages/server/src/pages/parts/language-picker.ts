import { html } from 'hono/html'
import { languages } from '../../languages/languages.ts'
import type { Frame, Html } from './layout.ts'
import { say } from './say.ts'

/**
 * The languages at the foot of a page: the same page is asked for again, with another `lang`. A form and not links, which
 * would repeat the authorization request fourteen times.
 */
export function languagePicker(frame: Frame): Html {
  const { language, query } = frame
  const others = [...new URLSearchParams(query)].filter(([name]) => name !== 'lang')
  // The language comes first, as what stands last in an address can mean something (see askedToAddPasskey).
  return html`<form class="languages" method="get"><details>
<summary><span class="hidden">${say(frame, 'layout.language')} </span>${language.name}</summary>
<div>${languages.map(({ tag, dir, name }) => html`<button name="lang" value="${tag}" lang="${tag}" dir="${dir}"${tag === language.tag ? html` aria-current="true"` : ''}>${name}</button>`)}</div>
</details>${others.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}</form>`
}
