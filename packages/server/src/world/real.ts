import { generateKeyPair, randomBytes, randomFillSync } from 'node:crypto'
import { promisify } from 'node:util'
import type { Config } from '../config.ts'
import { createCodeEncryption } from './code-envelope.ts'
import { createInvoker } from './functions/invoke.ts'
import { recordTriggers } from './functions/record.ts'
import { jsonLog, plainLog } from './log.ts'
import { createMailer } from './mail.ts'
import { createOutbound } from './outbound.ts'
import { createTexter } from './sms/gateway.ts'
import { createVault } from './vault.ts'
import type { Message, SigningKeyPair, World } from './world.ts'

/** The world of a running server. */
export interface RealWorld extends World {
  /** Ends the processes of functions and all connections. */
  close(): void
}

/** The real world; in development `print` gets its lines. `spareKeys` are handed out before new ones are made. */
export function createWorld(
  config: Config,
  print: (line: string) => void = () => {},
  spareKeys: readonly Promise<SigningKeyPair>[] = [],
): RealWorld {
  const spare = [...spareKeys]
  const development = config.mode === 'development'
  const log = development ? plainLog((line) => print(`${clockTime()} ${line}`)) : jsonLog()
  const random = createDice()
  const mailer = config.smtpUrl === undefined ? undefined : createMailer(config.smtpUrl, config.mailFrom)
  const texter = config.textGateway && createTexter(config.textGateway, Date.now)
  const outbound = createOutbound(config)
  const invoker = createInvoker({
    folder: config.functions,
    urls: config.functionUrls,
    url: config.functionsUrl,
    lambdaEndpoint: config.lambdaEndpoint,
    print: development
      ? (name, line) => print(`${clockTime()} ${name} | ${line}`)
      : (name, line) => log.info('function printed', { trigger: name, message: line }),
    report: (name, error) => log.warn('function not reached', { trigger: name, error }),
  })
  const { invoke, calls } = recordTriggers(config.mode, Date.now, invoker.invoke)
  return {
    config,
    now: Date.now,
    random,
    signingKeyPair: () => spare.shift() ?? signingKeyPair(),
    vault: createVault(config.masterKey, random),
    log,
    invoke,
    encryptCode: createCodeEncryption(config.codeKey, random),
    triggerCalls: calls,
    outbound,
    async deliver(message) {
      if (development) print(`${clockTime()} ${describeMessage(message)}`)
      if (message.channel === 'email' && mailer) return mailer.send(message)
      if (message.channel === 'sms' && texter) return texter.send(message)
      // In development the inbox has it already.
      if (!development)
        throw new Error(message.channel === 'email' ? 'There is no mail server' : 'There is no text gateway')
    },
    close() {
      invoker.close()
      outbound.close()
      mailer?.close()
      texter?.close()
    },
  }
}

/**
 * Unpredictable bytes, drawn from the system in larger pieces: a draw of sixteen costs as much as one of thousands, and a
 * sign-in makes ten. What was handed out is wiped here.
 */
function createDice(): (size: number) => Uint8Array {
  const stock = Buffer.alloc(4096)
  let used = stock.length
  return (size) => {
    if (size > 256) return randomBytes(size)
    if (used + size > stock.length) {
      randomFillSync(stock)
      used = 0
    }
    const drawn = Uint8Array.from(stock.subarray(used, used + size))
    stock.fill(0, used, used + size)
    used += size
    return drawn
  }
}

/** A new RSA-2048 pair, made on the thread pool. */
export async function signingKeyPair(): Promise<SigningKeyPair> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  const { n = '', e = '' } = publicKey.export({ format: 'jwk' })
  return {
    publicJwk: { kty: 'RSA', n, e },
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

function describeMessage({ kind, to, code, link }: Message): string {
  return `${kind} ${to}${code ? ` · code ${code}` : ''}${link ? ` · ${link}` : ''} → inbox`
}

function clockTime(): string {
  return new Date().toLocaleTimeString('en-GB')
}
