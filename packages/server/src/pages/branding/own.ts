import type { Context } from 'hono'
import { html, raw } from 'hono/html'
import type { DomainEnv } from '../../web/env.ts'
import type { World } from '../../world/world.ts'
import { type Frame, type Html, piecesOf, type View } from '../parts/layout.ts'
import { anyPage, readTemplates, type Slot, stampOf, type Template, type Templates, templateName } from './templates.ts'

/** What was read of each folder, and when. */
const known = new Map<string, { readonly stamp: string; readonly templates: Templates }>()

/** The pages' names as templates may have them; set once, by the table of routes. */
let names: ReadonlySet<string> = new Set()

/** Says which pages there are, by their paths. */
export function namePages(paths: readonly string[]): void {
  names = new Set([anyPage, ...paths.map(templateName)])
}

/** What is wrong with a folder of templates, a sentence for each fault: asked before the server starts. */
export function templateFaults(folder: string): readonly string[] {
  return readAgain(folder).faults
}

/** The templates of a running server. In development each look at a page sees what was saved last. */
function templatesOf({ config, log }: World): Templates | undefined {
  const folder = config.templates
  if (folder === undefined) return undefined
  const last = known.get(folder)
  if (last && (config.mode === 'production' || last.stamp === stampOf(folder))) return last.templates
  const templates = readAgain(folder)
  for (const message of templates.faults) log.warn('template not in order', { message })
  return templates
}

function readAgain(folder: string): Templates {
  const stamp = stampOf(folder)
  const templates = readTemplates(folder, names)
  known.set(folder, { stamp, templates })
  return templates
}

/**
 * A view in the operator's own template, undefined where there is none for it. A page that only says what failed has
 * the template `error`.
 */
export async function ownDocument(
  c: Context<DomainEnv>,
  frame: Frame,
  view: View,
  leads: boolean,
): Promise<Html | undefined> {
  const templates = templatesOf(c.var.ground.world)
  if (!templates) return undefined
  // In host style the listener has put the domain's path before it.
  const path = c.req.path.replace(/^\/domains\/[^/]+/, '')
  const name = view.failed && !leads ? 'error' : templateName(path)
  const template = templates.pages.get(name) ?? templates.pages.get(anyPage)
  return template && fill(template, await fillings(frame, view, templates))
}

function fill(template: Template, values: Readonly<Record<Slot, string>>): Html {
  return raw(template.map((part) => (typeof part === 'string' ? part : values[part.slot])).join(''))
}

async function fillings(frame: Frame, view: View, { hash }: Templates): Promise<Readonly<Record<Slot, string>>> {
  const { head, header, logo, footer } = piecesOf(frame, view)
  const content = String(await view.body)
  return {
    head: String(await head),
    header: String(await header),
    logo: String(await logo),
    footer: String(await footer),
    content,
    ...partsOf(content),
    title: String(await html`${view.title}`),
    pool: String(await html`${frame.poolName}`),
    app: String(await html`${frame.appName ?? frame.poolName}`),
    language: frame.language.tag,
    direction: frame.language.dir,
    assets: `${frame.path}/templates/${hash}`,
  }
}

/**
 * The parts of a page's body, which put together are the body again. Every page is written in this order: what went
 * wrong or well, its heading, the rest, and the links that lead elsewhere. A text that somebody typed is escaped and
 * cannot look like one of these.
 */
export function partsOf(body: string): { errors: string; heading: string; form: string; links: string } {
  const {
    errors = '',
    heading = '',
    form = body,
    links = '',
  } = /^(?<errors>.*?)(?<heading><h1>.*?<\/h1>)(?<form>.*?)(?<links><div class="more">.*<\/div>\s*)?$/s.exec(body)
    ?.groups ?? {}
  return { errors, heading, form, links }
}

/** GET /templates/:hash/:file: a file of the templates' assets. */
export function serveTemplateFile(c: Context<DomainEnv>): Response | Promise<Response> {
  const templates = templatesOf(c.var.ground.world)
  const file = templates?.files.get(c.req.param('file') ?? '')
  if (!file || !templates) return c.notFound()
  const current = templates.hash === c.req.param('hash')
  return new Response(new Uint8Array(file.body), {
    headers: {
      'Content-Type': file.type,
      'Cache-Control': current ? 'public, max-age=31536000, immutable' : 'no-cache',
      'X-Content-Type-Options': 'nosniff',
      'Cross-Origin-Resource-Policy': 'same-origin',
      'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    },
  })
}
