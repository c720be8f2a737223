import { createHash } from 'node:crypto'
import type { AssetExtensionType, AssetType } from '@poolhouse/api'
import { PoolError } from '../../errors.ts'
import type { StyleImage } from '../../store/setup/branding.ts'
import { cleanSvg } from './svg.ts'

type Raster = Exclude<AssetExtensionType, 'SVG'>

const starts = (...parts: readonly (readonly [at: number, text: string])[]) => parts

/** The first bytes of each kind of image, in Latin-1. A file that is called an image and is none never reaches a browser. */
// biome-ignore format: a table
const signatures: Readonly<Record<Raster, ReturnType<typeof starts>>> = {
  ICO:  starts([0, '\0\0\x01\0']),
  JPEG: starts([0, '\xff\xd8\xff']),
  PNG:  starts([0, '\x89PNG\r\n\x1a\n']),
  WEBP: starts([0, 'RIFF'], [8, 'WEBP']),
}

/** The kind of a raster image by its first bytes. */
export function kindOf(bytes: Uint8Array): Raster | undefined {
  const head = Buffer.from(bytes.subarray(0, 16)).toString('latin1')
  const kinds: Raster[] = ['ICO', 'JPEG', 'PNG', 'WEBP']
  return kinds.find((kind) => signatures[kind].every(([at, text]) => head.startsWith(text, at)))
}

/** An image for a style, checked: a raster image is of the type it says, an SVG is served without what it must not have. */
export function readImage({ Category, ColorMode, Extension, Bytes, ResourceId }: AssetType): StyleImage {
  const body = Bytes ?? new Uint8Array()
  const base = { category: Category, colorMode: ColorMode, extension: Extension, resourceId: ResourceId ?? '', body }
  if (body.length === 0) throw new PoolError('InvalidParameter', `The asset ${Category} has no Bytes.`)
  if (Extension !== 'SVG') {
    // An icon file may hold another type's image alone, as browsers take it.
    const kind = kindOf(body)
    if (kind !== Extension && !(Extension === 'ICO' && kind === 'PNG'))
      throw new PoolError('InvalidParameter', `The asset ${Category} is not of the type ${Extension}.`)
    return { ...base, hash: hashOf(body), served: undefined }
  }
  const served = Buffer.from(cleanSvg(readText(body)), 'utf8')
  return { ...base, hash: hashOf(served), served: new Uint8Array(served) }
}

/** A name for a content that no other content has: 128 bits of SHA-256. */
export function hashOf(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 32)
}

function readText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw new PoolError('InvalidParameter', 'An image of the type SVG must be in UTF-8.', error)
  }
}
