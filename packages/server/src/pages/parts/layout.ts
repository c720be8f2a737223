import { html } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'
import type { Language } from '../../languages/languages.ts'
import type { Look } from '../branding/look.ts'
import { brandMark, iconLinks, pageFooter, pageHeader } from '../branding/marks.ts'
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
  /** How the pages look, where that is not the default look. */
  readonly look?: Look | undefined
}

/** One page without its frame. */
export interface View {
  readonly title: string
  /** Whether it answers a form that was not accepted. */
  readonly failed?: boolean
  /** A script besides the one that every page has. */
  readonly script?: 'passkey.js' | undefined
  /** Where the page leads by itself: an address of ours. */
  readonly goTo?: string
  readonly body: Html
}

/** The address of another page within the same authorization request. */
export function href({ path, search }: Frame, page: string): string {
  return `${path}${page}${search}`
}

/** What a document is put together from, each piece safe to send. */
export interface Pieces {
  /** What stands in `head`: title, icons, styles, scripts. */
  readonly head: Html
  /** Above everything: the band of development, the brand's strip. */
  readonly header: Html
  readonly logo: Html
  readonly footer: Html
}

/** The pieces of a view besides its body. */
export function piecesOf(frame: Frame, { title, failed, script, goTo }: Omit<View, 'body'>): Pieces {
  const { look } = frame
  const file = (name: Parameters<typeof assetName>[0]) => `${frame.path}/assets/${assetName(name)}`
  return {
    head: html`<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="${look?.colourScheme ?? 'light dark'}">
<meta name="robots" content="noindex">
${goTo === undefined ? '' : html`<meta http-equiv="refresh" content="0; url=${goTo}">\n`}<title>${failed ? say(frame, 'layout.failed', { title }) : title} – ${frame.poolName}</title>
${iconLinks(frame) ?? html`<link rel="icon" href="${file('icon.svg')}" type="image/svg+xml">`}
<link rel="stylesheet" href="${file('style.css')}">
${look ? html`<link rel="stylesheet" href="${frame.path}/branding/${look.sheet.file}">\n` : ''}<script src="${file('page.js')}" defer></script>
${script === undefined ? '' : html`<script src="${file(script)}" defer></script>\n`}`,
    header: html`${frame.inbox === undefined ? '' : html`<aside class="band" aria-label="${say(frame, 'layout.developmentLabel')}">${sayMarked(frame, 'layout.development', { link: frame.inbox })}</aside>\n`}${pageHeader(frame)}`,
    logo: brandMark(frame),
    footer: pageFooter(frame),
  }
}

/** The whole document of a view. */
export function layout(frame: Frame, view: View): Html {
  const { head, header, logo, footer } = piecesOf(frame, view)
  const { outside = false, below = false } = frame.look?.logo ?? {}
  const card = html`<div class="card">
${outside || below ? '' : logo}
${view.body}
${below && !outside ? logo : ''}</div>`
  return html`<!doctype html>
<html lang="${frame.language.tag}" dir="${frame.language.dir}">
<head>
${head}</head>
<body>
${header}<main>${outside ? html`<div class="column">${below ? [card, logo] : [logo, card]}</div>` : card}
${languagePicker(frame)}</main>
${footer}</body>
</html>
`
}
