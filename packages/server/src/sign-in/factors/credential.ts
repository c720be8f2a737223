// What can be proven besides a password, a file each: authenticator apps, passkeys, devices. Which of them is asked, and
// what it is worth, is decided a folder up.
import { PoolError } from '../../errors.ts'

/** What the browser says it signed (WebAuthn section 5.8.1). */
export interface ClientData {
  readonly type: string
  readonly challenge: string
  readonly origin: string
  /** Whether the page stood in a frame of another site. */
  readonly framed: boolean
}

/** A credential as a browser's `toJSON()` writes it, as far as it is trusted to be well formed: nothing is checked yet. */
export interface Credential {
  readonly id: string
  readonly clientDataJSON: string
  readonly clientData: ClientData
  readonly attachment: 'platform' | 'cross-platform' | undefined
  /** The members of `response` that are text. */
  readonly response: Readonly<Record<string, string>>
  readonly transports: readonly string[]
}

/** The most characters of base64url in each part; what is longer is none that an authenticator made for us. */
const limits: Readonly<Record<string, number>> = {
  clientDataJSON: 4096,
  attestationObject: 16_384,
  authenticatorData: 4096,
  signature: 1024,
  userHandle: 88,
}

/** 1023 bytes (WebAuthn section 6.5.1). */
const longestId = 1364

const knownTransports = new Set(['ble', 'cable', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb'])

/**
 * Reads a credential, given as JSON or as its text (AWS's WEB_AUTHN challenge has it as text). Throws InvalidParameter when
 * it is not one.
 */
export function readCredential(given: unknown, wanted: readonly string[]): Credential {
  const { id, rawId, type, response, authenticatorAttachment } = record(
    typeof given === 'string' ? parse(given) : given,
  )
  if (!isBase64url(id, longestId) || (rawId !== undefined && rawId !== id) || type !== 'public-key') throw malformed()
  const members = record(response)
  const texts: Record<string, string> = {}
  for (const [name, limit] of Object.entries(limits)) {
    const value = members[name]
    if (value === undefined || value === null || value === '') continue
    if (!isBase64url(value, limit)) throw malformed()
    texts[name] = value
  }
  if (wanted.some((name) => texts[name] === undefined)) throw malformed()
  const clientDataJSON = texts.clientDataJSON ?? ''
  const transports = Array.isArray(members.transports) ? members.transports : []
  return {
    id,
    clientDataJSON,
    clientData: readClientData(clientDataJSON),
    attachment:
      authenticatorAttachment === 'platform' || authenticatorAttachment === 'cross-platform'
        ? authenticatorAttachment
        : undefined,
    response: texts,
    transports: [...new Set(transports.filter((name) => typeof name === 'string' && knownTransports.has(name)))],
  }
}

function readClientData(text: string): ClientData {
  const { type, challenge, origin, crossOrigin, topOrigin } = record(
    parse(Buffer.from(text, 'base64url').toString('utf8')),
  )
  if (typeof type !== 'string' || typeof challenge !== 'string' || typeof origin !== 'string') throw malformed()
  return { type, challenge, origin, framed: (crossOrigin ?? false) !== false || topOrigin !== undefined }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw malformed()
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed()
  return value as Readonly<Record<string, unknown>>
}

function isBase64url(value: unknown, limit: number): value is string {
  return typeof value === 'string' && value.length <= limit && /^[\w-]+$/.test(value)
}

function malformed(): PoolError {
  return new PoolError('InvalidParameter', 'The credential is malformed.')
}
