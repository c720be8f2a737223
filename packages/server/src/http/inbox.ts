import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Context, Hono } from 'hono'
import { html, raw } from 'hono/html'
import { deleteMessages, findMessage, listMessages, type MessageFilter, type StoredMessage } from '../store/outbox.ts'
import type { Ground } from '../web/env.ts'
import { inboxScript, inboxStyle } from './inbox-assets.ts'

/** As many as development keeps. */
const most = 500
const longestWait = 30_000
const pollInterval = 100

/**
 * The inbox of development: a page for eyes, `/messages` for tests. It shows codes, so it answers only when it was called
 * by a name of this machine (or the server's own): a foreign page whose name is made to point here gets nothing, and
 * there is no CORS.
 */
export function createInbox({ db, world }: Ground): Hono {
  const app = new Hono()
  app.use(async (context, next) => {
    if (world.config.mode !== 'development') return context.notFound()
    if (!isOwnHost(context.req.header('host') ?? '', world.config.publicUrl))
      return context.text('The inbox answers to localhost and to the public address alone.', 403)
    await next()
    for (const [name, value] of Object.entries(headers)) context.header(name, value)
  })
  app.get('/', async (context) => {
    const search = context.req.query('q')?.trim() ?? ''
    const messages = (await listMessages(db, world, {}, most)).filter((message) => matches(message, search))
    context.header('Content-Security-Policy', pagePolicy)
    return context.html(page(messages, search, context.req.path.replace(/\/$/, '')))
  })
  app.get('/messages', async (context) => {
    const filter = readFilter(context)
    const wait = readSeconds(context.req.query('wait'))
    if (filter === undefined || wait === undefined)
      return context.json({ error: 'after is a time in milliseconds, wait is seconds: 5s' }, 400)
    for (let waited = 0; ; waited += pollInterval) {
      const messages = await listMessages(db, world, filter, most)
      if (messages.length > 0 || waited >= wait || context.req.raw.signal.aborted)
        return context.json(messages.map(toJson))
      await sleep(pollInterval)
    }
  })
  app.delete('/messages', async (context) => {
    await deleteMessages(db)
    return context.body(null, 204)
  })
  app.get('/messages/:id', async (context) => {
    const message = await findMessage(db, world, context.req.param('id'))
    if (message?.html === undefined) return context.notFound()
    // Somebody's template: it may look as it likes and do nothing.
    context.header('Content-Security-Policy', messagePolicy)
    return context.html(raw(message.html))
  })
  return app
}

const sha256 = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
const pagePolicy = `default-src 'none'; style-src ${sha256(inboxStyle)}; script-src ${sha256(inboxScript)}; connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`
const messagePolicy = `sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'`
const headers = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
} as const

/** Names that no foreign DNS entry can be: loopback, and the address that the operator gave. */
function isOwnHost(host: string, publicUrl: string): boolean {
  if (host === new URL(publicUrl).host) return true
  const name = host.replace(/:\d+$/, '')
  return name === '127.0.0.1' || name === '[::1]' || name === 'localhost' || name.endsWith('.localhost')
}

function readFilter(context: Context): MessageFilter | undefined {
  const after = context.req.query('after')
  if (after !== undefined && !/^\d{1,15}$/.test(after)) return undefined
  return {
    to: context.req.query('to'),
    kind: context.req.query('kind'),
    ...(after !== undefined && { after: Number(after) }),
  }
}

/** `5s` or `5` in milliseconds, half a minute at most. */
function readSeconds(text = '0'): number | undefined {
  const seconds = /^(\d{1,3})s?$/.exec(text)?.[1]
  return seconds === undefined ? undefined : Math.min(longestWait, Number(seconds) * 1000)
}

/** What tests read. */
function toJson({ id, to, channel, kind, subject, text, html: body, code, link, createdAt }: StoredMessage) {
  return { id, to, channel, kind, subject, text, html: body, code, link, createdAt }
}

function matches({ to, kind, subject, text, poolId }: StoredMessage, search: string): boolean {
  const haystack = [to, kind, subject, text, poolId].join('\n').toLowerCase()
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => haystack.includes(word))
}

function page(messages: readonly StoredMessage[], search: string, path: string) {
  const none = search ? 'No message matches.' : 'No messages yet. Sign up, or ask for a new code: it arrives here.'
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Inbox (${messages.length}) · Poolhouse</title>
<style>${raw(inboxStyle)}</style>
</head>
<body data-messages="${path}/messages" data-newest="${messages[0]?.createdAt ?? 0}">
<header>
<h1>Inbox</h1>
<form method="get" action="${path}" role="search">
<input type="search" name="q" value="${search}" placeholder="Search" aria-label="Search messages">
</form>
<button type="button" id="clear">Clear</button>
</header>
<main>
${messages.length === 0 ? html`<p class="none">${none}</p>` : messages.map((message) => article(message, path))}
</main>
<footer>Development only. Every message is kept here, the newest ${most}. As JSON: <a href="${path}/messages">${path}/messages</a></footer>
<script>${raw(inboxScript)}</script>
</body>
</html>`
}

function article(message: StoredMessage, path: string) {
  const { to, kind, channel, subject, text, code, link, createdAt, poolId, id } = message
  const at = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' }).format(createdAt)
  return html`<article>
<div class="head"><strong>${to}</strong> <time>${at}</time></div>
<p class="about">${channel === 'sms' ? 'Text message' : subject} · ${kind} · ${poolId}${message.failure ? ` · ${message.failure}` : ''}</p>
${code === undefined ? '' : html`<p><output class="code" aria-label="Code">${code}</output></p>`}
${link === undefined ? '' : html`<p><a class="link" href="${link}" target="_blank" rel="noopener noreferrer">${link}</a></p>`}
<pre>${text}</pre>
${
  message.html === undefined || message.html === text
    ? ''
    : html`<details><summary>HTML</summary><iframe sandbox="allow-popups allow-popups-to-escape-sandbox" loading="lazy" src="${path}/messages/${id}" title="The message as HTML"></iframe></details>`
}
</article>`
}
