import { listen, PortTaken } from '../http/server.ts'
import { findDocument } from './document.ts'
import { isLoopback, readAddress, readProduction } from './read-config.ts'
import type { Running } from './serve.ts'
import { chooseDatabase } from './stores.ts'
import { readAll, UsageError } from './usage-error.ts'
import { type Flags, readValues, settingNames } from './values.ts'

/** Load balancers need a moment to see that this node is no longer ready. */
const grace = 1_000

/** `poolhouse start`: production. What it needs and does not find, its error says. */
export async function start(flags: Flags, environment: Flags): Promise<Running> {
  const found = findDocument(readValues({ flags, environment }, ['config']).config?.value)
  const values = readValues({ flags, environment, file: found?.document.settings }, settingNames)
  const address = readAddress(values.listen)
  // All of it before the port is taken: what is wrong is wrong whatever the port.
  const [openDatabase] = readAll(
    () => chooseDatabase(values),
    () => readProduction(values, address.port, found?.document),
  )
  // Loaded now: a refusal above needed none of it.
  const { serve } = await import('./serve.ts')
  const running = await serve({
    openDatabase,
    document: found?.document,
    grace,
    async open(fetch) {
      try {
        const listener = await listen(fetch, address)
        return { listeners: [listener], config: readProduction(values, listener.port, found?.document) }
      } catch (error) {
        if (!(error instanceof PortTaken)) throw error
        throw new UsageError(`${error.message} Stop it, or choose another with --listen host:port.`, { cause: error })
      }
    },
  })
  const { publicUrl, smtpUrl } = running.config
  const { protocol, hostname } = new URL(publicUrl)
  if (protocol === 'http:' && !isLoopback(hostname))
    running.world.log.warn('the public address is not https: passwords and sessions travel in the clear')
  if (smtpUrl === undefined)
    running.world.log.warn('no mail server is set (--smtp-url): messages wait and are not sent')
  return running
}
