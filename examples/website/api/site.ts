import { Hono } from 'hono'
import type { SiteConfig } from './answers.ts'
import { type ApiOptions, createApi } from './app.ts'
import { mediaType, type SiteFiles } from './files.ts'

/** What one process of the website gives out. */
export interface SiteOptions {
  readonly config: SiteConfig
  readonly files: SiteFiles
  /** More about the check of tokens, see createApi. */
  readonly api?: Partial<ApiOptions>
}

/** The whole website on one origin: pages, their configuration, the API. */
export function createSite({ config, files, api }: SiteOptions): Hono {
  const headers = Object.entries(securityHeaders(config))
  const app = new Hono()

  app.use(async (c, next) => {
    await next()
    for (const [name, value] of headers) c.header(name, value)
  })
  app.get('/config.json', (c) => c.json(config, 200, { 'Cache-Control': 'no-cache' }))
  app.route('/api', createApi({ ...api, issuer: config.issuer, clientId: config.clientId }))
  app.get('*', (c) => {
    const path = c.req.path === '/' ? '/index.html' : c.req.path
    const file = files.get(path)
    if (!file) return c.text('There is no such page.', 404)
    // Names under /assets/ carry a hash of what is inside.
    const cache = path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache'
    return c.body(file, 200, { 'Content-Type': mediaType(path), 'Cache-Control': cache })
  })
  return app
}

/** The page runs its own script and talks to its own origin and to the pool; a token has nowhere else to go. */
function securityHeaders({ domain }: SiteConfig): Record<string, string> {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    `connect-src 'self' ${new URL(domain).origin}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ]
  return {
    'Content-Security-Policy': policy.join('; '),
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
    // The address holds the code for a moment: no other origin may read it (RFC 9700 section 4.2.4).
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
  }
}
