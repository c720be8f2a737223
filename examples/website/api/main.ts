// Production: the built front end and the API in one process. Put a proxy with TLS in front of it.
import { fileURLToPath } from 'node:url'
import { readFiles } from './files.ts'
import { listen } from './listen.ts'
import { createSite } from './site.ts'

function setting(name: string): string {
  const value = process.env[name]
  if (value) return value
  console.error(
    `${name} is not set. Needed: DOMAIN (base address of the sign-in pages), ISSUER, CLIENT_ID; see README.md.`,
  )
  process.exit(1)
}

const config = { domain: setting('DOMAIN'), issuer: setting('ISSUER'), clientId: setting('CLIENT_ID') }
const files = await readFiles(fileURLToPath(new URL('../dist', import.meta.url)))
const site = await listen(
  createSite({ config, files }).fetch,
  process.env.HOST ?? 'localhost',
  Number(process.env.PORT ?? 9501),
)
console.log(`The website listens on ${site.url}`)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, site.close)
