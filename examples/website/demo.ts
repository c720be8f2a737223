// The whole demonstration in one command: a pool with its sign-in pages and inbox, and the website that uses them.
import { rmSync } from 'node:fs'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Answer, isCode, type Listening, listen } from './api/listen.ts'
import { createSite } from './api/site.ts'
import { buildFrontEnd } from './demo/front-end.ts'
import { startPoolServer } from './demo/pool-server.ts'

const ports = { pool: 9500, website: 9501 }
/** In poolhouse.json the website is at its usual address. */
const usual = `http://localhost:${ports.website}`
const clientId = 'website'
const user = 'ada / Correct-horse-1'

async function run(): Promise<void> {
  const parts = stopOnSignal()
  const building = buildFrontEnd()
  // The website's address comes first, since the pool must know where its users may be sent back to.
  let answer: Answer = () => new Response('The demonstration is starting.\n', { status: 503 })
  const [website, taken] = await listenNear((request) => answer(request), portOf('WEBSITE_PORT', ports.website))
  const wanted = portOf('POOLHOUSE_PORT', ports.pool)
  const pool = await startPoolServer(wanted, await declarePool(website.url), (line) => console.log(line))
  answer = createSite({
    config: {
      domain: `${pool.url}/domains/demo`,
      issuer: `${pool.url}/local_demo`,
      clientId,
      inbox: `${pool.url}/inbox`,
    },
    files: await building,
  }).fetch
  parts.push(website.close, pool.stop)
  pool.ended.then((output) => {
    if (parts.length === 0) return
    console.error(`The pool's server has ended:\n${output}`)
    process.exit(1)
  })
  const moved = wanted !== 0 && !pool.url.endsWith(`:${wanted}`) ? wanted : undefined
  for (const port of [taken, moved])
    if (port !== undefined) console.log(`Port ${port} is in use by another program: the next free one is taken.`)
  console.log(describe(website.url, pool.url))
}

/** What to open, and what to type there. */
function describe(website: string, pool: string): string {
  const signIn = new URLSearchParams({ client_id: clientId, response_type: 'code', redirect_uri: `${website}/` })
  const rows = [
    ['Website', `${website}/   <- start here`],
    ['Sign in as', `${user}, or create an account`],
    ['Inbox', `${pool}/inbox   codes arrive here: mail does not leave this machine`],
    ['Sign-in page', `${pool}/domains/demo/login?${signIn}`],
    ['AWS API', `AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER=${pool}`],
    ['', 'AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_REGION=eu-west-1'],
  ]
  const lines = rows.map(([title = '', text]) => `  ${title.padEnd(13)} ${text}`)
  return ['', 'A website with a login, on Poolhouse. Ctrl-C stops it all; nothing is kept.', '', ...lines, ''].join(
    '\n',
  )
}

/** The pool's declaration with the address that the website has this time, in a file that goes when the process goes. */
async function declarePool(website: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'poolhouse-demo-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const declaration = await readFile(new URL('./poolhouse.json', import.meta.url), 'utf8')
  const file = join(folder, 'poolhouse.json')
  await writeFile(file, declaration.replaceAll(usual, website))
  return file
}

/** Listens on the port or one of the next twenty; also says which port was taken. */
async function listenNear(answer: Answer, port: number): Promise<[website: Listening, taken: number | undefined]> {
  for (let next = port; ; next++)
    try {
      return [await listen(answer, 'localhost', next), next === port ? undefined : port]
    } catch (error) {
      if (!isCode(error, 'EADDRINUSE') || port === 0 || next === port + 20) throw error
    }
}

function portOf(variable: string, fallback: number): number {
  const port = Number(process.env[variable] ?? fallback)
  if (Number.isInteger(port) && port >= 0 && port < 65_536) return port
  throw new Error(`${variable} must be a port; 0 takes a free one.`)
}

/** From now on a signal stops the parts in the order of the list; what is not in it yet goes with the process. */
function stopOnSignal(): (() => unknown)[] {
  const parts: (() => unknown)[] = []
  const stop = async () => {
    for (const part of parts.splice(0)) await part()
    process.exit(0)
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop)
  return parts
}

run().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
})
