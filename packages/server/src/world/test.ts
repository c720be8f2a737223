import { createHash } from 'node:crypto'
import type { Config } from '../config.ts'
import { createCodeEncryption } from './code-envelope.ts'
import { type FunctionOutcome, readLambdaArn, readOutcome } from './functions/outcome.ts'
import { recordTriggers } from './functions/record.ts'
import { createOutbound } from './outbound.ts'
import { signingKeyPair } from './real.ts'
import { createVault } from './vault.ts'
import type { Log, LogFields, Message, SigningKeyPair, TriggerEvent, World } from './world.ts'

/** A line of a test's log. */
export interface LogLine {
  readonly level: keyof Log
  readonly event: string
  readonly fields: LogFields | undefined
}

/** A trigger written in a test: what it returns is the answer, what it throws is its error. */
export type TestTrigger<Event = never> = (event: Event) => unknown

/** A world that a test owns: nothing moves but by the test. */
export interface TestWorld extends World {
  /** Moves the clock. */
  tick(milliseconds: number): void
  /** Every message delivered, oldest first. */
  readonly sent: Message[]
  /** Every call of a trigger, oldest first. */
  readonly fired: { readonly arn: string; readonly event: TriggerEvent }[]
  /** The triggers by function name. */
  readonly triggers: Record<string, TestTrigger>
  /** Every log line, oldest first. */
  readonly lines: LogLine[]
}

/** What a test may set. */
export interface TestWorldOptions {
  readonly config?: Partial<Config>
  /** The same seed gives the same dice. */
  readonly seed?: string
  /** Where the clock stands at first, in milliseconds. */
  readonly now?: number
  readonly deliver?: World['deliver']
}

/** Key pairs are slow to make and need not differ from test to test: these few are handed out in turn. */
const keyPairs: Promise<SigningKeyPair>[] = []
const mostKeyPairs = 4

/** A new world at 2027-01-15, with dice of its own. */
export function testWorld({
  config = {},
  seed = 'seed',
  now = 1_800_000_000_000,
  deliver,
}: TestWorldOptions = {}): TestWorld {
  let time = now
  let counter = 0
  let keyCounter = 0
  const sent: Message[] = []
  const fired: TestWorld['fired'] = []
  const triggers: Record<string, TestTrigger> = {}
  const lines: LogLine[] = []
  const random = (size: number) =>
    createHash('shake256', { outputLength: size }).update(`${seed}:${counter++}`).digest()
  const logger = (level: keyof Log) => (event: string, fields?: LogFields) => void lines.push({ level, event, fields })
  const full: Config = { ...testConfig, ...config }
  const { invoke, calls } = recordTriggers(
    full.mode,
    () => time,
    async (arn, event) => {
      // An event crosses a process's border as JSON.
      const copy = JSON.parse(JSON.stringify(event)) as never
      fired.push({ arn, event: copy })
      const name = readLambdaArn(arn)?.name
      const trigger = name === undefined ? undefined : triggers[name]
      return readOutcome(event, trigger ? await runTrigger(trigger, copy) : { outcome: 'missing' })
    },
  )
  return {
    config: full,
    now: () => time,
    random,
    async signingKeyPair() {
      const index = keyCounter++ % mostKeyPairs
      keyPairs[index] ??= signingKeyPair()
      return keyPairs[index]
    },
    vault: createVault(full.masterKey, random),
    log: { info: logger('info'), warn: logger('warn'), error: logger('error') },
    invoke,
    encryptCode: createCodeEncryption(full.codeKey, random),
    triggerCalls: calls,
    outbound: createOutbound(full),
    async deliver(message) {
      await deliver?.(message)
      sent.push(message)
    },
    tick(milliseconds) {
      time += milliseconds
    },
    sent,
    fired,
    triggers,
    lines,
  }
}

const testConfig: Config = {
  mode: 'development',
  publicUrl: 'http://localhost:9500',
  accountId: '000000000000',
  issuer: 'own',
  domainSuffix: 'auth.{region}.localhost',
  masterKey: Buffer.alloc(32, 7),
  accessKeys: [{ id: 'local', secret: 'local' }],
  codeKey: Buffer.alloc(32, 9),
  mailFrom: 'no-reply@verificationemail.com',
  trustedProxies: [],
}

async function runTrigger(trigger: TestTrigger, event: never): Promise<FunctionOutcome> {
  let answer: unknown
  try {
    answer = await trigger(event)
  } catch (error) {
    return { outcome: 'threw', text: error instanceof Error ? error.message : String(error) }
  }
  try {
    return { outcome: 'returned', json: JSON.stringify(answer) ?? '' }
  } catch {
    return { outcome: 'returned' }
  }
}
