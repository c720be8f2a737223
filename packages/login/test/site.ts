import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import type { LoginOptions } from '../src/index.ts'
import { bundle } from './bundle.ts'
import { listen } from './listen.ts'
import type { OAuthServer } from './oauth-server.ts'

/** A request an API has got. */
export interface Call {
  path: string
  authorization: string | undefined
  body: string
}

/** A website with the client in its pages, and an API that asks the authorization server about every token. */
export interface Site extends AsyncDisposable {
  readonly origin: string
  readonly calls: Call[]
  /** What the pages to come are made with. */
  options: Partial<LoginOptions> | undefined
  /** Statements the pages run once the login is made. */
  script: string
}

const page =
  '<!doctype html><title>Site</title><link rel="icon" href="data:,"><script type="module" src="/page.js"></script>'

// As strict a policy as a site can have: the client must live with it.
const policy = (connect: string) =>
  `default-src 'none'; script-src 'self'; img-src data:; connect-src ${connect}; require-trusted-types-for 'script'`

/** Starts the site on a free loopback port: every path is the same page, but for the scripts and the API. */
export async function startSite(oauth: OAuthServer, clientId: string): Promise<Site> {
  const module = await bundle(true)
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', site.origin)
    response.setHeader('access-control-allow-origin', '*')
    response.setHeader('access-control-allow-headers', 'authorization')
    if (request.method === 'OPTIONS') return response.writeHead(204).end()
    if (url.pathname === '/login.js') return response.writeHead(200, { 'content-type': 'text/javascript' }).end(module)
    if (url.pathname === '/page.js') {
      const options = { domain: oauth.origin, clientId, ...site.options }
      return response.writeHead(200, { 'content-type': 'text/javascript' }).end(`
        import { createLogin } from '/login.js'
        globalThis.outcome = async (work) => {
          try { return { value: await work() } }
          catch ({ name, code, message, oauthError, retryable }) { return { name, code, message, oauthError, retryable } }
        }
        globalThis.options = ${JSON.stringify(options)}
        globalThis.createLogin = createLogin
        globalThis.login = createLogin(options)
        ${site.script}
        globalThis.started = login.start()
        await started
        globalThis.ready = true`)
    }
    if (!url.pathname.startsWith('/api/')) {
      const headers = { 'content-type': 'text/html', 'content-security-policy': policy('*') }
      return response.writeHead(200, headers).end(page)
    }
    const { authorization } = request.headers
    site.calls.push({ path: url.pathname, authorization, body: await text(request) })
    const away = url.searchParams.get('to')
    if (away) return response.writeHead(307, { location: away }).end()
    const accepted = oauth.accepts(authorization?.replace(/^Bearer /, '') ?? '')
    return response.writeHead(accepted ? 200 : 401).end(authorization ?? '')
  })
  const site: Site = {
    origin: await listen(server),
    calls: [],
    options: undefined,
    script: '',
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
    },
  }
  return site
}
