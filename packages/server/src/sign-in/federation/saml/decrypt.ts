import { constants, createDecipheriv, type KeyObject, privateDecrypt } from 'node:crypto'
import { childOf, childrenOf, malformed, ns, type XmlElement } from '../../../settings/saml/xml.ts'

/** Content ciphers (XML Encryption 1.1 section 5.2) with the lengths of key and initialisation vector in bytes. */
// biome-ignore format: a table
const ciphers: Readonly<Record<string, { name: 'aes-128-cbc' | 'aes-256-cbc' | 'aes-128-gcm' | 'aes-256-gcm'; key: number; iv: number }>> = {
  'http://www.w3.org/2001/04/xmlenc#aes128-cbc': { name: 'aes-128-cbc', key: 16, iv: 16 },
  'http://www.w3.org/2001/04/xmlenc#aes256-cbc': { name: 'aes-256-cbc', key: 32, iv: 16 },
  'http://www.w3.org/2009/xmlenc11#aes128-gcm':  { name: 'aes-128-gcm', key: 16, iv: 12 },
  'http://www.w3.org/2009/xmlenc11#aes256-gcm':  { name: 'aes-256-gcm', key: 32, iv: 12 },
}

/** Digests of RSA-OAEP. Node uses one for label and mask alike, so `rsa-oaep-mgf1p`, whose mask is SHA-1, has SHA-1. */
const digests: Readonly<Record<string, string>> = {
  'http://www.w3.org/2000/09/xmldsig#sha1': 'sha1',
  'http://www.w3.org/2009/xmlenc11#mgf1sha1': 'sha1',
  'http://www.w3.org/2001/04/xmlenc#sha256': 'sha256',
  'http://www.w3.org/2009/xmlenc11#mgf1sha256': 'sha256',
}

const oaepMgf1p = 'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p'
const oaep = 'http://www.w3.org/2009/xmlenc11#rsa-oaep'
const encryption11 = 'http://www.w3.org/2009/xmlenc11#'

/**
 * The document inside an EncryptedAssertion, for one of the keys. RSA 1.5 is refused: its padding tells an attacker who
 * may ask often what a message was (Jager, Somorovsky: How to break XML encryption). Every failure is the same one.
 */
export function decryptAssertion(encrypted: XmlElement, keys: readonly KeyObject[]): string {
  const data = childOf(encrypted, ns.encryption, 'EncryptedData')
  if (!data) throw malformed('no EncryptedData')
  const cipher = ciphers[algorithmOf(data)]
  if (!cipher) throw malformed('another content cipher')
  const wrapped = findEncryptedKey(encrypted, data)
  const options = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: readOaepHash(wrapped) }
  const [wrappedKey, content] = [cipherValueOf(wrapped), cipherValueOf(data)]
  for (const key of keys) {
    let plain: Buffer
    try {
      const secret = privateDecrypt({ key, ...options }, wrappedKey)
      if (secret.length !== cipher.key) continue
      plain = decipher(cipher, secret, content)
    } catch {
      continue
    }
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(plain)
    } catch {
      // Not a text: junk under a padding that happened to fit.
    }
  }
  throw malformed('the assertion cannot be decrypted')
}

function decipher({ name, iv }: (typeof ciphers)[string], secret: Buffer, content: Buffer): Buffer {
  const nonce = content.subarray(0, iv)
  if (name === 'aes-128-gcm' || name === 'aes-256-gcm') {
    const opened = createDecipheriv(name, secret, nonce, { authTagLength: 16 }).setAuthTag(content.subarray(-16))
    return Buffer.concat([opened.update(content.subarray(iv, -16)), opened.final()])
  }
  // XML Encryption pads with bytes of any value and a count at the end, which is not PKCS #7.
  const opened = createDecipheriv(name, secret, nonce).setAutoPadding(false)
  const padded = Buffer.concat([opened.update(content.subarray(iv)), opened.final()])
  const count = padded.at(-1) ?? 0
  if (count < 1 || count > 16) throw new Error('padding')
  return padded.subarray(0, -count)
}

/** In the KeyInfo of the data, or beside it as SAML 2.0 Core section 2.3.4 allows. */
function findEncryptedKey(encrypted: XmlElement, data: XmlElement): XmlElement {
  const info = childOf(data, ns.signature, 'KeyInfo')
  const found = [encrypted, ...(info ? [info] : [])].flatMap((place) =>
    childrenOf(place, ns.encryption, 'EncryptedKey'),
  )
  if (!found[0] || found.length > 1) throw malformed('not one EncryptedKey')
  return found[0]
}

function readOaepHash(key: XmlElement): string {
  const method = childOf(key, ns.encryption, 'EncryptionMethod')
  const named = (namespace: string, name: string) =>
    method && childOf(method, namespace, name)?.attributes.get('Algorithm')
  const sha1 = 'http://www.w3.org/2000/09/xmldsig#sha1'
  const label = digests[named(ns.signature, 'DigestMethod') ?? sha1]
  const mask = digests[named(encryption11, 'MGF') ?? sha1]
  const known = algorithmOf(key) === oaep || algorithmOf(key) === oaepMgf1p
  if (!known || label === undefined || label !== mask) throw malformed('another key transport')
  return label
}

function algorithmOf(element: XmlElement): string {
  return childOf(element, ns.encryption, 'EncryptionMethod')?.attributes.get('Algorithm') ?? ''
}

function cipherValueOf(element: XmlElement): Buffer {
  const data = childOf(element, ns.encryption, 'CipherData')
  const value = data && childOf(data, ns.encryption, 'CipherValue')
  if (!value) throw malformed('no CipherValue')
  return Buffer.from(value.text, 'base64')
}
