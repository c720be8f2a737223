import type { Hono } from 'hono'
import { html, raw } from 'hono/html'
import { deleteMessages, findMessage, listMessages, type StoredMessage } from '../../store/outbox.ts'
import type { Ground } from '../../web/env.ts'
import { showPage, showTime } from './page.ts'
import { matches, readQuery, refuseQuery, waitFor } from './query.ts'

/** As many as development keeps. */
const most = 500

/** Adds the messages: a page for eyes, `/messages` for tests. */
export function addMessages(app: Hono, { db, world }: Ground): void {
  app.get('/', async (context) => {
    const search = context.req.query('q')?.trim() ?? ''
    const root = context.req.path.replace(/\/$/, '')
    const messages = (await listMessages(db, world, {}, most)).filter((message) => matches(searchable(message), search))
    return showPage(context, {
      title: 'Inbox',
      root,
      json: `${root}/messages`,
      newest: messages[0]?.createdAt ?? 0,
      search,
      articles: messages.map((message) => article(message, root)),
      none: 'No messages yet. Sign up, or ask for a new code: it arrives here.',
      foot: `Every message is kept here, the newest ${most}.`,
      clearable: true,
    })
  })
  app.get('/messages', async (context) => {
    const query = readQuery(context)
    if (!query) return refuseQuery(context)
    const { after, wait } = query
    const filter = { to: context.req.query('to'), kind: context.req.query('kind'), after }
    const messages = await waitFor(context, wait, () => listMessages(db, world, filter, most))
    return context.json(messages.map(toJson))
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
}

const messagePolicy = `sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'`

/** What tests read. */
function toJson({ id, to, channel, kind, subject, text, html: body, code, link, createdAt }: StoredMessage) {
  return { id, to, channel, kind, subject, text, html: body, code, link, createdAt }
}

function searchable({ to, kind, subject, text, poolId }: StoredMessage): string {
  return [to, kind, subject, text, poolId].join('\n')
}

function article(message: StoredMessage, root: string) {
  const { to, kind, channel, subject, text, code, link, createdAt, poolId, id } = message
  return html`<article>
<div class="head"><strong>${to}</strong> <time>${showTime(createdAt)}</time></div>
<p class="about">${channel === 'sms' ? 'Text message' : subject} · ${kind} · ${poolId}${message.failure ? ` · ${message.failure}` : ''}</p>
${code === undefined ? '' : html`<p><output class="code" aria-label="Code">${code}</output></p>`}
${link === undefined ? '' : html`<p><a class="link" href="${link}" target="_blank" rel="noopener noreferrer">${link}</a></p>`}
<pre>${text}</pre>
${
  message.html === undefined || message.html === text
    ? ''
    : html`<details><summary>HTML</summary><iframe sandbox="allow-popups allow-popups-to-escape-sandbox" loading="lazy" src="${root}/messages/${id}" title="The message as HTML"></iframe></details>
<details><summary>Source</summary><pre class="json">${message.html}</pre></details>`
}
</article>`
}
