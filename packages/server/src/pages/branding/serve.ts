import type { AssetExtensionType } from '@poolhouse/api'
import type { Context } from 'hono'
import { findPicture } from '../../store/setup/branding.ts'
import { findLogo } from '../../store/setup/customizations.ts'
import type { DomainEnv } from '../../web/env.ts'
import { findLook } from './look.ts'
import { fileOf } from './sheet.ts'

const types: Readonly<Record<AssetExtensionType, string>> = {
  ICO: 'image/x-icon',
  JPEG: 'image/jpeg',
  PNG: 'image/png',
  SVG: 'image/svg+xml',
  WEBP: 'image/webp',
}

const forEver = 'public, max-age=31536000, immutable'

/** GET /branding/:client/:file: a style sheet or an image of a client's look, under a name that holds a hash of it. */
export async function serveBranding(c: Context<DomainEnv>): Promise<Response> {
  const { pool, ground } = c.var
  const client = c.req.param('client') ?? ''
  const file = c.req.param('file') ?? ''
  const [, hash, kind] = /^([\da-f]{32})\.([a-z]{3,4})$/.exec(file) ?? []
  if (hash === undefined) return c.notFound()
  if (kind === 'css') {
    const look = await findLook(c, client)
    if (!look) return c.notFound()
    // An older page, or one of a node of another version, gets what is there now, which must not be kept under this name.
    const current = look.sheet.file === `${client}/${file}`
    return answer(look.sheet.css, 'text/css; charset=utf-8', current ? forEver : 'no-cache')
  }
  const picture =
    (await findPicture(ground.db, pool.id, client, hash)) ?? (await findLogo(ground.db, pool.id, client, hash))
  if (!picture || fileOf({ hash, extension: picture.extension }) !== file) return c.notFound()
  return answer(picture.body, types[picture.extension], forEver)
}

function answer(body: string | Uint8Array, type: string, cache: string): Response {
  return new Response(typeof body === 'string' ? body : new Uint8Array(body), {
    headers: {
      'Content-Type': type,
      'Cache-Control': cache,
      'X-Content-Type-Options': 'nosniff',
      'Cross-Origin-Resource-Policy': 'same-origin',
      // Who opens an image by itself has a document of a stranger at the address of the login pages.
      'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    },
  })
}
