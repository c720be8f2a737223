// What is outside: clock, dice, keys, mail, triggers, log. Real in real.ts, owned by the test in test.ts.
// No rule of identity lives here. It is passed as an argument (`db, world` first), never imported as a value.
import type { Config } from '../config.ts'
import type { Outbound } from './outbound.ts'
import type { Vault } from './vault.ts'

/** A message on its way to a person. */
export interface Message {
  readonly id: string
  readonly poolId: string
  readonly channel: 'email' | 'sms'
  /** What it is for, by the name of AWS's CustomMessage trigger source: SignUp, ResendCode, ForgotPassword, … */
  readonly kind: string
  readonly to: string
  readonly from?: string | undefined
  readonly subject: string
  readonly text: string
  readonly html?: string | undefined
  /** The code in it, for the inbox and tests. */
  readonly code?: string | undefined
  /** A link in it, for the inbox and tests. */
  readonly link?: string | undefined
  /** Whom it is about, where a trigger of the pool sends it (AWS's custom sender events). */
  readonly about?:
    | {
        readonly username: string
        readonly attributes: Readonly<Record<string, string>>
        readonly clientId?: string | undefined
        readonly metadata?: Readonly<Record<string, string>> | undefined
      }
    | undefined
  /** Milliseconds. */
  readonly createdAt: number
}

/** An RSA key pair of a pool: the public part as JWK, the private part as PKCS #8 PEM. */
export interface SigningKeyPair {
  readonly publicJwk: { readonly kty: 'RSA'; readonly n: string; readonly e: string }
  readonly privatePem: string
}

/** Fields of a log line: an allow-list, so that no secret can slip in (never tokens, codes, passwords, addresses). */
export interface LogFields {
  readonly requestId?: string
  readonly operation?: string
  readonly poolId?: string
  readonly clientId?: string
  readonly outcome?: string
  readonly status?: number
  readonly milliseconds?: number
  readonly trigger?: string
  readonly message?: string
  readonly error?: unknown
}

/** Where log lines go. */
export interface Log {
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
}

/** What every event of a trigger has. */
export interface TriggerEvent {
  readonly triggerSource: string
  readonly userPoolId: string
}

/** A call of a trigger that was made: what went out, what came back, or why nothing did. */
export interface TriggerCall {
  /** Counts up. */
  readonly id: number
  /** When it was made, in milliseconds. */
  readonly at: number
  /** The trigger source: PreSignUp_SignUp, … */
  readonly source: string
  readonly poolId: string
  readonly arn: string
  readonly event: unknown
  readonly answer?: unknown
  /** What the caller was told, in AWS's words. */
  readonly error?: { readonly name: string; readonly message: string }
  /** How long it took, a second try included. */
  readonly milliseconds: number
}

/** Everything that is outside the rules. */
export interface World {
  readonly config: Config
  /** The world whose clock no pool has moved, when this one is a pool's (clock.ts): for deliveries, and to key caches by. */
  readonly base?: World
  /** Milliseconds since 1970. */
  now(): number
  /** Unpredictable bytes. */
  random(size: number): Uint8Array
  /** A new RSA-2048 pair. */
  signingKeyPair(): Promise<SigningKeyPair>
  readonly vault: Vault
  readonly log: Log
  /**
   * Runs the function behind an ARN with an event and gives its answer (parsed JSON). Throws PoolError:
   * UserLambdaValidation when the function threw, InvalidLambdaResponse for bad JSON, UnexpectedLambda when it
   * could not be run, crashed or took more than five seconds twice.
   */
  invoke(arn: string, event: TriggerEvent): Promise<unknown>
  /** The newest calls of `invoke`, oldest first; in production none is kept. */
  readonly triggerCalls: readonly TriggerCall[]
  /**
   * Encrypts a code or temporary password for a custom sender, in the AWS Encryption SDK's message format, base64; the
   * context is `{'userpool-id': …}`, as on AWS. Throws InvalidUserPoolConfig when no key is configured.
   */
  encryptCode(code: string, context: Readonly<Record<string, string>>): string
  /** Sends a request to an address of a pool's settings. */
  readonly outbound: Outbound
  /** Hands one message to the mail server or the text gateway; throws when it was not taken. */
  deliver(message: Message): Promise<void>
}
