import { createHash } from 'node:crypto'
import type { Context } from 'hono'
import { html, raw } from 'hono/html'
import { inboxScript, inboxStyle } from './assets.ts'

type Html = ReturnType<typeof html>

/** A page of the inbox. */
export interface Page {
  readonly title: 'Inbox' | 'Triggers'
  /** Where the inbox is, without a final slash. */
  readonly root: string
  /** The same list as JSON, watched for what is new. */
  readonly json: string
  /** The time of the newest item, in milliseconds. */
  readonly newest: number
  readonly search: string
  readonly articles: readonly Html[]
  readonly none: string
  readonly foot: string
  /** Whether the list can be emptied: by DELETE at `json`. */
  readonly clearable: boolean
}

/** Answers with a page that may run our script and nothing else. */
export async function showPage(context: Context, page: Page): Promise<Response> {
  context.header('Content-Security-Policy', pagePolicy)
  return context.html(await write(page))
}

const sha256 = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
const pagePolicy = `default-src 'none'; style-src ${sha256(inboxStyle)}; script-src ${sha256(inboxScript)}; connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`

function write({ title, root, json, newest, search, articles, none, foot, clearable }: Page) {
  const here = title === 'Inbox' ? root : `${root}/triggers`
  const other = title === 'Inbox' ? { name: 'Triggers', path: `${root}/triggers` } : { name: 'Inbox', path: root }
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} (${articles.length}) · Poolhouse</title>
<style>${raw(inboxStyle)}</style>
</head>
<body data-list="${json}" data-newest="${newest}">
<header>
<h1>${title}</h1>
<nav aria-label="Development"><a href="${other.path}">${other.name}</a></nav>
<form method="get" action="${here}" role="search">
<input type="search" name="q" value="${search}" placeholder="Search" aria-label="Search">
</form>
${clearable ? html`<button type="button" id="clear">Clear</button>` : ''}
</header>
<main>
${articles.length === 0 ? html`<p class="none">${search ? 'Nothing matches.' : none}</p>` : articles}
</main>
<footer>Development only. ${foot} As JSON: <a href="${json}">${json}</a></footer>
<script>${raw(inboxScript)}</script>
</body>
</html>`
}

/** A time for eyes. */
export function showTime(at: number): string {
  return new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' }).format(at)
}
