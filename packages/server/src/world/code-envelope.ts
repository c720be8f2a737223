import { createCipheriv, hkdfSync } from 'node:crypto'
import { PoolError } from '../errors.ts'
import type { World } from './world.ts'

/** The name of the wrapping key, as the raw AES keyring of a function must give it. */
export const codeKeyName = { namespace: 'poolhouse', name: 'code' } as const

/** AES-256-GCM, HKDF-SHA-512, key commitment, no signature: what clients accept that demand a commitment. */
const suite = 0x0478
const version = 2
const framed = 2

/**
 * Encrypts a code in the message format of the AWS Encryption SDK, version 2, for a raw AES keyring; base64, as custom
 * senders get it. `context` is authenticated and can be read by anyone. The key has 32 bytes, `random` gives dice.
 * https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/message-format.html
 */
export function encryptCode(
  key: Uint8Array,
  code: string,
  context: Readonly<Record<string, string>>,
  random: (size: number) => Uint8Array,
): string {
  const dataKey = random(32)
  const messageId = random(32)
  const aad = writeContext(context)
  const header = Buffer.concat([
    uint(1, version),
    uint(2, suite),
    messageId,
    block(aad),
    uint(2, 1),
    wrapDataKey(key, dataKey, aad, random(12)),
    uint(1, framed),
    uint(4, frameLength),
    derive(dataKey, messageId, 'COMMITKEY'),
  ])
  const messageKey = derive(dataKey, messageId, Buffer.concat([uint(2, suite), Buffer.from('DERIVEKEY')]))
  // The header's nonce is zero and a frame's is its number: the key is this message's alone.
  const headerTag = seal(messageKey, Buffer.alloc(12), header, '').tag
  return Buffer.concat([header, headerTag, writeFrame(messageKey, messageId, code)]).toString('base64')
}

/** World.encryptCode over the key of the configuration, if there is one. */
export function createCodeEncryption(
  key: Uint8Array | undefined,
  random: (size: number) => Uint8Array,
): World['encryptCode'] {
  return (code, context) => {
    if (key) return encryptCode(key, code, context, random)
    const how = 'Set POOLHOUSE_CODE_KEY, or --code-key-file.'
    throw new PoolError('InvalidUserPoolConfig', `Custom senders need a key to encrypt codes with. ${how}`)
  }
}

/** Codes and temporary passwords have a few characters: one frame is all. */
const frameLength = 4096

/** The final frame, which is the only one. */
function writeFrame(messageKey: Uint8Array, messageId: Uint8Array, text: string): Buffer {
  const number = 1
  const length = Buffer.byteLength(text)
  if (length > frameLength) throw new RangeError('The code is too long')
  const nonce = Buffer.concat([Buffer.alloc(8), uint(4, number)])
  const place = [
    messageId,
    Buffer.from('AWSKMSEncryptionClient Final Frame'),
    uint(4, number),
    Buffer.alloc(4),
    uint(4, length),
  ]
  const { body, tag } = seal(messageKey, nonce, Buffer.concat(place), text)
  return Buffer.concat([uint(4, 0xffffffff), uint(4, number), nonce, uint(4, length), body, tag])
}

/** The data key under the wrapping key: provider, then the key's name with tag and nonce as the raw AES keyring writes it. */
function wrapDataKey(key: Uint8Array, dataKey: Uint8Array, aad: Buffer, nonce: Uint8Array): Buffer {
  const { body, tag } = seal(key, nonce, aad, dataKey)
  const info = Buffer.concat([Buffer.from(codeKeyName.name), uint(4, tag.length * 8), uint(4, nonce.length), nonce])
  return Buffer.concat([block(Buffer.from(codeKeyName.namespace)), block(info), block(Buffer.concat([body, tag]))])
}

/** The pairs of a context in the order of their keys' bytes; nothing when there are none. */
function writeContext(context: Readonly<Record<string, string>>): Buffer {
  const pairs = Object.entries(context).map(([name, value]) => [Buffer.from(name), Buffer.from(value)] as const)
  if (pairs.length === 0) return Buffer.alloc(0)
  pairs.sort(([a], [b]) => Buffer.compare(a, b))
  return Buffer.concat([uint(2, pairs.length), ...pairs.flatMap(([name, value]) => [block(name), block(value)])])
}

function seal(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, text: string | Uint8Array) {
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(aad)
  const body = Buffer.concat([cipher.update(typeof text === 'string' ? Buffer.from(text) : text), cipher.final()])
  return { body, tag: cipher.getAuthTag() }
}

function derive(dataKey: Uint8Array, messageId: Uint8Array, info: string | Uint8Array): Buffer {
  return Buffer.from(hkdfSync('sha512', dataKey, messageId, info, 32))
}

/** Bytes after their length. */
function block(bytes: Uint8Array): Buffer {
  return Buffer.concat([uint(2, bytes.length), bytes])
}

/** A whole number, most significant byte first. */
function uint(size: 1 | 2 | 4, value: number): Buffer {
  const bytes = Buffer.alloc(size)
  bytes.writeUIntBE(value, 0, size)
  return bytes
}
