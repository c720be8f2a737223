import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { type Cbor, cbor } from './cbor.ts'

/** What a test may bend; without it the authenticator and its browser do what WebAuthn says. */
export interface Bent {
  readonly origin?: string
  readonly type?: string
  readonly challenge?: string
  readonly rpId?: string
  readonly userPresent?: boolean
  readonly userVerified?: boolean
  readonly counter?: number
  /** Further members of the client data. */
  readonly clientData?: Readonly<Record<string, unknown>>
  /** The id that the browser names. */
  readonly id?: string
  /** The account that the authenticator names; null names none. */
  readonly userHandle?: string | null
  readonly format?: string
  readonly statement?: Map<Cbor, Cbor>
  /** Another public key than the one that signs. */
  readonly publicKey?: Cbor
  /** Replaces the whole attestation object. */
  readonly attestationObject?: Uint8Array
  readonly extensions?: Map<Cbor, Cbor>
  /** Edits the signature. */
  readonly signature?: (signature: Buffer) => Buffer
  readonly aaguid?: string
}

/** The members of creation and request options that an authenticator looks at. */
interface Options {
  readonly challenge: string
  readonly rp?: { readonly id?: string | undefined }
  readonly rpId?: string | undefined
  readonly user?: { readonly id: string }
}

/** A credential as JSON. */
export type CredentialJson = ReturnType<SoftAuthenticator['create']>

/** A software authenticator with one passkey, and the browser before it. */
export interface SoftAuthenticator {
  readonly id: string
  create(
    options: Options,
    bent?: Bent,
  ): {
    id: string
    rawId: string
    type: string
    authenticatorAttachment: string
    clientExtensionResults: object
    response: Record<string, unknown>
  }
  get(options: Options, bent?: Bent): ReturnType<SoftAuthenticator['create']>
}

/** A new authenticator. Its counter stands still at 0, as those of synced passkeys do, unless it `counts`. */
export function softAuthenticator({
  algorithm = 'ES256',
  origin = 'http://localhost:9501',
  counts = false,
}: {
  algorithm?: 'ES256' | 'RS256' | 'EdDSA' | 'RS256-1024'
  origin?: string
  counts?: boolean
} = {}): SoftAuthenticator {
  const id = randomBytes(32)
  const { privateKey, publicKey, hash } = keyPair(algorithm)
  let counter = 0
  let handle: string | undefined
  const signed = (data: Buffer) => sign(hash, data, privateKey)

  function clientDataOf(options: Options, type: string, bent: Bent): Buffer {
    const { challenge = options.challenge, origin: from = origin, clientData } = bent
    return Buffer.from(
      JSON.stringify({ type: bent.type ?? type, challenge, origin: from, crossOrigin: false, ...clientData }),
    )
  }

  function authenticatorData(rpId: string, bent: Bent, attested?: Buffer): Buffer {
    if (counts) counter++
    const flags =
      ((bent.userPresent ?? true) ? 0x01 : 0) |
      ((bent.userVerified ?? true) ? 0x04 : 0) |
      (attested ? 0x40 : 0) |
      (bent.extensions ? 0x80 : 0)
    const count = Buffer.alloc(4)
    count.writeUInt32BE(bent.counter ?? counter)
    const extensions = bent.extensions ? cbor(bent.extensions) : Buffer.alloc(0)
    const hashOfParty = createHash('sha256')
      .update(bent.rpId ?? rpId)
      .digest()
    return Buffer.concat([hashOfParty, Buffer.of(flags), count, attested ?? Buffer.alloc(0), extensions])
  }

  function wrap(bent: Bent, response: Record<string, unknown>) {
    const named = bent.id ?? id.toString('base64url')
    return {
      id: named,
      rawId: named,
      type: 'public-key',
      authenticatorAttachment: 'platform',
      clientExtensionResults: {},
      response,
    }
  }

  return {
    id: id.toString('base64url'),
    create(options, bent = {}) {
      handle = options.user?.id
      const clientData = clientDataOf(options, 'webauthn.create', bent)
      const aaguid = Buffer.from((bent.aaguid ?? '0'.repeat(32)).replaceAll('-', ''), 'hex')
      const key = cbor(bent.publicKey ?? publicKey)
      const attested = Buffer.concat([aaguid, Buffer.of(id.length >> 8, id.length & 0xff), id, key])
      const data = authenticatorData(options.rp?.id ?? '', bent, attested)
      const object = new Map<Cbor, Cbor>([
        ['fmt', bent.format ?? 'none'],
        ['attStmt', bent.statement ?? new Map()],
        ['authData', data],
      ])
      return wrap(bent, {
        clientDataJSON: clientData.toString('base64url'),
        attestationObject: Buffer.from(bent.attestationObject ?? cbor(object)).toString('base64url'),
        transports: ['internal', 'hybrid'],
      })
    },
    get(options, bent = {}) {
      const clientData = clientDataOf(options, 'webauthn.get', bent)
      const data = authenticatorData(options.rpId ?? '', bent)
      const signature = signed(Buffer.concat([data, createHash('sha256').update(clientData).digest()]))
      return wrap(bent, {
        clientDataJSON: clientData.toString('base64url'),
        authenticatorData: data.toString('base64url'),
        signature: (bent.signature?.(signature) ?? signature).toString('base64url'),
        userHandle: bent.userHandle === undefined ? handle : bent.userHandle,
      })
    },
  }
}

/** A key pair, its public half in COSE (RFC 9052 section 7, RFC 9053, RFC 8230). */
function keyPair(algorithm: string): { privateKey: KeyObject; publicKey: Map<Cbor, Cbor>; hash: string | null } {
  if (algorithm === 'EdDSA') {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    const { x = '' } = publicKey.export({ format: 'jwk' })
    return { privateKey, publicKey: new Map<Cbor, Cbor>([[1, 1], [3, -8], [-1, 6], [-2, bytes(x)]]), hash: null } // biome-ignore format: a key
  }
  if (algorithm.startsWith('RS256')) {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: algorithm === 'RS256' ? 2048 : 1024 })
    const { n = '', e = '' } = publicKey.export({ format: 'jwk' })
    return { privateKey, publicKey: new Map<Cbor, Cbor>([[1, 3], [3, -257], [-1, bytes(n)], [-2, bytes(e)]]), hash: 'sha256' } // biome-ignore format: a key
  }
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  const cose = new Map<Cbor, Cbor>([[1, 2], [3, -7], [-1, 1], [-2, bytes(x)], [-3, bytes(y)]]) // biome-ignore format: a key
  return { privateKey, publicKey: cose, hash: 'sha256' }
}

function bytes(text: string): Uint8Array {
  return Buffer.from(text, 'base64url')
}
