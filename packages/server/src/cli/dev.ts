import { randomBytes } from 'node:crypto'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Config } from '../config.ts'
import { type Listener, listenNear } from '../http/server.ts'
import { domainSuffix } from '../store/setup/domains.ts'
import { builtInDocument } from './built-in.ts'
import { findDocument } from './document.ts'
import { defaultRegion, isLoopback, readAddress, readCommon } from './read-config.ts'
import type { Running } from './serve.ts'
import { keepMasterKey, openFolder, openMemory } from './stores.ts'
import { UsageError } from './usage-error.ts'
import { devSettings, type Flags, readValues } from './values.ts'

/** The key pair of the signed API in development. */
export const devAccessKey = { id: 'local', secret: 'local' } as const

const tlsPort = 9543

/** What `poolhouse dev` may be told besides settings. */
export interface DevOptions {
  readonly https: boolean
  readonly iKnow: boolean
}

/** A running server of development, and what its banner tells. */
export interface DevServer extends Running {
  readonly data: string | undefined
  readonly builtIn: boolean
  /** The file of the authority behind the TLS address. */
  readonly authorityFile: string | undefined
  /** The port that was asked for when another program had it. */
  readonly takenPort: number | undefined
}

/** `poolhouse dev`: loopback only, in memory unless there is a folder, with well-known keys. */
export async function dev(
  flags: Flags,
  environment: Flags,
  { https, iKnow }: DevOptions,
  print: (line: string) => void,
): Promise<DevServer> {
  const found = findDocument(readValues({ flags, environment }, ['config']).config?.value)
  const values = readValues({ flags, environment, file: found?.document.settings }, devSettings)
  const address = readAddress(values.listen)
  if (!isLoopback(address.host) && !iKnow)
    throw new UsageError(
      `Development has well-known keys and shows every code: it does not listen on ${address.host}, where others could reach it.\nUse localhost, or poolhouse start. If you know what you do, add --i-know.`,
    )
  const data = values.data?.value
  const masterKey = data === undefined ? randomBytes(32) : await keepMasterKey(data)
  let authorityFile: string | undefined
  let takenPort: number | undefined
  // Loaded now: a refusal above needed none of it.
  const { signingKeyPair } = await import('../world/real.ts')
  // A new pool's keys take as long as loading does, on other threads.
  const spareKeys = data === undefined ? [signingKeyPair(), signingKeyPair()] : []
  const { serve } = await import('./serve.ts')
  const running = await serve({
    openDatabase: () => (data === undefined ? openMemory() : openFolder(data)),
    document: found?.document ?? builtInDocument,
    grace: 0,
    print,
    spareKeys,
    async open(fetch) {
      const listener = await listenNear(fetch, address)
      if (address.port !== 0 && listener.port !== address.port) takenPort = address.port
      const config: Config = {
        ...readCommon(values, listener.port, 'development', found?.document),
        masterKey,
        accessKeys: [devAccessKey],
      }
      if (!https) return { listeners: [listener], config }
      const secure = await openSecure(config)
      authorityFile = secure.authorityFile
      return {
        listeners: [listener, secure.listener],
        config: { ...config, secureUrl: `https://localhost:${secure.listener.port}` },
      }

      async function openSecure({ domainSuffix: suffix, region = defaultRegion }: Config) {
        const { localCertificate } = await import('../world/certificates.ts')
        const hosted = `*.${domainSuffix(suffix, region)}`
        const names = ['localhost', ...(hosted.endsWith('.localhost') ? [hosted] : [])]
        const { authorityFile, ...tls } = await localCertificate(data ?? userFolder(environment), names, Date.now())
        const port = address.port === 0 ? 0 : tlsPort
        const listener: Listener = await listenNear(fetch, { host: address.host, port, tls })
        return { authorityFile, listener }
      }
    },
  })
  return { ...running, data, builtIn: !found, authorityFile, takenPort }
}

/** Where this user's programs keep their data (XDG Base Directory Specification; LOCALAPPDATA on Windows). */
function userFolder({ XDG_DATA_HOME, LOCALAPPDATA }: Flags): string {
  return join(XDG_DATA_HOME || LOCALAPPDATA || join(homedir(), '.local', 'share'), 'poolhouse')
}
