import type { Hono } from 'hono'
import { html } from 'hono/html'
import type { Ground } from '../../web/env.ts'
import type { TriggerCall } from '../../world/world.ts'
import { showPage, showTime } from './page.ts'
import { matches, readQuery, refuseQuery, waitFor } from './query.ts'

/** Adds the calls of triggers: a page for eyes, `/triggers.json` for tests. */
export function addTriggers(app: Hono, { world }: Ground): void {
  app.get('/triggers', (context) => {
    const search = context.req.query('q')?.trim() ?? ''
    const root = context.req.path.replace(/\/triggers$/, '')
    const calls = world.triggerCalls.filter((call) => matches(JSON.stringify(call), search)).reverse()
    return showPage(context, {
      title: 'Triggers',
      root,
      json: `${root}/triggers.json`,
      newest: calls[0]?.at ?? 0,
      search,
      articles: calls.map(article),
      none: 'No trigger was called yet. Give a pool a LambdaConfig, and sign up.',
      foot: 'Every call of a trigger is kept in memory, the newest 500, with what is secret in it.',
      clearable: false,
    })
  })
  app.get('/triggers.json', async (context) => {
    const query = readQuery(context)
    if (!query) return refuseQuery(context)
    const { after = -1, wait } = query
    const source = context.req.query('source')
    const poolId = context.req.query('poolId')
    const asked = (call: TriggerCall) =>
      call.at > after && (source ?? call.source) === call.source && (poolId ?? call.poolId) === call.poolId
    return context.json(await waitFor(context, wait, async () => world.triggerCalls.filter(asked).reverse()))
  })
}

function article({ source, arn, poolId, at, milliseconds, event, answer, error }: TriggerCall) {
  const json = (value: unknown) => html`<pre class="json">${JSON.stringify(value, undefined, 2)}</pre>`
  return html`<article>
<div class="head"><strong>${source}</strong> <time>${showTime(at)}</time></div>
<p class="about">${arn.split(':').slice(6).join(':')} · ${poolId} · ${milliseconds} ms</p>
${error ? html`<p class="error"><strong>${error.name}</strong> ${error.message}</p>` : ''}
<details><summary>Event</summary>${json(event)}</details>
${error ? '' : html`<details><summary>Answer</summary>${json(answer)}</details>`}
</article>`
}
