import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto'

/** Keeps secrets under the master key, which is not in the database. */
export interface Vault {
  /** AES-256-GCM; `place` (table, row, column) is authenticated, so that a sealed value cannot be moved to another row. */
  seal(place: string, secret: string): string
  /** The inverse of seal; throws when the value was changed, moved, or sealed under another key. */
  open(place: string, sealed: string): string
  /** HMAC-SHA-256 in base64url under a key of its own: for short codes, page tokens and stable fakes. */
  mac(purpose: string, text: string): string
}

/** A vault over a 32-byte master key; `random` gives the nonces. */
export function createVault(masterKey: Uint8Array, random: (size: number) => Uint8Array): Vault {
  if (masterKey.length !== 32) throw new Error('The master key must be 32 bytes')
  // One purpose, one key (RFC 5869 section 3.2).
  const derive = (info: string) => Buffer.from(hkdfSync('sha256', masterKey, '', `poolhouse ${info}`, 32))
  const sealKey = derive('seal')
  const macKey = derive('mac')
  return {
    seal(place, secret) {
      const nonce = random(12)
      const cipher = createCipheriv('aes-256-gcm', sealKey, nonce).setAAD(Buffer.from(place))
      const body = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()])
      return `v1.${Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url')}`
    },
    open(place, sealed) {
      if (!sealed.startsWith('v1.')) throw new Error(`Unknown seal at ${place}`)
      const bytes = Buffer.from(sealed.slice(3), 'base64url')
      const decipher = createDecipheriv('aes-256-gcm', sealKey, bytes.subarray(0, 12), { authTagLength: 16 })
      decipher.setAAD(Buffer.from(place)).setAuthTag(bytes.subarray(12, 28))
      return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8')
    },
    mac: (purpose, text) => createHmac('sha256', macKey).update(`${purpose}\0${text}`).digest('base64url'),
  }
}
