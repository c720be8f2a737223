// What the benches and the suites use of oidc-provider, which ships no types.
declare module 'oidc-provider' {
  import type { RequestListener, Server } from 'node:http'
  // biome-ignore lint/style/noDefaultExport: it is the library's.
  export default class Provider {
    constructor(issuer: string, configuration: Readonly<Record<string, unknown>>)
    callback(): RequestListener
    listen(port: number, host: string, listening: () => void): Server
  }
}
