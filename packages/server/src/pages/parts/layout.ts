import { html } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'
import type { Language } from '../../languages/languages.ts'
import { assetName } from './assets.ts'
import { languagePicker } from './language-picker.ts'
import { say, sayMarked } from './say.ts'

/** Text that is safe to send as HTML; the `html` tag escapes everything else. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>

/** What every page knows of where it is. */
export interface Frame {
  /** The language of whoever looks at it. */
  readonly language: Language
  /** Path before the pages' own. */
  readonly path: string
  /** The authorization request, carried from page to page: a query string with its `?`, or empty. */
  readonly search: string
  /** The query string of this page's own address, with its `?`, or empty. */
  readonly query: string
  readonly poolName: string
  /** The app that the visitor is on the way to. */
  readonly appName?: string | undefined
  /** The token of this browser's forms. */
  readonly token: string
  /** The inbox's address, in development. */
  readonly inbox?: string | undefined
}

/** One page without its frame. */
export interface View {
  readonly title: string
  /** Whether it answers a form that was not accepted. */
  readonly failed?: boolean
  /** A script besides the one that every page has. */
  readonly script?: 'passkey.js' | undefined
  readonly body: Html
}

/** The address of another page within the same authorization request. */
export function href({ path, search }: Frame, page: string): string {
  return `${path}${page}${search}`
}

/** The whole document of a view. */
export function layout(frame: Frame, { title, failed, script, body }: View): Html {
  return html`<!doctype html>
<html lang="${frame.language.tag}" dir="${frame.language.dir}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${failed ? say(frame, 'layout.failed', { title }) : title} – ${frame.poolName}</title>
<link rel="icon" href="${frame.path}/assets/${assetName('icon.svg')}" type="image/svg+xml">
<link rel="stylesheet" href="${frame.path}/assets/${assetName('style.css')}">
<script src="${frame.path}/assets/${assetName('page.js')}" defer></script>
${
  script === undefined
    ? ''
    : html`<script src="${frame.path}/assets/${assetName(script)}" defer></script>
`
}</head>
<body>
${frame.inbox === undefined ? '' : html`<aside class="band" aria-label="${say(frame, 'layout.developmentLabel')}">${sayMarked(frame, 'layout.development', { link: frame.inbox })}</aside>`}
<main><div class="card">
<p class="brand"><span class="tile" aria-hidden="true">${initial(frame.poolName)}</span>${frame.poolName}</p>
${body}
</div>
${languagePicker(frame)}</main>
</body>
</html>
`
}

function initial(name: string): string {
  const [first = ''] = new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(name.trim())
  return first === '' ? '' : first.segment.toUpperCase()
}
