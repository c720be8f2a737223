// What pages are made of: frame, fields, words, and the files they load (style, script, icon; nothing of third parties).
// Pure functions of what they are given. No page, no rule and no request lives here.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** A file under a name that holds a hash of its content: one that a browser may keep for ever under its name. */
export interface Asset {
  readonly name: string
  readonly type: string
  readonly body: string
}

// biome-ignore format: a table
const files = [
  ['style.css',  'text/css; charset=utf-8'],
  ['page.js',    'text/javascript; charset=utf-8'],
  ['passkey.js', 'text/javascript; charset=utf-8'],
  ['icon.svg',   'image/svg+xml'],
] as const

/** The files by their own name. */
const assets = new Map(
  files.map(([file, type]) => {
    const text = readFileSync(new URL(file, import.meta.url), 'utf8')
    const body = file.endsWith('.css') ? withoutSpace(text) : text
    const hash = createHash('sha256').update(body).digest('base64url').replaceAll(/[-_]/g, '').slice(0, 10)
    return [file, { name: file.replace('.', `-${hash}.`), type, body } satisfies Asset]
  }),
)

/** The name to load a file under. */
export function assetName(file: (typeof files)[number][0]): string {
  return assets.get(file)?.name ?? file
}

/** The file of a name, whatever the hash in it. */
export function findAsset(name: string): Asset | undefined {
  return assets.get(name.replace(/-\w+\./, '.') as (typeof files)[number][0])
}

/** A style sheet of ours as browsers get it: its layout is for people who read the source. */
function withoutSpace(css: string): string {
  return css
    .replaceAll(/\/\*.*?\*\//gs, '')
    .replaceAll(/^\s*([a-z-]+): /gm, '$1:')
    .replaceAll(/\n\s*/g, '\n')
    .replaceAll(/ ?([{},;])\n+/g, '$1')
    .replaceAll(/;(?=})/g, '')
    .trim()
}
