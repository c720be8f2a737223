/** What authenticators put into CBOR. A list of pairs is a map that may break the rules: keys twice. */
export type Cbor = number | string | Uint8Array | Map<Cbor, Cbor> | readonly (readonly [Cbor, Cbor])[]

/** Encodes a value by RFC 8949, as far as WebAuthn goes. */
export function cbor(value: Cbor): Buffer {
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value)
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value])
  const pairs = [...value]
  return Buffer.concat([head(5, pairs.length), ...pairs.flatMap(([key, item]) => [cbor(key), cbor(item)])])
}

function head(major: number, length: number): Buffer {
  const type = major << 5
  if (length < 24) return Buffer.of(type | length)
  if (length < 0x100) return Buffer.of(type | 24, length)
  if (length < 0x10000) return Buffer.of(type | 25, length >> 8, length & 0xff)
  const bytes = Buffer.alloc(5)
  bytes[0] = type | 26
  bytes.writeUInt32BE(length, 1)
  return bytes
}
